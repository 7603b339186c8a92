/* oxlint-disable promise/valid-params -- then() takes checks, no promise is near */
import { createHash } from 'node:crypto';
import {
  corrected,
  declared,
  hoursAfter,
  said,
  START,
  type Incident,
  type Said,
} from '../../domain/src/testing/given.js';
import { loadRules } from './index.js';
import { givenShipped } from './testing/shipped-world.js';

/* The table of the law (which fact starts which clock, how long, what stops it), written from the texts and not from the
   rules: a rule that is edited by mistake fails here. */

const hours = (count: number): string => hoursAfter(START, count);
/** The body of the incident, with what decides whether a rule concerns it. */
const declaredBy = (organisation: object = {}): Said =>
  declared({ title: 'Essai', kind: 'ransomware', organisations: [{ name: 'Caen', ...organisation }] });
const at = (when: number, command: Said['do'], body: object = {}): Said =>
  ({ do: command, body: { ...body, occurredAt: hours(when) }, now: hours(when) }) as Said;
const aware = (when: number): Said => at(when, 'EstablishBreachAwareness', { reason: 'journaux' });
const cnil = (kind: string, when: number): Said => at(when, 'NotifyCnil', { kind });
const nis2 = (stage: string, when: number): Said => at(when, 'ReportNis2', { stage });
const severity = (level: string, when = 2): Said => at(when, 'AssessSeverity', { level });
const confirmed = (when = 2): Said => at(when, 'QualifyIncident', { attackType: 'ransomware', certainty: 'confirmed' });

interface Case {
  readonly rule: string;
  /** What makes the clock run, and the body that it concerns. */
  readonly started: readonly Said[];
  /** Absent: no term in figures. */
  readonly dueAt?: string;
  readonly startAt: string;
  readonly provisional?: true;
  /** Hours before the term. */
  readonly warnings: readonly number[];
  /** Each of them stops it. */
  readonly stoppedBy: readonly Said[];
  readonly notStoppedBy: readonly Said[];
  /** Not opened then. */
  readonly notFor: readonly (readonly Said[])[];
  /** Waived by itself after that. */
  readonly waivedBy?: Said;
  /** A correction of the start, and the term after it. */
  readonly corrected?: readonly [Said, string];
  readonly lateness: 'justifiable' | 'not justifiable';
}

const complaint = at(3, 'FileComplaint', { filedWith: 'gendarmerie' });
const moved = (type: Parameters<typeof corrected>[0], command: string, data: object, when: number): Said =>
  corrected(type, { do: command, data, occurredAt: hours(when) });

