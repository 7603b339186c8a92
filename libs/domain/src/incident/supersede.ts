import { readCommandBody } from './incident.reading.js';
import { evolve } from './incident.evolve.js';
import type { DecisionContext, Draft, Drafts, Resolved } from './incident.decision.js';
import { isIncidentCommandType, type IncidentCommand, type IncidentCommandType } from './incident.commands.js';
import type { IncidentEvent, IncidentEventType } from './incident.events.js';
import { CommandRejected, InvalidInput } from './incident.rejections.js';
import { newestFirst, type IncidentState } from './incident.state.js';

/** Events that are not statements of fact, and what to do instead of correcting them. */
const NOT_SUPERSEDABLE: Partial<Record<IncidentEventType, string>> = {
  IncidentDeclared: 'RecordDetection, QualifyIncident, MarkOrganisationAffected',
  IncidentClosed: 'ReopenIncident',
  IncidentReopened: 'CloseIncident',
  FactSuperseded: 'SupersedeFact (…)',
  PlaybookAdopted: 'MigratePlaybook',
  PlaybookMigrated: 'MigratePlaybook',
  StepAssigned: 'AssignStep',
  StepStarted: 'ReopenStep',
  StepCompleted: 'ReopenStep',
  StepMarkedUnknown: 'ReopenStep',
  StepMarkedNotApplicable: 'ReopenStep',
  StepBlocked: 'ReopenStep',
  StepReopened: 'CompleteStep',
  ObligationOpened: 'SupersedeFact, WaiveObligation',
  ObligationRescheduled: 'SupersedeFact, WaiveObligation',
  ObligationDischarged: 'SupersedeFact',
  DeadlineApproaching: 'SupersedeFact',
  DeadlineMissed: 'JustifyLateness',
};

/** Commands whose fact can stand in the place of another. */
const NOT_A_FACT: ReadonlySet<string> = new Set([
  'SupersedeFact',
  'CloseIncident',
  'ReopenIncident',
  'AdoptPlaybook',
  'MigratePlaybook',
  'OverrideGate',
  'AssignStep',
  'StartStep',
  'CompleteStep',
  'MarkStepUnknown',
  'MarkStepNotApplicable',
  'BlockStep',
  'ReopenStep',
  'WaiveObligation',
  'JustifyLateness',
]);

/** Says that an earlier event was wrong, and in the same append what is right. The wrong one stays in the history. */
export const decideSupersession = (
  state: IncidentState,
  command: Resolved<'SupersedeFact'>,
  context: DecisionContext,
  draftsOf: (state: IncidentState, command: IncidentCommand, context: DecisionContext) => Drafts,
): readonly Draft[] | Drafts => {
  const { eventId, reason, instead } = command.data;
  const target = findEvent(state, eventId.toLowerCase());
  const advice = NOT_SUPERSEDABLE[target.type];
  if (advice) throw new CommandRejected('not-supersedable', { type: target.type, advice }, 'eventId');

  const replacement = instead ? readReplacement(instead, command, target, context) : undefined;
  const before = state.superseded[target.eventId];
  if (before !== undefined) {
    if (repeatsSupersession(state, before, reason, replacement)) return [];
    throw new CommandRejected('already-superseded', {}, 'eventId');
  }
  const without = evolve(state, supersession(target, state));
  const answer = replacement ? draftsOf(without, replacement, context) : { drafts: [] };
  const [first, ...rest] = answer.drafts;
  const occurredAt = replacement?.occurredAt ?? target.occurredAt;
  return {
    drafts: [
      {
        type: 'FactSuperseded',
        data: { eventId: target.eventId, reason, replaced: first !== undefined },
        organisations: target.organisations,
      },
      ...(first ? [{ ...first, supersedes: target.eventId, occurredAt }] : []),
      ...rest.map((draft) => ({ ...draft, occurredAt })),
    ] as Draft[],
    ...(answer.warnings ? { warnings: answer.warnings } : {}),
  };
};

const findEvent = (state: IncidentState, eventId: string): IncidentEvent => {
  for (const event of newestFirst(state.history)) if (event.eventId === eventId) return event;
  throw new CommandRejected('unknown-event', { eventId }, 'eventId');
};

const readReplacement = (
  instead: NonNullable<Resolved<'SupersedeFact'>['data']['instead']>,
  command: Resolved<'SupersedeFact'>,
  target: IncidentEvent,
  context: DecisionContext,
): IncidentCommand => {
  const type = instead.do;
  if (!isIncidentCommandType(type) || NOT_A_FACT.has(type)) {
    throw new CommandRejected('not-a-fact-command', { do: type }, 'instead.do');
  }
  const read = readCommandBody(type, instead.data ?? {}, context.now);
  if (read.errors)
    throw new InvalidInput(
      read.errors.map((error) => ({ ...error, path: `instead.data${error.path ? `.${error.path}` : ''}` })),
    );
  const { actor, saidBy, source, confidence, tlp, note } = command;
  return {
    saidBy,
    source,
    confidence,
    tlp,
    note,
    ...read.value,
    type,
    actor,
    occurredAt: instead.occurredAt ?? read.value.occurredAt ?? target.occurredAt,
    organisations: read.value.organisations ?? target.organisations,
  } as IncidentCommand<IncidentCommandType>;
};

/** The supersession as an event, to see the state that it leaves; what is recorded gets its own id. */
const supersession = (target: IncidentEvent, state: IncidentState): IncidentEvent => ({
  type: 'FactSuperseded',
  data: { eventId: target.eventId, reason: '', replaced: false },
  eventId: '',
  incidentId: state.incidentId,
  revision: state.revision + 1,
  recordedAt: state.recordedAt,
  organisations: target.organisations,
  occurredAt: target.occurredAt,
  actor: target.actor,
});

const repeatsSupersession = (
  state: IncidentState,
  supersededBy: string,
  reason: string,
  replacement: IncidentCommand | undefined,
): boolean => {
  const before = findEvent(state, supersededBy);
  if (before.type !== 'FactSuperseded' || before.data.reason !== reason) return false;
  const replaced = [...newestFirst(state.history)].find((event) => event.supersedes === before.data.eventId);
  return JSON.stringify(replaced?.data) === JSON.stringify(replacement?.data);
};
