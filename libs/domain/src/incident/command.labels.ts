import type { LocalText } from '../playbook/playbook.js';
import type { IncidentCommandType } from './incident.commands.js';

/** Menus in which the commands stand, in the order of display. */
export const commandGroups = {
  logbook: { fr: 'Main courante et décisions', en: 'Logbook and decisions' },
  attack: { fr: 'L’attaque', en: 'The attack' },
  containment: { fr: 'Isoler et garder les preuves', en: 'Contain and keep evidence' },
  authorities: { fr: 'Prévenir les autorités', en: 'Tell the authorities' },
  personalData: { fr: 'Données personnelles', en: 'Personal data' },
  ransom: { fr: 'Rançon', en: 'Ransom' },
  services: { fr: 'Services et public', en: 'Services and public' },
  restoration: { fr: 'Remettre en route', en: 'Restore' },
  steps: { fr: 'Étapes et fiche réflexe', en: 'Steps and playbook' },
  deadlines: { fr: 'Échéances légales', en: 'Legal deadlines' },
  record: { fr: 'Rectifier, coûts, clôture', en: 'Correct, costs, closing' },
} satisfies Record<string, LocalText>;

export type CommandGroup = keyof typeof commandGroups;
export type CommandName = IncidentCommandType | 'DeclareIncident';

/** What the button says, what it is for in one line, and the menu in which it stands. */
export interface CommandLabel extends LocalText {
  readonly help: LocalText;
  readonly group: CommandGroup;
}

