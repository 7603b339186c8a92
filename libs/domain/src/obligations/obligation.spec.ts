/* oxlint-disable promise/valid-params -- then() takes checks, no promise is near */
import { trueAt } from '../incident/time-travel.js';
import { nextDueMs, openObligationsWarning } from './obligation.decider.js';
import { instantMs } from '../kernel/instant.js';
import type { RuleDefinition } from './rule.js';
import {
  alsoRecords,
  corrected,
  declared,
  declaredFor,
  given,
  givenWith,
  hoursAfter,
  nothing,
  records,
  recordsFact,
  refused,
  said,
  shows,
  START,
  warns,
  type Incident,
} from '../testing/given.js';
import { testRules } from '../testing/rules.js';

const givenClocks = (...words: Parameters<typeof given>) => givenWith({ rules: testRules }, ...words);
const hours = (count: number) => hoursAfter(START, count);
const aware = (at = hours(5), more: object = {}) =>
  said('EstablishBreachAwareness', { reason: 'journaux', occurredAt: at, ...more }, hours(6));
const cnil = (kind: string, at?: string, more: object = {}) =>
  said('NotifyCnil', { kind, ...(at ? { occurredAt: at } : {}), ...more });
const clockNames = (incident: Incident) => Object.values(incident.state.obligations).map(({ rule }) => rule);

