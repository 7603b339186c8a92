import { settleObligations } from '../obligations/obligation.settle.js';
import { settleSteps } from '../playbook/step.settle.js';
import { AppendRoom } from './append-room.js';
import { record, type Decision, type DecisionContext } from './incident.decision.js';
import type { DecidedEvent } from './incident.events.js';
import type { IncidentState } from './incident.state.js';

/** Steps, and changes of clocks, that one append settles; fewer when they are too large for it. */
const SETTLED_MAX = 400;

/**
 * What follows from new facts, in the same append: steps that they fulfil, clocks that they start, move or stop. A fact is
 * never refused for what follows from it: what has no room is left, steps first, for the append of the next fact.
 * @param state with the facts already in it.
 */
export const settle = (state: IncidentState, facts: readonly DecidedEvent[], context: DecisionContext): Decision => {
  let [stepsMax, clocksMax] = [SETTLED_MAX, SETTLED_MAX];
  for (;;) {
    const room = new AppendRoom(facts);
    const steps = settleSteps(state, facts, context, { room, max: stepsMax });
    const clocks = settleObligations(steps.state, facts, context, clocksMax);
    const events = [...steps.events, ...clocks.events];
    const warnings = [...steps.warnings, ...clocks.warnings];
    const fits = clocks.events.every((event) => room.take(event)) && room.holds(warnings);
    if (fits || events.length === 0) return { events, warnings, state: record(steps.state, clocks.events, context) };
    if (steps.events.length > 0) stepsMax = Math.floor(steps.events.length / 2);
    else clocksMax = Math.floor(clocks.events.length / 2);
  }
};
