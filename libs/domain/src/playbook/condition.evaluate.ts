import { newestFirst, UNSTATED, type FactName, type IncidentState } from '../incident/incident.state.js';
import type { IncidentEvent, IncidentEventType } from '../incident/incident.events.js';
import type { Condition, ConditionFact, EventMatch } from './condition.js';

/**
 * Whether a condition holds for one organisation, or for the incident when none is given (then any body will do).
 * @param happened events that count, by type: see {@link happenedByType}.
 */
export const holds = (
  condition: Condition,
  state: IncidentState,
  organisation: string | undefined,
  happened: Happened,
): boolean => {
  if ('all' in condition) return condition.all.every((each) => holds(each, state, organisation, happened));
  if ('any' in condition) return condition.any.some((each) => holds(each, state, organisation, happened));
  if ('not' in condition) return !holds(condition.not, state, organisation, happened);
  if ('fact' in condition)
    return factValues(state, condition.fact, organisation).some((value) => condition.in.includes(value));
  return (happened[condition.event] ?? []).some(
    (event) => (organisation === undefined || event.organisations.includes(organisation)) && matches(condition, event),
  );
};

export type Happened = Partial<Record<IncidentEventType, readonly IncidentEvent[]>>;

/** Events that count, by type, oldest first: one walk, whatever the number of conditions. */
export const happenedByType = (state: IncidentState): Happened => {
  const byType: Partial<Record<IncidentEventType, IncidentEvent[]>> = {};
  for (const event of newestFirst(state.effective)) (byType[event.type] ??= []).push(event);
  for (const events of Object.values(byType)) events.reverse();
  return byType;
};

/** Whether an event is one that a playbook or a rule waits for. */
export const matches = (
  match: EventMatch,
  event: { readonly type: IncidentEventType; readonly data: object },
): boolean =>
  event.type === match.event &&
  Object.entries(match.where ?? {}).every(([field, wanted]) => {
    const value = (event.data as Record<string, unknown>)[field];
    return Array.isArray(wanted) ? wanted.includes(String(value)) : String(value) === wanted;
  });

const factValues = (state: IncidentState, fact: ConditionFact, organisation: string | undefined): string[] => {
  const bodies = state.organisations.filter(({ id }) => organisation === undefined || id === organisation);
  switch (fact) {
    case 'organisationKind':
      return bodies.map(({ kind }) => kind ?? 'unknown');
    case 'insured':
      return bodies.map(({ insured }) => insured ?? 'unknown');
    case 'nis2':
      return bodies.map(({ nis2 }) => nis2 ?? 'unknown');
    case 'organisationCount':
      return [state.organisations.length > 1 ? 'several' : 'one'];
    default:
      return bodies.map(({ id }) => stated(state, fact, id));
  }
};

const stated = (state: IncidentState, fact: FactName, organisation: string): string =>
  state.facts[fact]?.each[organisation]?.value ?? UNSTATED[fact];