describe('Clocks open', () => {
  it('at the declaration: the caution of the CNIL and the complaint for the insurer', () => {
    const incident = givenClocks(declared());
    expect(clockNames(incident)).toEqual(['cnil-notification', 'insurance-complaint']);
    expect(incident.lastOf('ObligationOpened')).toMatchObject({
      data: {
        rule: 'insurance-complaint',
        ruleVersion: '1',
        startAt: START,
        startEventId: incident.lastOf('IncidentDeclared').eventId,
        dueAt: hours(72),
        provisional: false,
        warnHoursBefore: [24, 4],
      },
      occurredAt: { at: START },
    });
  });

  it('from the detection, which may be earlier than the declaration', () => {
    const incident = givenClocks(declared({ title: 'x', detectedAt: '2026-02-28T03:00:00+01:00' }));
    expect(incident.clock('insurance-complaint')).toMatchObject({
      startAt: '2026-02-28T03:00:00+01:00',
      dueAt: '2026-03-03T02:00:00.000Z',
    });
  });

  it('when a fact makes their condition hold that no rule names as an event', () => {
    const rules = testRules.map((each): RuleDefinition => {
      const concerns = { when: { fact: 'attackType', in: ['account_takeover'] } } as const;
      return each.id === 'insurance-complaint' ? { ...each, ...concerns } : each;
    });
    const before = givenWith({ rules }, declared(), said('RecordLogbookEntry', { kind: 'fact', text: 'Rien.' }));
    expect(before.clock('insurance-complaint')).toBeUndefined();
    before
      .when(said('QualifyIncident', { attackType: 'account_takeover', certainty: 'confirmed' }))
      .then(alsoRecords('ObligationOpened', { rule: 'insurance-complaint' }));
  });

  it('no later for a detection that is told again without its time, and earlier for one that tells an earlier time', () => {
    const told = givenClocks(declared(), said('RecordDetection', { detectedBy: 'astreinte' }, hours(30)));
    expect(told.clock('insurance-complaint')).toMatchObject({ startAt: START, dueAt: hours(72) });
    const earlier = givenClocks(declared(), said('RecordDetection', { occurredAt: hours(-10) }, hours(30)));
    expect(earlier.clock('insurance-complaint')).toMatchObject({ startAt: hours(-10), dueAt: hours(62) });
  });

  it.each([
    ['cnil-complement', cnil('initial')],
    ['breach-register', aware()],
    ['inform-data-subjects', said('AssessBreachRisk', { risk: 'high' })],
  ])('%s, when its fact is there and not before', (rule, words) => {
    const before = givenClocks(declared());
    expect(before.clock(rule)).toBeUndefined();
    before.when(words).then(alsoRecords('ObligationOpened', { rule }));
  });

  it('not for facts that are not theirs', () => {
    const incident = givenClocks(declared(), cnil('single'), said('AssessBreachRisk', { risk: 'risk' }));
    expect(clockNames(incident)).toEqual(['cnil-notification', 'insurance-complaint']);
  });

  it('for an insured body, and a body in the scope of NIS2', () => {
    const incident = givenClocks(declaredFor({ name: 'Caen', insured: 'yes', nis2: 'yes' }, 'CCAS'));
    const of = (name: string) => clockNames(incident).filter((rule) => incident.clock(rule, name));
    expect(of('Caen')).toEqual(expect.arrayContaining(['insurer-notice', 'nis2-early-warning', 'nis2-notification']));
    for (const rule of ['insurer-notice', 'nis2-early-warning', 'nis2-notification'])
      expect(incident.clock(rule, 'CCAS')).toBeUndefined();
    expect(incident.clock('insurer-notice', 'Caen')?.dueAt).toBe('2026-03-09T22:59:59.000Z');
    expect(incident.clock('nis2-early-warning', 'Caen')?.dueAt).toBe(hours(24));
    expect(incident.clock('nis2-notification', 'Caen')?.dueAt).toBe(hours(72));
  });

  it('for the final NIS2 report a month after the notification, by the calendar of the body', () => {
    const incident = givenClocks(
      declaredFor({ name: 'Saint-Denis', nis2: 'yes', timeZone: 'Indian/Reunion' }),
      said('ReportNis2', { stage: 'notification', occurredAt: '2026-01-31T10:00:00+04:00' }),
    );
    expect(incident.clock('nis2-final')).toMatchObject({ dueAt: '2026-02-28T06:00:00.000Z' });
  });

  it('only under a rule in force when its start occurred, midnight in Paris', () => {
    const at = (detectedAt: string) => givenClocks(declared({ title: 'x', detectedAt })).clock('insurance-complaint');
    expect(at('2022-09-26T16:00:00+02:00')).toBeUndefined();
    expect(at('2023-04-23T23:59:59+02:00')).toBeUndefined();
    expect(at('2023-04-24T00:00:00+02:00')).toBeDefined();
  });

  it('not under a rule that is switched off, or no longer in force', () => {
    const change = (more: object) => givenWith({ rules: testRules.map((rule) => ({ ...rule, ...more })) }, declared());
    expect(clockNames(change({ enabled: false }))).toEqual([]);
    expect(clockNames(change({ validTo: '2026-03-02' }))).toEqual([]);
    expect(clockNames(change({ validTo: '2026-03-03' }))).toEqual(['cnil-notification', 'insurance-complaint']);
  });

  it('under the version in force at the start', () => {
    const cnilRule = testRules[0];
    if (!cnilRule) throw new Error('no rule');
    const rules = [
      { ...cnilRule, version: '1', validTo: '2026-03-01' },
      { ...cnilRule, version: '2', validFrom: '2026-03-01', term: { hours: 96 } },
    ];
    const at = (detectedAt: string) =>
      givenWith({ rules }, declared({ title: 'x', detectedAt })).clock('cnil-notification');
    expect(at('2026-02-28T12:00:00+01:00')).toMatchObject({ ruleVersion: '1', dueAt: '2026-03-03T11:00:00.000Z' });
    expect(at('2026-03-01T12:00:00+01:00')).toMatchObject({ ruleVersion: '2', dueAt: '2026-03-05T11:00:00.000Z' });
  });
});

