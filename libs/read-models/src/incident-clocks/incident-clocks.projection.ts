import type Database from 'better-sqlite3';
import { nextNoticeMs } from '#libs/domain';
import type { ProjectedIncident, Projection, ProjectionWriter } from '../projection.js';

/** When each incident's clocks have something to say next. The moment is all that is kept: the incident knows what. */
export const incidentClocks: Projection = {
  name: 'incident-clocks',
  version: 1,
  schema: [
    'CREATE TABLE clocks (incident TEXT PRIMARY KEY, next_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID',
    'CREATE INDEX clocks_next ON clocks (next_ms, incident)',
  ],
  open: (db) => new ClocksWriter(db),
};

class ClocksWriter implements ProjectionWriter {
  private readonly put: Database.Statement;
  private readonly drop: Database.Statement;

  constructor(db: Database.Database) {
    this.put = db.prepare(
      `INSERT INTO clocks (incident, next_ms) VALUES (?, ?) ON CONFLICT (incident) DO UPDATE SET next_ms = excluded.next_ms
       WHERE next_ms <> excluded.next_ms`,
    );
    this.drop = db.prepare('DELETE FROM clocks WHERE incident = ?');
  }

  onIncident({ state }: ProjectedIncident): void {
    // The clock of a scenario that was played stands still.
    const nextMs = state.scenario ? undefined : nextNoticeMs(state);
    if (nextMs === undefined) this.drop.run(state.incidentId);
    else this.put.run(state.incidentId, nextMs);
  }
}
