import { fieldsOf } from '../kernel/fields.js';
import { incidentEvents, type DecidedEvent, type IncidentEvent } from '../incident/incident.events.js';
import type { AppendRoom } from '../incident/append-room.js';
import { record, type Decision, type DecisionContext } from '../incident/incident.decision.js';
import { uniqueWarnings, type Warning } from '../incident/incident.rejections.js';
import { stepKey, type IncidentState } from '../incident/incident.state.js';
import { matches, type Happened } from './condition.evaluate.js';
import { missingGates, missingSoft } from './prerequisites.js';
import type { StepDefinition } from './playbook.js';

/**
 * Completes the steps that facts fulfil, each naming its fact; warns of what usually comes before. The whole record is
 * searched each time: what one append had no room for is completed by the next one.
 * @param state with the facts already in it.
 * @returns with the state once the completions are recorded.
 */
export const settleSteps = (
  state: IncidentState,
  happened: Happened,
  facts: readonly DecidedEvent[],
  context: DecisionContext,
  { room, max }: { readonly room: AppendRoom; readonly max: number },
): Decision => {
  if (!state.playbook) return { events: [], warnings: [], state };
  const fresh = new Set(facts.map(({ eventId }) => eventId));
  const organisations = state.organisations.map(({ id }) => id);
  const events: DecidedEvent[] = [];
  const fulfilled: { readonly step: StepDefinition; readonly bodies: readonly string[] }[] = [];
  let leftOpen = 0;
  for (const step of state.playbook.definition.steps) {
    const left = new Set(step.perOrganisation ? organisations : ['']);
    const untouched = [...left].some((body) => isOpen(state, step, body, false));
    for (const fact of candidatesFor(step, happened)) {
      const isFresh = fresh.has(fact.eventId);
      if (!(isFresh || untouched) || !step.completedBy.some((match) => matches(match, fact))) continue;
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
  const after = record(state, events, context);
  const warnings = fulfilled.flatMap(({ step, bodies }) => bodies.flatMap((body) => warningsFor(after, step, body)));
  if (leftOpen > 0) warnings.push({ code: 'steps-left-open', facts: { count: leftOpen } });
  return { events, warnings: uniqueWarnings(warnings), state: after };
};

/** Facts of the types that a step waits for, oldest first. */
const candidatesFor = ({ completedBy }: StepDefinition, happened: Happened): readonly IncidentEvent[] => {
  const types = [...new Set(completedBy.map(({ event }) => event))];
  const found = types.flatMap((type) => happened[type] ?? []);
  return types.length < 2 ? found : found.toSorted((left, right) => left.revision - right.revision);
};

const isOpen = (state: IncidentState, step: StepDefinition, organisation: string, fresh: boolean): boolean => {
  const now = state.steps[stepKey(step.id, organisation || undefined)];
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
