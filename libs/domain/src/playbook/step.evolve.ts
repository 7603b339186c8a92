import type { IncidentEvent, IncidentEventType } from '../incident/incident.events.js';
import { stepIn, type IncidentState } from '../incident/incident.state.js';
import { stepOf, stepsReviewedOn } from './playbook.index.js';
import type { StepState, StepStatus } from './step.state.js';

type StepEvent = IncidentEvent<
  | 'PlaybookAdopted'
  | 'PlaybookMigrated'
  | 'StepAssigned'
  | 'StepStarted'
  | 'StepCompleted'
  | 'StepMarkedUnknown'
  | 'StepMarkedNotApplicable'
  | 'StepBlocked'
  | 'StepReopened'
  | 'GateOverridden'
>;

const statusAfter = {
  StepStarted: 'in_progress',
  StepCompleted: 'done',
  StepMarkedUnknown: 'unknown',
  StepMarkedNotApplicable: 'not_applicable',
  StepBlocked: 'blocked',
  StepReopened: 'todo',
} satisfies Record<string, StepStatus>;

export const applyStepEvent = (state: IncidentState, event: StepEvent): IncidentState => {
  switch (event.type) {
    case 'PlaybookAdopted':
    case 'PlaybookMigrated': {
      const { playbook: id, version, sha256, definition } = event.data;
      return { ...state, playbook: { id, version, sha256, definition, eventId: event.eventId } };
    }
    case 'GateOverridden': {
      const override = { reason: event.data.reason, by: event.actor.name, eventId: event.eventId };
      return { ...state, overriddenGates: { ...state.overriddenGates, [event.data.gate]: override } };
    }
    case 'StepAssigned':
      return withStep(state, event, (step) => assigned(step, event.data.to));
    default:
      return withStep(state, event, (step) => settled(step, event));
  }
};

/** To nobody: the assignment is taken back. */
const assigned = ({ assignee: _before, ...step }: StepState, to: StepState['assignee']): StepState =>
  to?.name === undefined && to?.role === undefined ? step : { ...step, assignee: to };

const settled = (
  step: StepState,
  event: Exclude<StepEvent, IncidentEvent<'PlaybookAdopted' | 'PlaybookMigrated' | 'GateOverridden'>>,
): StepState => {
  const { reason, evidence, to } = event.data;
  const byEventId = event.type === 'StepCompleted' ? event.data.byEventId : undefined;
  const assignee = to ?? step.assignee;
  return {
    step: step.step,
    ...(step.organisation ? { organisation: step.organisation } : {}),
    status: statusAfter[event.type as keyof typeof statusAfter],
    since: event.occurredAt.at,
    eventId: event.eventId,
    by: event.saidBy?.name ?? event.actor.name,
    ...(assignee ? { assignee } : {}),
    ...(reason ? { reason } : {}),
    ...(evidence ? { evidence } : {}),
    ...(byEventId ? { byEventId } : {}),
    ...(event.type === 'StepReopened' ? { reopened: true } : {}),
  };
};

/** A step of each organisation has an entry for each one that the event reaches; a step of the incident has one. */
const withStep = (
  state: IncidentState,
  event: IncidentEvent & { readonly data: { readonly step: string } },
  change: (step: StepState) => StepState,
): IncidentState => {
  const { step } = event.data;
  const definition = stepOf(state.playbook?.definition, step);
  const bodies = definition?.perOrganisation ? event.organisations : [''];
  const each = { ...state.steps[step] };
  for (const organisation of bodies) {
    const untouched: StepState = {
      step,
      ...(organisation ? { organisation } : {}),
      status: 'todo',
      since: event.occurredAt.at,
      eventId: event.eventId,
    };
    each[organisation] = change(each[organisation] ?? untouched);
  }
  return { ...state, steps: { ...state.steps, [step]: each } };
};

/**
 * A done step whose ground has moved is marked, not undone: a person looks at it again.
 * @param about what moved: the type of the fact, or of the fact that it corrects.
 */
export const flagForReview = (state: IncidentState, event: IncidentEvent, about: IncidentEventType): IncidentState => {
  const concerned = state.playbook ? stepsReviewedOn(state.playbook.definition, about) : [];
  if (concerned.length === 0) return state;
  let { steps } = state;
  for (const { id } of concerned) {
    const moved = ['', ...event.organisations].flatMap((body): [string, StepState][] => {
      const step = stepIn(state, id, body);
      const touched = step?.status === 'done' || step?.status === 'not_applicable';
      return touched && step.byEventId !== event.eventId ? [[body, { ...step, reviewOf: event.eventId }]] : [];
    });
    if (moved.length > 0) steps = { ...steps, [id]: { ...steps[id], ...Object.fromEntries(moved) } };
  }
  return steps === state.steps ? state : { ...state, steps };
};