export const commandLabels: Record<CommandName, CommandLabel> = {
  DeclareIncident: {
    group: 'attack',
    fr: 'Déclarer un incident',
    en: 'Declare an incident',
    help: { fr: 'Un titre suffit. Le reste se complète après.', en: 'A title is enough. The rest can come later.' },
  },
  RecordDetection: {
    group: 'attack',
    fr: 'Dater la détection',
    en: 'Record the detection',
    help: { fr: 'Quand, par qui et comment l’attaque a été vue.', en: 'When, by whom and how the attack was seen.' },
  },
  QualifyIncident: {
    group: 'attack',
    fr: 'Qualifier l’attaque',
    en: 'Qualify the attack',
    help: {
      fr: 'De quelle attaque il s’agit, soupçonnée ou confirmée.',
      en: 'What kind of attack, suspected or confirmed.',
    },
  },
  AssessSeverity: {
    group: 'attack',
    fr: 'Estimer la gravité',
    en: 'Assess the severity',
    help: { fr: 'Le niveau peut changer à tout moment.', en: 'The level may change at any time.' },
  },
  EstimateAttackWindow: {
    group: 'attack',
    fr: 'Estimer le moment de l’attaque',
    en: 'Estimate when the attack took place',
    help: {
      fr: 'Entre quand et quand elle a eu lieu, même à peu près.',
      en: 'Between when and when it took place, even roughly.',
    },
  },
  MarkOrganisationAffected: {
    group: 'attack',
    fr: 'Ajouter un organisme touché',
    en: 'Add an affected organisation',
    help: {
      fr: 'Commune, agglomération, CCAS… Chacun a ses propres échéances.',
      en: 'Town, agglomeration, social centre… Each has its own deadlines.',
    },
  },
  RecordAttackThwarted: {
    group: 'attack',
    fr: 'Consigner une attaque déjouée',
    en: 'Record a thwarted attack',
    help: {
      fr: 'L’attaque a été arrêtée avant de faire des dégâts.',
      en: 'The attack was stopped before it did damage.',
    },
  },
  RecordAttackPartiallyBlocked: {
    group: 'attack',
    fr: 'Consigner une attaque parée en partie',
    en: 'Record a partly blocked attack',
    help: { fr: 'Une protection a limité les dégâts.', en: 'A protection limited the damage.' },
  },
  IsolateNetwork: {
    group: 'containment',
    fr: 'Consigner l’isolement du réseau',
    en: 'Record the isolation of the network',
    help: {
      fr: 'Débrancher Internet et les liaisons, sans éteindre les machines.',
      en: 'Unplug the Internet and links, without powering machines off.',
    },
  },
  IsolateBackups: {
    group: 'containment',
    fr: 'Consigner l’isolement des sauvegardes',
    en: 'Record the isolation of the backups',
    help: {
      fr: 'Débrancher les supports pour que l’attaque ne les atteigne pas.',
      en: 'Unplug the media so that the attack cannot reach them.',
    },
  },
  ShutDownSystems: {
    group: 'containment',
    fr: 'Consigner l’arrêt des systèmes',
    en: 'Record a shutdown of systems',
    help: {
      fr: 'Ce qui est isolé, suspendu ou éteint, et qui l’a décidé.',
      en: 'What is isolated, suspended or powered off, and who decided.',
    },
  },
  IssueStaffInstruction: {
    group: 'containment',
    fr: 'Consigner l’instruction donnée aux agents',
    en: 'Record an instruction to the staff',
    help: { fr: 'Ce que les agents doivent faire et ne pas faire.', en: 'What staff must do and must not do.' },
  },
  PreserveEvidence: {
    group: 'containment',
    fr: 'Consigner des preuves mises à l’abri',
    en: 'Record preserved evidence',
    help: {
      fr: 'Copies de disques, journaux, mémoire\u00a0: avant toute réinstallation.',
      en: 'Disk images, logs, memory: before any reinstallation.',
    },
  },
  RecordEvidence: {
    group: 'containment',
    fr: 'Verser une pièce au dossier',
    en: 'Record an exhibit',
    help: { fr: 'Un fichier, avec son empreinte SHA-256.', en: 'A file, with its SHA-256 digest.' },
  },
  RecordIndicator: {
    group: 'containment',
    fr: 'Relever une trace de l’attaque',
    en: 'Record a trace of the attack',
    help: { fr: 'Adresse IP, nom de domaine, fichier, courriel…', en: 'IP address, domain name, file, e-mail…' },
  },
  ContactAnssi: {
    group: 'authorities',
    fr: 'Consigner un contact avec l’ANSSI',
    en: 'Record a contact with ANSSI',
    help: { fr: 'L’agence nationale, de jour comme de nuit.', en: 'The national agency, day and night.' },
  },
  ContactAuthority: {
    group: 'authorities',
    fr: 'Consigner un contact avec une autre autorité',
    en: 'Record a contact with another authority',
    help: {
      fr: 'CSIRT régional, 17Cyber, préfecture, gendarmerie…',
      en: 'Regional CSIRT, 17Cyber, prefecture, gendarmerie…',
    },
  },
  IntendComplaint: {
    group: 'authorities',
    fr: 'Consigner l’intention de porter plainte',
    en: 'Record the intention to file a complaint',
    help: { fr: 'La plainte est décidée mais pas encore déposée.', en: 'The complaint is decided but not yet filed.' },
  },
  CheckSigningAuthority: {
    group: 'authorities',
    fr: 'Consigner qui peut signer la plainte',
    en: 'Record who may sign the complaint',
    help: {
      fr: 'La délibération ou la délégation qui l’autorise.',
      en: 'The resolution or delegation that allows it.',
    },
  },
  FileComplaint: {
    group: 'authorities',
    fr: 'Consigner le dépôt de plainte',
    en: 'Record the filing of a complaint',
    help: {
      fr: 'La plainte est déposée\u00a0: gardez le récépissé.',
      en: 'The complaint has been filed: keep the receipt.',
    },
  },
  RecordJudicialInvestigation: {
    group: 'authorities',
    fr: 'Consigner une enquête judiciaire',
    en: 'Record a judicial investigation',
    help: { fr: 'Qui enquête, et sous quelle référence.', en: 'Who investigates, and under which reference.' },
  },
  InformProsecutor: {
    group: 'authorities',
    fr: 'Consigner l’avis au procureur',
    en: 'Record the notice to the prosecutor',
    help: {
      fr: 'Le signalement de l’article 40, sans attendre la plainte.',
      en: 'The report of article 40, without waiting for the complaint.',
    },
  },
  NotifyInsurer: {
    group: 'authorities',
    fr: 'Consigner la déclaration à l’assureur',
    en: 'Record the notice to the insurer',
    help: { fr: 'Avant d’engager des dépenses.', en: 'Before spending.' },
  },
  ReportNis2: {
    group: 'authorities',
    fr: 'Consigner une déclaration NIS 2',
    en: 'Record a NIS 2 report',
    help: { fr: 'Alerte, notification ou rapport final.', en: 'Warning, notification or final report.' },
  },
  ReportHealthIncident: {
    group: 'authorities',
    fr: 'Consigner le signalement aux autorités de santé',
    en: 'Record the report to the health authorities',
    help: { fr: 'Pour un établissement de santé ou médico-social.', en: 'For a health or care establishment.' },
  },
  EstablishAttackKnowledge: {
    group: 'personalData',
    fr: 'Dater la connaissance de l’attaque',
    en: 'Date the knowledge of the attack',
    help: {
      fr: 'Quand l’organisme a su, si ce n’est pas à la détection.',
      en: 'When the organisation knew, if not at detection.',
    },
  },
  EstablishBreachAwareness: {
    group: 'personalData',
    fr: 'Dater la prise de connaissance de la violation',
    en: 'Date the awareness of the breach',
    help: { fr: 'Les 72 h de la CNIL courent de ce moment.', en: 'The 72 h of the CNIL run from this moment.' },
  },
  AssessBreachRisk: {
    group: 'personalData',
    fr: 'Évaluer le risque pour les personnes',
    en: 'Assess the risk for persons',
    help: { fr: 'Un risque élevé oblige à informer les personnes.', en: 'A high risk obliges to inform the persons.' },
  },
  AssessDataExfiltration: {
    group: 'personalData',
    fr: 'Évaluer le vol de données',
    en: 'Assess data theft',
    help: {
      fr: 'Ce que l’on en sait à ce moment\u00a0; la réponse pourra changer.',
      en: 'What is known at this moment; the answer may change.',
    },
  },
  NotifyCnil: {
    group: 'personalData',
    fr: 'Consigner la notification à la CNIL',
    en: 'Record the notification to the CNIL',
    help: {
      fr: 'La notification est faite sur le site de la CNIL\u00a0: notez-la ici.',
      en: 'The notification is made on the CNIL’s site: note it here.',
    },
  },
  RecordBreachRegisterEntry: {
    group: 'personalData',
    fr: 'Consigner l’inscription au registre des violations',
    en: 'Record the breach register entry',
    help: { fr: 'Faits, effets et mesures. Toujours dû.', en: 'Facts, effects and measures. Always due.' },
  },
  InformDataSubjects: {
    group: 'personalData',
    fr: 'Consigner l’information des personnes concernées',
    en: 'Record how the persons concerned were informed',
    help: { fr: 'Comment, combien de personnes, avec quel texte.', en: 'How, how many persons, with which text.' },
  },
  AssessRansomDemand: {
    group: 'ransom',
    fr: 'Dire s’il y a une demande de rançon',
    en: 'Say whether there is a ransom demand',
    help: { fr: '«\u00a0Aucune connue\u00a0» est une réponse.', en: '“None known” is an answer.' },
  },
  RecordRansomDemand: {
    group: 'ransom',
    fr: 'Consigner une demande de rançon',
    en: 'Record a ransom demand',
    help: {
      fr: 'Ne répondez pas, ne cliquez pas, prévenez les enquêteurs.',
      en: 'Do not answer, do not click, tell the investigators.',
    },
  },
  StateRansomPolicy: {
    group: 'ransom',
    fr: 'Arrêter la position sur la rançon',
    en: 'State the ransom policy',
    help: {
      fr: 'La décision appartient au maire ou au président.',
      en: 'The decision is the mayor’s or the president’s.',
    },
  },
  ChangeServiceStatus: {
    group: 'services',
    fr: 'Changer l’état d’un service',
    en: 'Change the status of a service',
    help: {
      fr: 'Ouvert, ralenti, arrêté, en reprise, et que faire.',
      en: 'Open, slowed down, stopped, being restored, and what to do.',
    },
  },
  ActivateWorkaround: {
    group: 'services',
    fr: 'Consigner une solution de secours',
    en: 'Record a workaround',
    help: { fr: 'Numéro de téléphone, papier, accueil sur place…', en: 'Phone number, paper, in person…' },
  },
  EndWorkaround: {
    group: 'services',
    fr: 'Consigner la fin d’une solution de secours',
    en: 'Record the end of a workaround',
    help: { fr: 'Le service n’en a plus besoin.', en: 'The service needs it no more.' },
  },
  PublishStatement: {
    group: 'services',
    fr: 'Consigner une information du public',
    en: 'Record a public statement',
    help: { fr: 'Le texte exact, et quand viendra le suivant.', en: 'The exact text, and when the next one comes.' },
  },
  OpenCrisisCell: {
    group: 'logbook',
    fr: 'Consigner l’ouverture de la cellule de crise',
    en: 'Record the opening of the crisis cell',
    help: { fr: 'Où elle se tient et qui en est.', en: 'Where it meets and who is in it.' },
  },
  CloseCrisisCell: {
    group: 'logbook',
    fr: 'Consigner la fermeture de la cellule de crise',
    en: 'Record the closing of the crisis cell',
    help: { fr: 'L’incident, lui, reste ouvert.', en: 'The incident itself stays open.' },
  },
  EngageExperts: {
    group: 'logbook',
    fr: 'Consigner l’engagement d’experts',
    en: 'Record the engagement of experts',
    help: { fr: 'Le prestataire qui vient aider.', en: 'The provider who comes to help.' },
  },
  TakeDecision: {
    group: 'logbook',
    fr: 'Consigner une décision',
    en: 'Record a decision',
    help: { fr: 'Ce qui est décidé, par qui, pourquoi.', en: 'What is decided, by whom, why.' },
  },
  RecordLogbookEntry: {
    group: 'logbook',
    fr: 'Écrire dans la main courante',
    en: 'Write in the logbook',
    help: { fr: 'Une ligne suffit\u00a0; l’heure est notée.', en: 'One line is enough; the time is noted.' },
  },
  ReachContact: {
    group: 'logbook',
    fr: 'Noter un appel',
    en: 'Note a call',
    help: { fr: 'Joint, message laissé ou injoignable.', en: 'Reached, message left or unreachable.' },
  },
  AssessBackupIntegrity: {
    group: 'restoration',
    fr: 'Évaluer les sauvegardes',
    en: 'Assess the backups',
    help: {
      fr: 'Sont-elles saines, et de quand date la dernière\u00a0?',
      en: 'Are they sound, and from when is the last one?',
    },
  },
  PlanRestoration: {
    group: 'restoration',
    fr: 'Adopter un plan de reprise',
    en: 'Plan the restoration',
    help: { fr: 'Ce qui revient d’abord, et dans quel ordre.', en: 'What comes back first, and in which order.' },
  },
  StateRestorationEta: {
    group: 'restoration',
    fr: 'Consigner un délai de reprise annoncé',
    en: 'Record when services are said to be back',
    help: { fr: 'Une date inconnue est une réponse.', en: 'An unknown date is an answer.' },
  },
  ConstrainRestoration: {
    group: 'restoration',
    fr: 'Consigner un frein à la reprise',
    en: 'Record what holds restoration back',
    help: { fr: 'Preuves à garder, matériel attendu, personnel…', en: 'Evidence to keep, equipment awaited, staff…' },
  },
  StartRestoration: {
    group: 'restoration',
    fr: 'Consigner le début de la reprise',
    en: 'Record the start of the restoration',
    help: { fr: 'La remise en route est lancée.', en: 'Bringing services back has begun.' },
  },
  RestoreService: {
    group: 'restoration',
    fr: 'Consigner un service rétabli',
    en: 'Record a restored service',
    help: {
      fr: 'Le service marche\u00a0: testé et accepté par qui\u00a0?',
      en: 'The service works: tested and accepted by whom?',
    },
  },
  CompleteRestoration: {
    group: 'restoration',
    fr: 'Consigner la fin de la reprise',
    en: 'Record the end of the restoration',
    help: { fr: 'Tout ce qui devait revenir est revenu.', en: 'All that was to come back has come back.' },
  },
  AssignStep: {
    group: 'steps',
    fr: 'Confier une étape',
    en: 'Assign a step',
    help: { fr: 'À qui, par son nom ou son rôle.', en: 'To whom, by name or by role.' },
  },
  StartStep: {
    group: 'steps',
    fr: 'Commencer une étape',
    en: 'Start a step',
    help: { fr: 'Quelqu’un s’en occupe.', en: 'Somebody is on it.' },
  },
  CompleteStep: {
    group: 'steps',
    fr: 'Marquer une étape faite',
    en: 'Mark a step done',
    help: { fr: 'Notez la preuve à garder, si elle existe.', en: 'Note the proof to keep, if there is one.' },
  },
  MarkStepUnknown: {
    group: 'steps',
    fr: 'Répondre «\u00a0je ne sais pas\u00a0»',
    en: 'Answer “I don’t know”',
    help: { fr: 'La question reste posée et visible.', en: 'The question stays open and visible.' },
  },
  MarkStepNotApplicable: {
    group: 'steps',
    fr: 'Marquer une étape sans objet',
    en: 'Mark a step not applicable',
    help: { fr: 'Dites pourquoi en une phrase.', en: 'Say why in one sentence.' },
  },
  BlockStep: {
    group: 'steps',
    fr: 'Marquer une étape bloquée',
    en: 'Mark a step blocked',
    help: { fr: 'Dites ce qui manque.', en: 'Say what is missing.' },
  },
  ReopenStep: {
    group: 'steps',
    fr: 'Rouvrir une étape',
    en: 'Reopen a step',
    help: { fr: 'Elle redevient à faire.', en: 'It is to be done again.' },
  },
  OverrideGate: {
    group: 'steps',
    fr: 'Passer outre un préalable',
    en: 'Override a prerequisite',
    help: { fr: 'Votre nom et votre motif sont consignés.', en: 'Your name and your reason are recorded.' },
  },
  WaiveObligation: {
    group: 'deadlines',
    fr: 'Écarter une échéance',
    en: 'Set a deadline aside',
    help: { fr: 'Elle ne s’applique pas\u00a0: dites pourquoi.', en: 'It does not apply: say why.' },
  },
  JustifyLateness: {
    group: 'deadlines',
    fr: 'Justifier un retard',
    en: 'Justify lateness',
    help: { fr: 'Les motifs, là où la loi les admet.', en: 'The reasons, where the law takes them.' },
  },
  SupersedeFact: {
    group: 'record',
    fr: 'Rectifier un fait',
    en: 'Correct a fact',
    help: { fr: 'L’ancien texte reste lisible, barré.', en: 'The old text stays readable, struck through.' },
  },
  RecordCost: {
    group: 'record',
    fr: 'Consigner une dépense',
    en: 'Record a cost',
    help: { fr: 'Prestations, matériel, heures.', en: 'Services, equipment, hours.' },
  },
  AgreeCostShare: {
    group: 'record',
    fr: 'Convenir du partage des coûts',
    en: 'Agree how costs are shared',
    help: { fr: 'La part de chaque organisme, en pour cent.', en: 'The share of each organisation, in per cent.' },
  },
  AdoptPlaybook: {
    group: 'steps',
    fr: 'Adopter une fiche réflexe',
    en: 'Adopt a playbook',
    help: { fr: 'La liste des étapes à suivre.', en: 'The list of steps to follow.' },
  },
  MigratePlaybook: {
    group: 'steps',
    fr: 'Changer de version de fiche réflexe',
    en: 'Change the playbook’s version',
    help: { fr: 'Simulez d’abord pour voir ce qui change.', en: 'Try it first to see what changes.' },
  },
  CloseIncident: {
    group: 'record',
    fr: 'Clore l’incident',
    en: 'Close the incident',
    help: { fr: 'On pourra le rouvrir.', en: 'It can be reopened.' },
  },
  ReopenIncident: {
    group: 'record',
    fr: 'Rouvrir l’incident',
    en: 'Reopen the incident',
    help: { fr: 'Dites pourquoi en une phrase.', en: 'Say why in one sentence.' },
  },
};