describe('The caution of the CNIL', () => {
  it('is provisional from the detection, and never missed', () => {
    const incident = givenClocks(declared());
    expect(incident.clock('cnil-notification')).toMatchObject({ provisional: true, dueAt: hours(72) });
    expect(incident.clockStatus('cnil-notification', hours(1000))).toBe('open');
  });

  it('becomes the real clock with the awareness, 72 hours from it', () => {
    const incident = givenClocks(declared())
      .when(aware())
      .then(
        alsoRecords('ObligationRescheduled', {
          rule: 'cnil-notification',
          provisional: false,
          startAt: hours(5),
          dueAt: hours(77),
          previousDueAt: hours(72),
          reason: 'awareness-established',
        }),
      );
    expect(incident.clockStatus('cnil-notification', hours(77))).toBe('open');
    expect(incident.clockStatus('cnil-notification', hoursAfter(hours(77), 0.001))).toBe('missed');
  });

  it('is met by an initial or a single notification, with the receipt or without', () => {
    for (const kind of ['initial', 'single'])
      expect(givenClocks(declared(), cnil(kind)).clockStatus('cnil-notification')).toBe('met');
    for (const kind of ['complementary', 'unknown'])
      expect(givenClocks(declared(), cnil(kind)).clockStatus('cnil-notification')).toBe('open');
  });

  it('may be met, or late', () => {
    const notified = (at: string) => givenClocks(declared(), { ...cnil('initial', at), now: hours(80) });
    expect(notified(hours(72)).clockStatus('cnil-notification')).toBe('met');
    expect(notified(hours(73)).clockStatus('cnil-notification')).toBe('late');
  });

  it('is waived while the risk is unlikely, and runs again when it is not', () => {
    const unlikely = said('AssessBreachRisk', { risk: 'unlikely' });
    const waived = givenClocks(declared())
      .when(unlikely)
      .then(alsoRecords('ObligationWaived', { rule: 'cnil-notification', reason: 'not-applicable' }));
    expect(waived.clockStatus('cnil-notification')).toBe('waived');
    const again = waived
      .when(said('AssessBreachRisk', { risk: 'risk' }))
      .then(alsoRecords('ObligationRescheduled', { reason: 'applies-again', dueAt: hours(72) }));
    expect(again.clockStatus('cnil-notification')).toBe('open');
    again.when(unlikely).then(alsoRecords('ObligationWaived', { rule: 'cnil-notification' }));
  });

  it('stays waived when the awareness comes and the risk is still unlikely', () => {
    const incident = givenClocks(declared(), said('AssessBreachRisk', { risk: 'unlikely' }), aware());
    expect(incident.clock('cnil-notification')).toMatchObject({ provisional: false });
    expect(incident.clockStatus('cnil-notification', hours(1000))).toBe('waived');
  });

  it('is not waived once it was met', () => {
    const incident = givenClocks(declared(), cnil('initial'), said('AssessBreachRisk', { risk: 'unlikely' }));
    expect(incident.clockStatus('cnil-notification')).toBe('met');
  });
});

describe('The complaint for the insurer', () => {
  const complaint = (at?: string, more: object = {}) =>
    said('FileComplaint', { filedWith: 'gendarmerie', ...(at ? { occurredAt: at } : {}), ...more });

  it('is not met by an intention, a report to 17Cyber or a letter to the prosecutor', () => {
    const incident = givenClocks(
      declared(),
      said('IntendComplaint'),
      said('ContactAuthority', { authority: 'cyber17' }),
      said('InformProsecutor'),
    );
    expect(incident.clockStatus('insurance-complaint')).toBe('open');
    expect(incident.clockStatus('insurance-complaint', hours(73))).toBe('missed');
  });

  it('is met by a complaint, to the last second', () => {
    givenClocks(declared())
      .when(complaint())
      .then(alsoRecords('ObligationDischarged', { rule: 'insurance-complaint' }));
    expect(
      givenClocks(declared(), { ...complaint(hours(72)), now: hours(72) }).clockStatus('insurance-complaint'),
    ).toBe('met');
  });

  it('done in time and typed in late is met, and the miss that was noticed stays', () => {
    const typed = { ...complaint(hours(70)), now: hours(100) };
    const after = givenClocks(declared()).when(typed).then(records('ComplaintFiled', 'ObligationDischarged'), warns());
    expect(after.clockStatus('insurance-complaint')).toBe('met');
  });

  it('done late is late, with a warning', () => {
    const late = { ...complaint(hours(73)), now: hours(74) };
    const after = givenClocks(declared()).when(late).then(warns('late-discharge'));
    expect(after.clockStatus('insurance-complaint')).toBe('late');
    expect(after.view(hours(80)).obligations).toMatchObject({ late: 1 });
  });

  it('is met by the earliest of several, whatever the order of typing', () => {
    const late = { ...complaint(hours(73)), now: hours(74) };
    const early = { ...complaint(hours(20)), now: hours(75) };
    const after = givenClocks(declared(), late)
      .when(early)
      .then(alsoRecords('ObligationDischarged', { dischargedAt: { at: hours(20), precision: 'minute' } }));
    expect(after.clockStatus('insurance-complaint')).toBe('met');
    givenClocks(declared(), early)
      .when({ ...late, now: hours(76) })
      .then(records('ComplaintFiled'));
  });

  it('runs from the knowledge of the body itself, where that is another time', () => {
    const knew = said('EstablishAttackKnowledge', { reason: 'appel', occurredAt: hours(10) }, hours(11));
    const incident = givenClocks(declared())
      .when(knew)
      .then(alsoRecords('ObligationRescheduled', { reason: 'start-changed', dueAt: hours(82) }));
    expect(incident.clockStatus('insurance-complaint', hours(80))).toBe('open');
  });

  it('does not concern a body without insurance', () => {
    const incident = givenClocks(declaredFor({ name: 'Caen', insured: 'no' }));
    expect(incident.clockStatus('insurance-complaint', hours(100))).toBe('waived');
    const insured = incident.given(
      said('MarkOrganisationAffected', { organisation: { name: 'Caen', insured: 'yes' }, relation: 'primary' }),
    );
    expect(insured.clockStatus('insurance-complaint')).toBe('open');
    expect(insured.clockStatus('insurer-notice')).toBe('open');
    const not = insured.given(
      said('MarkOrganisationAffected', { organisation: { name: 'Caen', insured: 'no' }, relation: 'primary' }),
    );
    expect([not.clockStatus('insurance-complaint'), not.clockStatus('insurer-notice')]).toEqual(['waived', 'waived']);
  });
});

