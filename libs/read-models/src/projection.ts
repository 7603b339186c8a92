import type Database from 'better-sqlite3';
import type { IncidentEvent, IncidentState } from '#libs/domain';
import type { Position } from '#libs/event-store';

/** An event with the incident as it was once the event had been recorded. */
export interface ProjectedEvent {
  readonly event: IncidentEvent;
  readonly position: Position;
  readonly state: IncidentState;
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
  /** Each event, in the order of the log. */
  onEvent?(projected: ProjectedEvent): void;
  /** Once for each incident that a batch touched, with its last event in the batch. */
  onIncident?(projected: ProjectedEvent): void;
}
