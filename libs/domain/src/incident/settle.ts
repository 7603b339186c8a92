import { settleObligations } from '../obligations/obligation.settle.js';
import { settleSteps } from '../playbook/step.settle.js';
import { record, type Decision, type DecisionContext } from './incident.decision.js';
import type { DecidedEvent } from './incident.events.js';
import type { IncidentState } from './incident.state.js';

/**
 * What follows from new facts, in the same append: steps that they fulfil, clocks that they start, move or stop.
 * @param state with the facts already in it.
 */
export const settle = (state: IncidentState, facts: readonly DecidedEvent[], context: DecisionContext): Decision => {
  const steps = settleSteps(state, facts, context);
  const afterSteps = record(state, steps.events, context);
  const clocks = settleObligations(afterSteps, facts, context);
  return {
    events: [...steps.events, ...clocks.events],
    warnings: [...steps.warnings, ...clocks.warnings],
    state: record(afterSteps, clocks.events, context),
  };
};
