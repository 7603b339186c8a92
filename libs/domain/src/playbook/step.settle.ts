import { fieldsOf } from '../kernel/fields.js';
import {
  incidentEvents,
  type DecidedEvent,
  type IncidentEvent,
  type IncidentEventType,
} from '../incident/incident.events.js';
import type { AppendRoom } from '../incident/append-room.js';
import { record, type Decision, type DecisionContext } from '../incident/incident.decision.js';
import { uniqueWarnings, type Warning } from '../incident/incident.rejections.js';
import { stepIn, type Chain, type IncidentState } from '../incident/incident.state.js';
import { matches } from './condition.evaluate.js';
import { missingGates, missingSoft } from './prerequisites.js';
import type { PlaybookDefinition, StepDefinition } from './playbook.js';

/**
 * Completes the steps that facts fulfil, each naming its fact; warns of what usually comes before. What one append had no
 * room for is completed by the next one.
 * @param state with the facts already in it.
 * @returns with the state once the completions are recorded.
 */
export const settleSteps = (
  state: IncidentState,
  facts: readonly DecidedEvent[],
  context: DecisionContext,
  { room, max }: { readonly room: AppendRoom; readonly max: number },
): Decision => {
  if (!state.playbook) return { events: [], warnings: [], state };
  const { definition } = state.playbook;
  const candidates = unsearched(state.effective, definition);
  const fresh = new Set(facts.map(({ eventId }) => eventId));
  const organisations = state.organisations.map(({ id }) => id);
  const events: DecidedEvent[] = [];
  const fulfilled: { readonly step: StepDefinition; readonly bodies: readonly string[] }[] = [];
  let leftOpen = 0;
  for (const step of definition.steps) {
    if (!step.completedBy.some(({ event }) => candidates.has(event))) continue;
    const its = ofTypes(step, candidates);
    const left = new Set(step.perOrganisation ? organisations : ['']);
    for (const fact of its) {
      if (!step.completedBy.some((match) => matches(match, fact))) continue;
      const isFresh = fresh.has(fact.eventId);
      const bodies = (step.perOrganisation ? fact.organisations : ['']).filter(
        (body) => left.has(body) && isOpen(state, step, body, isFresh),
      );
      if (bodies.length === 0) continue;
      for (const body of bodies) left.delete(body);
      const completed = completion(step, fact, bodies, context);
      if (leftOpen > 0 || events.length >= max || !room.take(completed)) {
        leftOpen += 1;
        continue;
      }
      events.push(completed);
      if (isFresh) fulfilled.push({ step, bodies });
    }
  }
  if (leftOpen === 0 && state.effective) searched.set(state.effective, definition);
  const after = record(state, events, context);
  const warnings = fulfilled.flatMap(({ step, bodies }) => bodies.flatMap((body) => warningsFor(after, step, body)));
  if (leftOpen > 0) warnings.push({ code: 'steps-left-open', facts: { count: leftOpen } });
  return { events, warnings: uniqueWarnings(warnings), state: after };
};

type Candidates = ReadonlyMap<IncidentEventType, readonly IncidentEvent[]>;

/** Up to where every step that a fact fulfils is known to be completed, under which playbook. */
const searched = new WeakMap<Chain, PlaybookDefinition>();

/** Facts that may fulfil an untouched step, by type, oldest first: since the last search, or of the whole record. */
const unsearched = (effective: Chain | undefined, definition: PlaybookDefinition): Candidates => {
  const byType = new Map<IncidentEventType, IncidentEvent[]>();
  for (let link = effective; link && searched.get(link) !== definition; link = link.earlier) {
    const events = byType.get(link.event.type);
    if (events) events.push(link.event);
    else byType.set(link.event.type, [link.event]);
  }
  for (const events of byType.values()) events.reverse();
  return byType;
};

const ofTypes = ({ completedBy }: StepDefinition, candidates: Candidates): readonly IncidentEvent[] => {
  const types = [...new Set(completedBy.map(({ event }) => event))];
  const found = types.flatMap((type) => candidates.get(type) ?? []);
  return types.length < 2 ? found : found.toSorted((left, right) => left.revision - right.revision);
};

const isOpen = (state: IncidentState, step: StepDefinition, organisation: string, fresh: boolean): boolean => {
  const now = stepIn(state, step.id, organisation);
  return now === undefined || (now.status === 'todo' && !now.reopened) || (fresh && now.status !== 'done');
};

const completion = (
  step: StepDefinition,
  fact: IncidentEvent,
  bodies: readonly string[],
  context: DecisionContext,
): DecidedEvent => ({
  type: 'StepCompleted',
  data: { step: step.id, byEventId: fact.eventId, ...receiptOf(fact) },
  eventId: context.nextId(),
  organisations: step.perOrganisation ? bodies : fact.organisations,
  occurredAt: fact.occurredAt,
  actor: fact.actor,
  ...(fact.saidBy ? { saidBy: fact.saidBy } : {}),
  causedBy: fact.eventId,
});

/** A reference or receipt that the fact carries is the evidence of the step. */
const receiptOf = (fact: IncidentEvent): { readonly evidence?: string } => {
  const names = fieldsOf(incidentEvents[fact.type]).map(({ name }) => name);
  const name = ['receipt', 'reference', 'claimReference'].find((each) => names.includes(each));
  const value = name ? (fact.data as unknown as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' ? { evidence: value } : {};
};

const warningsFor = (state: IncidentState, step: StepDefinition, body: string): Warning[] => [
  ...missingGates(state, step, body || undefined).map(({ gate, step: missing }): Warning => ({
    code: 'gate-not-met',
    facts: { step: step.id, gate, missing },
  })),
  ...missingSoft(state, step, body || undefined).map((missing): Warning => ({
    code: 'soft-prerequisite-missing',
    facts: { step: step.id, missing },
  })),
];
