import { instantMs } from '../kernel/instant.js';
import type { ObligationChange } from '../incident/data/steps.js';
import {
  resolveOrganisation,
  type DecisionContext,
  type Drafts,
  type Resolved,
} from '../incident/incident.decision.js';
import { CommandRejected, type Warning } from '../incident/incident.rejections.js';
import { obligationKey, type IncidentState } from '../incident/incident.state.js';
import type { ObligationState } from './obligation.state.js';
import { obligationStatus } from './obligation.status.js';

/** A named person sets a clock aside, with a reason. */
export const decideWaiver = (state: IncidentState, command: Resolved<'WaiveObligation'>): Drafts => {
  const { rule, reason } = command.data;
  const open = owed(state, command).filter(
    (obligation) => obligation.waiver?.reason !== reason && !obligation.discharge,
  );
  if (open.length === 0) return { drafts: [] };
  return {
    drafts: [
      { type: 'ObligationWaived', data: { rule, reason }, organisations: open.map(({ organisation }) => organisation) },
    ],
  };
};

/** Reasons for lateness, where the law takes them. */
export const decideLateness = (
  state: IncidentState,
  command: Resolved<'JustifyLateness'>,
  context: DecisionContext,
): Drafts => {
  const { rule, reason } = command.data;
  const obligations = owed(state, command);
  const late = obligations.filter((obligation) =>
    ['late', 'missed'].includes(obligationStatus(obligation, context.now)),
  );
  if (late.length === 0) throw new CommandRejected('not-late', { rule }, 'rule');
  for (const { ruleVersion } of late) {
    const definition = context.rules.find(({ id, version }) => id === rule && version === ruleVersion);
    if (definition && !definition.latenessJustifiable) {
      throw new CommandRejected('lateness-not-justifiable', { rule, lateRule: definition.lateRule }, 'rule');
    }
  }
  const unsaid = late.filter(({ lateness }) => lateness?.reason !== reason);
  if (unsaid.length === 0) return { drafts: [] };
  const organisations = unsaid.map(({ organisation }) => organisation);
  return { drafts: [{ type: 'LatenessJustified', data: { rule, reason }, organisations }] };
};

/** The clocks of a rule that the command names: one body's, or those of all that have one. */
const owed = (
  state: IncidentState,
  command: { readonly data: ObligationChange; readonly organisations: readonly string[] },
): ObligationState[] => {
  const { rule, organisation } = command.data;
  const bodies =
    organisation === undefined ? command.organisations : [resolveOrganisation(state, organisation, 'organisation')];
  const found = bodies.flatMap((id) => state.obligations[obligationKey(id, rule)] ?? []);
  if (found.length === 0) throw new CommandRejected('unknown-rule', { rule }, 'rule');
  return found;
};

export const openObligationsWarning = (state: IncidentState): Warning[] => {
  const open = Object.values(state.obligations).filter((each) => !each.discharge && !each.waiver && !each.provisional);
  if (open.length === 0) return [];
  return [{ code: 'open-obligations', facts: { rules: [...new Set(open.map(({ rule }) => rule))] } }];
};

/** Earliest term of the clocks that still run, in milliseconds; provisional ones included. */
export const nextDueMs = (state: IncidentState): number | undefined => {
  const due = Object.values(state.obligations).flatMap((each) =>
    each.dueAt && !each.discharge && !each.waiver ? [instantMs(each.dueAt)] : [],
  );
  return due.length > 0 ? Math.min(...due) : undefined;
};
