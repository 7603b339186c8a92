import { instantMs } from '../kernel/instant.js';
import { decideLateness, decideWaiver, openObligationsWarning } from '../obligations/obligation.decider.js';
import { dryRunOf } from '../playbook/migration.js';
import {
  decideGateOverride,
  decidePlaybookAdoption,
  decidePlaybookMigration,
  decideStep,
} from '../playbook/step.decider.js';
import type { AttackKind, OrganisationInput } from './data/detection.js';
import type { DeclareIncident, Envelope, IncidentCommand, IncidentCommandType } from './incident.commands.js';
import {
  INCIDENT_EVENTS_MAX,
  ORGANISATIONS_MAX,
  record,
  resolveOrganisation,
  resolveOrganisations,
  type Decision,
  type DecisionContext,
  type Draft,
  type Drafts,
  type Handler,
  type Resolved,
} from './incident.decision.js';
import { latestOf } from './incident.evolve.js';
import type { DecidedEvent, EventData, IncidentEventType } from './incident.events.js';
import { CommandRejected, type Warning } from './incident.rejections.js';
import { initialIncident, serviceKey, type IncidentState } from './incident.state.js';
import { settle } from './settle.js';
import { decideSupersession } from './supersede.js';

const AFTER_CLOSING: ReadonlySet<IncidentCommandType> = new Set([
  'ReopenIncident',
  'CloseIncident',
  'SupersedeFact',
  'RecordCost',
  'AgreeCostShare',
  'JustifyLateness',
]);

/** The facts that a command establishes, and what follows from them. A repeat decides nothing. */
export const decide = (state: IncidentState, command: IncidentCommand, context: DecisionContext): Decision => {
  if (state.status === 'closed' && !AFTER_CLOSING.has(command.type)) {
    throw new CommandRejected('incident-closed', {
      closedAt: latestOf(state, 'IncidentClosed', () => true)?.occurredAt.at ?? '',
    });
  }
  if (state.revision >= INCIDENT_EVENTS_MAX) throw new CommandRejected('incident-full', { limit: INCIDENT_EVENTS_MAX });
  const { drafts, warnings = [] } = draftsOf(state, command, context);
  const decision = complete(state, command, drafts, warnings, context);
  const isDryRun = command.type === 'MigratePlaybook' && (command as IncidentCommand<'MigratePlaybook'>).data.dryRun;
  return isDryRun ? dryRunOf(state, decision) : decision;
};

/** The first events of an incident. */
export const decideDeclaration = (command: DeclareIncident, context: DecisionContext): Decision => {
  const { data } = command;
  const kind: AttackKind = data.kind ?? 'unknown';
  const named: readonly OrganisationInput[] = data.organisations?.length
    ? data.organisations
    : [{ name: DEFAULT_ORGANISATION }];
  const organisations = uniqueByName(named).map((organisation) => ({ ...organisation, id: context.nextId() }));
  const drafts: Draft[] = [
    {
      type: 'IncidentDeclared',
      data: {
        title: data.title ?? defaultTitles[kind],
        kind,
        organisations,
        exercise: (data.exercise ?? false) || context.scenario !== undefined,
        ...(context.scenario ? { scenario: context.scenario } : {}),
      },
    },
  ];
  if (data.detectedAt ?? data.detectedBy ?? data.trigger) {
    const { detectedBy, trigger, detectedAt } = data;
    const detection = { ...(detectedBy ? { detectedBy } : {}), ...(trigger ? { trigger } : {}) };
    drafts.push({ type: 'IncidentDetected', data: detection, ...(detectedAt ? { occurredAt: detectedAt } : {}) });
  }
  drafts.push(...decidePlaybookAdoption(undefined, data.playbook, kind, context));
  const ids = organisations.map(({ id }) => id);
  const reaching = drafts.map((draft) => ({ ...draft, organisations: ids }) as Draft);
  return complete(initialIncident, command, reaching, [], context);
};

const DEFAULT_ORGANISATION = 'Collectivité';

const defaultTitles: Record<AttackKind, string> = {
  ransomware: 'Rançongiciel',
  intrusion: 'Intrusion',
  account_takeover: 'Compte compromis',
  defacement: 'Site défiguré',
  data_leak: 'Fuite de données',
  denial_of_service: 'Déni de service',
  other: 'Incident',
  unknown: 'Incident',
};

