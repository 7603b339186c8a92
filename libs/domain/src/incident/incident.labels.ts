import type { LocalText } from '../playbook/playbook.js';
import type { StepStatus } from '../playbook/step.state.js';
import type { ObligationStatus } from '../obligations/obligation.status.js';
import type { Precision } from '../kernel/instant.js';
import type { ServiceStatus } from './data/services.js';
import type { IncidentEventType } from './incident.events.js';
import type { FactName } from './incident.state.js';
import type { Milestone, MilestoneState } from './milestones.js';

/** A status as it is shown: the symbol stands beside the words, never alone. */
export interface StatusLabel extends LocalText {
  readonly symbol: string;
}

/** Name of each kind of event, for filters and for the raw history. Sentences are made by `lineOf`. */
export const eventLabels: Record<IncidentEventType, LocalText> = {
  IncidentDeclared: { fr: 'Incident déclaré', en: 'Incident declared' },
  IncidentDetected: { fr: 'Attaque détectée', en: 'Attack detected' },
  IncidentQualified: { fr: 'Incident qualifié', en: 'Incident qualified' },
  SeverityAssessed: { fr: 'Gravité estimée', en: 'Severity assessed' },
  AttackWindowEstimated: { fr: 'Moment de l’attaque estimé', en: 'Time of the attack estimated' },
  OrganisationMarkedAffected: { fr: 'Organisme touché', en: 'Organisation affected' },
  AttackThwarted: { fr: 'Attaque déjouée', en: 'Attack thwarted' },
  AttackPartiallyBlocked: { fr: 'Attaque parée en partie', en: 'Attack partly blocked' },
  NetworkIsolated: { fr: 'Réseau isolé', en: 'Network isolated' },
  BackupsIsolated: { fr: 'Sauvegardes isolées', en: 'Backups isolated' },
  SystemsShutDown: { fr: 'Systèmes arrêtés', en: 'Systems shut down' },
  StaffInstructionIssued: { fr: 'Consigne donnée aux agents', en: 'Instruction given to staff' },
  EvidencePreserved: { fr: 'Preuves mises à l’abri', en: 'Evidence preserved' },
  EvidenceRecorded: { fr: 'Pièce versée au dossier', en: 'Exhibit recorded' },
  IndicatorRecorded: { fr: 'Trace de l’attaque relevée', en: 'Trace of the attack recorded' },
  AnssiContacted: { fr: 'ANSSI contactée', en: 'ANSSI contacted' },
  AuthorityContacted: { fr: 'Autorité contactée', en: 'Authority contacted' },
  ComplaintIntended: { fr: 'Plainte annoncée', en: 'Complaint announced' },
  SigningAuthorityChecked: { fr: 'Qualité du signataire vérifiée', en: 'Authority to sign checked' },
  ComplaintFiled: { fr: 'Plainte déposée', en: 'Complaint filed' },
  JudicialInvestigationOpened: { fr: 'Enquête judiciaire ouverte', en: 'Judicial investigation opened' },
  ProsecutorInformed: { fr: 'Procureur avisé', en: 'Prosecutor informed' },
  InsurerNotified: { fr: 'Assureur prévenu', en: 'Insurer notified' },
  Nis2Reported: { fr: 'Déclaration NIS 2 envoyée', en: 'NIS 2 report sent' },
  HealthIncidentReported: { fr: 'Incident de santé signalé', en: 'Health incident reported' },
  AttackKnowledgeEstablished: { fr: 'Connaissance de l’attaque datée', en: 'Knowledge of the attack dated' },
  BreachAwarenessEstablished: {
    fr: 'Prise de connaissance de la violation datée',
    en: 'Awareness of the breach dated',
  },
  BreachRiskAssessed: { fr: 'Risque pour les personnes évalué', en: 'Risk for persons assessed' },
  DataExfiltrationAssessed: { fr: 'Vol de données évalué', en: 'Data theft assessed' },
  CnilNotified: { fr: 'CNIL notifiée', en: 'CNIL notified' },
  BreachRegisterEntryRecorded: { fr: 'Registre des violations complété', en: 'Breach register entry made' },
  DataSubjectsInformed: { fr: 'Personnes concernées informées', en: 'Persons concerned informed' },
  RansomDemandAssessed: { fr: 'Point sur une demande de rançon', en: 'Ransom demand assessed' },
  RansomDemandReceived: { fr: 'Demande de rançon reçue', en: 'Ransom demand received' },
  RansomPolicyStated: { fr: 'Position sur la rançon arrêtée', en: 'Ransom policy stated' },
  ServiceStatusChanged: { fr: 'État d’un service changé', en: 'Service status changed' },
  WorkaroundActivated: { fr: 'Solution de secours ouverte', en: 'Workaround opened' },
  WorkaroundEnded: { fr: 'Solution de secours terminée', en: 'Workaround ended' },
  PublicStatementPublished: { fr: 'Information du public publiée', en: 'Public statement published' },
  CrisisCellOpened: { fr: 'Cellule de crise ouverte', en: 'Crisis cell opened' },
  CrisisCellClosed: { fr: 'Cellule de crise fermée', en: 'Crisis cell closed' },
  ExpertsEngaged: { fr: 'Experts mobilisés', en: 'Experts engaged' },
  DecisionTaken: { fr: 'Décision prise', en: 'Decision taken' },
  LogbookEntryRecorded: { fr: 'Ligne de main courante', en: 'Logbook entry' },
  ContactReached: { fr: 'Contact appelé', en: 'Contact called' },
  BackupIntegrityAssessed: { fr: 'État des sauvegardes évalué', en: 'State of backups assessed' },
  RestorationPlanned: { fr: 'Plan de reprise adopté', en: 'Restoration planned' },
  RestorationEtaStated: { fr: 'Délai de reprise annoncé', en: 'Restoration time stated' },
  RestorationConstrained: { fr: 'Reprise freinée', en: 'Restoration constrained' },
  RestorationStarted: { fr: 'Reprise commencée', en: 'Restoration started' },
  ServiceRestored: { fr: 'Service rétabli', en: 'Service restored' },
  RestorationCompleted: { fr: 'Reprise terminée', en: 'Restoration completed' },
  PlaybookAdopted: { fr: 'Fiche réflexe adoptée', en: 'Playbook adopted' },
  PlaybookMigrated: { fr: 'Fiche réflexe mise à jour', en: 'Playbook migrated' },
  StepAssigned: { fr: 'Étape confiée', en: 'Step assigned' },
  StepStarted: { fr: 'Étape commencée', en: 'Step started' },
  StepCompleted: { fr: 'Étape faite', en: 'Step done' },
  StepMarkedUnknown: { fr: 'Étape sans réponse connue', en: 'Step answered “I don’t know”' },
  StepMarkedNotApplicable: { fr: 'Étape sans objet', en: 'Step not applicable' },
  StepBlocked: { fr: 'Étape bloquée', en: 'Step blocked' },
  StepReopened: { fr: 'Étape rouverte', en: 'Step reopened' },
  GateOverridden: { fr: 'Préalable levé', en: 'Prerequisite overridden' },
  ObligationOpened: { fr: 'Échéance ouverte', en: 'Deadline opened' },
  ObligationRescheduled: { fr: 'Échéance recalculée', en: 'Deadline rescheduled' },
  ObligationDischarged: { fr: 'Échéance satisfaite', en: 'Deadline satisfied' },
  ObligationWaived: { fr: 'Échéance écartée', en: 'Deadline set aside' },
  LatenessJustified: { fr: 'Retard justifié', en: 'Lateness justified' },
  DeadlineApproaching: { fr: 'Échéance proche', en: 'Deadline approaching' },
  DeadlineMissed: { fr: 'Échéance dépassée', en: 'Deadline missed' },
  FactSuperseded: { fr: 'Fait rectifié', en: 'Fact corrected' },
  IncidentCostRecorded: { fr: 'Dépense consignée', en: 'Cost recorded' },
  CostShareAgreed: { fr: 'Partage des coûts convenu', en: 'Cost share agreed' },
  IncidentClosed: { fr: 'Incident clos', en: 'Incident closed' },
  IncidentReopened: { fr: 'Incident rouvert', en: 'Incident reopened' },
};

