import { readCommandBody } from './incident.reading.js';
import { applyFact, effectiveEvents } from './incident.evolve.js';
import type { DecisionContext, Draft, Drafts, Resolved } from './incident.decision.js';
import { isIncidentCommandType, type IncidentCommand, type IncidentCommandType } from './incident.commands.js';
import type { IncidentEvent, IncidentEventType } from './incident.events.js';
import { CommandRejected, InvalidInput } from './incident.rejections.js';
import { initialIncident, newestFirst, oldestFirst, type IncidentState } from './incident.state.js';

/** Events that are not statements of fact, and what to do instead of correcting them. */
const NOT_SUPERSEDABLE: Partial<Record<IncidentEventType, string>> = {
  IncidentDeclared: 'RecordDetection, QualifyIncident, MarkOrganisationAffected',
  IncidentClosed: 'ReopenIncident',
  IncidentReopened: 'CloseIncident',
  FactSuperseded: 'SupersedeFact',
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
  const answer: Drafts = replacement
    ? draftsOf(stateBefore(state, target), replacement, context)
    : { drafts: [], warnings: [] };
  const [first, ...rest] = answer.drafts.map((draft) => standingFor(target, draft, replacement, state));
  const before = state.superseded[target.eventId];
  if (before !== undefined) {
    if (repeatsSupersession(state, before, reason, first)) return [];
    throw new CommandRejected('already-superseded', {}, 'eventId');
  }
  const { organisations } = target;
  return {
    drafts: [
      {
        type: 'FactSuperseded',
        data: { eventId: target.eventId, reason, replaced: first !== undefined },
        organisations,
      },
      ...(first ? [{ ...first, supersedes: target.eventId }] : []),
      ...rest,
    ],
    ...(answer.warnings ? { warnings: answer.warnings } : {}),
  };
};

/** The incident as it stood where the corrected fact stands; with the bodies marked since, whom the right one may reach. */
const stateBefore = (state: IncidentState, target: IncidentEvent): IncidentState => {
  const history = oldestFirst(state.history);
  const place = placeOf(target, history);
  const events = effectiveEvents(
    history.filter(({ revision }) => revision < place.revision),
    state.superseded,
    history,
  );
  const before = events.reduce((folded, event) => applyFact(folded, event), initialIncident);
  const marked = target.type === 'OrganisationMarkedAffected' ? target.organisations : [];
  const known = new Set([...marked, ...before.organisations.map(({ id }) => id)]);
  const since = state.organisations.filter(({ id }) => !known.has(id));
  return { ...before, organisations: [...before.organisations, ...since] };
};

/** The fact that was corrected first, in whose place its corrections stand. */
const placeOf = (target: IncidentEvent, history: readonly IncidentEvent[]): IncidentEvent => {
  const byId = new Map(history.map((event) => [event.eventId, event]));
  let place = target;
  for (let corrected = byId.get(place.supersedes ?? ''); corrected; corrected = byId.get(place.supersedes ?? ''))
    place = corrected;
  return place;
};

/** The right fact, at its time, with its own words; a body that was misnamed stays the same body. */
const standingFor = (
  target: IncidentEvent,
  draft: Draft,
  replacement: IncidentCommand | undefined,
  state: IncidentState,
): Draft => {
  const { saidBy, source, confidence, tlp, note } = replacement ?? {};
  const standing = {
    ...draft,
    occurredAt: replacement?.occurredAt ?? target.occurredAt,
    said: { saidBy, source, confidence, tlp, note },
  } as Draft;
  if (target.type !== 'OrganisationMarkedAffected' || standing.type !== 'OrganisationMarkedAffected') return standing;
  if (state.organisations.some(({ id }) => id === standing.data.organisation.id)) return standing;
  const organisation = { ...standing.data.organisation, id: target.data.organisation.id };
  return { ...standing, data: { ...standing.data, organisation }, organisations: [organisation.id] };
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
    organisations: read.value.organisations ?? (marksBody(target) ? undefined : target.organisations),
  } as IncidentCommand<IncidentCommandType>;
};

/** Its envelope names the very body that the correction may take away. */
const marksBody = ({ type }: IncidentEvent): boolean => type === 'OrganisationMarkedAffected';

const repeatsSupersession = (
  state: IncidentState,
  supersededBy: string,
  reason: string,
  replacement: Draft | undefined,
): boolean => {
  const before = findEvent(state, supersededBy);
  if (before.type !== 'FactSuperseded' || before.data.reason !== reason) return false;
  const replaced = [...newestFirst(state.history)].find((event) => event.supersedes === before.data.eventId);
  return sameFact(replaced, replacement);
};

type Stated = Pick<Draft, 'type' | 'data' | 'organisations' | 'occurredAt'>;

const sameFact = (left: Stated | undefined, right: Stated | undefined): boolean =>
  JSON.stringify([left?.type, left?.data, left?.organisations, left?.occurredAt]) ===
  JSON.stringify([right?.type, right?.data, right?.organisations, right?.occurredAt]);