const uniqueByName = (organisations: readonly OrganisationInput[]): OrganisationInput[] => [
  ...new Map(organisations.map((organisation) => [organisation.name, organisation])).values(),
];

/** Puts the envelope on the facts, then adds what follows from them: steps fulfilled, clocks started and stopped. */
const complete = (
  state: IncidentState,
  command: Statement,
  drafts: readonly Draft[],
  warnings: readonly Warning[],
  context: DecisionContext,
): Decision => {
  const facts = drafts.map((draft) => seal(draft, command, context));
  if (facts.length === 0) return { events: [], warnings, state };
  const settled = settle(record(state, facts, context), facts, context);
  return { ...settled, events: [...facts, ...settled.events], warnings: [...warnings, ...settled.warnings] };
};

type Statement = Omit<Envelope, 'organisations' | 'expects'>;

const seal = (draft: Draft, command: Statement, context: DecisionContext): DecidedEvent => {
  const { saidBy, source, confidence, tlp, note, actor } = { ...command, ...draft.said };
  return {
    eventId: context.nextId(),
    type: draft.type,
    data: draft.data,
    organisations: draft.organisations ?? [],
    occurredAt: draft.occurredAt ?? command.occurredAt ?? { at: context.now, precision: 'minute' },
    actor,
    ...(saidBy ? { saidBy } : {}),
    ...(source ? { source } : {}),
    ...(confidence ? { confidence } : {}),
    ...(tlp ? { tlp } : {}),
    ...(note ? { note } : {}),
    ...(draft.supersedes ? { supersedes: draft.supersedes } : {}),
  } as DecidedEvent;
};

/** Runs the handler of a command on the organisations that it names; every draft says which it reaches, by id. */
export const draftsOf = (state: IncidentState, command: IncidentCommand, context: DecisionContext): Drafts => {
  const organisations = resolveOrganisations(state, command.organisations, 'organisations');
  const handler = handlers[command.type] as Handler<IncidentCommandType>;
  const answer = handler(state, { ...command, organisations } as Resolved<IncidentCommandType>, context);
  const { drafts, warnings = [] }: Drafts = 'drafts' in answer ? answer : { drafts: answer };
  return { drafts: drafts.map((draft) => ({ organisations, ...draft }) as Draft), warnings };
};

/** An act is recorded each time that it is done: a second call is a second call. */
const act =
  <T extends IncidentEventType>(type: T) =>
  (_state: IncidentState, command: { readonly data: EventData<T> }): Draft[] => [{ type, data: command.data } as Draft];

/** A statement is recorded when it says something else than the one that stands for these organisations. */
const statement =
  <T extends IncidentEventType>(type: T, options: { readonly atIsContent?: true } = {}) =>
  (
    state: IncidentState,
    command: Envelope & { readonly data: EventData<T>; readonly organisations: readonly string[] },
  ): Draft[] =>
    command.organisations.every((id) => repeats(state, type, command, id, options.atIsContent ?? false))
      ? []
      : [{ type, data: command.data } as Draft];

const repeats = <T extends IncidentEventType>(
  state: IncidentState,
  type: T,
  command: Envelope & { readonly data: EventData<T> },
  organisation: string,
  atIsContent: boolean,
): boolean => {
  const standing = latestOf(state, type, (event) => event.organisations.includes(organisation));
  if (!standing || command.confidence !== standing.confidence) return false;
  if (command.note !== undefined && command.note !== standing.note) return false;
  if (JSON.stringify(standing.data) !== JSON.stringify(command.data)) return false;
  if (command.occurredAt === undefined) return true;
  const [said, stands] = [instantMs(command.occurredAt.at), instantMs(standing.occurredAt.at)];
  return atIsContent ? said === stands : said >= stands;
};

/** The data with its organisation as an id, and the organisations that it reaches. */
const forOrganisation = <D extends { organisation?: string }>(
  state: IncidentState,
  command: { readonly data: D; readonly organisations: readonly string[] },
): { readonly data: D; readonly organisations: readonly string[] } => {
  if (command.data.organisation === undefined) return { data: command.data, organisations: command.organisations };
  const organisation = resolveOrganisation(state, command.data.organisation, 'organisation');
  return { data: { ...command.data, organisation }, organisations: [organisation] };
};

