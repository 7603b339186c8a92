import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ObligationState } from '#libs/domain';
import type { Page } from '#libs/application';
import { Views } from '../views.js';
import type { BoardRow } from './incident-board.projection.js';

export interface BoardFilter {
  readonly status?: 'open' | 'closed';
  /** Id or exact name. */
  readonly organisation?: string;
  readonly exercise?: boolean;
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

export interface ObligationRow {
  readonly incidentId: string;
  readonly title: string;
  readonly organisations: BoardRow['organisations'];
  /** Set for an incident whose clock is a scenario's: the moment at which it stands. */
  readonly standsAt?: string;
  readonly obligation: ObligationState;
}

export interface ObligationFilter {
  readonly state?: 'open' | 'met' | 'late' | 'missed' | 'waived';
  /** Due before this moment. Milliseconds. */
  readonly beforeMs?: number;
  readonly nowMs: number;
  readonly limit: number;
  readonly cursor?: string;
}

/** Clocks of all incidents, the nearest term first; those without a term come last. */
export class GetObligations extends Query<Page<ObligationRow>> {
  constructor(readonly filter: ObligationFilter) {
    super();
  }
}

const NO_TERM_MS = 9_000_000_000_000_000;

@QueryHandler(GetObligations)
export class GetObligationsHandler implements IQueryHandler<GetObligations> {
  constructor(private readonly views: Views) {}

  async execute({ filter }: GetObligations): Promise<Page<ObligationRow>> {
    const { limit } = filter;
    const { where, values } = obligationConditions(filter);
    const rows = this.views.db
      .prepare<unknown[], { incident: string; number: number; due: number; row: string; board: string }>(
        `SELECT o.incident, o.number, coalesce(o.due_ms, ${NO_TERM_MS}) AS due, o.row, b.row AS board
         FROM obligations o JOIN board b ON b.incident = o.incident WHERE ${where.join(' AND ')}
         ORDER BY due, o.incident, o.number LIMIT ?`,
      )
      .all(...values, limit + 1);
    const items = rows.slice(0, limit).map(({ incident, row, board }): ObligationRow => {
      const { title, organisations, scenario, lastEventAt } = JSON.parse(board) as BoardRow;
      const obligation = JSON.parse(row) as ObligationState;
      return { incidentId: incident, title, organisations, ...(scenario ? { standsAt: lastEventAt } : {}), obligation };
    });
    const last = rows[limit - 1];
    return rows.length > limit && last ? { items, next: `${last.due}_${last.incident}_${last.number}` } : { items };
  }
}

const obligationConditions = (filter: ObligationFilter): { readonly where: string[]; readonly values: unknown[] } => {
  const where: string[] = ['1 = 1'];
  const values: unknown[] = [];
  if (filter.beforeMs !== undefined) {
    where.push('o.due_ms < ?');
    values.push(filter.beforeMs);
  }
  if (filter.cursor !== undefined) {
    const [due, incident = '', number] = filter.cursor.split('_');
    where.push(`(coalesce(o.due_ms, ${NO_TERM_MS}), o.incident, o.number) > (?, ?, ?)`);
    values.push(Number(due), incident, Number(number ?? -1));
  }
  const now =
    "coalesce(CASE WHEN json_extract(b.row, '$.scenario') IS NOT NULL THEN unixepoch(json_extract(b.row, '$.lastEventAt')) * 1000 END, ?)";
  const past = `(o.due_ms IS NOT NULL AND json_extract(o.row, '$.provisional') = 0 AND o.due_ms < ${now})`;
  if (filter.state === 'met' || filter.state === 'late' || filter.state === 'waived') {
    where.push('o.state = ?');
    values.push(filter.state);
  } else if (filter.state === 'open' || filter.state === 'missed') {
    where.push(`o.state = 'running' AND ${filter.state === 'open' ? `NOT ${past}` : past}`);
    values.push(filter.nowMs);
  }
  return { where, values };
};
