import { obligationKey, stepIn, type IncidentState } from '../incident/incident.state.js';
import { happenedByType, holds } from './condition.evaluate.js';
import type { StepDefinition } from './playbook.js';
import { missingGates, missingSoft } from './prerequisites.js';
import type { StepState, StepStatus } from './step.state.js';

export interface StepRow {
  readonly definition: StepDefinition;
  readonly organisation?: string;
  readonly status: StepStatus;
  /** What was recorded of it; absent while nobody touched it. */
  readonly state?: StepState;
}

/** Every step of the playbook, once for the incident or once for each body, in the playbook's order. */
export const stepRows = (state: IncidentState): StepRow[] =>
  (state.playbook?.definition.steps ?? []).flatMap((definition) =>
    (definition.perOrganisation ? state.organisations.map(({ id }) => id) : [undefined]).map((organisation) => {
      const recorded = stepIn(state, definition.id, organisation);
      return {
        definition,
        ...(organisation ? { organisation } : {}),
        status: recorded?.status ?? 'todo',
        ...(recorded ? { state: recorded } : {}),
      };
    }),
  );

export interface StepAdvice {
  /** False while the condition of the step does not hold: nobody is asked to do it. */
  readonly applies: boolean;
  /** Steps that usually come first. */
  readonly waitsFor: readonly string[];
  /** Steps without which it is refused. */
  readonly blockedBy: readonly { readonly step: string; readonly gate: string }[];
}

/** What stands before a step, for all rows at once. */
export const adviseSteps = (state: IncidentState, rows: readonly StepRow[]): StepAdvice[] => {
  const happened = happenedByType(state);
  return rows.map(({ definition, organisation }) => ({
    applies: definition.when === undefined || holds(definition.when, state, organisation, happened),
    waitsFor: missingSoft(state, definition, organisation),
    blockedBy: missingGates(state, definition, organisation),
  }));
};

/** A step as the contract shows it. */
export interface StepView {
  readonly step: string;
  /** Name of the body, for a step that each body does. */
  readonly organisation?: string;
  readonly title: string;
  readonly why: string;
  readonly how: string;
  /** What to keep as proof. */
  readonly evidenceToKeep: string;
  readonly phase: string;
  readonly milestone?: string;
  readonly state: StepStatus;
  readonly role: string;
  readonly roles: readonly string[];
  readonly assignee?: StepState['assignee'];
  readonly since?: string;
  readonly by?: string;
  readonly reason?: string;
  readonly evidence?: string;
  readonly eventId?: string;
  readonly byEventId?: string;
  readonly reopened?: true;
  readonly needsReview?: true;
  readonly reviewOf?: string;
  readonly applies: boolean;
  readonly waitsFor: readonly string[];
  readonly blockedBy: StepAdvice['blockedBy'];
  readonly dueAt?: string;
  readonly obligation?: string;
}

export const stepViews = (state: IncidentState, _now: string, language: 'fr' | 'en'): StepView[] => {
  const names = new Map(state.organisations.map(({ id, name }) => [id, name]));
  const rows = stepRows(state);
  const advice = adviseSteps(state, rows);
  return rows.map((row, index) => stepView(state, row, advice[index] ?? NO_ADVICE, names, language));
};

const NO_ADVICE: StepAdvice = { applies: true, waitsFor: [], blockedBy: [] };

const stepView = (
  state: IncidentState,
  { definition, organisation, status, state: recorded }: StepRow,
  advice: StepAdvice,
  names: ReadonlyMap<string, string>,
  language: 'fr' | 'en',
): StepView => {
  const clock =
    definition.obligation && organisation
      ? state.obligations[obligationKey(organisation, definition.obligation)]
      : undefined;
  return {
    step: definition.id,
    ...(organisation ? { organisation: names.get(organisation) ?? organisation } : {}),
    title: definition.title[language],
    why: definition.why[language],
    how: definition.how[language],
    evidenceToKeep: definition.evidence[language],
    phase:
      state.playbook?.definition.phases.find(({ id }) => id === definition.phase)?.title[language] ?? definition.phase,
    ...(definition.milestone ? { milestone: definition.milestone } : {}),
    state: status,
    role: recorded?.assignee?.role ?? definition.roles[0] ?? '',
    roles: definition.roles,
    ...(recorded?.assignee ? { assignee: recorded.assignee } : {}),
    ...(recorded ? { since: recorded.since, eventId: recorded.eventId } : {}),
    ...(recorded?.by ? { by: recorded.by } : {}),
    ...(recorded?.reason ? { reason: recorded.reason } : {}),
    ...(recorded?.evidence ? { evidence: recorded.evidence } : {}),
    ...(recorded?.byEventId ? { byEventId: recorded.byEventId } : {}),
    ...(recorded?.reopened ? { reopened: true } : {}),
    ...(recorded?.reviewOf ? { needsReview: true, reviewOf: recorded.reviewOf } : {}),
    ...advice,
    ...(clock?.dueAt ? { dueAt: clock.dueAt } : {}),
    ...(definition.obligation ? { obligation: definition.obligation } : {}),
  };
};
