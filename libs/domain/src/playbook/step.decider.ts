import type { AttackKind } from '../incident/data/detection.js';
import type { StepChange } from '../incident/data/steps.js';
import {
  resolveOrganisation,
  type CataloguedPlaybook,
  type DecisionContext,
  type Draft,
  type Drafts,
  type Resolved,
} from '../incident/incident.decision.js';
import { CommandRejected, type Warning } from '../incident/incident.rejections.js';
import { stepIn, type IncidentState } from '../incident/incident.state.js';
import { GATES, type StepDefinition } from './playbook.js';
import { stepOf } from './playbook.index.js';
import { missingGates, missingSoft } from './prerequisites.js';
import type { StepStatus } from './step.state.js';

type StepCommand = Resolved<
  'AssignStep' | 'StartStep' | 'CompleteStep' | 'MarkStepUnknown' | 'MarkStepNotApplicable' | 'BlockStep' | 'ReopenStep'
>;

const outcomes = {
  AssignStep: { type: 'StepAssigned' },
  StartStep: { type: 'StepStarted', status: 'in_progress' },
  CompleteStep: { type: 'StepCompleted', status: 'done' },
  MarkStepUnknown: { type: 'StepMarkedUnknown', status: 'unknown' },
  MarkStepNotApplicable: { type: 'StepMarkedNotApplicable', status: 'not_applicable' },
  BlockStep: { type: 'StepBlocked', status: 'blocked' },
  ReopenStep: { type: 'StepReopened', status: 'todo' },
} as const satisfies Record<StepCommand['type'], { readonly type: string; readonly status?: StepStatus }>;

/** A person says where a step stands. Order is advice; only a hard prerequisite refuses a start or a completion. */
export const decideStep = (state: IncidentState, command: StepCommand): Drafts => {
  const step = mustHaveStep(state, command.data.step);
  const { data, organisations } = reached(state, command, step);
  const { type, ...outcome } = outcomes[command.type];
  const bodies = organisations.filter((body) =>
    changes(state, command, step, body, 'status' in outcome ? outcome.status : undefined),
  );
  if (bodies.length === 0) return { drafts: [] };
  const forward = command.type === 'StartStep' || command.type === 'CompleteStep';
  if (forward) for (const body of bodies) mustPassGates(state, step, body);
  const assigned = command.type === 'AssignStep' ? { ...data, to: data.to ?? {} } : data;
  return {
    drafts: [{ type, data: assigned, organisations: bodies } as Draft],
    warnings: forward ? softWarnings(state, step, bodies) : [],
  };
};

const mustHaveStep = (state: IncidentState, id: string): StepDefinition => {
  const definition = state.playbook?.definition;
  const step = stepOf(definition, id) ?? stepOf(definition, id.toUpperCase());
  if (!step) throw new CommandRejected('unknown-step', { step: id }, 'step');
  return step;
};

const reached = (
  state: IncidentState,
  command: StepCommand,
  step: StepDefinition,
): { readonly data: StepChange; readonly organisations: readonly string[] } => {
  const data = { ...command.data, step: step.id };
  if (data.organisation === undefined) return { data, organisations: command.organisations };
  const organisation = resolveOrganisation(state, data.organisation, 'organisation');
  return { data: { ...data, organisation }, organisations: [organisation] };
};

const changes = (
  state: IncidentState,
  command: StepCommand,
  step: StepDefinition,
  organisation: string,
  to: StepStatus | undefined,
): boolean => {
  const now = stepIn(state, step.id, step.perOrganisation ? organisation : undefined);
  const { reason, evidence, to: assignee } = command.data;
  if (to === undefined) return JSON.stringify(now?.assignee ?? {}) !== JSON.stringify(assignee ?? {});
  if (command.type === 'ReopenStep') return now !== undefined && now.status !== 'todo';
  const sameWords =
    (reason === undefined || reason === now?.reason) &&
    (evidence === undefined || evidence === now?.evidence) &&
    (assignee === undefined || JSON.stringify(assignee) === JSON.stringify(now?.assignee));
  return now?.status !== to || !sameWords || now.reviewOf !== undefined || command.note !== undefined;
};

const mustPassGates = (state: IncidentState, step: StepDefinition, organisation: string): void => {
  const [missing] = missingGates(state, step, organisation);
  if (missing)
    throw new CommandRejected('gate-closed', { step: step.id, gate: missing.gate, missing: missing.step }, 'step');
};

const softWarnings = (state: IncidentState, step: StepDefinition, bodies: readonly string[]): Warning[] =>
  [...new Set(bodies.flatMap((body) => missingSoft(state, step, body)))].map((missing) => ({
    code: 'soft-prerequisite-missing',
    facts: { step: step.id, missing },
  }));

/** A named person lets a step through a closed gate. `gate` is the step that waits, the step that is missing, or a kind of gate. */
export const decideGateOverride = (state: IncidentState, command: Resolved<'OverrideGate'>): Drafts => {
  const { gate, reason } = command.data;
  const isKind = GATES.some((each) => each === gate);
  const name = isKind ? gate : mustHaveStep(state, gate).id;
  return {
    drafts:
      state.overriddenGates[name]?.reason === reason ? [] : [{ type: 'GateOverridden', data: { gate: name, reason } }],
  };
};

const NO_PLAYBOOK = 'none';

export const decidePlaybookAdoption = (
  state: IncidentState | undefined,
  id: string | undefined,
  kind: AttackKind,
  context: DecisionContext,
): Draft[] => {
  if (id === NO_PLAYBOOK) return [];
  const chosen =
    id === undefined
      ? context.playbooks.find(({ definition }) => definition.kinds.includes(kind))
      : mustHavePlaybook(id, context);
  if (!chosen) return [];
  const adopted = state?.playbook;
  if (adopted && adopted.id === chosen.definition.id && adopted.sha256 === chosen.sha256) return [];
  if (adopted) throw new CommandRejected('playbook-already-adopted', { playbook: adopted.id }, 'playbook');
  return [{ type: 'PlaybookAdopted', data: pinned(chosen) }];
};

const mustHavePlaybook = (id: string, context: DecisionContext): CataloguedPlaybook => {
  const found = context.playbooks.find(({ definition }) => definition.id === id);
  if (found) return found;
  const known = context.playbooks.map(({ definition }) => definition.id);
  throw new CommandRejected('unknown-playbook', { playbook: id, known }, 'playbook');
};

const pinned = ({ definition, sha256 }: CataloguedPlaybook) => ({
  playbook: definition.id,
  version: definition.version,
  sha256,
  definition,
});

/** Moves a running incident to another version of its playbook. */
export const decidePlaybookMigration = (
  state: IncidentState,
  command: Resolved<'MigratePlaybook'>,
  context: DecisionContext,
): Draft[] => {
  const { playbook } = state;
  if (!playbook) throw new CommandRejected('no-playbook');
  const { version } = command.data;
  const candidates = context.playbooks.filter(({ definition }) => definition.id === playbook.id);
  const target = candidates.find(({ definition }) => definition.version === version);
  if (!target) {
    const known = candidates.map(({ definition }) => definition.version);
    throw new CommandRejected('unknown-version', { playbook: playbook.id, version, known }, 'version');
  }
  if (target.sha256 === playbook.sha256) return [];
  return [{ type: 'PlaybookMigrated', data: { ...pinned(target), fromVersion: playbook.version } }];
};