const cases: readonly Case[] = [
  {
    rule: 'cnil-notification',
    started: [declaredBy(), aware(5)],
    startAt: hours(5),
    dueAt: hours(77),
    warnings: [24, 6, 1],
    stoppedBy: [cnil('initial', 6), cnil('single', 6), cnil('unknown', 6)],
    notStoppedBy: [cnil('complementary', 6), complaint, at(6, 'RecordBreachRegisterEntry', { facts: 'x' })],
    notFor: [],
    waivedBy: at(6, 'AssessBreachRisk', { risk: 'unlikely' }),
    corrected: [moved('BreachAwarenessEstablished', 'EstablishBreachAwareness', { reason: 'x' }, 1), hours(73)],
    lateness: 'justifiable',
  },
  {
    rule: 'cnil-complement',
    started: [declaredBy(), aware(5), cnil('initial', 6)],
    startAt: hours(6),
    dueAt: hours(78),
    warnings: [24, 6, 1],
    stoppedBy: [cnil('complementary', 7), cnil('single', 7)],
    notStoppedBy: [cnil('initial', 7), cnil('unknown', 7)],
    notFor: [
      [declaredBy(), aware(5)],
      [declaredBy(), aware(5), cnil('single', 6)],
    ],
    corrected: [moved('CnilNotified', 'NotifyCnil', { kind: 'initial' }, 9), hours(81)],
    lateness: 'justifiable',
  },
  {
    rule: 'breach-register',
    started: [declaredBy(), aware(5)],
    startAt: hours(5),
    warnings: [],
    stoppedBy: [at(7, 'RecordBreachRegisterEntry', { facts: 'x' })],
    notStoppedBy: [cnil('single', 7)],
    notFor: [[declaredBy()]],
    lateness: 'justifiable',
  },
  {
    rule: 'inform-data-subjects',
    started: [declaredBy(), at(5, 'AssessBreachRisk', { risk: 'high' })],
    startAt: hours(5),
    warnings: [],
    stoppedBy: [at(7, 'InformDataSubjects', { channel: 'courrier' })],
    notStoppedBy: [at(7, 'PublishStatement', { channel: 'website', text: 'x' }), cnil('single', 7)],
    notFor: [[declaredBy(), at(5, 'AssessBreachRisk', { risk: 'risk' })]],
    waivedBy: at(6, 'AssessBreachRisk', { risk: 'risk' }),
    lateness: 'justifiable',
  },
  {
    rule: 'insurance-complaint',
    started: [declaredBy()],
    startAt: START,
    dueAt: hours(72),
    warnings: [24, 6, 1],
    stoppedBy: ['gendarmerie', 'police', 'prosecutor'].map((filedWith) => at(3, 'FileComplaint', { filedWith })),
    notStoppedBy: [
      at(3, 'IntendComplaint', { by: 'Maire' }),
      at(3, 'ContactAuthority', { authority: 'cyber17' }),
      at(3, 'ContactAuthority', { authority: 'police' }),
      at(3, 'InformProsecutor'),
      at(3, 'CheckSigningAuthority', { signatory: 'Maire', capacity: 'maire', valid: 'yes' }),
    ],
    notFor: [[declaredBy({ insured: 'no' })]],
    corrected: [at(20, 'EstablishAttackKnowledge', { reason: 'apprise plus tard' }), hours(92)],
    lateness: 'not justifiable',
  },
  {
    rule: 'insurer-notice',
    started: [declaredBy({ insured: 'yes' })],
    startAt: START,
    // Monday 2 March 2026: five working days later, Monday the 9th, to its end in Paris.
    dueAt: '2026-03-09T22:59:59.000Z',
    warnings: [48, 24],
    stoppedBy: [at(3, 'NotifyInsurer')],
    notStoppedBy: [complaint],
    notFor: [[declaredBy()], [declaredBy({ insured: 'no' })], [declaredBy({ insured: 'unknown' })]],
    lateness: 'justifiable',
  },
  {
    rule: 'nis2-early-warning',
    started: [declaredBy({ nis2: 'yes' }), severity('serious')],
    startAt: hours(2),
    dueAt: hours(26),
    warnings: [12, 6, 1],
    stoppedBy: [nis2('early_warning', 3), nis2('notification', 3)],
    notStoppedBy: [nis2('final', 3), at(3, 'ContactAnssi'), nis2('intermediate', 3)],
    notFor: [
      [declaredBy(), severity('serious')],
      [declaredBy({ nis2: 'no' }), severity('critical')],
    ],
    corrected: [moved('SeverityAssessed', 'AssessSeverity', { level: 'critical' }, 1), hours(25)],
    lateness: 'justifiable',
  },
  {
    rule: 'nis2-notification',
    started: [declaredBy({ nis2: 'yes' }), severity('critical')],
    startAt: hours(2),
    dueAt: hours(74),
    warnings: [24, 6, 1],
    stoppedBy: [nis2('notification', 3)],
    notStoppedBy: [nis2('early_warning', 3), nis2('final', 3)],
    notFor: [[declaredBy({ nis2: 'unknown' }), severity('serious')]],
    lateness: 'justifiable',
  },
  {
    rule: 'nis2-final',
    started: [declaredBy({ nis2: 'yes' }), severity('serious'), nis2('notification', 3)],
    startAt: hours(3),
    // A month by the calendar of Paris, over the change of the clocks on 29 March 2026.
    dueAt: '2026-04-02T10:00:00.000Z',
    warnings: [168, 48, 24],
    stoppedBy: [nis2('final', 5)],
    notStoppedBy: [nis2('notification', 5), nis2('intermediate', 5)],
    notFor: [[declaredBy({ nis2: 'yes' }), severity('serious'), nis2('early_warning', 3)]],
    lateness: 'justifiable',
  },
  {
    rule: 'health-incident',
    started: [declaredBy({ kind: 'social_action_centre' }), severity('serious')],
    startAt: hours(2),
    warnings: [],
    stoppedBy: [at(3, 'ReportHealthIncident')],
    notStoppedBy: [at(3, 'ContactAuthority', { authority: 'ans' }), at(3, 'ContactAnssi')],
    notFor: [
      [declaredBy({ kind: 'commune' }), severity('critical')],
      [declaredBy(), severity('critical')],
    ],
    waivedBy: severity('minor', 4),
    lateness: 'justifiable',
  },
  {
    rule: 'prosecutor-report',
    started: [declaredBy(), confirmed()],
    startAt: hours(2),
    warnings: [],
    stoppedBy: [at(3, 'InformProsecutor'), at(3, 'FileComplaint', { filedWith: 'prosecutor' })],
    notStoppedBy: [complaint, at(3, 'FileComplaint', { filedWith: 'police' })],
    notFor: [
      [declaredBy()],
      [declaredBy(), at(2, 'QualifyIncident', { attackType: 'ransomware', certainty: 'suspected' })],
      [declaredBy(), at(2, 'QualifyIncident', { attackType: 'other', certainty: 'confirmed' })],
    ],
    lateness: 'justifiable',
  },
];

