import { fieldsOf } from '../kernel/fields.js';
import { incidentEvents, type DecidedEvent, type IncidentEvent } from '../incident/incident.events.js';
import { record, type DecisionContext } from '../incident/incident.decision.js';
import { uniqueWarnings, type Warning } from '../incident/incident.rejections.js';
import { oldestFirst, stepKey, type IncidentState } from '../incident/incident.state.js';
import { matches } from './condition.evaluate.js';
import { missingGates, missingSoft } from './prerequisites.js';
import type { StepDefinition } from './playbook.js';

type Fact = DecidedEvent | IncidentEvent;

/** Events after which the whole record is searched again for facts that fulfil untouched steps. */
const LOOKS_BACK: ReadonlySet<string> = new Set(['PlaybookAdopted', 'PlaybookMigrated', 'FactSuperseded']);

/** Steps that one append settles: with the playbook itself and the clocks, they must fit in what a store takes at once. */
const COMPLETIONS_MAX = 400;

/** Completes the steps that the facts fulfil, each naming the fact; warns of what usually comes before. */
export const settleSteps = (
  state: IncidentState,
  facts: readonly DecidedEvent[],
  context: DecisionContext,
): { readonly events: readonly DecidedEvent[]; readonly warnings: readonly Warning[] } => {
  if (!state.playbook) return { events: [], warnings: [] };
  const looksBack = facts.some(({ type }) => LOOKS_BACK.has(type));
  const candidates: readonly Fact[] = looksBack ? oldestFirst(state.effective) : facts;
  const fresh = new Set(facts.map(({ eventId }) => eventId));
  const events: DecidedEvent[] = [];
  const fulfilled: { readonly step: StepDefinition; readonly bodies: readonly string[] }[] = [];
  let leftOpen = 0;
  for (const step of state.playbook.definition.steps) {
    const left = new Set(step.perOrganisation ? state.organisations.map(({ id }) => id) : ['']);
    for (const fact of candidates) {
      if (!step.completedBy.some((match) => matches(match, fact))) continue;
      const bodies = (step.perOrganisation ? fact.organisations : ['']).filter(
        (body) => left.has(body) && isOpen(state, step, body, fresh.has(fact.eventId)),
      );
      if (bodies.length === 0) continue;
      for (const body of bodies) left.delete(body);
      if (events.length >= COMPLETIONS_MAX) {
        leftOpen += 1;
        continue;
      }
      events.push(completion(step, fact, bodies, context));
      if (fresh.has(fact.eventId)) fulfilled.push({ step, bodies });
    }
  }
  const after = record(state, events, context);
  const warnings = fulfilled.flatMap(({ step, bodies }) => bodies.flatMap((body) => warningsFor(after, step, body)));
  if (leftOpen > 0) warnings.push({ code: 'steps-left-open', facts: { count: leftOpen } });
  return { events, warnings: uniqueWarnings(warnings) };
};

const isOpen = (state: IncidentState, step: StepDefinition, organisation: string, fresh: boolean): boolean => {
  const now = state.steps[stepKey(step.id, organisation || undefined)];
  return now === undefined || (now.status === 'todo' && !now.reopened) || (fresh && now.status !== 'done');
};

const completion = (
  step: StepDefinition,
  fact: Fact,
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
const receiptOf = (fact: Fact): { readonly evidence?: string } => {
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
