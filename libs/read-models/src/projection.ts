import type Database from 'better-sqlite3';
import type { IncidentState } from '#libs/domain';
import type { Position } from '#libs/event-store';

/** An incident as it was once the event at `position` had been recorded. Its `history` and `effective` may be cut short. */
export interface ProjectedIncident {
  readonly state: IncidentState;
  readonly position: Position;
}

/**
 * A view of the log as rows. Everything in it comes from events: dropping the rows and reading the log again gives the
 * same ones. Raise `version` when the rows of the same log would differ.
 */
export interface Projection {
  readonly name: string;
  readonly version: number;
  /** Statements that make its tables, named after it. */
  readonly schema: readonly string[];
  /** Prepares its statements; what it returns runs inside the transaction that also moves the checkpoint. */
  open(db: Database.Database): ProjectionWriter;
}

export interface ProjectionWriter {
  /** Once for each incident that a batch touched, as it was after its last event in the batch. */
  onIncident(projected: ProjectedIncident): void;
}