describe('The other clocks', () => {
  it('the complement is met by a complementary or a single notification only', () => {
    const initial = givenClocks(declared(), cnil('initial', hours(1)));
    expect(initial.clock('cnil-complement')).toMatchObject({ startAt: hours(1), dueAt: hours(73) });
    expect(initial.given(cnil('initial')).clockStatus('cnil-complement')).toBe('open');
    for (const kind of ['complementary', 'single'])
      expect(initial.given(cnil(kind)).clockStatus('cnil-complement')).toBe('met');
  });

  it('the complement counts from the first initial notification', () => {
    expect(givenClocks(declared(), cnil('initial', hours(-1)), cnil('initial')).clock('cnil-complement')?.startAt).toBe(
      hours(-1),
    );
  });

  it('the register has no term: never missed, met when written', () => {
    const incident = givenClocks(declared(), aware());
    expect(incident.clock('breach-register')).not.toHaveProperty('dueAt');
    expect(incident.clockStatus('breach-register', hours(10_000))).toBe('open');
    expect(incident.given(said('RecordBreachRegisterEntry', { facts: 'x' })).clockStatus('breach-register')).toBe(
      'met',
    );
  });

  it('the persons are to be informed while the risk is high', () => {
    const high = givenClocks(declared(), said('AssessBreachRisk', { risk: 'high' }));
    expect(high.clockStatus('inform-data-subjects')).toBe('open');
    const lower = high
      .when(said('AssessBreachRisk', { risk: 'risk' }))
      .then(alsoRecords('ObligationWaived', { rule: 'inform-data-subjects', reason: 'start-withdrawn' }));
    expect(lower.clockStatus('inform-data-subjects')).toBe('waived');
    expect(lower.given(said('AssessBreachRisk', { risk: 'high' })).clockStatus('inform-data-subjects')).toBe('open');
    expect(high.given(said('InformDataSubjects', { channel: 'courrier' })).clockStatus('inform-data-subjects')).toBe(
      'met',
    );
  });

  it('each NIS2 report meets its own clock', () => {
    const incident = givenClocks(
      declaredFor({ name: 'Caen', nis2: 'yes' }),
      said('ReportNis2', { stage: 'early_warning' }),
    );
    expect(incident.clockStatus('nis2-early-warning')).toBe('met');
    expect(incident.clockStatus('nis2-notification')).toBe('open');
    const notified = incident.given(
      said('ReportNis2', { stage: 'notification' }),
      said('ReportNis2', { stage: 'intermediate' }),
    );
    expect([notified.clockStatus('nis2-notification'), notified.clockStatus('nis2-final')]).toEqual(['met', 'open']);
    expect(notified.given(said('ReportNis2', { stage: 'final' })).clockStatus('nis2-final')).toBe('met');
  });

  it('the insurer is told once', () => {
    const incident = givenClocks(declaredFor({ name: 'Caen', insured: 'yes' }), said('NotifyInsurer'));
    expect(incident.clockStatus('insurer-notice')).toBe('met');
  });
});

