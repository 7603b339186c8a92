import { UNSTATED, type Chain, type FactName, type IncidentState } from '../incident/incident.state.js';
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
  for (let link = happened[condition.event]; link; link = link.earlier) {
    const { event } = link;
    if ((organisation === undefined || event.organisations.includes(organisation)) && matches(condition, event))
      return true;
  }
  return false;
};

/** Events that count, by type, each chain from the newest to the oldest. */
export type Happened = Readonly<Partial<Record<IncidentEventType, Chain>>>;

/** The last look at what counts; the next one only adds what came since, however long the incident is. */
const lastLooks = new WeakMap<Chain, Happened>();

export const happenedByType = ({ effective }: IncidentState): Happened => {
  const since: IncidentEvent[] = [];
  let link = effective;
  for (; link && !lastLooks.has(link); link = link.earlier) since.push(link.event);
  const before = link && lastLooks.get(link);
  if (!effective || since.length === 0) return before ?? {};
  const byType: Partial<Record<IncidentEventType, Chain>> = { ...before };
  for (const event of since.reverse()) byType[event.type] = { event, earlier: byType[event.type] };
  // One look for each incident is enough, or memory would grow with every command.
  if (link) lastLooks.delete(link);
  lastLooks.set(effective, byType);
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
