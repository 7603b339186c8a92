import { instantMs, type OccurredAt } from '../kernel/instant.js';
import { applyObligationEvent } from '../obligations/obligation.evolve.js';
import { applyStepEvent, flagForReview } from '../playbook/step.evolve.js';
import type { Organisation, Relation } from './data/detection.js';
import type { IncidentEvent, IncidentEventType } from './incident.events.js';
import {
  initialIncident,
  newestFirst,
  oldestFirst,
  serviceKey,
  type Chain,
  type FactName,
  type IncidentState,
  type MilestoneReached,
  type ServiceRow,
  type Statement,
} from './incident.state.js';
import { MILESTONE_STATES, type Milestone, type MilestoneState } from './milestones.js';

/**
 * The next state. Reads events only, and never fails on an event that `decide` could have produced.
 * A correction folds again what counts: the corrected fact is left out, its replacement stands in its place.
 */
export const evolve = (state: IncidentState, event: IncidentEvent): IncidentState => {
  const history: Chain = { event, earlier: state.history };
  const moved = { history, revision: event.revision, recordedAt: event.recordedAt };
  if (event.type === 'FactSuperseded' || event.supersedes !== undefined) {
    const superseded =
      event.type === 'FactSuperseded' ? { ...state.superseded, [event.data.eventId]: event.eventId } : state.superseded;
    return { ...foldEffective(oldestFirst(history), superseded), ...moved, superseded };
  }
  return { ...applyFact(state, event), ...moved };
};

export const foldIncident = (events: Iterable<IncidentEvent>, from: IncidentState = initialIncident): IncidentState => {
  let state = from;
  for (const event of events) state = evolve(state, event);
  return state;
};

/**
 * Events that count, corrections applied, in the order in which they count. Both lists are oldest first.
 * @param corrections where replacements are looked for; more than `events` when only a beginning is asked for.
 */
export const effectiveEvents = (
  events: readonly IncidentEvent[],
  superseded: Readonly<Record<string, string>>,
  corrections = events,
): IncidentEvent[] => {
  const replacements = new Map<string, IncidentEvent>();
  for (const event of corrections) if (event.supersedes !== undefined) replacements.set(event.supersedes, event);
  const standing = (event: IncidentEvent | undefined): IncidentEvent | undefined => {
    let current = event;
    while (current && superseded[current.eventId] !== undefined) current = replacements.get(current.eventId);
    return current;
  };
  return events.flatMap((event) => {
    if (event.supersedes !== undefined || restsOnCorrected(event, superseded)) return [];
    return standing(event) ?? [];
  });
};

/** A step or a clock that a corrected fact had settled is not settled any more. */
const restsOnCorrected = (event: IncidentEvent, superseded: Readonly<Record<string, string>>): boolean => {
  switch (event.type) {
    case 'StepCompleted':
    case 'ObligationWaived':
      return event.data.byEventId !== undefined && superseded[event.data.byEventId] !== undefined;
    case 'ObligationDischarged':
      return superseded[event.data.dischargedBy] !== undefined;
    default:
      return false;
  }
};

const foldEffective = (
  history: readonly IncidentEvent[],
  superseded: Readonly<Record<string, string>>,
): IncidentState => {
  const typeOf = new Map(history.map(({ eventId, type }) => [eventId, type]));
  return effectiveEvents(history, superseded).reduce(
    (state, event) =>
      applyFact(state, event, event.type === 'FactSuperseded' ? typeOf.get(event.data.eventId) : event.type),
    initialIncident,
  );
};

/**
 * One fact that counts, on top of those before it.
 * @param about what it is a statement of: for a correction, the type of what it corrects.
 */
export const applyFact = (
  state: IncidentState,
  event: IncidentEvent,
  about: IncidentEventType = event.type,
): IncidentState => {
  const reaching = reachingKnownBodies(state, event);
  const next = reaching ? applied(state, reaching) : state;
  const reviewed = reaching && next.playbook ? flagForReview(next, reaching, about) : next;
  return { ...reviewed, effective: { event, earlier: state.effective } };
};

const applied = (state: IncidentState, event: IncidentEvent): IncidentState => {
  const apply = handlers[event.type] as (state: IncidentState, event: IncidentEvent) => IncidentState;
  return apply(state, event);
};

