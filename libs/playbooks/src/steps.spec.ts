/* oxlint-disable promise/valid-params -- then() takes checks, no promise is near */
import { adviseSteps, stepRows } from '#libs/domain';
import { declared, declaredFor, said, type Incident, type Said } from '../../domain/src/testing/given.js';
import { loadPlaybooks } from './index.js';
import { givenShipped } from './testing/shipped-world.js';

/* The response graph as the reference describes it, step by step: who comes before whom, how long it may take, what
   completes a step, and whom it concerns. It is not read from the playbook, so that an edit that breaks the graph fails. */

interface Row {
  readonly id: string;
  readonly fr: string;
  /** Who does it by default. */
  readonly role: string;
  /** Soft prerequisites, and after a colon the hard ones with their gate. */
  readonly after: string;
  /** Once for each body. */
  readonly each?: true;
  /** Hours after the detection. */
  readonly target?: number;
  /** Facts that complete it; none: a person says so. */
  readonly by?: readonly Said[];
  /** Facts that are near but not enough. */
  readonly notBy?: readonly Said[];
  /** Told, and whether the step then concerns the incident. */
  readonly when?: readonly (readonly [told: readonly Said[], applies: boolean])[];
  readonly obligation?: string;
  readonly milestone?: string;
}

const contact = (authority: string) => said('ContactAuthority', { authority });
const shutDown = (scope: string) => said('ShutDownSystems', { scope });
const cnil = (kind: string) => said('NotifyCnil', { kind });
const risk = (value: string) => said('AssessBreachRisk', { risk: value });
const exfiltration = (status: string) => said('AssessDataExfiltration', { status });
const policy = (payment: string) => said('StateRansomPolicy', { payment });
const backups = (status: string) => said('AssessBackupIntegrity', { status });
const workaround = (kind: string) => said('ActivateWorkaround', { service: 'Accueil', kind });
const service = (status: string) => said('ChangeServiceStatus', { service: 'Standard', status });
const signing = (valid: string) => said('CheckSigningAuthority', { signatory: 'Maire', capacity: 'maire', valid });
const severity = (level: string) => said('AssessSeverity', { level });
const of = (body: object) => declared({ title: 'x', kind: 'ransomware', organisations: [{ name: 'Caen', ...body }] });
const complaint = said('FileComplaint', { filedWith: 'gendarmerie' });
const demand = said('RecordRansomDemand');