const afterwards = (incident: Incident): string => hoursAfter(incident.now, 24 * 365);

it('The table has every rule of the box', () =>
  expect(cases.map(({ rule }) => rule).toSorted()).toEqual([...new Set(loadRules().map(({ id }) => id))].toSorted()));

describe.each(cases.map((each) => [each.rule, each] as const))('%s', (rule, each) => {
  const incident = givenShipped(...each.started);
  const clock = incident.clock(rule);

  it('opens with its fact, for the time that the law gives', () => {
    expect(clock).toMatchObject({ startAt: each.startAt, provisional: false, warnHoursBefore: each.warnings });
    expect(clock?.dueAt).toBe(each.dueAt);
    expect(incident.clockStatus(rule)).toBe('open');
  });

  it('runs as a legal term for nobody else and for nothing less', () => {
    for (const words of each.notFor) {
      const other = givenShipped(...words).clock(rule);
      expect(other === undefined || other.provisional || other.waiver !== undefined).toBe(true);
    }
  });

  it('warns at its hours, then is missed, each once; without a term it does neither', () => {
    const { decision, incident: told } = incident.notice(afterwards(incident));
    const noticed = decision.events.flatMap(({ type, data }) =>
      (data as { rule: string }).rule === rule ? [type, ...('hoursBefore' in data ? [data.hoursBefore] : [])] : [],
    );
    const warned = each.warnings.flatMap((count) => ['DeadlineApproaching', count]);
    expect(noticed).toEqual(each.dueAt ? [...warned, 'DeadlineMissed'] : []);
    expect(told.clockStatus(rule, afterwards(incident))).toBe(each.dueAt ? 'missed' : 'open');
    expect(told.notice(afterwards(told)).decision.events).toEqual([]);
  });

  it.each(each.stoppedBy.map((words) => [`${words.do} ${JSON.stringify(words.body)}`, words] as const))(
    'is met by %s',
    (_name, words) => {
      const after = incident.given(words);
      expect(after.clockStatus(rule)).toBe('met');
      expect(after.clock(rule)?.discharge?.eventId).toBe(after.events[incident.events.length]?.eventId);
    },
  );

  it.each(each.notStoppedBy.map((words) => [`${words.do} ${JSON.stringify(words.body)}`, words] as const))(
    'is not met by %s',
    (_name, words) => expect(incident.given(words).clockStatus(rule)).toBe('open'),
  );

  it('is late when done after the term, and takes reasons only where the law does', () => {
    const [words] = each.stoppedBy;
    if (!each.dueAt || !words) return;
    const late = hoursAfter(each.dueAt, 1);
    const after = incident.given({ ...words, body: { ...words.body, occurredAt: late }, now: late });
    expect(after.clockStatus(rule)).toBe('late');
    const justify = (): Incident => after.given(said('JustifyLateness', { rule, reason: 'tout était coupé' }));
    if (each.lateness === 'justifiable') expect(justify().clock(rule)?.lateness?.reason).toBe('tout était coupé');
    else expect(justify).toThrow('takes no justification');
  });

  it('is waived by a person, with a reason', () => {
    const after = incident.given(said('WaiveObligation', { rule, reason: 'sans objet ici' }));
    expect(after.clockStatus(rule)).toBe('waived');
    expect(
      after.notice(afterwards(after)).decision.events.map(({ data }) => (data as { rule: string }).rule),
    ).not.toContain(rule);
  });

  if (each.waivedBy) {
    const { waivedBy } = each;
    it(`is waived by itself after ${waivedBy.do} ${JSON.stringify(waivedBy.body)}`, () =>
      expect(incident.given(waivedBy).clockStatus(rule)).toBe('waived'));
  }

  if (each.corrected) {
    const [words, dueAt] = each.corrected;
    it('moves with its start, and says from when to when', () => {
      const after = incident.given(words);
      expect(after.clock(rule)?.dueAt).toBe(dueAt);
      const rescheduled = after.allOf('ObligationRescheduled').filter(({ data }) => data.rule === rule);
      expect(rescheduled.at(-1)?.data).toMatchObject({ previousDueAt: each.dueAt, dueAt });
    });
  }
});