/** A fact does not reach a body that turned out not to be concerned; undefined when it reaches nobody else. */
const reachingKnownBodies = (state: IncidentState, event: IncidentEvent): IncidentEvent | undefined => {
  if (event.type === 'IncidentDeclared' || event.type === 'OrganisationMarkedAffected') return event;
  const known = new Set(state.organisations.map(({ id }) => id));
  const organisations = event.organisations.filter((id) => known.has(id));
  if (organisations.length === event.organisations.length) return event;
  return organisations.length > 0 ? { ...event, organisations } : undefined;
};

type Handlers = { readonly [T in IncidentEventType]: (state: IncidentState, event: IncidentEvent<T>) => IncidentState };

const unchanged = (state: IncidentState): IncidentState => state;

const handlers: Handlers = {
  IncidentDeclared: (state, event) =>
    reach(
      {
        ...state,
        incidentId: event.incidentId,
        title: event.data.title,
        kind: event.data.kind,
        exercise: event.data.exercise,
        scenario: event.data.scenario,
        declaredAt: event.recordedAt,
        declaredBy: event.actor,
        organisations: event.data.organisations.map((organisation) => body(organisation, 'primary', event)),
        facts: event.data.kind === 'unknown' ? state.facts : withFact(state, event, 'attackType', event.data.kind),
      },
      event,
      'detected',
      'done',
    ),
  IncidentDetected: (state, event) => detect(state, event, event.data.detectedBy),
  IncidentQualified: (state, event) =>
    stated(state, event, 'attackType', event.data.attackType, [
      event.data.certainty,
      event.data.family,
      event.data.vector,
    ]),
  SeverityAssessed: (state, event) => stated(state, event, 'severity', event.data.level, [event.data.reason]),
  AttackWindowEstimated: (state, event) =>
    stated(state, event, 'attackWindow', `${event.data.from}/${event.data.to}`, [event.data.precision]),
  OrganisationMarkedAffected: (state, event) => {
    const { organisation, relation } = event.data;
    const known = state.organisations.some(({ id }) => id === organisation.id);
    const organisations = known
      ? state.organisations.map((each) => (each.id === organisation.id ? { ...each, ...organisation, relation } : each))
      : [...state.organisations, body(organisation, relation, event)];
    return known ? { ...state, organisations } : reach({ ...state, organisations }, event, 'detected', 'done');
  },
  AttackThwarted: unchanged,
  AttackPartiallyBlocked: unchanged,
  NetworkIsolated: unchanged,
  BackupsIsolated: unchanged,
  SystemsShutDown: (state, event) =>
    reach(state, event, 'systemsShutDown', event.data.scope === 'all' ? 'done' : 'started', event.data.decidedBy),
  StaffInstructionIssued: unchanged,
  EvidencePreserved: unchanged,
  EvidenceRecorded: unchanged,
  IndicatorRecorded: unchanged,
  AnssiContacted: (state, event) => reach(state, event, 'anssiContacted', 'done'),
  AuthorityContacted: unchanged,
  ComplaintIntended: (state, event) => reach(state, event, 'complaintFiled', 'intended', event.data.by),
  SigningAuthorityChecked: unchanged,
  ComplaintFiled: (state, event) => reach(state, event, 'complaintFiled', 'done', event.data.signatory?.name),
  JudicialInvestigationOpened: (state, event) =>
    stated(state, event, 'judicialInvestigation', 'opened', [event.data.by, event.data.reference]),
  ProsecutorInformed: unchanged,
  InsurerNotified: unchanged,
  Nis2Reported: unchanged,
  HealthIncidentReported: unchanged,
  AttackKnowledgeEstablished: unchanged,
  BreachAwarenessEstablished: unchanged,
  BreachRiskAssessed: (state, event) => stated(state, event, 'breachRisk', event.data.risk, [event.data.reason]),
  DataExfiltrationAssessed: (state, event) =>
    stated(state, event, 'dataExfiltration', event.data.status, [event.data.basis, event.data.volume]),
  CnilNotified: (state, event) => reach(state, event, 'cnilNotified', 'done'),
  BreachRegisterEntryRecorded: unchanged,
  DataSubjectsInformed: unchanged,
  RansomDemandAssessed: (state, event) =>
    stated(state, event, 'ransomDemand', event.data.status, [money(event.data.amount, event.data.currency)]),
  RansomDemandReceived: (state, event) =>
    stated(state, event, 'ransomDemand', 'received', [money(event.data.amount, event.data.currency)]),
  RansomPolicyStated: (state, event) => stated(state, event, 'ransomPolicy', event.data.payment, []),
  ServiceStatusChanged: (state, event) =>
    onServices(state, event, event.data.service, (row) => ({
      ...row,
      status: event.data.status,
      detail: event.data.detail,
      publicAdvice: event.data.publicAdvice,
      since: event.occurredAt.at,
      eventId: event.eventId,
    })),
  WorkaroundActivated: (state, event) =>
    onServices(state, event, event.data.service, (row) => ({
      ...row,
      workaround: event.data.kind,
      workaroundDetail: event.data.detail,
      publicNumber: event.data.number,
    })),
  WorkaroundEnded: (state, event) =>
    onServices(state, event, event.data.service, (row) => ({
      ...row,
      workaround: undefined,
      workaroundDetail: undefined,
      publicNumber: undefined,
    })),
  PublicStatementPublished: unchanged,
  CrisisCellOpened: (state, event) => ({
    ...state,
    crisisCell: { open: true, location: event.data.location, members: event.data.members, since: event.occurredAt.at },
  }),
  CrisisCellClosed: (state, event) => ({
    ...state,
    crisisCell: { ...state.crisisCell, open: false, since: event.occurredAt.at },
  }),
  ExpertsEngaged: unchanged,
  DecisionTaken: unchanged,
  LogbookEntryRecorded: unchanged,
  ContactReached: unchanged,
  BackupIntegrityAssessed: (state, event) =>
    stated(state, event, 'backups', event.data.status, [event.data.recoverable, event.data.lastGoodAt]),
  RestorationPlanned: (state, event) =>
    reach(
      {
        ...state,
        restoration: { ...state.restoration, plan: { scenario: event.data.scenario, waves: event.data.waves } },
      },
      event,
      'restoration',
      'intended',
    ),
  RestorationEtaStated: (state, event) => stated(state, event, 'eta', event.data.eta ?? 'unknown', [event.data.text]),
  RestorationConstrained: (state, event) => ({
    ...state,
    restoration: {
      ...state.restoration,
      constraints: [
        ...state.restoration.constraints,
        { reason: event.data.reason, detail: event.data.detail, since: event.occurredAt.at },
      ],
    },
  }),
  RestorationStarted: (state, event) => reach(state, event, 'restoration', 'started'),
  ServiceRestored: (state, event) =>
    reach(
      onServices(
        { ...state, restoration: { ...state.restoration, servicesRestored: state.restoration.servicesRestored + 1 } },
        event,
        event.data.service,
        (row) => ({ ...row, status: 'operational', since: event.occurredAt.at, eventId: event.eventId }),
      ),
      event,
      'restoration',
      'started',
    ),
  RestorationCompleted: (state, event) => reach(state, event, 'restoration', 'done'),
  PlaybookAdopted: applyStepEvent,
  PlaybookMigrated: applyStepEvent,
  StepAssigned: applyStepEvent,
  StepStarted: applyStepEvent,
  StepCompleted: applyStepEvent,
  StepMarkedUnknown: applyStepEvent,
  StepMarkedNotApplicable: applyStepEvent,
  StepBlocked: applyStepEvent,
  StepReopened: applyStepEvent,
  GateOverridden: applyStepEvent,
  ObligationOpened: applyObligationEvent,
  ObligationRescheduled: applyObligationEvent,
  ObligationDischarged: applyObligationEvent,
  ObligationWaived: applyObligationEvent,
  LatenessJustified: applyObligationEvent,
  DeadlineApproaching: applyObligationEvent,
  DeadlineMissed: applyObligationEvent,
  FactSuperseded: unchanged,
  IncidentCostRecorded: unchanged,
  CostShareAgreed: unchanged,
  IncidentClosed: (state) => ({ ...state, status: 'closed' }),
  IncidentReopened: (state) => ({ ...state, status: 'open' }),
};

