import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { Language } from '#libs/domain';
import type { Page } from '#libs/application';
import { Views } from '../views.js';

export interface TimelineItem {
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  readonly position: string;
  /** A sentence for a person. */
  readonly text: string;
  /** Event that says that this one was wrong. */
  readonly supersededBy?: string;
  readonly [envelope: string]: unknown;
}

export interface TimelineFilter {
  readonly incidentId: string;
  /** Cursor of the page before. */
  readonly after?: string;
  readonly limit: number;
  readonly types?: readonly string[];
  /** Words that the line must contain, in either language. */
  readonly q?: string;
  /** Only what was recorded up to this revision. */
  readonly untilRevision?: number;
  /** Only what had happened by then, in the order in which it happened, corrected facts left out. Milliseconds. */
  readonly occurredUntilMs?: number;
  readonly byOccurrence: boolean;
}

export class GetTimeline extends Query<Page<TimelineItem>> {
  constructor(
    readonly filter: TimelineFilter,
    readonly language: Language,
  ) {
    super();
  }
}

interface Row {
  readonly revision: number;
  readonly event: string;
  readonly type: string;
  readonly position: string;
  readonly occurred_ms: number;
  readonly line: string;
  readonly superseded_by: string | null;
  readonly superseded_revision: number | null;
  readonly envelope: string;
}

@QueryHandler(GetTimeline)
export class GetTimelineHandler implements IQueryHandler<GetTimeline> {
  constructor(private readonly views: Views) {}

  async execute({ filter, language }: GetTimeline): Promise<Page<TimelineItem>> {
    const { limit, byOccurrence } = filter;
    const { where, values } = conditions(filter);
    const order = byOccurrence ? 'occurred_ms, revision' : 'revision';
    const rows = this.views.db
      .prepare<unknown[], Row>(
        `SELECT revision, event, type, position, occurred_ms, line_${language} AS line, superseded_by, superseded_revision, envelope
         FROM timeline WHERE ${where.join(' AND ')} ORDER BY ${order} LIMIT ?`,
      )
      .all(...values, limit + 1);
    const items = rows.slice(0, limit).map((row) => toItem(row, filter.untilRevision));
    const last = rows[limit - 1];
    if (rows.length <= limit || !last) return { items };
    return { items, next: byOccurrence ? `${last.occurred_ms}_${last.revision}` : String(last.revision) };
  }
}

const conditions = (filter: TimelineFilter): { readonly where: string[]; readonly values: unknown[] } => {
  const where = ['incident = ?'];
  const values: unknown[] = [filter.incidentId];
  const add = (condition: string, ...bound: unknown[]): void => {
    where.push(condition);
    values.push(...bound);
  };
  if (filter.after !== undefined) {
    const [ms, revision] = filter.after.split('_').map(Number);
    if (filter.byOccurrence) add('(occurred_ms, revision) > (?, ?)', ms ?? 0, revision ?? -1);
    else add('revision > ?', ms ?? -1);
  }
  if (filter.untilRevision !== undefined) add('revision <= ?', filter.untilRevision);
  if (filter.occurredUntilMs !== undefined) add('occurred_ms <= ?', filter.occurredUntilMs);
  if (filter.byOccurrence) add('superseded_by IS NULL');
  if (filter.types?.length) add(`type IN (${filter.types.map(() => '?').join(', ')})`, ...filter.types);
  if (filter.q) {
    const pattern = `%${filter.q.replaceAll(/[\\%_]/g, (match) => `\\${match}`)}%`;
    add("(line_fr LIKE ? ESCAPE '\\' OR line_en LIKE ? ESCAPE '\\')", pattern, pattern);
  }
  return { where, values };
};

const toItem = (row: Row, untilRevision: number | undefined): TimelineItem => {
  const corrected =
    row.superseded_by !== null && (untilRevision === undefined || (row.superseded_revision ?? 0) <= untilRevision);
  return {
    revision: row.revision,
    eventId: row.event,
    type: row.type,
    position: row.position,
    text: row.line,
    ...(JSON.parse(row.envelope) as object),
    ...(corrected ? { supersededBy: row.superseded_by ?? '' } : {}),
  };
};
