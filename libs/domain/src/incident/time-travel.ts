import { instantMs, type Instant } from '../kernel/instant.js';
import { applyFact, effectiveEvents, foldIncident } from './incident.evolve.js';
import type { IncidentEvent } from './incident.events.js';
import { initialIncident, oldestFirst, type IncidentState } from './incident.state.js';

export const AXES = ['recorded', 'occurred'] as const;
export type Axis = (typeof AXES)[number];

/** Facts that say what the incident is and whom it concerns: they hold at every moment of it, as they were last told. */
const IDENTITY: ReadonlySet<string> = new Set([
  'IncidentDeclared',
  'OrganisationMarkedAffected',
  'PlaybookAdopted',
  'PlaybookMigrated',
]);

/** What was known at a moment: a fold of what had been recorded. `events` oldest first. */
export const knownAt = (events: readonly IncidentEvent[], until: (event: IncidentEvent) => boolean): IncidentState => {
  const end = events.findIndex((event) => !until(event));
  return foldIncident(end === -1 ? events : events.slice(0, end));
};

/**
 * What was true at a moment, as known now: facts that had happened by then, corrections applied, in the order in which
 * they happened; clocks in the order in which they were recorded, each from the time of its fact. Undefined before the
 * first fact.
 */
export const trueAt = (known: IncidentState, at: Instant): IncidentState | undefined => {
  const moment = instantMs(at);
  const counting = effectiveEvents(oldestFirst(known.history), known.superseded);
  if (!counting.some((event) => instantMs(event.occurredAt.at) <= moment)) return undefined;
  const standing = lastDetections(counting.flatMap((event, index) => startedRight(event, counting, index, known)));
  const ordered = standing
    .map((event, index) => ({
      event,
      index,
      at: IDENTITY.has(event.type) ? -Infinity : instantMs(event.occurredAt.at),
    }))
    .filter(({ at: occurred }) => occurred <= moment)
    .toSorted(
      (left, right) => rank(left.event) - rank(right.event) || byTime(left.at, right.at) || left.index - right.index,
    );
  const clocks = standing.filter((event) => isClock(event) && instantMs(event.occurredAt.at) <= moment);
  const facts = ordered.flatMap(({ event }) => (isClock(event) ? [] : [event]));
  const state = [...facts, ...clocks].reduce((folded, event) => applyFact(folded, event), initialIncident);
  return {
    ...state,
    milestones: { ...state.milestones, detected: detectedBy(state, moment) },
    history: known.history,
    superseded: known.superseded,
    revision: known.revision,
    recordedAt: known.recordedAt,
  };
};

/** What stands, corrected facts left out, in the order in which it happened; what happened together, as it was recorded. */
export const inOrderOfOccurrence = ({ history, superseded }: IncidentState): IncidentEvent[] =>
  oldestFirst(history)
    .filter(({ eventId }) => superseded[eventId] === undefined)
    .map((event) => ({ event, at: instantMs(event.occurredAt.at) }))
    .toSorted((left, right) => left.at - right.at || left.event.revision - right.event.revision)
    .map(({ event }) => event);

const byTime = (left: number, right: number): number => (left === right ? 0 : left - right);

const rank = (event: IncidentEvent): number =>
  event.type === 'IncidentDeclared' ? 0 : IDENTITY.has(event.type) ? 1 : 2;

const detectedBy = (state: IncidentState, moment: number): IncidentState['milestones']['detected'] =>
  Object.fromEntries(
    Object.entries(state.milestones.detected).filter(([, reached]) => instantMs(reached.at) <= moment),
  );

/** Of several statements of when a body detected the attack, the last one holds, wherever it lies in time. */
const lastDetections = (events: readonly IncidentEvent[]): IncidentEvent[] => {
  const said = new Set<string>();
  const standing = events.toReversed().flatMap((event): IncidentEvent[] => {
    if (event.type !== 'IncidentDetected') return [event];
    const organisations = event.organisations.filter((id) => !said.has(id));
    for (const id of organisations) said.add(id);
    return organisations.length > 0 ? [{ ...event, organisations }] : [];
  });
  return standing.toReversed();
};

const CLOCKS: ReadonlySet<string> = new Set([
  'ObligationOpened',
  'ObligationRescheduled',
  'ObligationDischarged',
  'ObligationWaived',
  'LatenessJustified',
  'DeadlineApproaching',
  'DeadlineMissed',
]);
const isClock = ({ type }: IncidentEvent): boolean => CLOCKS.has(type);

type ClockStarted = IncidentEvent<'ObligationOpened' | 'ObligationRescheduled'>;
const startsClock = (event: IncidentEvent): event is ClockStarted =>
  event.type === 'ObligationOpened' || event.type === 'ObligationRescheduled';

/** A clock that had started from a fact since corrected starts, in the same place, from what is right. */
const startedRight = (
  event: IncidentEvent,
  events: readonly IncidentEvent[],
  index: number,
  { superseded }: IncidentState,
): IncidentEvent[] => {
  if (!startsClock(event) || superseded[event.data.startEventId] === undefined) return [event];
  const later = events.slice(index + 1).filter(startsClock);
  return event.organisations.flatMap((body) => {
    const right = later.find(
      ({ data, organisations }) =>
        data.rule === event.data.rule && organisations.includes(body) && superseded[data.startEventId] === undefined,
    );
    return right ? [{ ...right, organisations: [body] }] : [];
  });
};