describe('Several bodies', () => {
  it('share an event while their clocks stand alike, and part when they do not', () => {
    const incident = givenClocks(declaredFor('Caen', 'Caen la Mer'));
    expect(incident.allOf('ObligationOpened').map(({ organisations }) => organisations.length)).toEqual([2, 2]);
    const after = incident.given(said('FileComplaint', { filedWith: 'police', organisations: ['Caen'] }));
    expect(after.clockStatus('insurance-complaint', after.now, 'Caen')).toBe('met');
    expect(after.clockStatus('insurance-complaint', hours(80), 'Caen la Mer')).toBe('missed');
  });

  it('have their own time zones', () => {
    const incident = givenClocks(
      declaredFor(
        { name: 'Caen', insured: 'yes' },
        { name: 'Saint-Denis', insured: 'yes', timeZone: 'Indian/Reunion' },
      ),
    );
    expect(incident.clock('insurer-notice', 'Caen')?.dueAt).toBe('2026-03-09T22:59:59.000Z');
    expect(incident.clock('insurer-notice', 'Saint-Denis')?.dueAt).toBe('2026-03-09T19:59:59.000Z');
    expect(incident.clock('insurance-complaint', 'Saint-Denis')?.dueAt).toBe(
      incident.clock('insurance-complaint', 'Caen')?.dueAt,
    );
  });

  it('marked later run from the moment of marking', () => {
    const mark = (more: object) =>
      said('MarkOrganisationAffected', { organisation: { name: 'CIAS' }, relation: 'partner', ...more }, hours(30));
    expect(givenClocks(declaredFor('3CMA'), mark({})).clock('insurance-complaint', 'CIAS')).toMatchObject({
      startAt: hours(30),
      dueAt: hours(102),
    });
    expect(
      givenClocks(declaredFor('3CMA'), mark({ occurredAt: hours(20) })).clock('insurance-complaint', 'CIAS'),
    ).toMatchObject({ startAt: hours(20) });
  });

  it('are not discharged by what was done before they were marked for others', () => {
    const incident = givenClocks(
      declaredFor('3CMA'),
      said('FileComplaint', { filedWith: 'police' }),
      said('MarkOrganisationAffected', { organisation: { name: 'CIAS' }, relation: 'partner' }),
    );
    expect(incident.clockStatus('insurance-complaint', incident.now, 'CIAS')).toBe('open');
  });
});

describe('A start that is corrected', () => {
  it('moves the term', () => {
    const after = givenClocks(declared(), aware())
      .when(
        corrected('BreachAwarenessEstablished', {
          do: 'EstablishBreachAwareness',
          data: { reason: 'journaux' },
          occurredAt: hours(2),
        }),
      )
      .then(
        alsoRecords('ObligationRescheduled', {
          rule: 'cnil-notification',
          reason: 'start-changed',
          startAt: hours(2),
          dueAt: hours(74),
          previousDueAt: hours(77),
        }),
      );
    expect(after.clock('cnil-notification')).toMatchObject({
      dueAt: hours(74),
      startEventId: after.lastOf('BreachAwarenessEstablished').eventId,
    });
  });

  it('restated later moves it too', () => {
    givenClocks(declared())
      .when(said('RecordDetection', { occurredAt: hours(-10) }))
      .then(alsoRecords('ObligationRescheduled', { rule: 'insurance-complaint', dueAt: hours(62) }));
  });

  it('taken away leaves the caution, or no clock at all', () => {
    const after = givenClocks(declared(), aware()).given(corrected('BreachAwarenessEstablished'));
    expect(after.clock('cnil-notification')).toMatchObject({ provisional: true, dueAt: hours(72) });
    expect(after.clockStatus('breach-register')).toBe('waived');
    const again = after.given(aware(hours(3)));
    expect(again.clock('cnil-notification')).toMatchObject({ provisional: false, dueAt: hours(75) });
    expect(again.clockStatus('breach-register')).toBe('open');
  });

  it('keeps a discharge, which may turn out late', () => {
    const incident = givenClocks(declared(), aware(hours(5)), { ...cnil('initial', hours(76)), now: hours(76) });
    expect(incident.clockStatus('cnil-notification')).toBe('met');
    const after = incident.given(
      corrected('BreachAwarenessEstablished', {
        do: 'EstablishBreachAwareness',
        data: { reason: 'x' },
        occurredAt: hours(2),
      }),
    );
    expect(after.clockStatus('cnil-notification')).toBe('late');
  });

  it('brings back what an assessment had waived', () => {
    const incident = givenClocks(declared(), said('AssessBreachRisk', { risk: 'unlikely' }));
    expect(incident.given(corrected('BreachRiskAssessed')).clockStatus('cnil-notification')).toBe('open');
    expect(
      incident
        .given(corrected('BreachRiskAssessed', { do: 'AssessBreachRisk', data: { risk: 'high' } }))
        .clockStatus('cnil-notification'),
    ).toBe('open');
  });
});

