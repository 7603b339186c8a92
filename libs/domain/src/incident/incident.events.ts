import type { Class } from '../kernel/fields.js';
import type { Instant, OccurredAt } from '../kernel/instant.js';
import * as authorities from './data/authorities.js';
import * as containment from './data/containment.js';
import * as crisis from './data/crisis.js';
import * as detection from './data/detection.js';
import * as lifecycle from './data/lifecycle.js';
import * as outcomes from './data/outcomes.js';
import * as personalData from './data/personal-data.js';
import * as ransom from './data/ransom.js';
import * as restoration from './data/restoration.js';
import * as services from './data/services.js';
import * as steps from './data/steps.js';

/**
 * Every event of an incident, with the shape of its data. These names are the storage format: retire one, never rename it.
 * To change a shape, raise the version in `incident.codec.ts` and add an upcaster there.
 */
export const incidentEvents = {
  IncidentDeclared: outcomes.DeclaredIncident,
  IncidentDetected: detection.Detection,
  IncidentQualified: detection.Qualification,
  SeverityAssessed: detection.SeverityAssessment,
  AttackWindowEstimated: detection.AttackWindow,
  OrganisationMarkedAffected: outcomes.MarkedOrganisation,
  AttackThwarted: detection.ThwartedAttack,
  AttackPartiallyBlocked: detection.PartialBlock,
  NetworkIsolated: containment.NetworkIsolation,
  BackupsIsolated: containment.BackupIsolation,
  SystemsShutDown: containment.Shutdown,
  StaffInstructionIssued: containment.StaffInstruction,
  EvidencePreserved: containment.EvidencePreservation,
  EvidenceRecorded: containment.Evidence,
  IndicatorRecorded: containment.Indicator,
  AnssiContacted: authorities.AnssiContact,
  AuthorityContacted: authorities.AuthorityContact,
  ComplaintIntended: authorities.ComplaintIntention,
  SigningAuthorityChecked: authorities.SigningAuthorityCheck,
  ComplaintFiled: authorities.Complaint,
  JudicialInvestigationOpened: authorities.JudicialInvestigation,
  ProsecutorInformed: authorities.ProsecutorNotice,
  InsurerNotified: authorities.InsurerNotice,
  Nis2Reported: authorities.Nis2Report,
  HealthIncidentReported: authorities.HealthIncidentReport,
  AttackKnowledgeEstablished: personalData.Awareness,
  BreachAwarenessEstablished: personalData.Awareness,
  BreachRiskAssessed: personalData.BreachRiskAssessment,
  DataExfiltrationAssessed: personalData.ExfiltrationAssessment,
  CnilNotified: personalData.CnilNotification,
  BreachRegisterEntryRecorded: personalData.BreachRegisterEntry,
  DataSubjectsInformed: personalData.DataSubjectsNotice,
  RansomDemandAssessed: ransom.RansomDemandAssessment,
  RansomDemandReceived: ransom.RansomDemand,
  RansomPolicyStated: ransom.RansomPolicy,
  ServiceStatusChanged: services.ServiceStatusChange,
  WorkaroundActivated: services.Workaround,
  WorkaroundEnded: services.WorkaroundEnd,
  PublicStatementPublished: services.PublicStatement,
  CrisisCellOpened: crisis.CrisisCellOpening,
  CrisisCellClosed: crisis.Nothing,
  ExpertsEngaged: crisis.ExpertEngagement,
  DecisionTaken: crisis.Decision,
  LogbookEntryRecorded: crisis.LogbookEntry,
  ContactReached: crisis.ContactAttempt,
  BackupIntegrityAssessed: restoration.BackupAssessment,
  RestorationPlanned: restoration.RestorationPlan,
  RestorationEtaStated: restoration.RestorationEta,
  RestorationConstrained: restoration.RestorationConstraint,
  RestorationStarted: restoration.RestorationStart,
  ServiceRestored: restoration.RestoredService,
  RestorationCompleted: restoration.RestorationSummary,
  PlaybookAdopted: outcomes.AdoptedPlaybook,
  PlaybookMigrated: outcomes.MigratedPlaybook,
  StepAssigned: outcomes.StepAssigned,
  StepStarted: steps.StepChange,
  StepCompleted: outcomes.StepCompletion,
  StepMarkedUnknown: steps.StepChange,
  StepMarkedNotApplicable: steps.StepChange,
  StepBlocked: steps.StepChange,
  StepReopened: steps.StepChange,
  GateOverridden: outcomes.OverriddenGate,
  ObligationOpened: outcomes.ObligationOpening,
  ObligationRescheduled: outcomes.ObligationReschedule,
  ObligationDischarged: outcomes.ObligationDischarge,
  ObligationWaived: outcomes.ObligationWaiver,
  LatenessJustified: outcomes.LatenessJustification,
  DeadlineApproaching: outcomes.DeadlineWarning,
  DeadlineMissed: outcomes.DeadlineMiss,
  FactSuperseded: outcomes.FactSupersession,
  IncidentCostRecorded: lifecycle.IncidentCost,
  CostShareAgreed: lifecycle.CostShares,
  IncidentClosed: lifecycle.Closing,
  IncidentReopened: lifecycle.Reopening,
} satisfies Record<string, Class>;

export type IncidentEventType = keyof typeof incidentEvents;
export type EventData<T extends IncidentEventType> = InstanceType<(typeof incidentEvents)[T]>;

export const incidentEventTypes = Object.keys(incidentEvents) as IncidentEventType[];
export const isIncidentEventType = (type: string): type is IncidentEventType => Object.hasOwn(incidentEvents, type);

export interface Actor {
  readonly id: string;
  readonly name: string;
  readonly role?: string;
}

export interface Source {
  readonly kind: 'witness' | 'log' | 'press' | 'communique' | 'authority' | 'unknown';
  readonly name?: string;
  readonly quote?: string;
}

export type Confidence = 'low' | 'medium' | 'high' | 'unknown';
export type Tlp = 'clear' | 'green' | 'amber' | 'amber+strict' | 'red';

/** What the decider gives an event, beside its type and data. */
export interface FactEnvelope {
  readonly eventId: string;
  /** Ids of the organisations that it concerns: always spelt out, so that a body marked later is not reached by it. */
  readonly organisations: readonly string[];
  readonly occurredAt: OccurredAt;
  readonly actor: Actor;
  /** Scribe mode: who speaks, when `actor` holds the pen for somebody else. */
  readonly saidBy?: { readonly name: string; readonly role?: string };
  readonly source?: Source;
  readonly confidence?: Confidence;
  readonly tlp?: Tlp;
  readonly note?: string;
  /** Event that this one corrects. */
  readonly supersedes?: string;
  /** The event of the same append that had this one as its consequence. */
  readonly causedBy?: string;
}

export type DecidedEvent<T extends IncidentEventType = IncidentEventType> = {
  [Type in T]: FactEnvelope & { readonly type: Type; readonly data: EventData<Type> };
}[T];

/** An event as it was recorded in the incident's stream. */
export type IncidentEvent<T extends IncidentEventType = IncidentEventType> = {
  [Type in T]: FactEnvelope & {
    readonly type: Type;
    readonly data: EventData<Type>;
    readonly incidentId: string;
    readonly revision: number;
    readonly recordedAt: Instant;
  };
}[T];