const graph: readonly Row[] = [
  { id: 'S01', fr: 'Recueillir le signalement', role: 'agent', after: '', target: 0 },
  { id: 'S02', fr: 'Incident détecté et déclaré', role: 'dsi', after: 'S01', target: 0, milestone: 'detected' },
  {
    id: 'S03',
    fr: 'Ouvrir la main courante',
    role: 'scribe',
    after: 'S02',
    target: 0.25,
    by: [said('RecordLogbookEntry', { kind: 'fact', text: 'x' })],
    notBy: [said('TakeDecision', { decision: 'x' })],
  },
  {
    id: 'S04',
    fr: 'Qualifier',
    role: 'rssi',
    after: 'S02',
    target: 1,
    by: [said('QualifyIncident', { attackType: 'unknown', certainty: 'suspected' })],
    notBy: [severity('major')],
  },
  { id: 'S05', fr: 'Activer des moyens de secours', role: 'dsi', after: 'S02', target: 0.5 },
  { id: 'S06', fr: 'Alerter la direction', role: 'dsi', after: 'S02', target: 0.5 },
  {
    id: 'S07',
    fr: 'Ouvrir la cellule de crise',
    role: 'dgs',
    after: 'S06',
    target: 2,
    by: [said('OpenCrisisCell')],
    when: [
      [[], true],
      [[severity('major')], true],
      [[severity('critical')], true],
      [[severity('minor')], false],
    ],
  },
  {
    id: 'S08',
    fr: 'Isoler le réseau',
    role: 'dsi',
    after: 'S02',
    target: 0.25,
    by: [said('IsolateNetwork', { scope: 'all' }), said('IsolateNetwork', { scope: 'partial' })],
    notBy: [said('IsolateBackups')],
  },
  {
    id: 'S09',
    fr: 'Isoler les sauvegardes',
    role: 'dsi',
    after: 'S02',
    target: 0.25,
    by: [said('IsolateBackups')],
    notBy: [said('IsolateNetwork', { scope: 'all' })],
  },
  { id: 'S10', fr: 'Décider', role: 'rssi', after: 'S04', target: 0.5, by: [shutDown('all'), shutDown('partial')] },
  {
    id: 'S11',
    fr: 'Systèmes arrêtés',
    role: 'dsi',
    after: 'S08 S10',
    target: 4,
    by: [shutDown('all')],
    notBy: [shutDown('partial'), said('IsolateNetwork', { scope: 'all' })],
    milestone: 'systemsShutDown',
  },
  {
    id: 'S12',
    fr: 'Consign',
    role: 'dgs',
    after: 'S11',
    target: 12,
    by: [said('IssueStaffInstruction', { text: 'x' })],
  },
  {
    id: 'S13',
    fr: 'Préserver les preuves',
    role: 'rssi',
    after: 'S08',
    by: [said('PreserveEvidence', { what: 'disques' })],
    notBy: [said('RecordIndicator', { kind: 'ip' })],
  },
  {
    id: 'S14',
    fr: 'CSIRT régional',
    role: 'rssi',
    after: 'S04',
    target: 4,
    by: [contact('regional_csirt'), contact('cyber17')],
    notBy: [contact('prefecture'), contact('police'), said('ContactAnssi')],
  },
  {
    id: 'S15',
    fr: 'ANSSI',
    role: 'rssi',
    after: 'S04',
    target: 24,
    by: [said('ContactAnssi')],
    notBy: [contact('regional_csirt')],
    milestone: 'anssiContacted',
  },
  {
    id: 'S16',
    fr: 'prestataire',
    role: 'dsi',
    after: 'S04 S20',
    target: 24,
    by: [said('EngageExperts', { provider: 'x' })],
  },
  {
    id: 'S17',
    fr: 'préfecture',
    role: 'maire',
    after: 'S06',
    target: 24,
    by: [contact('prefecture')],
    notBy: [contact('gendarmerie')],
  },
  {
    id: 'S18',
    fr: 'procureur',
    role: 'dgs',
    after: 'S04',
    target: 24,
    by: [said('InformProsecutor')],
    notBy: [said('IntendComplaint')],
    when: [
      [[], true],
      [[complaint], false],
    ],
    obligation: 'prosecutor-report',
  },
  { id: 'S19', fr: 'Prévenir', role: 'dgs', after: 'S08', target: 24 },
  {
    id: 'S20',
    fr: 'assureur',
    role: 'juridique',
    after: 'S02',
    each: true,
    target: 24,
    by: [said('NotifyInsurer')],
    notBy: [complaint],
    when: [
      [[of({ insured: 'yes' })], true],
      [[of({})], true],
      [[of({ insured: 'no' })], false],
    ],
    obligation: 'insurer-notice',
  },
  {
    id: 'S21',
    fr: 'qui peut signer la plainte',
    role: 'juridique',
    after: 'S02',
    each: true,
    target: 24,
    by: [signing('yes')],
    notBy: [signing('no')],
  },
  { id: 'S22', fr: 'dossier de plainte', role: 'rssi', after: 'S04 S13', each: true, target: 48 },
  {
    id: 'S23',
    fr: 'Plainte déposée',
    role: 'maire',
    after: ': S21 mandate',
    each: true,
    target: 72,
    by: [complaint],
    notBy: [said('IntendComplaint'), contact('cyber17'), said('InformProsecutor')],
    obligation: 'insurance-complaint',
    milestone: 'complaintFiled',
  },
  {
    id: 'S24',
    fr: 'données ont été volées',
    role: 'rssi',
    after: 'S13',
    by: ['none_identified', 'suspected', 'confirmed', 'excluded'].map(exfiltration),
    notBy: [exfiltration('under_investigation'), exfiltration('not_assessed')],
  },
  {
    id: 'S25',
    fr: 'violation',
    role: 'dpo',
    after: 'S04',
    each: true,
    target: 24,
    by: ['unlikely', 'risk', 'high'].map(risk),
    notBy: [risk('not_assessed')],
  },
  {
    id: 'S26',
    fr: 'prise de connaissance',
    role: 'dpo',
    after: 'S25',
    each: true,
    target: 24,
    by: [said('EstablishBreachAwareness', { reason: 'x' })],
    notBy: [said('EstablishAttackKnowledge', { reason: 'x' })],
    obligation: 'cnil-notification',
  },
  {
    id: 'S27',
    fr: 'CNIL notifiée',
    role: 'dpo',
    after: ': S26 awareness',
    each: true,
    target: 72,
    by: [cnil('initial'), cnil('single')],
    notBy: [cnil('complementary')],
    when: [
      [[], true],
      [[risk('high')], true],
      [[risk('unlikely')], false],
    ],
    obligation: 'cnil-notification',
    milestone: 'cnilNotified',
  },
  {
    id: 'S28',
    fr: 'Compléter la notification',
    role: 'dpo',
    after: ': S27 awareness',
    each: true,
    by: [cnil('complementary')],
    notBy: [cnil('initial')],
    when: [
      [[], false],
      [[cnil('initial')], true],
      [[cnil('single')], false],
    ],
    obligation: 'cnil-complement',
  },
  {
    id: 'S29',
    fr: 'registre',
    role: 'dpo',
    after: 'S25',
    each: true,
    by: [said('RecordBreachRegisterEntry', { facts: 'x' })],
    obligation: 'breach-register',
  },
  {
    id: 'S30',
    fr: 'Informer les personnes',
    role: 'dpo',
    after: 'S25',
    each: true,
    by: [said('InformDataSubjects', { channel: 'x' })],
    notBy: [said('PublishStatement', { channel: 'website', text: 'x' })],
    when: [
      [[], false],
      [[risk('risk')], false],
      [[risk('high')], true],
    ],
    obligation: 'inform-data-subjects',
  },
  {
    id: 'S31',
    fr: 'NIS 2',
    role: 'rssi',
    after: 'S04',
    each: true,
    target: 24,
    by: [said('ReportNis2', { stage: 'final' })],
    notBy: [said('ReportNis2', { stage: 'early_warning' })],
    when: [
      [[of({ nis2: 'yes' })], true],
      [[of({})], false],
      [[of({ nis2: 'no' })], false],
    ],
    obligation: 'nis2-early-warning',
  },
  {
    id: 'S32',
    fr: 'santé',
    role: 'direction-etablissement',
    after: 'S04',
    each: true,
    target: 4,
    by: [said('ReportHealthIncident')],
    when: [
      [[of({ kind: 'social_action_centre' })], true],
      [[of({ kind: 'hospital' })], true],
      [[of({ kind: 'commune' })], false],
    ],
    obligation: 'health-incident',
  },
  { id: 'S33', fr: 'services', role: 'dgs', after: 'S06', target: 12 },
  {
    id: 'S34',
    fr: 'modes dégradés',
    role: 'chef-de-service',
    after: 'S33',
    target: 24,
    by: ['paper', 'phone_number', 'mobile_phone'].map(workaround),
  },
  {
    id: 'S35',
    fr: 'standard',
    role: 'communication',
    after: 'S33',
    target: 24,
    by: [workaround('phone_number'), workaround('mobile_phone')],
    notBy: [workaround('paper')],
    when: [
      [[], false],
      [[service('operational')], false],
      [[service('outage')], true],
      [[service('degraded')], true],
    ],
  },
  {
    id: 'S36',
    fr: 'communiqué',
    role: 'communication',
    after: 'S06',
    target: 12,
    by: [said('PublishStatement', { channel: 'poster', text: 'x' })],
  },
  {
    id: 'S37',
    fr: 'rançon',
    role: 'maire',
    after: 'S04',
    by: ['refused', 'refused_in_principle', 'accepted'].map(policy),
    notBy: [policy('undecided')],
    when: [
      [[declared({ title: 'x', kind: 'other' })], false],
      [[declared({ title: 'x', kind: 'other' }), demand], true],
      [[], true],
    ],
  },
  { id: 'S38', fr: 'Enquêter', role: 'prestataire', after: 'S13' },
  {
    id: 'S39',
    fr: 'plan de remise en route',
    role: 'dgs',
    after: 'S33 S38',
    target: 168,
    by: [said('PlanRestoration')],
  },
  {
    id: 'S40',
    fr: 'sauvegardes',
    role: 'dsi',
    after: 'S09 S13',
    by: ['intact', 'partial', 'lost'].map(backups),
    notBy: [backups('presumed_intact'), backups('not_assessed')],
  },
  { id: 'S41', fr: 'attaquant', role: 'prestataire', after: 'S39 : S13 evidence' },
  {
    id: 'S42',
    fr: 'Restaur',
    role: 'dsi',
    after: 'S40 S41 S23 : S13 evidence',
    by: [said('CompleteRestoration')],
    notBy: [said('StartRestoration'), said('RestoreService', { service: 'Accueil' })],
    milestone: 'restoration',
  },
  {
    id: 'S43',
    fr: 'papier',
    role: 'chef-de-service',
    after: 'S42',
    when: [
      [[], false],
      [[workaround('paper')], true],
    ],
  },
  { id: 'S44', fr: 'clôtur', role: 'dgs', after: 'S42 S29 S43', target: 2160, by: [said('CloseIncident')] },
];

