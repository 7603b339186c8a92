import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ObligationStatus } from '#libs/domain';
import type { Page } from '#libs/application';
import { Views } from '../views.js';
import { IS_CURRENT_SQL, type BoardRow, type ObligationRow, type Standing } from './incident-board.projection.js';

export interface BoardFilter {
  readonly status?: 'open' | 'closed';
  /** Id or exact name. */
  readonly organisation?: string;
  readonly exercise?: boolean;
  /** Only what is over or was an exercise. */
  readonly past?: boolean;
  readonly limit: number;
  readonly cursor?: string;
}

/** Incidents, the latest declared first. */
export class GetBoard extends Query<Page<BoardRow>> {
  constructor(readonly filter: BoardFilter) {
    super();
  }
}

@QueryHandler(GetBoard)
export class GetBoardHandler implements IQueryHandler<GetBoard> {
  constructor(private readonly views: Views) {}

  async execute({ filter }: GetBoard): Promise<Page<BoardRow>> {
    const where = ['number < ?'];
    const values: unknown[] = [filter.cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(filter.cursor)];
    const only = (condition: string, value: unknown): void => {
      where.push(condition);
      values.push(value);
    };
    if (filter.status) only('status = ?', filter.status);
    if (filter.exercise !== undefined) only('exercise = ?', Number(filter.exercise));
    if (filter.past) where.push(`NOT (${IS_CURRENT_SQL})`);
    if (filter.organisation)
      only('EXISTS (SELECT 1 FROM json_each(organisations) WHERE value = ?)', filter.organisation);
    const rows = this.views.db
      .prepare<unknown[], { number: number; row: string }>(
        `SELECT number, row FROM board WHERE ${where.join(' AND ')} ORDER BY number DESC LIMIT ?`,
      )
      .all(...values, filter.limit + 1);
    const items = rows.slice(0, filter.limit).map(({ row }) => JSON.parse(row) as BoardRow);
    const last = rows[filter.limit - 1];
    return rows.length > filter.limit && last ? { items, next: String(last.number) } : { items };
  }
}

/** Open incidents that are no exercises, the nearest clock first, however long ago they were declared. */
export class GetCurrentIncidents extends Query<Page<BoardRow>> {
  constructor(readonly page: { readonly limit: number; readonly cursor?: string }) {
    super();
  }
}

@QueryHandler(GetCurrentIncidents)
export class GetCurrentIncidentsHandler implements IQueryHandler<GetCurrentIncidents> {
  constructor(private readonly views: Views) {}

  async execute({ page: { limit, cursor } }: GetCurrentIncidents): Promise<Page<BoardRow>> {
    const [due = 0, number = 0] = cursor?.split('_').map(Number) ?? [];
    const rows = this.views.db
      .prepare<unknown[], { number: number; due_ms: number; row: string }>(
        `SELECT number, due_ms, row FROM board WHERE ${IS_CURRENT_SQL}
         ${cursor === undefined ? '' : 'AND due_ms >= @due AND (due_ms > @due OR number < @number)'}
         ORDER BY due_ms, number DESC LIMIT @most`,
      )
      .all({ most: limit + 1, ...(cursor === undefined ? {} : { due, number }) });
    const items = rows.slice(0, limit).map(({ row }) => JSON.parse(row) as BoardRow);
    const last = rows[limit - 1];
    return rows.length > limit && last ? { items, next: `${last.due_ms}_${last.number}` } : { items };
  }
}

export interface ServiceItem {
  readonly incidentId: string;
  readonly status: string;
  readonly [field: string]: unknown;
}

/** Services of all incidents. */
export class GetServices extends Query<Page<ServiceItem>> {
  constructor(readonly filter: { readonly status?: string; readonly limit: number; readonly cursor?: string }) {
    super();
  }
}

@QueryHandler(GetServices)
export class GetServicesHandler implements IQueryHandler<GetServices> {
  constructor(private readonly views: Views) {}

  async execute({ filter: { status, limit, cursor } }: GetServices): Promise<Page<ServiceItem>> {
    const [incident = '', number = '-1'] = cursor?.split('_') ?? [];
    const rows = this.views.db
      .prepare<unknown[], { incident: string; number: number; row: string }>(
        `SELECT incident, number, row FROM services WHERE (incident, number) > (?, ?) ${status ? 'AND status = ?' : ''}
         ORDER BY incident, number LIMIT ?`,
      )
      .all(incident, Number(number), ...(status ? [status] : []), limit + 1);
    const items = rows
      .slice(0, limit)
      .map((each) => ({ incidentId: each.incident, ...(JSON.parse(each.row) as { status: string }) }));
    const last = rows[limit - 1];
    return rows.length > limit && last ? { items, next: `${last.incident}_${last.number}` } : { items };
  }
}