export const milestoneLabels: Record<Milestone, LocalText> = {
  detected: { fr: 'Attaque détectée', en: 'Attack detected' },
  systemsShutDown: { fr: 'Systèmes arrêtés', en: 'Systems shut down' },
  anssiContacted: { fr: 'ANSSI contactée', en: 'ANSSI contacted' },
  complaintFiled: { fr: 'Plainte déposée', en: 'Complaint filed' },
  cnilNotified: { fr: 'CNIL notifiée', en: 'CNIL notified' },
  restoration: { fr: 'Reprise des services', en: 'Restoration' },
};

export const milestoneStateLabels: Record<MilestoneState, StatusLabel> = {
  unknown: { symbol: '○', fr: 'Rien de consigné', en: 'Nothing recorded' },
  not_applicable: { symbol: '–', fr: 'Sans objet', en: 'Not applicable' },
  intended: { symbol: '◔', fr: 'Prévu', en: 'Intended' },
  started: { symbol: '◑', fr: 'Commencé', en: 'Started' },
  done: { symbol: '●', fr: 'Fait', en: 'Done' },
};

export const serviceStatusLabels: Record<ServiceStatus, StatusLabel> = {
  operational: { symbol: '●', fr: 'Ouvert', en: 'Open' },
  degraded: { symbol: '◐', fr: 'Ralenti', en: 'Slowed down' },
  outage: { symbol: '✕', fr: 'Arrêté', en: 'Stopped' },
  restoring: { symbol: '↻', fr: 'En reprise', en: 'Being restored' },
  unchecked: { symbol: '?', fr: 'Pas vérifié', en: 'Not checked' },
  unknown: { symbol: '?', fr: 'Inconnu', en: 'Unknown' },
};