const [playbook] = loadPlaybooks().filter(({ id }) => id === 'collectivite-rancongiciel');
const steps = new Map(playbook?.steps.map((step) => [step.id, step]));
const ransomware = declared();

/** How a step stands for the first body. */
const statusOf = (incident: Incident, { id, each }: Row): string =>
  incident.step(id, each && incident.state.organisations[0]?.name)?.status ?? 'todo';

const applies = (incident: Incident, { id }: Row): boolean | undefined => {
  const rows = stepRows(incident.state);
  return adviseSteps(incident.state, rows)[rows.findIndex(({ definition }) => definition.id === id)]?.applies;
};

/** Everything that the table says completes some step. */
const allFacts = [
  ...new Map(graph.flatMap(({ by = [] }) => by).map((words) => [JSON.stringify(words), words])).values(),
].filter((words) => words.do !== 'CloseIncident');

const name = (words: Said): string => `${words.do} ${JSON.stringify(words.body)}`;
const named = (words: readonly Said[] = []) => words.map((each) => [name(each), each] as const);

it('The table is the playbook of 44 steps, in its order', () =>
  expect(graph.map(({ id }) => id)).toEqual(playbook?.steps.map(({ id }) => id)));

describe.each(graph.map((row) => [row.id, row] as const))('%s', (id, row) => {
  const step = steps.get(id);

  it(`is “… ${row.fr} …”, of ${row.role}, after ${row.after || 'nothing'}`, () => {
    expect(step?.title.fr.toLowerCase()).toContain(row.fr.toLowerCase());
    expect(step?.roles[0]).toBe(row.role);
    const hard = step?.requires.map(({ step: required, gate }) => ` ${required} ${gate}`) ?? [];
    const told = [step?.after.join(' '), ...(hard.length > 0 ? [`:${hard.join(',')}`] : [])].filter(Boolean).join(' ');
    expect(told).toBe(row.after);
    expect(step).toMatchObject({ perOrganisation: row.each ?? false });
    expect([step?.targetHours, step?.obligation, step?.milestone]).toEqual([row.target, row.obligation, row.milestone]);
  });

  if (row.by) {
    it.each(named(row.by))('is completed by %s, which it names', (_name, words) => {
      const before = givenShipped(ransomware);
      const { incident, decision } = before.hear(words);
      expect(statusOf(incident, row)).toBe('done');
      expect(incident.step(id, row.each && 'Collectivité')?.byEventId).toBe(decision.events[0]?.eventId);
    });
  }

  if (row.notBy) {
    it.each(named(row.notBy))('is not completed by %s', (_name, words) =>
      expect(statusOf(givenShipped(ransomware, words), row)).toBe('todo'),
    );
  }

  it('is completed by no fact but its own', () => {
    if (id === 'S01' || id === 'S02') return;
    const own = new Set((row.by ?? []).map(name));
    const others = allFacts.filter((words) => !own.has(name(words)));
    const wrong = others.filter((words) => statusOf(givenShipped(ransomware, words), row) === 'done');
    expect(wrong.map(name)).toEqual([]);
  });

  it('is completed by a person, once what it requires is there or overridden', () => {
    const hard = step?.requires.map(({ gate }) => said('OverrideGate', { gate, reason: 'service vital' })) ?? [];
    const settled = givenShipped(ransomware, ...hard, said('CompleteStep', { step: id, evidence: 'ticket 7' }));
    expect(statusOf(settled, row)).toBe('done');
    if (hard.length > 0) {
      const refused = () => givenShipped(ransomware, said('CompleteStep', { step: id }));
      expect(refused).toThrow('waits for step');
    }
  });

  if (row.when) {
    it.each(row.when.map(([words, holds]) => [holds ? 'concerns' : 'does not concern', words, holds] as const))(
      '%s an incident after %j',
      (_name, words, holds) => {
        const told = words[0]?.do === 'DeclareIncident' ? words : [ransomware, ...words];
        expect(applies(givenShipped(...told), row)).toBe(holds);
      },
    );
  } else {
    it('concerns every incident', () => expect(applies(givenShipped(ransomware), row)).toBe(true));
  }

  if (row.each) {
    it('is done by each body for itself', () => {
      const incident = givenShipped(declaredFor('Caen', 'Ifs'), said('OverrideGate', { gate: id, reason: 'x' }));
      const after = incident.given(said('CompleteStep', { step: id, organisation: 'Ifs' }));
      expect([after.step(id, 'Caen')?.status, after.step(id, 'Ifs')?.status]).toEqual([undefined, 'done']);
    });
  }
});