describe('A person', () => {
  const waive = (reason = 'pas de données personnelles', more: object = {}) =>
    said('WaiveObligation', { rule: 'cnil-notification', reason, ...more });
  const lateCnil = { ...cnil('initial', hours(80)), now: hours(81) };
  const justify = (rule = 'cnil-notification', reason = 'tout était coupé') =>
    said('JustifyLateness', { rule, reason });

  it('waives a clock with a reason, once', () => {
    const after = givenClocks(declared())
      .when(waive())
      .then(
        records('ObligationWaived'),
        recordsFact('ObligationWaived', { rule: 'cnil-notification', reason: 'pas de données personnelles' }),
      );
    expect(after.clockStatus('cnil-notification', hours(100))).toBe('waived');
    after.when(waive()).then(nothing);
    after.when(waive('autre motif')).then(records('ObligationWaived'));
  });

  it('waives it for one body', () => {
    const after = givenClocks(declaredFor('Caen', 'Caen la Mer')).given(waive('x', { organisation: 'Caen' }));
    expect([
      after.clockStatus('cnil-notification', after.now, 'Caen'),
      after.clockStatus('cnil-notification', after.now, 'Caen la Mer'),
    ]).toEqual(['waived', 'open']);
  });

  it('is not overruled by an assessment, nor overrules what is done', () => {
    const risky = givenClocks(declared(), waive()).given(said('AssessBreachRisk', { risk: 'risk' }));
    expect(risky.clockStatus('cnil-notification')).toBe('waived');
    givenClocks(declared(), cnil('initial')).when(waive()).then(nothing);
  });

  it('decides beyond a start that moves, but not for the legal term when only the caution was waived', () => {
    const moved = said('RecordDetection', { occurredAt: hours(-10) });
    expect(givenClocks(declared(), waive(), moved).clockStatus('cnil-notification')).toBe('waived');
    expect(givenClocks(declared(), waive(), aware()).clockStatus('cnil-notification')).toBe('open');
    expect(givenClocks(declared(), aware(), waive(), aware(hours(4))).clockStatus('cnil-notification')).toBe('waived');
  });

  it('is told that the caution alone was waived, when the legal term begins to run', () => {
    const waived = givenClocks(declared(), waive('pas de données'));
    const after = waived
      .when(aware())
      .then(
        alsoRecords('ObligationRescheduled', { reason: 'awareness-established', waiverLifted: 'pas de données' }),
        warns('waiver-lifted'),
      );
    expect(after.clockStatus('cnil-notification')).toBe('open');
    after.when(said('IsolateNetwork', { scope: 'all' })).then(warns());
    after.when(waive('pas de données')).then(records('ObligationWaived'));
  });

  it('may take the waiver back by correcting it', () => {
    const after = givenClocks(declared(), waive()).given(corrected('ObligationWaived'));
    expect(after.clockStatus('cnil-notification')).toBe('open');
  });

  it('waives no clock that is not there', () => {
    givenClocks(declared())
      .when(said('WaiveObligation', { rule: 'breach-register', reason: 'x' }))
      .then(refused('unknown-rule', 'rule'));
    givenClocks(declared())
      .when(said('WaiveObligation', { rule: '__proto__', reason: 'x' }))
      .then(refused('unknown-rule', 'rule'));
    givenClocks(declared())
      .when(said('WaiveObligation', { rule: 'cnil-notification', reason: 'x', organisation: 'Lyon' }))
      .then(refused('unknown-organisation'));
  });

  it('gives the reasons of a delay where the law takes them', () => {
    const late = givenClocks(declared(), aware(), lateCnil);
    const after = late.when(justify()).then(records('LatenessJustified'));
    expect(after.clock('cnil-notification')?.lateness).toMatchObject({ reason: 'tout était coupé' });
    after.when(justify()).then(nothing);
    after.when(justify('cnil-notification', 'autre')).then(records('LatenessJustified'));
  });

  it('gives them for a clock that was missed, also once the incident is closed', () => {
    const missed = givenClocks(declared(), aware());
    missed.when({ ...justify(), now: hours(100) }).then(records('LatenessJustified'));
    missed
      .given(said('CloseIncident', {}, hours(90)))
      .when(justify())
      .then(records('LatenessJustified'));
  });

  it('gives none where the law takes none, or where nothing is late', () => {
    givenClocks(declared())
      .when({ ...justify('insurance-complaint'), now: hours(100) })
      .then(refused('lateness-not-justifiable', 'rule'));
    givenClocks(declared(), aware()).when(justify()).then(refused('not-late', 'rule'));
    givenClocks(declared())
      .when({ ...justify(), now: hours(1000) })
      .then(refused('not-late', 'rule'));
    givenClocks(declared()).when(justify('nonsense')).then(refused('unknown-rule', 'rule'));
  });
});

