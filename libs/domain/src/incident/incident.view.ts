import type { Instant } from '../kernel/instant.js';
import { obligationStatus, type ObligationStatus } from '../obligations/obligation.status.js';
import { nextActions, type NextAction } from '../playbook/next-actions.js';
import { milestoneStep } from '../playbook/playbook.index.js';
import { stepRows } from '../playbook/step.view.js';
import type { StepStatus } from '../playbook/step.state.js';
import type { Language } from './incident.rejections.js';
import {
  FACT_NAMES,
  stepIn,
  UNSTATED,
  type FactName,
  type IncidentState,
  type MilestoneReached,
} from './incident.state.js';
import { MILESTONE_STATES, MILESTONES, type Milestone, type MilestoneState } from './milestones.js';

export interface MilestoneView {
  readonly state: MilestoneState;
  readonly at?: Instant;
  /** How exactly `at` is known; absent: to the minute. */
  readonly precision?: MilestoneReached['precision'];
  readonly by?: string;
  readonly eventId?: string;
  /** By name, when the incident has several organisations. */
  readonly organisations?: Readonly<Record<string, MilestoneState>>;
}

export interface FactView {
  readonly value: string;
  readonly detail?: string;
  readonly confidence?: string;
  readonly since?: Instant;
  readonly eventId?: string;
  readonly organisations?: Readonly<Record<string, string>>;
}

export interface ServiceView {
  /** Name. */
  readonly organisation: string;
  readonly service: string;
  readonly status: string;
  readonly detail?: string;
  readonly publicAdvice?: string;
  readonly workaround?: string;
  readonly workaroundDetail?: string;
  readonly publicNumber?: string;
  readonly since: Instant;
  readonly eventId: string;
}

export type StatusView = ReturnType<typeof statusView>;

/**
 * The status of an incident at a moment: the fold, said in the words of the contract.
 * @param role whose next actions to show; absent: everybody's.
 */
export const statusView = (state: IncidentState, now: Instant, language: Language, role?: string) => {
  const names = new Map(state.organisations.map(({ id, name }) => [id, name]));
  return {
    incidentId: state.incidentId,
    revision: state.revision,
    title: state.title,
    kind: state.kind,
    status: state.status,
    exercise: state.exercise,
    ...(state.scenario ? { scenario: state.scenario } : {}),
    declaredAt: state.declaredAt,
    ...(state.playbook
      ? { playbook: { id: state.playbook.id, version: state.playbook.version, sha256: state.playbook.sha256 } }
      : {}),
    organisations: state.organisations.map(({ markedAt: _at, markedEventId: _event, ...organisation }) => organisation),
    milestones: Object.fromEntries(MILESTONES.map((name) => [name, milestoneView(state, name, names)])) as Record<
      Milestone,
      MilestoneView
    >,
    facts: Object.fromEntries(FACT_NAMES.map((name) => [name, factView(state, name, names)])) as Record<
      FactName,
      FactView
    >,
    services: serviceViews(state),
    crisisCell: state.crisisCell,
    restoration: {
      state: milestoneView(state, 'restoration', names).state,
      ...state.restoration,
    },
    steps: stepCounts(state),
    obligations: obligationCounts(state, now),
    nextActions: nextActions(state, now, language, role) as readonly NextAction[],
  };
};

export const milestoneView = (
  state: IncidentState,
  milestone: Milestone,
  names: ReadonlyMap<string, string>,
): MilestoneView => {
  const reached = state.milestones[milestone];
  const bodies = [...names].map(([id, name]) => ({ name, reached: reached[id] ?? setAside(state, milestone, id) }));
  const furthest = bodies.reduce<MilestoneReached | undefined>(
    (best, { reached: each }) => (each && (!best || rankOf(each.state) > rankOf(best.state)) ? each : best),
    undefined,
  );
  const each = Object.fromEntries(bodies.map(({ name, reached: one }) => [name, one?.state ?? ('unknown' as const)]));
  return { ...(furthest ?? { state: 'unknown' as const }), ...(names.size > 1 ? { organisations: each } : {}) };
};

const rankOf = (state: MilestoneState): number => MILESTONE_STATES.indexOf(state);

/** A milestone whose step was marked as not applicable says so, until a fact says otherwise. */
const setAside = (state: IncidentState, milestone: Milestone, organisation: string): MilestoneReached | undefined => {
  const step = state.playbook && milestoneStep(state.playbook.definition, milestone);
  if (!step) return undefined;
  const now = stepIn(state, step.id, step.perOrganisation ? organisation : undefined);
  if (now?.status !== 'not_applicable') return undefined;
  return { state: 'not_applicable', at: now.since, eventId: now.eventId, ...(now.by ? { by: now.by } : {}) };
};

const factView = (state: IncidentState, name: FactName, names: ReadonlyMap<string, string>): FactView => {
  const fact = state.facts[name];
  if (!fact) return { value: UNSTATED[name] };
  const each = Object.fromEntries([...names].map(([id, body]) => [body, fact.each[id]?.value ?? UNSTATED[name]]));
  return { ...fact.latest, ...(names.size > 1 ? { organisations: each } : {}) };
};

export const serviceViews = (state: IncidentState): ServiceView[] => {
  const names = new Map(state.organisations.map(({ id, name }) => [id, name]));
  return Object.values(state.services).map((row) => ({
    ...row,
    organisation: names.get(row.organisation) ?? row.organisation,
  }));
};

export const countServicesOut = (state: IncidentState): number =>
  Object.values(state.services).filter(({ status }) => status === 'outage' || status === 'degraded').length;

const COUNTED: Record<StepStatus, 'todo' | 'inProgress' | 'done' | 'unknown' | 'notApplicable' | 'blocked'> = {
  todo: 'todo',
  in_progress: 'inProgress',
  done: 'done',
  unknown: 'unknown',
  not_applicable: 'notApplicable',
  blocked: 'blocked',
};

const stepCounts = (state: IncidentState) => {
  const counts = { todo: 0, inProgress: 0, done: 0, unknown: 0, notApplicable: 0, blocked: 0 };
  for (const { status } of stepRows(state)) counts[COUNTED[status]] += 1;
  return counts;
};

export const obligationCounts = (state: IncidentState, now: Instant): Record<ObligationStatus, number> => {
  const counts = { open: 0, met: 0, late: 0, missed: 0, waived: 0 };
  for (const obligation of Object.values(state.obligations)) counts[obligationStatus(obligation, now)] += 1;
  return counts;
};