describe('S01 and S02', () => {
  it('are done by the declaration itself', () => {
    const incident = givenShipped(ransomware);
    expect([incident.step('S01')?.status, incident.step('S02')?.status]).toEqual(['done', 'done']);
  });
});

describe('What rested on an assessment', () => {
  const reviewed = (incident: Incident): string[] =>
    Object.values(incident.state.steps)
      .flatMap((bodies) => Object.values(bodies))
      .flatMap(({ step, reviewOf }) => (reviewOf ? [step] : []));
  const done = givenShipped(
    ransomware,
    exfiltration('none_identified'),
    risk('high'),
    said('EstablishBreachAwareness', { reason: 'x' }),
    cnil('single'),
    said('InformDataSubjects', { channel: 'x' }),
  );

  it('is to be looked at again when the exfiltration is assessed anew: S25, S27, S30', () =>
    expect(reviewed(done.given(exfiltration('confirmed')))).toEqual(['S25', 'S27', 'S30']));

  it('is to be looked at again when the risk is: S27, S30', () =>
    expect(reviewed(done.given(risk('risk')))).toEqual(['S27', 'S30']));

  it('is to be looked at again when a ransom is demanded after all: S24, S37', () =>
    expect(reviewed(done.given(policy('refused_in_principle'), demand))).toEqual(['S24', 'S37']));
});
