import { obligationStatus } from '../obligations/obligation.status.js';
import {
  corrected,
  declared,
  declaredFor,
  given,
  givenFacts,
  hoursAfter,
  said,
  START,
  type Incident,
} from '../testing/given.js';
import { instantMs } from '../kernel/instant.js';
import { obligationKey, stepIn, type IncidentState } from './incident.state.js';
import { statusView } from './incident.view.js';
import { knownAt, trueAt } from './time-travel.js';

const hours = (count: number) => hoursAfter(START, count);
const known = (incident: Incident, at: string) =>
  knownAt(incident.events, ({ recordedAt }) => instantMs(recordedAt) <= instantMs(at));
const truth = (incident: Incident, at: string): IncidentState => {
  const state = trueAt(incident.state, at);
  if (!state) throw new Error(`Nothing had happened at ${at}`);
  return state;
};
const view = (state: IncidentState, at: string) => statusView(state, at, 'fr');
const clock = (incident: Incident, state: IncidentState, rule: string) =>
  state.obligations[obligationKey(incident.body(), rule)];

describe('What was known', () => {
  const incident = given(
    declared(),
    said('ContactAnssi', { occurredAt: hours(1) }, hours(10)),
    said('AssessSeverity', { level: 'critical' }, hours(20)),
  );

  it('is nothing before the first event', () => {
    expect(known(incident, hours(-1)).revision).toBe(-1);
  });

  it('leaves out what was typed in later, though it had happened', () => {
    expect(view(known(incident, hours(5)), hours(5)).milestones.anssiContacted.state).toBe('unknown');
    expect(view(known(incident, hours(10)), hours(10)).milestones.anssiContacted.state).toBe('done');
  });

  it('at a revision is the state as it was then, to the letter', () => {
    for (let revision = 0; revision < incident.events.length; revision += 1) {
      const then = knownAt(incident.events, (event) => event.revision <= revision);
      expect(then.revision).toBe(revision);
    }
    expect(
      view(
        knownAt(incident.events, () => true),
        hours(20),
      ),
    ).toEqual(incident.view(hours(20)));
  });

  it('keeps a mistake until it was corrected', () => {
    const wrong = given(declared(), said('FileComplaint', { filedWith: 'police' }, hours(1))).given({
      ...corrected('ComplaintFiled', { do: 'IntendComplaint' }),
      now: hours(5),
    });
    expect(view(known(wrong, hours(2)), hours(2)).milestones.complaintFiled.state).toBe('done');
    expect(view(known(wrong, hours(5)), hours(5)).milestones.complaintFiled.state).toBe('intended');
  });
});