const body = (
  organisation: Organisation,
  relation: Relation | undefined,
  event: { readonly occurredAt: OccurredAt; readonly eventId: string },
): IncidentState['organisations'][number] => ({
  ...organisation,
  relation,
  markedAt: event.occurredAt,
  markedEventId: event.eventId,
});

export const speakerOf = (event: IncidentEvent): string => event.saidBy?.name ?? event.actor.name;

const reached = (event: IncidentEvent, state: MilestoneState, by: string | undefined): MilestoneReached => {
  const { at, precision } = event.occurredAt;
  return {
    state,
    at,
    ...(precision === 'minute' ? {} : { precision }),
    by: by ?? speakerOf(event),
    eventId: event.eventId,
  };
};

/** A milestone moves forward only; an act repeated at the same stage leaves the first one standing. */
const reach = (
  state: IncidentState,
  event: IncidentEvent,
  milestone: Milestone,
  to: MilestoneState,
  by?: string,
): IncidentState => {
  const rank = MILESTONE_STATES.indexOf(to);
  const further = event.organisations.filter((id) => {
    const now = state.milestones[milestone][id];
    return !now || MILESTONE_STATES.indexOf(now.state) < rank;
  });
  return further.length === 0 ? state : setMilestone(state, milestone, further, reached(event, to, by));
};

