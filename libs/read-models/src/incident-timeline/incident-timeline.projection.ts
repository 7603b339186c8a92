import type Database from 'better-sqlite3';
import { instantMs, lineOf, type IncidentState, type LocalText } from '#libs/domain';
import type { ProjectedEvent, Projection, ProjectionWriter } from '../projection.js';

/** A readable line for each event, in both languages, with both times; corrections keep what they correct. */
export const incidentTimeline: Projection = {
  name: 'incident-timeline',
  version: 2,
  schema: [
    `CREATE TABLE timeline (incident TEXT NOT NULL, revision INTEGER NOT NULL, event TEXT NOT NULL, type TEXT NOT NULL,
       position TEXT NOT NULL, occurred_ms INTEGER NOT NULL, line_fr TEXT NOT NULL, line_en TEXT NOT NULL, superseded_by TEXT,
       superseded_revision INTEGER, envelope TEXT NOT NULL, PRIMARY KEY (incident, revision)) STRICT, WITHOUT ROWID`,
  ],
  open: (db) => new TimelineWriter(db),
};

class TimelineWriter implements ProjectionWriter {
  private readonly insert: Database.Statement;
  private readonly supersede: Database.Statement;
  private names:
    { readonly organisations: IncidentState['organisations']; readonly byId: ReadonlyMap<string, string> } | undefined;
  private steps:
    { readonly playbook: IncidentState['playbook']; readonly byId: ReadonlyMap<string, LocalText> } | undefined;

  constructor(db: Database.Database) {
    this.insert = db.prepare(
      `INSERT INTO timeline (incident, revision, event, type, position, occurred_ms, line_fr, line_en, envelope)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.supersede = db.prepare(
      'UPDATE timeline SET superseded_by = ?, superseded_revision = ? WHERE incident = ? AND event = ?',
    );
  }

  onEvent({ event, state, position }: ProjectedEvent): void {
    const [names, steps] = [this.namesOf(state), this.stepsOf(state)];
    const { type, data: _data, incidentId, eventId, revision, ...envelope } = event;
    this.insert.run(
      incidentId,
      revision,
      eventId,
      type,
      position,
      instantMs(event.occurredAt.at),
      lineOf(event, names, 'fr', steps),
      lineOf(event, names, 'en', steps),
      JSON.stringify(envelope),
    );
    if (event.type === 'FactSuperseded') this.supersede.run(eventId, revision, incidentId, event.data.eventId);
  }

  private namesOf({ organisations }: IncidentState): ReadonlyMap<string, string> {
    if (this.names?.organisations !== organisations) {
      this.names = { organisations, byId: new Map(organisations.map(({ id, name }) => [id, name])) };
    }
    return this.names.byId;
  }

  private stepsOf({ playbook }: IncidentState): ReadonlyMap<string, LocalText> {
    if (this.steps === undefined || this.steps.playbook !== playbook) {
      const steps = playbook?.definition.steps ?? [];
      this.steps = { playbook, byId: new Map(steps.map(({ id, title }) => [id, title])) };
    }
    return this.steps.byId;
  }
}