describe('What was true', () => {
  it('is undefined before the first fact', () => {
    const incident = givenFacts(declared({ title: 'x', detectedAt: hours(-10) }));
    expect(trueAt(incident.state, hours(-11))).toBeUndefined();
    expect(trueAt(incident.state, hours(-10))).toBeDefined();
  });

  it('has what was typed in later, from when it happened', () => {
    const incident = givenFacts(declared(), said('ContactAnssi', { occurredAt: hours(1) }, hours(10)));
    expect(view(truth(incident, hours(0.5)), START).milestones.anssiContacted.state).toBe('unknown');
    expect(view(truth(incident, hours(1)), START).milestones.anssiContacted).toMatchObject({
      state: 'done',
      at: hours(1),
    });
  });

  it('puts statements in the order in which they held', () => {
    const incident = givenFacts(
      declared(),
      said('AssessSeverity', { level: 'critical', occurredAt: hours(5) }, hours(6)),
      said('AssessSeverity', { level: 'minor', occurredAt: hours(1) }, hours(7)),
    );
    const level = (at: string) => view(truth(incident, at), at).facts.severity.value;
    expect([level(START), level(hours(2)), level(hours(5)), level(hours(100))]).toEqual([
      'unknown',
      'minor',
      'critical',
      'critical',
    ]);
    expect(incident.view().facts.severity.value).toBe('minor');
  });

  it('has corrections applied at all moments', () => {
    const incident = givenFacts(declared(), said('FileComplaint', { filedWith: 'police' }, hours(1))).given({
      ...corrected('ComplaintFiled', { do: 'IntendComplaint' }),
      now: hours(50),
    });
    expect(view(truth(incident, hours(2)), hours(2)).milestones.complaintFiled.state).toBe('intended');
    const gone = incident.given({ ...corrected('ComplaintIntended'), now: hours(60) });
    expect(view(truth(gone, hours(2)), hours(2)).milestones.complaintFiled.state).toBe('unknown');
  });

  it('has a correction in time from its own time', () => {
    const incident = givenFacts(declared(), said('ContactAnssi', { occurredAt: hours(5) }, hours(6))).given({
      ...corrected('AnssiContacted', { do: 'ContactAnssi', occurredAt: hours(2) }),
      now: hours(50),
    });
    expect(view(truth(incident, hours(1)), START).milestones.anssiContacted.state).toBe('unknown');
    expect(view(truth(incident, hours(3)), START).milestones.anssiContacted.state).toBe('done');
  });

  it('knows the bodies of the incident at every moment, and when each was hit', () => {
    const incident = givenFacts(
      declaredFor('3CMA'),
      said(
        'MarkOrganisationAffected',
        { organisation: { name: 'CIAS' }, relation: 'partner', occurredAt: hours(10) },
        hours(20),
      ),
    );
    const detected = (at: string) => view(truth(incident, at), at).milestones.detected.organisations;
    expect(detected(hours(5))).toEqual({ '3CMA': 'done', CIAS: 'unknown' });
    expect(detected(hours(10))).toEqual({ '3CMA': 'done', CIAS: 'done' });
  });

  it('knows them as they were last told, whatever the time given for it', () => {
    const mark = (insured: string, at: string) =>
      said('MarkOrganisationAffected', {
        organisation: { name: '3CMA', insured },
        relation: 'primary',
        occurredAt: at,
      });
    const incident = givenFacts(declaredFor('3CMA'), mark('yes', hours(0)), mark('no', hours(-5)));
    expect(truth(incident, hours(5)).organisations).toEqual(incident.state.organisations);
  });

  it('has a detection at the time last stated, whichever came first', () => {
    const incident = given(
      declared(),
      said('RecordDetection', { occurredAt: hours(-2) }),
      said('RecordDetection', { occurredAt: hours(-5) }),
    );
    expect(incident.view().milestones.detected.at).toBe(hours(-5));
    expect(view(truth(incident, hours(1)), START).milestones.detected.at).toBe(hours(-5));
    expect(clock(incident, truth(incident, hours(1)), 'insurance-complaint')?.startAt).toBe(hours(-5));
  });

  it('is open until it was closed', () => {
    const incident = givenFacts(declared(), said('CloseIncident', { occurredAt: hours(10) }, hours(12)));
    expect(truth(incident, hours(9)).status).toBe('open');
    expect(truth(incident, hours(10)).status).toBe('closed');
  });

  it('has each step from the time of its fact', () => {
    const incident = given(declared(), said('ContactAnssi', { occurredAt: hours(1) }, hours(10)));
    expect(stepIn(truth(incident, hours(0.5)), 'S15')).toBeUndefined();
    expect(stepIn(truth(incident, hours(1)), 'S15')?.status).toBe('done');
  });
});

