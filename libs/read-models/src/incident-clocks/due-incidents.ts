import type Database from 'better-sqlite3';
import type { Views } from '../views.js';

/** Which incidents have a warning or a missed term to record, by an index on the moment: nothing else is looked at. */
export class DueIncidents {
  private readonly due: Database.Statement<[number, number], { incident: string; next_ms: number }>;
  private readonly next: Database.Statement<[], { next_ms: number | null }>;

  constructor(views: Views) {
    this.due = views.db.prepare(
      'SELECT incident, next_ms FROM clocks WHERE next_ms <= ? ORDER BY next_ms, incident LIMIT ?',
    );
    this.next = views.db.prepare('SELECT min(next_ms) AS next_ms FROM clocks');
  }

  /** The most overdue first. */
  dueBy(nowMs: number, max: number): readonly { readonly incidentId: string; readonly atMs: number }[] {
    return this.due.all(nowMs, max).map(({ incident, next_ms: atMs }) => ({ incidentId: incident, atMs }));
  }

  /** Milliseconds; undefined when no clock runs. */
  nextMs(): number | undefined {
    return this.next.get()?.next_ms ?? undefined;
  }
}
