import { Nested, OneOf, OrganisationRef, Text, TITLE_CHARS_MAX, When, Whole, type Class } from '../kernel/fields.js';
import type { OccurredAt } from '../kernel/instant.js';
import * as authorities from './data/authorities.js';
import * as containment from './data/containment.js';
import * as crisis from './data/crisis.js';
import * as detection from './data/detection.js';
import * as lifecycle from './data/lifecycle.js';
import * as personalData from './data/personal-data.js';
import * as ransom from './data/ransom.js';
import * as restoration from './data/restoration.js';
import * as services from './data/services.js';
import * as steps from './data/steps.js';
import type { Actor, Confidence, Source, Tlp } from './incident.events.js';

/** Every command that an incident takes, with the class of its data. Routes, OpenAPI, forms and command line follow from it. */
export const incidentCommands = {
  RecordDetection: detection.Detection,
  QualifyIncident: detection.Qualification,
  AssessSeverity: detection.SeverityAssessment,
  EstimateAttackWindow: detection.AttackWindow,
  MarkOrganisationAffected: detection.AffectedOrganisation,
  RecordAttackThwarted: detection.ThwartedAttack,
  RecordAttackPartiallyBlocked: detection.PartialBlock,
  IsolateNetwork: containment.NetworkIsolation,
  IsolateBackups: containment.BackupIsolation,
  ShutDownSystems: containment.Shutdown,
  IssueStaffInstruction: containment.StaffInstruction,
  PreserveEvidence: containment.EvidencePreservation,
  RecordEvidence: containment.Evidence,
  RecordIndicator: containment.Indicator,
  ContactAnssi: authorities.AnssiContact,
  ContactAuthority: authorities.AuthorityContact,
  IntendComplaint: authorities.ComplaintIntention,
  CheckSigningAuthority: authorities.SigningAuthorityCheck,
  FileComplaint: authorities.Complaint,
  RecordJudicialInvestigation: authorities.JudicialInvestigation,
  InformProsecutor: authorities.ProsecutorNotice,
  NotifyInsurer: authorities.InsurerNotice,
  ReportNis2: authorities.Nis2Report,
  ReportHealthIncident: authorities.HealthIncidentReport,
  EstablishAttackKnowledge: personalData.Awareness,
  EstablishBreachAwareness: personalData.Awareness,
  AssessBreachRisk: personalData.BreachRiskAssessment,
  AssessDataExfiltration: personalData.ExfiltrationAssessment,
  NotifyCnil: personalData.CnilNotification,
  RecordBreachRegisterEntry: personalData.BreachRegisterEntry,
  InformDataSubjects: personalData.DataSubjectsNotice,
  AssessRansomDemand: ransom.RansomDemandAssessment,
  RecordRansomDemand: ransom.RansomDemand,
  StateRansomPolicy: ransom.RansomPolicy,
  ChangeServiceStatus: services.ServiceStatusChange,
  ActivateWorkaround: services.Workaround,
  EndWorkaround: services.WorkaroundEnd,
  PublishStatement: services.PublicStatement,
  OpenCrisisCell: crisis.CrisisCellOpening,
  CloseCrisisCell: crisis.Nothing,
  EngageExperts: crisis.ExpertEngagement,
  TakeDecision: crisis.Decision,
  RecordLogbookEntry: crisis.LogbookEntry,
  ReachContact: crisis.ContactAttempt,
  AssessBackupIntegrity: restoration.BackupAssessment,
  PlanRestoration: restoration.RestorationPlan,
  StateRestorationEta: restoration.RestorationEta,
  ConstrainRestoration: restoration.RestorationConstraint,
  StartRestoration: restoration.RestorationStart,
  RestoreService: restoration.RestoredService,
  CompleteRestoration: restoration.RestorationSummary,
  AssignStep: steps.StepAssignment,
  StartStep: steps.StepChange,
  CompleteStep: steps.StepChange,
  MarkStepUnknown: steps.StepChange,
  MarkStepNotApplicable: steps.StepChange,
  BlockStep: steps.StepChange,
  ReopenStep: steps.StepChange,
  OverrideGate: steps.GateOverride,
  WaiveObligation: steps.ObligationChange,
  JustifyLateness: steps.ObligationChange,
  SupersedeFact: lifecycle.Supersession,
  RecordCost: lifecycle.IncidentCost,
  AgreeCostShare: lifecycle.CostShares,
  AdoptPlaybook: steps.PlaybookChoice,
  MigratePlaybook: steps.PlaybookMigration,
  CloseIncident: lifecycle.Closing,
  ReopenIncident: lifecycle.Reopening,
} satisfies Record<string, Class>;

export type IncidentCommandType = keyof typeof incidentCommands;
export type CommandData<T extends IncidentCommandType> = InstanceType<(typeof incidentCommands)[T]>;

export const incidentCommandTypes = Object.keys(incidentCommands) as IncidentCommandType[];
export const isIncidentCommandType = (type: string): type is IncidentCommandType =>
  Object.hasOwn(incidentCommands, type);

class Speaker {
  @Text({ charsMax: TITLE_CHARS_MAX }) name: string;
  @Text({ charsMax: TITLE_CHARS_MAX, optional: true }) role?: string;
}

class SourceInput {
  @OneOf(['witness', 'log', 'press', 'communique', 'authority']) kind: Source['kind'];
  @Text({ charsMax: TITLE_CHARS_MAX, optional: true }) name?: string;
  @Text({ optional: true }) quote?: string;
}

/** What every statement may say of itself. */
export class StatementEnvelope {
  @When({ optional: true }) occurredAt?: OccurredAt;
  @Nested(() => Speaker, { optional: true }) saidBy?: Speaker;
  @Nested(() => SourceInput, { optional: true }) source?: SourceInput;
  @OneOf(['low', 'medium', 'high'], { optional: true }) confidence?: Confidence;
  @OneOf(['clear', 'green', 'amber', 'amber+strict', 'red'], { optional: true, exact: true }) tlp?: Tlp;
  @Text({ optional: true }) note?: string;
}

/** What every command may carry beside its own data. */
export class CommandEnvelope extends StatementEnvelope {
  /** Ids or exact names; absent: all organisations of the incident. */
  @OrganisationRef({ optional: true, list: true }) organisations?: string[];
  /** Revision that the caller saw, as If-Match. */
  @Whole({ optional: true }) expects?: number;
}

export type Envelope = Pick<CommandEnvelope, keyof CommandEnvelope> & { readonly actor: Actor };

export type IncidentCommand<T extends IncidentCommandType = IncidentCommandType> = {
  [Type in T]: Envelope & { readonly type: Type; readonly data: CommandData<Type> };
}[T];

export type DeclareIncident = Omit<Envelope, 'organisations' | 'expects'> & {
  readonly type: 'DeclareIncident';
  readonly data: detection.IncidentDeclaration;
};
