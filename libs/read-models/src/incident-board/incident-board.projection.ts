import type Database from 'better-sqlite3';
import {
  countServicesOut,
  instantMs,
  MILESTONES,
  milestoneView,
  obligationStatus,
  serviceViews,
  UNSTATED,
  type IncidentState,
  type MilestoneView,
  type ObligationState,
  type ObligationStatus,
} from '#libs/domain';
import type { ProjectedIncident, Projection, ProjectionWriter } from '../projection.js';

/** One incident on the board, without what depends on the moment of asking. */
export interface BoardRow {
  readonly incidentId: string;
  readonly title: string;
  /** As it was declared. */
  readonly kind: string;
  /** As it is known now. */
  readonly attackType: string;
  readonly status: 'open' | 'closed';
  readonly exercise: boolean;
  readonly scenario?: string;
  readonly organisations: readonly { readonly id: string; readonly name: string }[];
  readonly milestones: Readonly<Record<string, MilestoneView>>;
  readonly nextClock?: {
    readonly organisation: string;
    readonly rule: string;
    readonly dueAt: string;
    readonly provisional: boolean;
  };
  readonly counts: {
    readonly events: number;
    readonly organisations: number;
    readonly services: number;
    readonly obligationsOpen: number;
  };
  readonly servicesOut: number;
  readonly declaredAt: string;
  readonly lastEventAt: string;
  readonly revision: number;
  readonly position: string;
}

/** A clock of some incident, with what the list across incidents says of both. */
export interface ObligationRow {
  readonly title: string;
  /** Name of the body that owes it. */
  readonly organisation: string;
  /** Set for an incident whose clock is a scenario's: the moment at which it stands. */
  readonly standsAt?: string;
  readonly obligation: ObligationState;
}

/** Of the board: what a crisis cell is working on. Written the same in a query, so that the index is taken. */
export const IS_CURRENT_SQL = "status = 'open' AND exercise = 0";

/** The board, and across incidents the services and the clocks: all of them are parts of the folded incident. */
export const incidentBoard: Projection = {
  name: 'incident-board',
  version: 4,
  schema: [
    `CREATE TABLE board (number INTEGER PRIMARY KEY, incident TEXT NOT NULL UNIQUE, status TEXT NOT NULL, exercise INTEGER NOT NULL,
       due_ms INTEGER NOT NULL, organisations TEXT NOT NULL, row TEXT NOT NULL) STRICT`,
    `CREATE INDEX board_current ON board (due_ms, number DESC) WHERE ${IS_CURRENT_SQL}`,
    `CREATE INDEX board_past ON board (number) WHERE NOT (${IS_CURRENT_SQL})`,
    `CREATE TABLE services (incident TEXT NOT NULL, number INTEGER NOT NULL, status TEXT NOT NULL, row TEXT NOT NULL,
       PRIMARY KEY (incident, number)) STRICT, WITHOUT ROWID`,
    `CREATE TABLE obligations (incident TEXT NOT NULL, number INTEGER NOT NULL, due_ms INTEGER NOT NULL, standing TEXT NOT NULL,
       row TEXT NOT NULL, PRIMARY KEY (incident, number)) STRICT, WITHOUT ROWID`,
    'CREATE INDEX obligations_due ON obligations (due_ms, incident, number)',
    'CREATE INDEX obligations_standing ON obligations (standing, due_ms, incident, number)',
  ],
  open: (db) => new BoardWriter(db),
};

class BoardWriter implements ProjectionWriter {
  private readonly putBoard: Database.Statement;
  private readonly dropServices: Database.Statement;
  private readonly putService: Database.Statement;
  private readonly dropObligations: Database.Statement;
  private readonly putObligation: Database.Statement;
  /** What was last written of an incident: rows of a part that did not change are left alone. */
  private readonly written = new Map<string, Pick<IncidentState, 'services' | 'obligations' | 'organisations'>>();

  constructor(db: Database.Database) {
    this.putBoard = db.prepare(
      `INSERT INTO board (incident, status, exercise, due_ms, organisations, row) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (incident) DO UPDATE SET status = excluded.status, due_ms = excluded.due_ms,
         organisations = excluded.organisations, row = excluded.row`,
    );
    this.dropServices = db.prepare('DELETE FROM services WHERE incident = ?');
    this.putService = db.prepare('INSERT INTO services (incident, number, status, row) VALUES (?, ?, ?, ?)');
    this.dropObligations = db.prepare('DELETE FROM obligations WHERE incident = ?');
    this.putObligation = db.prepare(
      'INSERT INTO obligations (incident, number, due_ms, standing, row) VALUES (?, ?, ?, ?, ?)',
    );
  }

