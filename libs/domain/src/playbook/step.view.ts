import { stepKey, type IncidentState } from '../incident/incident.state.js';
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
      const recorded = state.steps[stepKey(definition.id, organisation)];
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