/** The earliest detection counts: a later account of it must not give a legal clock more time. A wrong one is corrected. */
const detect = (state: IncidentState, event: IncidentEvent, by?: string): IncidentState => {
  const earlier = event.organisations.filter((id) => {
    const now = state.milestones.detected[id];
    return !now || instantMs(event.occurredAt.at) <= instantMs(now.at);
  });
  return earlier.length === 0 ? state : setMilestone(state, 'detected', earlier, reached(event, 'done', by));
};

const setMilestone = (
  state: IncidentState,
  milestone: Milestone,
  organisations: readonly string[],
  reachedNow: MilestoneReached,
): IncidentState => ({
  ...state,
  milestones: {
    ...state.milestones,
    [milestone]: { ...state.milestones[milestone], ...Object.fromEntries(organisations.map((id) => [id, reachedNow])) },
  },
});

const stated = (
  state: IncidentState,
  event: IncidentEvent,
  fact: FactName,
  value: string,
  details: readonly (string | undefined)[],
): IncidentState => ({ ...state, facts: withFact(state, event, fact, value, details) });

const withFact = (
  state: IncidentState,
  event: IncidentEvent,
  fact: FactName,
  value: string,
  details: readonly (string | undefined)[] = [],
): IncidentState['facts'] => {
  const detail = details.filter((part) => part !== undefined && part !== 'unknown').join(' · ');
  const statement: Statement = {
    value,
    ...(detail ? { detail } : {}),
    ...(event.confidence ? { confidence: event.confidence } : {}),
    since: event.occurredAt.at,
    eventId: event.eventId,
  };
  const each = { ...state.facts[fact]?.each };
  for (const id of event.organisations) each[id] = statement;
  return { ...state.facts, [fact]: { latest: statement, each } };
};

const money = (amount: number | undefined, currency: string | undefined): string | undefined =>
  amount === undefined ? undefined : `${amount}${currency ? ` ${currency}` : ''}`;

const onServices = (
  state: IncidentState,
  event: IncidentEvent,
  service: string,
  change: (row: ServiceRow) => ServiceRow,
): IncidentState => {
  const services = { ...state.services };
  for (const organisation of event.organisations) {
    const key = serviceKey(organisation, service);
    const { at } = event.occurredAt;
    services[key] = change(
      services[key] ?? { organisation, service, status: 'unknown', since: at, eventId: event.eventId },
    );
  }
  return { ...state, services };
};

/** The latest event of a type that counts for an organisation. */
export const latestOf = <T extends IncidentEventType>(
  state: IncidentState,
  type: T,
  matches: (event: IncidentEvent<T>) => boolean,
): IncidentEvent<T> | undefined => {
  for (const event of newestFirst(state.effective)) {
    if (event.type === type && matches(event as IncidentEvent<T>)) return event as IncidentEvent<T>;
  }
  return undefined;
};