describe('Cautions', () => {
  it.each([
    ['cnil-notification', {}, hours(72)],
    ['nis2-early-warning', { nis2: 'yes' }, hours(24)],
    ['nis2-notification', { nis2: 'yes' }, hours(72)],
    ['health-incident', { kind: 'hospital' }, undefined],
  ])('%s runs from the detection, warns, and is never missed', (rule, body, dueAt) => {
    const incident = givenShipped(declaredBy(body));
    expect(incident.clock(rule)).toMatchObject({ provisional: true, startAt: START });
    expect(incident.clock(rule)?.dueAt).toBe(dueAt);
    const { incident: told, decision } = incident.notice(hours(1000));
    const missed = decision.events.filter(({ type }) => type === 'DeadlineMissed');
    expect(missed.map(({ data }) => (data as { rule: string }).rule)).not.toContain(rule);
    expect(told.clockStatus(rule, hours(1000))).toBe('open');
  });

  it('of the CNIL turns into the legal term with the awareness', () => {
    const incident = givenShipped(declaredBy(), aware(5));
    expect(incident.lastOf('ObligationRescheduled').data).toMatchObject({
      rule: 'cnil-notification',
      reason: 'awareness-established',
      previousDueAt: hours(72),
      dueAt: hours(77),
      provisional: false,
    });
  });
});

describe('The insurance rule', () => {
  it('is in force since 24 April 2023, midnight in Paris', () => {
    const detected = (detectedAt: string) => givenShipped(declared({ title: 'x', detectedAt }));
    expect(detected('2023-04-23T23:59:59+02:00').clock('insurance-complaint')).toBeUndefined();
    expect(detected('2023-04-24T00:00:00+02:00').clock('insurance-complaint')).toBeDefined();
  });
});

/**
 * What a released version of a rule says stays as it is, for clocks run under it: a changed law is a new version. Only its
 * end (`validTo`), its switch, its words and its sources may be edited.
 */
const RELEASED: Readonly<Record<string, string>> = {
  'insurance-complaint 2023': '807187bff978fdf7',
  'insurer-notice 1': 'de2b7915c8b76340',
  'nis2-early-warning 2022': '1f75c09130ae39b8',
  'nis2-notification 2022': '50deadf48d1d72a2',
  'nis2-final 2022': 'dbac8a110c1d5b44',
  'cnil-notification 2018': 'ad06744a4ad63d37',
  'cnil-notification omnibus-proposal': 'e4f9527307e8c141',
  'cnil-complement 2018': '6293dc3c2554155f',
  'breach-register 2018': '482492d2a913958a',
  'inform-data-subjects 2018': '6b4c4cf602d97ae1',
  'health-incident 2022': 'b8ffbe67462c7acf',
  'prosecutor-report 1': '819c7aa4ca6c62ac',
};

describe('A released version of a rule', () => {
  const digestOf = ({
    starts,
    term,
    dischargedBy,
    notApplicableWhen,
    when,
    validFrom,
    latenessJustifiable,
  }: ReturnType<typeof loadRules>[number]) =>
    createHash('sha256')
      .update(JSON.stringify([starts, term, dischargedBy, notApplicableWhen, when, validFrom, latenessJustifiable]))
      .digest('hex')
      .slice(0, 16);

  it('is neither removed nor rewritten', () => {
    const now = Object.fromEntries(loadRules().map((rule) => [`${rule.id} ${rule.version}`, digestOf(rule)]));
    expect(now).toMatchObject(RELEASED);
    expect(Object.keys(now).filter((name) => RELEASED[name] === undefined)).toEqual([]);
  });
});