type Handlers = { readonly [T in IncidentCommandType]: Handler<T> };

const handlers: Handlers = {
  RecordDetection: act('IncidentDetected'),
  QualifyIncident: statement('IncidentQualified'),
  AssessSeverity: statement('SeverityAssessed'),
  EstimateAttackWindow: statement('AttackWindowEstimated'),
  MarkOrganisationAffected: (state, { data: { organisation, relation } }, context) => {
    const known = state.organisations.find(({ name }) => name === organisation.name);
    if (!known && state.organisations.length >= ORGANISATIONS_MAX) {
      throw new CommandRejected('too-many-organisations', { limit: ORGANISATIONS_MAX }, 'organisation');
    }
    const told = Object.entries(organisation) as [keyof OrganisationInput, unknown][];
    if (known && known.relation === relation && told.every(([key, value]) => known[key] === value)) return [];
    const id = known?.id ?? context.nextId();
    return [
      {
        type: 'OrganisationMarkedAffected',
        data: { organisation: { ...organisation, id }, relation },
        organisations: [id],
      },
    ];
  },
  RecordAttackThwarted: act('AttackThwarted'),
  RecordAttackPartiallyBlocked: act('AttackPartiallyBlocked'),
  IsolateNetwork: act('NetworkIsolated'),
  IsolateBackups: act('BackupsIsolated'),
  ShutDownSystems: act('SystemsShutDown'),
  IssueStaffInstruction: act('StaffInstructionIssued'),
  PreserveEvidence: act('EvidencePreserved'),
  RecordEvidence: act('EvidenceRecorded'),
  RecordIndicator: act('IndicatorRecorded'),
  ContactAnssi: act('AnssiContacted'),
  ContactAuthority: act('AuthorityContacted'),
  IntendComplaint: act('ComplaintIntended'),
  CheckSigningAuthority: act('SigningAuthorityChecked'),
  FileComplaint: act('ComplaintFiled'),
  RecordJudicialInvestigation: act('JudicialInvestigationOpened'),
  InformProsecutor: act('ProsecutorInformed'),
  NotifyInsurer: act('InsurerNotified'),
  ReportNis2: act('Nis2Reported'),
  ReportHealthIncident: act('HealthIncidentReported'),
  EstablishAttackKnowledge: statement('AttackKnowledgeEstablished', { atIsContent: true }),
  EstablishBreachAwareness: statement('BreachAwarenessEstablished', { atIsContent: true }),
  AssessBreachRisk: statement('BreachRiskAssessed'),
  AssessDataExfiltration: statement('DataExfiltrationAssessed'),
  NotifyCnil: act('CnilNotified'),
  RecordBreachRegisterEntry: act('BreachRegisterEntryRecorded'),
  InformDataSubjects: act('DataSubjectsInformed'),
  AssessRansomDemand: statement('RansomDemandAssessed'),
  RecordRansomDemand: act('RansomDemandReceived'),
  StateRansomPolicy: statement('RansomPolicyStated'),
  ChangeServiceStatus: (state, command) => {
    const { data, organisations } = forOrganisation(state, command);
    const same = organisations.every((id) => {
      const row = state.services[serviceKey(id, data.service)];
      return row?.status === data.status && row.detail === data.detail && row.publicAdvice === data.publicAdvice;
    });
    return same && isRestated(state, { ...command, organisations: [...organisations] })
      ? []
      : [{ type: 'ServiceStatusChanged', data, organisations }];
  },
  ActivateWorkaround: (state, command) => {
    const { data, organisations } = forOrganisation(state, command);
    const same = organisations.every((id) => {
      const row = state.services[serviceKey(id, data.service)];
      return row?.workaround === data.kind && row.workaroundDetail === data.detail && row.publicNumber === data.number;
    });
    return same ? [] : [{ type: 'WorkaroundActivated', data, organisations }];
  },
  EndWorkaround: (state, command) => {
    const { data, organisations } = forOrganisation(state, command);
    const active = organisations.filter((id) => state.services[serviceKey(id, data.service)]?.workaround !== undefined);
    if (active.length === 0) return nothingToEnd;
    return [{ type: 'WorkaroundEnded', data, organisations: active }];
  },
  PublishStatement: act('PublicStatementPublished'),
  OpenCrisisCell: (state, { data }) => {
    const { open, location, members } = state.crisisCell;
    const same = open && data.location === location && JSON.stringify(data.members) === JSON.stringify(members);
    return same ? [] : [{ type: 'CrisisCellOpened', data }];
  },
  CloseCrisisCell: (state, { data }) => (state.crisisCell.open ? [{ type: 'CrisisCellClosed', data }] : nothingToEnd),
  EngageExperts: act('ExpertsEngaged'),
  TakeDecision: act('DecisionTaken'),
  RecordLogbookEntry: act('LogbookEntryRecorded'),
  ReachContact: act('ContactReached'),
  AssessBackupIntegrity: statement('BackupIntegrityAssessed'),
  PlanRestoration: statement('RestorationPlanned'),
  StateRestorationEta: statement('RestorationEtaStated'),
  ConstrainRestoration: statement('RestorationConstrained'),
  StartRestoration: statement('RestorationStarted'),
  RestoreService: (state, command) => {
    const { data, organisations } = forOrganisation(state, command);
    const named = organisations.filter((id) => state.services[serviceKey(id, data.service)] !== undefined);
    const reached = named.length > 0 ? named : organisations;
    const again = reached.every((id) => {
      const before = latestOf(
        state,
        'ServiceRestored',
        (event) => event.data.service === data.service && event.organisations.includes(id),
      );
      const row = state.services[serviceKey(id, data.service)];
      const still = row?.status === 'operational' && before?.eventId === row.eventId;
      return still && JSON.stringify(before.data) === JSON.stringify(data);
    });
    return again ? [] : [{ type: 'ServiceRestored', data, organisations: reached }];
  },
  CompleteRestoration: statement('RestorationCompleted'),
  AssignStep: decideStep,
  StartStep: decideStep,
  CompleteStep: decideStep,
  MarkStepUnknown: decideStep,
  MarkStepNotApplicable: decideStep,
  BlockStep: decideStep,
  ReopenStep: decideStep,
  OverrideGate: decideGateOverride,
  WaiveObligation: decideWaiver,
  JustifyLateness: decideLateness,
  SupersedeFact: (state, command, context) => decideSupersession(state, command, context, draftsOf),
  RecordCost: (state, command) => {
    const { data, organisations } = forOrganisation(state, command);
    return [{ type: 'IncidentCostRecorded', data, organisations }];
  },
  AgreeCostShare: (state, { data }) => {
    const shares = data.shares.map((share, index) => ({
      ...share,
      organisation: resolveOrganisation(state, share.organisation, `shares[${index}].organisation`),
    }));
    const standing = latestOf(state, 'CostShareAgreed', () => true);
    const organisations = shares.map(({ organisation }) => organisation);
    const same = standing !== undefined && JSON.stringify(standing.data.shares) === JSON.stringify(shares);
    return same ? [] : [{ type: 'CostShareAgreed', data: { shares }, organisations }];
  },
  AdoptPlaybook: (state, { data }, context) => decidePlaybookAdoption(state, data.playbook, state.kind, context),
  MigratePlaybook: decidePlaybookMigration,
  CloseIncident: (state, { data }) =>
    state.status === 'closed'
      ? []
      : { drafts: [{ type: 'IncidentClosed', data }], warnings: openObligationsWarning(state) },
  ReopenIncident: (state, { data }) => (state.status === 'open' ? [] : [{ type: 'IncidentReopened', data }]),
};

const nothingToEnd: Drafts = { drafts: [], warnings: [{ code: 'nothing-to-end', facts: {} }] };

/** The same status again, without a time that would move its beginning back. */
const isRestated = (
  state: IncidentState,
  command: Envelope & { readonly data: { readonly service: string }; readonly organisations: readonly string[] },
): boolean => {
  if (command.note !== undefined) return false;
  if (command.occurredAt === undefined) return true;
  const rows = command.organisations.map((id) => state.services[serviceKey(id, command.data.service)]);
  return rows.every(
    (row) => row === undefined || instantMs(command.occurredAt?.at ?? row.since) >= instantMs(row.since),
  );
};