export type ObligationItem = ObligationRow & { readonly incidentId: string };

export interface ObligationFilter {
  readonly state?: ObligationStatus;
  /** Due before this moment. Milliseconds. */
  readonly beforeMs?: number;
  readonly nowMs: number;
  readonly limit: number;
  readonly cursor?: string;
}

/** Clocks of all incidents, the nearest term first; those without a term come last. */
export class GetObligations extends Query<Page<ObligationItem>> {
  constructor(readonly filter: ObligationFilter) {
    super();
  }
}

interface FoundObligation {
  readonly incident: string;
  readonly number: number;
  readonly due_ms: number;
  readonly row: string;
}

/** A stretch of an index: clocks of one standing, or of any, due from one moment on and before another. */
interface Stretch {
  readonly standing?: Standing;
  readonly fromMs?: number;
  readonly beforeMs?: number;
}

@QueryHandler(GetObligations)
export class GetObligationsHandler implements IQueryHandler<GetObligations> {
  constructor(private readonly views: Views) {}

  async execute({ filter }: GetObligations): Promise<Page<ObligationItem>> {
    const { limit } = filter;
    const found = this.find(filter);
    const items = found
      .slice(0, limit)
      .map(({ incident, row }): ObligationItem => ({ incidentId: incident, ...(JSON.parse(row) as ObligationRow) }));
    const last = found[limit - 1];
    return found.length > limit && last ? { items, next: `${last.due_ms}_${last.incident}_${last.number}` } : { items };
  }

  /** Each stretch is read in order from its index and no further than the page needs, whatever lies beyond. */
  private find({ limit, cursor, ...filter }: ObligationFilter): readonly FoundObligation[] {
    const parts = stretchesOf(filter).map((stretch) => partOf(stretch, cursor, limit + 1));
    return this.views.db
      .prepare<unknown[], FoundObligation>(
        `SELECT o.incident, o.number, o.due_ms, o.row
         FROM (${parts.map(({ sql }) => `SELECT * FROM (${sql})`).join(' UNION ALL ')} ORDER BY due_ms, incident, number LIMIT ?) found
         JOIN obligations o ON o.incident = found.incident AND o.number = found.number
         ORDER BY found.due_ms, found.incident, found.number`,
      )
      .all(...parts.flatMap(({ values }) => values), limit + 1);
  }
}

const stretchesOf = ({ state, beforeMs, nowMs }: Omit<ObligationFilter, 'limit' | 'cursor'>): readonly Stretch[] => {
  const until = beforeMs === undefined ? {} : { beforeMs };
  switch (state) {
    case undefined:
      return [until];
    case 'open':
      return [
        { standing: 'open', ...until },
        { standing: 'caution', ...until },
        { standing: 'running', fromMs: nowMs, ...until },
      ];
    case 'missed':
      return [
        { standing: 'missed', ...until },
        { standing: 'running', beforeMs: Math.min(nowMs, beforeMs ?? nowMs) },
      ];
    default:
      return [{ standing: state, ...until }];
  }
};

const partOf = (
  { standing, fromMs, beforeMs }: Stretch,
  cursor: string | undefined,
  limit: number,
): { readonly sql: string; readonly values: readonly unknown[] } => {
  const where: string[] = [];
  const values: unknown[] = [];
  const only = (condition: string, ...given: unknown[]): void => {
    where.push(condition);
    values.push(...given);
  };
  if (standing !== undefined) only('standing = ?', standing);
  if (fromMs !== undefined) only('due_ms >= ?', fromMs);
  if (beforeMs !== undefined) only('due_ms < ?', beforeMs);
  if (cursor !== undefined) {
    const [due, incident = '', number = '-1'] = cursor.split('_');
    only('(due_ms, incident, number) > (?, ?, ?)', Number(due), incident, Number(number));
  }
  const condition = where.length > 0 ? `WHERE ${where.join(' AND ')}` : '';
  return {
    sql: `SELECT due_ms, incident, number FROM obligations ${condition} ORDER BY due_ms, incident, number LIMIT ?`,
    values: [...values, limit],
  };
};
