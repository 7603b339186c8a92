import { stepIn, type IncidentState } from '../incident/incident.state.js';
import type { Gate, StepDefinition } from './playbook.js';
import { stepOf } from './playbook.index.js';
import type { StepStatus } from './step.state.js';

const SETTLED: ReadonlySet<StepStatus> = new Set(['done', 'not_applicable']);

/** Whether a step is settled for one body, or for all of them when none is given. */
export const isSettled = (state: IncidentState, step: string, organisation?: string): boolean => {
  const bodies = organisation === undefined ? state.organisations.map(({ id }) => id) : [organisation];
  // A step that a migration made one of each body, or of the incident, may have been settled as it was before.
  const settled = [undefined, ...bodies].filter((body) => {
    const status = stepIn(state, step, body)?.status;
    return status !== undefined && SETTLED.has(status);
  });
  const perOrganisation = stepOf(state.playbook?.definition, step)?.perOrganisation ?? false;
  return settled.length >= (perOrganisation ? bodies.length : 1);
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
