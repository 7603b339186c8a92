import type { CataloguedPlaybook } from '../incident/incident.decision.js';
import type { PlaybookDefinition, StepDefinition } from '../playbook/playbook.js';

const say = (fr: string, en: string) => ({ fr, en });

const step = (id: string, title: string, more: Partial<StepDefinition> = {}): StepDefinition => ({
  id,
  title: say(title, `${id} in English`),
  why: say(`Pourquoi ${id}.`, `Why ${id}.`),
  how: say(`Comment ${id}.`, `How ${id}.`),
  evidence: say(`Preuve de ${id}.`, `Proof of ${id}.`),
  roles: ['dsi'],
  phase: 'respond',
  after: [],
  requires: [],
  perOrganisation: false,
  completedBy: [],
  reviewOn: [],
  spreadRisk: 'none',
  ...more,
});

/** A short form of the playbook in the box: the same ids, each kind of step once. */
export const ransomwarePlaybook: PlaybookDefinition = {
  id: 'collectivite-rancongiciel',
  version: '1',
  title: say('Rançongiciel dans une collectivité', 'Ransomware in a local authority'),
  kinds: ['ransomware', 'intrusion', 'other', 'unknown'],
  phases: [{ id: 'respond', title: say('Réagir', 'Respond') }],
  steps: [
    step('S01', 'Recueillir le signalement', { completedBy: [{ event: 'IncidentDeclared' }] }),
    step('S02', 'Incident détecté et déclaré', {
      milestone: 'detected',
      after: ['S01'],
      completedBy: [{ event: 'IncidentDeclared' }, { event: 'IncidentDetected' }],
    }),
    step('S03', 'Ouvrir la main courante', {
      roles: ['scribe', 'dgs'],
      after: ['S02'],
      completedBy: [{ event: 'LogbookEntryRecorded' }],
    }),
    step('S04', 'Qualifier', {
      roles: ['rssi'],
      after: ['S02'],
      completedBy: [{ event: 'IncidentQualified' }],
    }),
    step('S08', 'Isoler le réseau', {
      after: ['S02'],
      completedBy: [{ event: 'NetworkIsolated' }],
      spreadRisk: 'high',
    }),
    step('S11', 'Systèmes arrêtés', {
      milestone: 'systemsShutDown',
      after: ['S08'],
      completedBy: [{ event: 'SystemsShutDown', where: { scope: 'all' } }],
      spreadRisk: 'low',
    }),
    step('S13', 'Préserver les preuves', {
      roles: ['rssi'],
      after: ['S08'],
      completedBy: [{ event: 'EvidencePreserved' }],
    }),
    step('S15', 'Contacter l’ANSSI', {
      roles: ['rssi', 'dgs'],
      milestone: 'anssiContacted',
      after: ['S04'],
      completedBy: [{ event: 'AnssiContacted' }],
    }),
    step('S21', 'Vérifier la qualité du signataire', {
      roles: ['juridique'],
      perOrganisation: true,
      completedBy: [{ event: 'SigningAuthorityChecked', where: { valid: 'yes' } }],
    }),
    step('S23', 'Plainte déposée', {
      roles: ['maire'],
      milestone: 'complaintFiled',
      requires: [{ step: 'S21', gate: 'mandate' }],
      perOrganisation: true,
      completedBy: [{ event: 'ComplaintFiled' }],
      obligation: 'insurance-complaint',
    }),
    step('S24', 'Évaluer l’exfiltration', {
      roles: ['rssi'],
      completedBy: [
        {
          event: 'DataExfiltrationAssessed',
          where: { status: ['none_identified', 'suspected', 'confirmed', 'excluded'] },
        },
      ],
    }),
    step('S25', 'Évaluer la violation de données', {
      roles: ['dpo'],
      perOrganisation: true,
      completedBy: [{ event: 'BreachRiskAssessed', where: { risk: ['unlikely', 'risk', 'high'] } }],
      reviewOn: ['DataExfiltrationAssessed'],
    }),
    step('S26', 'Dater la prise de connaissance', {
      roles: ['dpo'],
      after: ['S25'],
      perOrganisation: true,
      completedBy: [{ event: 'BreachAwarenessEstablished' }],
    }),
    step('S27', 'CNIL notifiée', {
      roles: ['dpo'],
      milestone: 'cnilNotified',
      requires: [{ step: 'S26', gate: 'awareness' }],
      perOrganisation: true,
      completedBy: [{ event: 'CnilNotified', where: { kind: ['initial', 'single'] } }],
      reviewOn: ['DataExfiltrationAssessed', 'BreachRiskAssessed'],
      obligation: 'cnil-notification',
    }),
    step('S30', 'Informer les personnes', {
      roles: ['dpo', 'communication'],
      perOrganisation: true,
      when: { fact: 'breachRisk', in: ['high'] },
      completedBy: [{ event: 'DataSubjectsInformed' }],
      obligation: 'inform-data-subjects',
    }),
    step('S37', 'Doctrine rançon', {
      roles: ['maire'],
      when: { any: [{ fact: 'ransomDemand', in: ['received'] }, { event: 'RansomDemandReceived' }] },
      completedBy: [{ event: 'RansomPolicyStated' }],
    }),
    step('S42', 'Restauration par vagues', {
      milestone: 'restoration',
      after: ['S23'],
      requires: [{ step: 'S13', gate: 'evidence' }],
      completedBy: [{ event: 'RestorationCompleted' }],
    }),
  ],
};

/** The next version: a step more, a step less, a step that changed. */
export const ransomwarePlaybook2: PlaybookDefinition = {
  ...ransomwarePlaybook,
  version: '2',
  steps: [
    ...ransomwarePlaybook.steps
      .filter(({ id }) => id !== 'S37')
      .map((each) => (each.id === 'S42' ? { ...each, roles: ['dsi', 'dgs'] } : each)),
    step('S09', 'Isoler les sauvegardes', { completedBy: [{ event: 'BackupsIsolated' }] }),
  ],
};

export const accountPlaybook: PlaybookDefinition = {
  id: 'compte-compromis',
  version: '1',
  title: say('Compte compromis', 'Compromised account'),
  kinds: ['account_takeover'],
  phases: [],
  steps: [step('C01', 'Couper les sessions')],
};

export const testPlaybooks: readonly CataloguedPlaybook[] = [
  { definition: ransomwarePlaybook, sha256: '1'.repeat(64) },
  { definition: ransomwarePlaybook2, sha256: '2'.repeat(64) },
  { definition: accountPlaybook, sha256: '3'.repeat(64) },
];