describe('Clocks in the order of occurrence', () => {
  const aware = (at: string, now: string) => said('EstablishBreachAwareness', { reason: 'x', occurredAt: at }, now);

  it('are cautious until the awareness, real from it', () => {
    const incident = given(declared(), aware(hours(5), hours(30)));
    expect(clock(incident, truth(incident, hours(4)), 'cnil-notification')).toMatchObject({
      provisional: true,
      dueAt: hours(72),
    });
    expect(clock(incident, truth(incident, hours(5)), 'cnil-notification')).toMatchObject({
      provisional: false,
      dueAt: hours(77),
    });
  });

  it('have a corrected start at every moment', () => {
    const correction = corrected('BreachAwarenessEstablished', {
      do: 'EstablishBreachAwareness',
      data: { reason: 'x' },
      occurredAt: hours(3),
    });
    const incident = given(declared(), aware(hours(5), hours(6)), { ...correction, now: hours(50) });
    expect(clock(incident, incident.state, 'cnil-notification')).toMatchObject({ startAt: hours(3) });
    expect(clock(incident, truth(incident, hours(10)), 'cnil-notification')).toMatchObject({
      startAt: hours(3),
      dueAt: hours(75),
    });
    expect(clock(incident, truth(incident, hours(4)), 'cnil-notification')).toMatchObject({
      startAt: hours(3),
      provisional: false,
    });
    const later = incident.given({
      ...corrected('BreachAwarenessEstablished', {
        do: 'EstablishBreachAwareness',
        data: { reason: 'x' },
        occurredAt: hours(20),
      }),
      now: hours(60),
    });
    expect(clock(later, truth(later, hours(10)), 'cnil-notification')).toMatchObject({
      provisional: true,
      dueAt: hours(72),
    });
    expect(clock(later, truth(later, hours(20)), 'cnil-notification')).toMatchObject({
      startAt: hours(20),
      dueAt: hours(92),
    });
  });

  it('have no trace of a start that was taken away', () => {
    const incident = given(declared(), aware(hours(5), hours(6)), {
      ...corrected('BreachAwarenessEstablished'),
      now: hours(50),
    });
    expect(clock(incident, truth(incident, hours(10)), 'cnil-notification')).toMatchObject({
      provisional: true,
      dueAt: hours(72),
    });
    expect(clock(incident, truth(incident, hours(10)), 'breach-register')).toBeUndefined();
  });

  it('of a body without insurance are waived from their start on, whenever that was told', () => {
    const detectedAt = { at: hours(-90), precision: 'hour' };
    const declaredWith = (insured: string) =>
      declared({ title: 'x', detectedAt, organisations: [{ name: 'Caen', insured }] } as never);
    const marked = (insured: string) =>
      said('MarkOrganisationAffected', { organisation: { name: 'Caen', insured }, relation: 'primary' }, hours(1));
    const waived = (incident: Incident) =>
      [-90, -80, 2].map(
        (hour) => clock(incident, truth(incident, hours(hour)), 'insurance-complaint')?.waiver !== undefined,
      );
    expect(waived(given(declaredWith('no')))).toEqual([true, true, true]);
    expect(waived(given(declaredWith('yes'), marked('no')))).toEqual([true, true, true]);
    expect(waived(given(declaredWith('no'), marked('yes')))).toEqual([false, false, false]);
  });

  it('are waived from the assessment on, also when it is a correction', () => {
    const incident = given(
      declared(),
      said('AssessBreachRisk', { risk: 'high', occurredAt: hours(4) }, hours(5)),
    ).given({
      ...corrected('BreachRiskAssessed', { do: 'AssessBreachRisk', data: { risk: 'unlikely' } }),
      now: hours(50),
    });
    const waived = (at: string) => clock(incident, truth(incident, at), 'cnil-notification')?.waiver !== undefined;
    expect([waived(hours(3)), waived(hours(4)), waived(hours(60))]).toEqual([false, true, true]);
  });

  it('keep what was done and decided when the fact that started them was corrected', () => {
    const initial = said('NotifyCnil', { kind: 'initial', occurredAt: hours(1) }, hours(2));
    const correction = corrected('CnilNotified', { do: 'NotifyCnil', data: { kind: 'initial', reference: 'FR-1' } });
    const waive = said('WaiveObligation', { rule: 'cnil-complement', reason: 'complète' }, hours(4));
    const waived = given(declared(), initial, waive, { ...correction, now: hours(5) });
    expect(clock(waived, truth(waived, hours(6)), 'cnil-complement')?.waiver?.reason).toBe('complète');
    const first = given(declared(), initial);
    const { eventId } = first.lastOf('CnilNotified');
    const done = first.given(
      said('NotifyCnil', { kind: 'complementary' }, hours(4)),
      said(
        'SupersedeFact',
        { eventId, reason: 'x', instead: { do: 'NotifyCnil', data: { kind: 'initial' }, occurredAt: hours(0.5) } },
        hours(5),
      ),
    );
    expect(done.clockStatus('cnil-complement')).toBe('met');
    expect(clock(done, truth(done, hours(6)), 'cnil-complement')).toMatchObject({
      startAt: hours(0.5),
      discharge: { at: hours(4) },
    });
  });

  it('are met by what was done before their start', () => {
    const incident = given(
      declaredFor('Caen'),
      said('FileComplaint', { filedWith: 'police', occurredAt: hours(1) }, hours(2)),
      said('EstablishAttackKnowledge', { reason: 'x', occurredAt: hours(3) }, hours(4)),
      said('RecordDetection', { occurredAt: hours(2) }, hours(5)),
      said('MarkOrganisationAffected', { organisation: { name: 'CCAS' }, relation: 'partner' }, hours(5)),
      said('NotifyCnil', { kind: 'single', occurredAt: hours(4) }, hours(6)),
    );
    const ccas = obligationKey(incident.body('CCAS'), 'cnil-notification');
    for (const state of [incident.state, truth(incident, hours(6))])
      expect(obligationStatus(state.obligations[ccas] ?? neverOpened(), hours(200))).toBe('met');
    const at = hours(6);
    const status = (state: IncidentState) =>
      obligationStatus(clock(incident, state, 'insurance-complaint') ?? neverOpened(), at);
    expect(status(incident.state)).toBe('met');
    expect(status(truth(incident, at))).toBe('met');
  });
});

const neverOpened = (): never => {
  throw new Error('The clock never opened');
};