export const stepStatusLabels: Record<StepStatus, StatusLabel> = {
  todo: { symbol: '○', fr: 'À faire', en: 'To do' },
  in_progress: { symbol: '◔', fr: 'En cours', en: 'In progress' },
  done: { symbol: '●', fr: 'Fait', en: 'Done' },
  unknown: { symbol: '?', fr: 'Ne sait pas', en: 'Don’t know' },
  not_applicable: { symbol: '–', fr: 'Sans objet', en: 'Not applicable' },
  blocked: { symbol: '⛔', fr: 'Bloqué', en: 'Blocked' },
};

export const obligationStatusLabels: Record<ObligationStatus, StatusLabel> = {
  open: { symbol: '○', fr: 'En cours', en: 'Running' },
  met: { symbol: '●', fr: 'Tenue', en: 'Met' },
  late: { symbol: '◐', fr: 'Faite en retard', en: 'Done late' },
  missed: { symbol: '✕', fr: 'Dépassée', en: 'Missed' },
  waived: { symbol: '–', fr: 'Écartée', en: 'Set aside' },
};

export const factLabels: Record<FactName, LocalText> = {
  attackType: { fr: 'Type d’attaque', en: 'Type of attack' },
  severity: { fr: 'Gravité', en: 'Severity' },
  attackWindow: { fr: 'Moment de l’attaque', en: 'Time of the attack' },
  ransomDemand: { fr: 'Demande de rançon', en: 'Ransom demand' },
  ransomPolicy: { fr: 'Position sur la rançon', en: 'Ransom policy' },
  dataExfiltration: { fr: 'Vol de données', en: 'Data theft' },
  breachRisk: { fr: 'Risque pour les personnes', en: 'Risk for persons' },
  backups: { fr: 'Sauvegardes', en: 'Backups' },
  eta: { fr: 'Retour à la normale', en: 'Back to normal' },
  judicialInvestigation: { fr: 'Enquête judiciaire', en: 'Judicial investigation' },
};

export const precisionLabels: Record<Precision, LocalText> = {
  minute: { fr: 'à la minute', en: 'to the minute' },
  hour: { fr: 'à l’heure près', en: 'to the hour' },
  half_day: { fr: 'à la demi-journée près', en: 'to the half-day' },
  day: { fr: 'au jour près', en: 'to the day' },
  night: { fr: 'dans la nuit', en: 'during the night' },
  unknown: { fr: 'moment mal connu', en: 'time not well known' },
};

/** Roles of the playbooks in the box; a role that is not here is shown as it was written. */
export const roleLabels: Readonly<Record<string, LocalText>> = {
  agent: { fr: 'Tout agent', en: 'Any member of staff' },
  'chef-de-service': { fr: 'Chef de service', en: 'Head of service' },
  communication: { fr: 'Communication', en: 'Communication' },
  dgs: { fr: 'DGS', en: 'Chief executive (DGS)' },
  'direction-etablissement': { fr: 'Direction de l’établissement', en: 'Head of the establishment' },
  dpo: { fr: 'DPO', en: 'Data protection officer (DPO)' },
  dsi: { fr: 'DSI', en: 'Head of IT (DSI)' },
  juridique: { fr: 'Service juridique', en: 'Legal service' },
  maire: { fr: 'Maire', en: 'Mayor' },
  prestataire: { fr: 'Prestataire', en: 'Provider' },
  rssi: { fr: 'RSSI', en: 'Security officer (RSSI)' },
  scribe: { fr: 'Scribe', en: 'Scribe' },
};

export const roleLabel = (role: string): LocalText => roleLabels[role] ?? { fr: role, en: role };

/** What each kind of gate asks for. */
export const gateLabels: Readonly<Record<string, LocalText>> = {
  evidence: { fr: 'preuves mises à l’abri', en: 'evidence preserved' },
  mandate: { fr: 'droit de signer vérifié', en: 'right to sign checked' },
  awareness: { fr: 'prise de connaissance datée', en: 'awareness dated' },
};

/** Short names of the rules in the box; a rule that is not here is shown by its own title. */
export const ruleLabels: Readonly<Record<string, LocalText>> = {
  'cnil-notification': { fr: 'Notification à la CNIL', en: 'Notification to the CNIL' },
  'cnil-complement': { fr: 'Complément à la CNIL', en: 'Complement to the CNIL' },
  'breach-register': { fr: 'Registre des violations', en: 'Breach register' },
  'inform-data-subjects': { fr: 'Information des personnes', en: 'Informing the persons concerned' },
  'insurance-complaint': { fr: 'Plainte sous 72 h (assurance)', en: 'Complaint within 72 h (insurance)' },
  'insurer-notice': { fr: 'Déclaration à l’assureur', en: 'Notice to the insurer' },
  'nis2-early-warning': { fr: 'Alerte précoce NIS 2', en: 'NIS 2 early warning' },
  'nis2-notification': { fr: 'Notification NIS 2', en: 'NIS 2 notification' },
  'nis2-final': { fr: 'Rapport final NIS 2', en: 'NIS 2 final report' },
  'health-incident': { fr: 'Signalement d’incident de santé', en: 'Health incident report' },
  'prosecutor-report': { fr: 'Avis au procureur', en: 'Report to the prosecutor' },
};
