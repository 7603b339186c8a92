import { instantMs, type Instant } from '../kernel/instant.js';
import { applyFact, effectiveEvents, foldIncident } from './incident.evolve.js';
import type { IncidentEvent } from './incident.events.js';
import { initialIncident, oldestFirst, type IncidentState } from './incident.state.js';

export const AXES = ['recorded', 'occurred'] as const;
export type Axis = (typeof AXES)[number];

/** Facts that say what the incident is and whom it concerns: they hold at every moment of it. */
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
 * they happened. Undefined before the first of them.
 */
export const trueAt = (known: IncidentState, at: Instant): IncidentState | undefined => {
  const moment = instantMs(at);
  const counting = effectiveEvents(oldestFirst(known.history), known.superseded);
  if (!counting.some((event) => instantMs(event.occurredAt.at) <= moment)) return undefined;
  const ordered = counting
    .map((event, index) => ({ event, index, at: instantMs(event.occurredAt.at) }))
    .filter(({ event, at: occurred }) => occurred <= moment || IDENTITY.has(event.type))
    .toSorted((left, right) => rank(left.event) - rank(right.event) || left.at - right.at || left.index - right.index);
  const state = ordered.reduce((folded, { event }) => applyFact(folded, event), initialIncident);
  return {
    ...state,
    milestones: { ...state.milestones, detected: detectedBy(state, moment) },
    history: known.history,
    superseded: known.superseded,
    revision: known.revision,
    recordedAt: known.recordedAt,
  };
};

const rank = (event: IncidentEvent): number =>
  event.type === 'IncidentDeclared' ? 0 : IDENTITY.has(event.type) ? 1 : 2;

const detectedBy = (state: IncidentState, moment: number): IncidentState['milestones']['detected'] =>
  Object.fromEntries(
    Object.entries(state.milestones.detected).filter(([, reached]) => instantMs(reached.at) <= moment),
  );
