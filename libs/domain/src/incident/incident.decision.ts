import type { Instant, OccurredAt } from '../kernel/instant.js';
import type { RuleDefinition } from '../obligations/rule.js';
import type { PlaybookDefinition } from '../playbook/playbook.js';
import type { Envelope, IncidentCommand, IncidentCommandType } from './incident.commands.js';
import { evolve } from './incident.evolve.js';
import type { DecidedEvent, EventData, IncidentEvent, IncidentEventType } from './incident.events.js';
import { CommandRejected, type Warning } from './incident.rejections.js';
import type { IncidentState } from './incident.state.js';

/** What a decision may use beside the state: time, ids and the catalogues arrive from outside. */
export interface DecisionContext {
  readonly incidentId: string;
  /** Now, as `recordedAt` will say. */
  readonly now: Instant;
  /** A fresh id for each call. */
  readonly nextId: () => string;
  /** The same id for the same words. */
  readonly derivedId: (...words: readonly string[]) => string;
  /** Playbooks that can be adopted, with the SHA-256 of each. */
  readonly playbooks: readonly CataloguedPlaybook[];
  readonly rules: readonly RuleDefinition[];
  /** Set when a scenario is played: its clock is the incident's, and it is always an exercise. */
  readonly scenario?: string;
}

export interface CataloguedPlaybook {
  readonly definition: PlaybookDefinition;
  readonly sha256: string;
}

export interface Decision {
  readonly events: readonly DecidedEvent[];
  readonly warnings: readonly Warning[];
  /** The state once the events are recorded. */
  readonly state: IncidentState;
}

/** What a handler answers: the fact, before the envelope is put on. */
export type Draft<T extends IncidentEventType = IncidentEventType> = {
  [Type in T]: {
    readonly type: Type;
    readonly data: EventData<Type>;
    readonly organisations?: readonly string[];
    readonly occurredAt?: OccurredAt;
    readonly supersedes?: string;
    /** What the fact says of itself, where that is not what the command says of itself. */
    readonly said?: Pick<Envelope, 'saidBy' | 'source' | 'confidence' | 'tlp' | 'note'>;
  };
}[T];

export interface Drafts {
  readonly drafts: readonly Draft[];
  readonly warnings?: readonly Warning[];
}

export const ORGANISATIONS_MAX = 200;
export const INCIDENT_EVENTS_MAX = 100_000;

/** The state once these events are recorded. */
export const record = (
  state: IncidentState,
  events: readonly DecidedEvent[],
  context: Pick<DecisionContext, 'incidentId' | 'now'>,
): IncidentState => {
  let next = state;
  for (const event of events) {
    const stamped = { ...event, incidentId: context.incidentId, revision: next.revision + 1, recordedAt: context.now };
    next = evolve(next, stamped as IncidentEvent);
  }
  return next;
};

/** Ids of the organisations named by id or exact name; all of the incident's when none is named. */
export const resolveOrganisations = (
  state: IncidentState,
  named: readonly string[] | undefined,
  path: string,
): readonly string[] => {
  if (named === undefined || named.length === 0) return state.organisations.map(({ id }) => id);
  return [...new Set(named.map((reference, index) => resolveOrganisation(state, reference, `${path}[${index}]`)))];
};

export const resolveOrganisation = (state: IncidentState, reference: string, path: string): string => {
  const wanted = reference.trim();
  const found = state.organisations.find(
    ({ id, name }) => id === wanted.toLowerCase() || name === wanted || name === reference,
  );
  if (found) return found.id;
  throw new CommandRejected(
    'unknown-organisation',
    { organisation: reference, known: state.organisations.map(({ name }) => name) },
    path,
  );
};

export type Resolved<T extends IncidentCommandType> = IncidentCommand<T> & {
  readonly organisations: readonly string[];
};
export type Handler<T extends IncidentCommandType> = (
  state: IncidentState,
  command: Resolved<T>,
  context: DecisionContext,
) => readonly Draft[] | Drafts;