describe('A clock keeps the version of its rule', () => {
  const world = (...rules: RuleDefinition[]) => ({ rules });
  const [complaint] = testRules.filter(({ id }) => id === 'insurance-complaint');
  const rule = complaint!;
  const next = { ...rule, version: '2', term: { hours: 96 } };
  const anything = said('IsolateNetwork', { scope: 'all' });
  const recorded = { ruleVersion: '1', startAt: START, dueAt: hours(72) };
  const running = () => givenWith(world(rule), declared());

  it('when the law is changed for later incidents', () => {
    const after = running().under(world({ ...rule, validTo: '2026-01-01' }, { ...next, validFrom: '2026-01-01' }));
    after.when(anything).then(records('NetworkIsolated'));
    after
      .when(said('FileComplaint', { filedWith: 'police' }))
      .then(alsoRecords('ObligationDischarged', { rule: 'insurance-complaint' }));
  });

  it('when its version is switched off', () => {
    const after = running().under(world({ ...rule, enabled: false }, next));
    after.when(anything).then(records('NetworkIsolated'));
    after
      .when(said('FileComplaint', { filedWith: 'police' }))
      .then(alsoRecords('ObligationDischarged', { rule: 'insurance-complaint' }));
  });

  it('when its version is gone: as it was recorded, with a warning, neither moved nor waived nor stopped', () => {
    const told = givenWith(world(rule), declared({ title: 'x', detectedAt: START })).under(world(next));
    for (const words of [anything, said('FileComplaint', { filedWith: 'police' }), corrected('IncidentDetected')]) {
      const after = told.when(words).then(warns('rule-version-unknown'));
      expect(after.clock('insurance-complaint')).toMatchObject(recorded);
      expect(after.clockStatus('insurance-complaint')).toBe('open');
    }
  });

  it('when no version is left at all: a person can still waive it, and its miss is noticed', () => {
    const after = running().under(world());
    after.when(anything).then(records('NetworkIsolated'), warns('rule-version-unknown'));
    expect(after.notice(hours(80)).decision.events.map(({ type }) => type)).toContain('DeadlineMissed');
    after.when(said('WaiveObligation', { rule: 'insurance-complaint', reason: 'x' })).then(records('ObligationWaived'));
  });

  it('until its start is another one, in another law’s time', () => {
    const laws = world({ ...rule, validTo: '2026-03-02' }, { ...next, validFrom: '2026-03-02' });
    const before = givenWith(laws, declared({ title: 'x', detectedAt: '2026-03-01T10:00:00+01:00' }));
    expect(before.clock('insurance-complaint')).toMatchObject({ ruleVersion: '1' });
    const after = before.given(
      corrected('IncidentDetected', { do: 'RecordDetection', data: {}, occurredAt: '2026-03-02T07:00:00+01:00' }),
    );
    expect(after.clock('insurance-complaint')).toMatchObject({ ruleVersion: '2', dueAt: '2026-03-06T06:00:00.000Z' });
  });
});

