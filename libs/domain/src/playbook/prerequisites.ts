import type { IncidentState } from '../incident/incident.state.js';
import type { Gate, StepDefinition } from './playbook.js';
import type { StepStatus } from './step.state.js';

const SETTLED: ReadonlySet<StepStatus> = new Set(['done', 'not_applicable']);

/** Status of a step for one body, or of the least advanced body when none is given. */
export const isSettled = (state: IncidentState, step: string, organisation?: string): boolean => {
  const entries = Object.values(state.steps).filter(
    (each) =>
      each.step === step &&
      (each.organisation === undefined || organisation === undefined || each.organisation === organisation),
  );
  const perOrganisation = state.playbook?.definition.steps.find(({ id }) => id === step)?.perOrganisation ?? false;
  const expected = perOrganisation && organisation === undefined ? state.organisations.length : 1;
  return entries.filter(({ status }) => SETTLED.has(status)).length >= expected;
};

/** Hard prerequisites not met and not overridden by a named person. */
export const missingGates = (
  state: IncidentState,
  step: StepDefinition,
  organisation?: string,
): readonly { readonly step: string; readonly gate: Gate }[] =>
  step.requires.filter(
    ({ step: required, gate }) =>
      !state.overriddenGates[step.id] &&
      !state.overriddenGates[gate] &&
      !state.overriddenGates[required] &&
      !isSettled(state, required, organisation),
  );

/** Soft prerequisites not met. */
export const missingSoft = (state: IncidentState, step: StepDefinition, organisation?: string): readonly string[] =>
  step.after.filter((required) => !isSettled(state, required, organisation));