  onIncident({ state, position }: ProjectedIncident): void {
    const row = boardRow(state, position);
    const names = state.organisations.flatMap(({ id, name }) => [id, name]);
    this.putBoard.run(
      state.incidentId,
      state.status,
      Number(state.exercise),
      row.nextClock ? instantMs(row.nextClock.dueAt) : NO_TERM_MS,
      JSON.stringify(names),
      JSON.stringify(row),
    );
    const before = this.written.get(state.incidentId);
    const renamed = before?.organisations !== state.organisations;
    if (renamed || before.services !== state.services) this.writeServices(state);
    // Where the clocks of a scenario stand depends on its last entry.
    const moved = before?.obligations !== state.obligations || state.scenario !== undefined;
    if (renamed || moved) this.writeObligations(state);
    const { services, obligations, organisations } = state;
    this.written.delete(state.incidentId);
    this.written.set(state.incidentId, { services, obligations, organisations });
    for (const incident of this.written.keys()) {
      if (this.written.size <= WRITTEN_MAX) break;
      this.written.delete(incident);
    }
  }

  private writeServices(state: IncidentState): void {
    this.dropServices.run(state.incidentId);
    for (const [number, service] of serviceViews(state).entries()) {
      this.putService.run(state.incidentId, number, service.status, JSON.stringify(service));
    }
  }

  private writeObligations(state: IncidentState): void {
    this.dropObligations.run(state.incidentId);
    const names = new Map(state.organisations.map(({ id, name }) => [id, name]));
    const { title, scenario, recordedAt } = state;
    for (const [number, obligation] of Object.values(state.obligations).entries()) {
      const dueMs = obligation.dueAt === undefined ? NO_TERM_MS : instantMs(obligation.dueAt);
      const standing = standingOf(obligation, state);
      const row: ObligationRow = {
        title,
        organisation: names.get(obligation.organisation) ?? '',
        ...(scenario === undefined ? {} : { standsAt: recordedAt }),
        obligation,
      };
      this.putObligation.run(state.incidentId, number, dueMs, standing, JSON.stringify(row));
    }
  }
}

const WRITTEN_MAX = 4096;

/** Due time of a clock without a term: after all others. */
export const NO_TERM_MS = 9_000_000_000_000_000;

/**
 * A clock's status as far as it does not change by itself as time goes by: one that runs is open until its term and missed
 * after it, and a caution stays open. The clocks of a scenario stand still.
 */
export type Standing = ObligationStatus | 'running' | 'caution';

const standingOf = (obligation: ObligationState, { scenario, recordedAt }: IncidentState): Standing => {
  if (scenario !== undefined || obligation.discharge || obligation.waiver)
    return obligationStatus(obligation, recordedAt);
  return obligation.provisional ? 'caution' : 'running';
};

export const boardRow = (state: IncidentState, position: string): BoardRow => {
  const names = new Map(state.organisations.map(({ id, name }) => [id, name]));
  const running = Object.values(state.obligations).filter(({ discharge, waiver }) => !discharge && !waiver);
  const [next] = running
    .filter(({ dueAt }) => dueAt !== undefined)
    .toSorted((left, right) => instantMs(left.dueAt ?? '') - instantMs(right.dueAt ?? ''));
  return {
    incidentId: state.incidentId,
    title: state.title,
    kind: state.kind,
    attackType: state.facts.attackType?.latest.value ?? UNSTATED.attackType,
    status: state.status,
    exercise: state.exercise,
    ...(state.scenario ? { scenario: state.scenario } : {}),
    organisations: state.organisations.map(({ id, name }) => ({ id, name })),
    milestones: Object.fromEntries(MILESTONES.map((name) => [name, milestoneView(state, name, names)])),
    ...(next?.dueAt
      ? {
          nextClock: {
            organisation: names.get(next.organisation) ?? '',
            rule: next.rule,
            dueAt: next.dueAt,
            provisional: next.provisional,
          },
        }
      : {}),
    counts: {
      events: state.revision + 1,
      organisations: state.organisations.length,
      services: Object.keys(state.services).length,
      obligationsOpen: running.length,
    },
    servicesOut: countServicesOut(state),
    declaredAt: state.declaredAt,
    lastEventAt: state.recordedAt,
    revision: state.revision,
    position,
  };
};