describe('What a person decided of the caution', () => {
  const waived = () => givenClocks(declared(), said('WaiveObligation', { rule: 'cnil-notification', reason: 'Rien' }));

  it('holds again when the awareness turns out to be none, on both axes', () => {
    const after = waived().given(aware(), corrected('BreachAwarenessEstablished'));
    expect(after.clock('cnil-notification')).toMatchObject({ provisional: true, waiver: { reason: 'Rien' } });
    expect(after.clockStatus('cnil-notification')).toBe('waived');
    const { obligations } = trueAt(after.state, hours(70))!;
    expect(Object.values(obligations).find(({ rule }) => rule === 'cnil-notification')?.waiver?.reason).toBe('Rien');
  });

  it('does not hold for the legal term, also when that comes a second time', () => {
    const after = waived()
      .given(aware(), corrected('BreachAwarenessEstablished'))
      .when(aware(hours(3)))
      .then(warns('waiver-lifted'));
    expect(after.clockStatus('cnil-notification')).toBe('open');
  });

  it('is not what was decided of the legal term', () => {
    const after = givenClocks(
      declared(),
      aware(),
      said('WaiveObligation', { rule: 'cnil-notification', reason: 'Déjà notifiée' }),
      corrected('BreachAwarenessEstablished', {
        do: 'EstablishBreachAwareness',
        data: { reason: 'x' },
        occurredAt: hours(2),
      }),
    );
    expect(after.clock('cnil-notification')).toMatchObject({ provisional: false, waiver: { reason: 'Déjà notifiée' } });
  });
});

describe('A start that comes after the version was switched off', () => {
  const [caution] = testRules.filter(({ id }) => id === 'cnil-notification');
  const rule = caution!;
  const next = { ...rule, version: '2', term: { hours: 96 } };
  const cautioned = () => givenWith({ rules: [rule] }, declared());

  it('counts under the one that is switched on in its place', () => {
    const after = cautioned()
      .under({ rules: [{ ...rule, enabled: false }, next] })
      .given(aware());
    expect(after.clock('cnil-notification')).toMatchObject({ ruleVersion: '2', dueAt: hours(101), provisional: false });
  });

  it('counts under its own where there is none', () => {
    const after = cautioned()
      .under({ rules: [{ ...rule, enabled: false }] })
      .given(aware());
    expect(after.clock('cnil-notification')).toMatchObject({ ruleVersion: '1', dueAt: hours(77), provisional: false });
  });
});

describe('What others ask of the clocks', () => {
  it('the next term is the earliest of those that run', () => {
    const incident = givenClocks(declared(), said('EstablishAttackKnowledge', { reason: 'x', occurredAt: hours(-1) }));
    expect(nextDueMs(incident.state)).toBe(instantMs(hours(71)));
    expect(nextDueMs(incident.given(said('FileComplaint', { filedWith: 'police' })).state)).toBe(instantMs(hours(72)));
    expect(nextDueMs(givenWith({}, declared()).state)).toBeUndefined();
  });

  it('closing warns of clocks that run, cautions left out', () => {
    const incident = givenClocks(declared());
    expect(openObligationsWarning(incident.state)).toMatchObject([{ facts: { rules: ['insurance-complaint'] } }]);
    expect(openObligationsWarning(incident.given(said('FileComplaint', { filedWith: 'police' })).state)).toEqual([]);
  });

  it('the view counts each clock of each body once', () => {
    givenClocks(
      declaredFor('Caen', 'Caen la Mer'),
      said('FileComplaint', { filedWith: 'police', organisations: ['Caen'] }),
    ).then(shows({ obligations: { open: 3, met: 1, late: 0, missed: 0, waived: 0 } }));
  });
});
