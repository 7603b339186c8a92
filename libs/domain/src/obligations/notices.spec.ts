/* oxlint-disable promise/valid-params -- then() takes checks, no promise is near */
import {
  corrected,
  declared,
  declaredFor,
  givenWith,
  hoursAfter,
  said,
  START,
  type Incident,
  type Said,
} from '../testing/given.js';
import { testRules } from '../testing/rules.js';
import { nextNoticeMs } from './notices.js';
import { instantMs, instantOf } from '../kernel/instant.js';

const hours = (count: number) => hoursAfter(START, count);
/** Of the test rules only the complaint: 72 h from the detection, warned of 24 and 4 hours before. */
const complaint = testRules.filter(({ id }) => id === 'insurance-complaint');
const givenComplaint = (...words: Said[]): Incident => givenWith({ rules: complaint }, ...words);
const givenClocks = (...words: Said[]): Incident => givenWith({ rules: testRules }, ...words);

/** What the clocks say at a moment: `24h` for a warning, `missed`. */
const noticedAt = (incident: Incident, at: number): string[] =>
  incident
    .notice(hours(at))
    .decision.events.map((event) =>
      event.type === 'DeadlineApproaching'
        ? `${event.data.hoursBefore}h`
        : event.type === 'DeadlineMissed'
          ? 'missed'
          : '?',
    );
const after = (incident: Incident, ...at: number[]): Incident =>
  at.reduce((told, each) => told.notice(hours(each)).incident, incident);
const nextAt = (incident: Incident): string | undefined => {
  const ms = nextNoticeMs(incident.state);
  return ms === undefined ? undefined : instantOf(ms);
};

describe('The clocks notice', () => {
  it('nothing before the first warning, and each warning from its hour on', () => {
    const incident = givenComplaint(declared());
    expect(noticedAt(incident, 47.9)).toEqual([]);
    expect(noticedAt(incident, 48)).toEqual(['24h']);
    expect(noticedAt(after(incident, 48), 68)).toEqual(['4h']);
  });

  it('a miss once the term is past, not in its last second', () => {
    const warned = after(givenComplaint(declared()), 48, 68);
    expect(noticedAt(warned, 72)).toEqual([]);
    expect(noticedAt(warned, 72 + 1 / 3600)).toEqual(['missed']);
  });

  it('each of them once', () => {
    const told = after(givenComplaint(declared()), 48, 68, 73);
    for (const at of [48, 73, 500]) expect(noticedAt(told, at)).toEqual([]);
    expect(nextAt(told)).toBeUndefined();
  });

  it('all that fell due while nothing ran, in the order in which it fell due', () => {
    const told = givenComplaint(declaredFor('Caen', 'Ifs')).given(
      said('EstablishAttackKnowledge', { reason: 'x', organisations: ['Ifs'], occurredAt: hours(-3) }),
    );
    const { decision } = told.notice(hours(200));
    const due = decision.events.map((event) => [event.type, (event.data as { dueAt: string }).dueAt]);
    expect(due).toEqual([
      ['DeadlineApproaching', hours(69)],
      ['DeadlineApproaching', hours(72)],
      ['DeadlineApproaching', hours(69)],
      ['DeadlineApproaching', hours(72)],
      ['DeadlineMissed', hours(69)],
      ['DeadlineMissed', hours(72)],
    ]);
  });

  it('with the moment of noticing, the term, the body, and the position up to which the log was read', () => {
    const incident = givenComplaint(declared());
    const { decision } = after(incident, 48, 68).notice(hours(80), 'p77');
    expect(decision.events).toEqual([
      expect.objectContaining({
        type: 'DeadlineMissed',
        data: {
          organisation: incident.body(),
          rule: 'insurance-complaint',
          dueAt: hours(72),
          noticedAt: hours(80),
          logPosition: 'p77',
        },
        organisations: [incident.body()],
        occurredAt: { at: hours(80), precision: 'minute' },
        causedBy: incident.lastOf('ObligationOpened').eventId,
      }),
    ]);
  });

  it('the same under the same ids, whichever worker looks; another log or moment under other ids', () => {
    const incident = givenComplaint(declared());
    const ids = (at: number, position: string): string[] =>
      incident.notice(hours(at), position).decision.events.map(({ eventId }) => eventId);
    expect(ids(100, 'p5')).toEqual(ids(100, 'p5'));
    expect(new Set([...ids(100, 'p5'), ...ids(100, 'p6'), ...ids(101, 'p5')]).size).toBe(9);
  });

  it('nothing again when the wall clock was set back, and what is left when it goes on', () => {
    const told = after(givenComplaint(declared()), 48);
    expect(noticedAt(told, 20)).toEqual([]);
    expect(noticedAt(told, 69)).toEqual(['4h']);
  });
});

describe('They are silent', () => {
  it('about a clock that was stopped', () => {
    expect(noticedAt(givenComplaint(declared(), said('FileComplaint', { filedWith: 'police' })), 100)).toEqual([]);
    const waived = said('WaiveObligation', { rule: 'insurance-complaint', reason: 'aucune assurance' });
    expect(noticedAt(givenComplaint(declared(), waived), 100)).toEqual([]);
  });

  it('about a clock without a term', () => {
    const told = givenWith(
      { rules: testRules.filter(({ id }) => id === 'breach-register') },
      declared(),
      said('EstablishBreachAwareness', { reason: 'x' }),
    );
    expect(told.clock('breach-register')).toBeDefined();
    expect(nextAt(told)).toBeUndefined();
    expect(noticedAt(told, 10_000)).toEqual([]);
  });

  it('about the miss of a caution, which warns as others do', () => {
    const caution = givenWith({ rules: testRules.filter(({ id }) => id === 'cnil-notification') }, declared());
    expect(noticedAt(caution, 200)).toEqual(['24h', '4h']);
    expect(noticedAt(after(caution, 200), 300)).toEqual([]);
  });

  it('about warnings of a clock that was entered when its term was over: that one is missed', () => {
    const entered = givenComplaint(declared({ title: 'x', detectedAt: hours(-100) }));
    expect(noticedAt(entered, 1)).toEqual(['missed']);
  });

  it('about a warning that would have come before the clock began', () => {
    const short = complaint.map((rule) => ({ ...rule, term: { hours: 5 }, warnHoursBefore: [24, 4] }));
    expect(noticedAt(givenWith({ rules: short }, declared()), 2)).toEqual(['4h']);
  });
});

describe('A term that moves', () => {
  const later = (by: number): Said =>
    said('EstablishAttackKnowledge', { reason: 'x', occurredAt: hours(by) }, hours(by + 1));

  it('is warned of anew, and missed anew', () => {
    const moved = after(givenComplaint(declared()), 48, 68).given(later(10));
    expect(moved.clock('insurance-complaint')?.dueAt).toBe(hours(82));
    expect(nextAt(moved)).toBe(hours(58));
    expect(noticedAt(moved, 79)).toEqual(['24h', '4h']);
    expect(noticedAt(after(moved, 79), 83)).toEqual(['missed']);
  });

  it('keeps the miss of the old one on record, and is not missed twice for the same moment', () => {
    const missed = after(givenComplaint(declared()), 73);
    const moved = missed.given(later(10));
    const back = moved.given(corrected('AttackKnowledgeEstablished'));
    expect(back.clock('insurance-complaint')?.missedFor).toEqual([hours(72)]);
    expect(noticedAt(back, 100)).toEqual([]);
  });
});

describe('How many', () => {
  it('are recorded at once is bounded; the rest follow at once', () => {
    const bodies = Array.from({ length: 100 }, (_, index) => `Commune ${index}`);
    const incident = givenClocks(declaredFor(...bodies));
    const { decision, incident: told } = incident.notice(hours(500));
    expect(decision.events).toHaveLength(256);
    const rest = told.notice(hours(500));
    // A warning of 24 and of 4 hours for each of two clocks of each body, and the misses of the complaints.
    expect(decision.events.length + rest.decision.events.length).toBe(500);
    expect(rest.incident.notice(hours(500)).decision.events).toEqual([]);
  });

  it('The next moment is that of the nearest notice, of whichever body', () => {
    const told = givenComplaint(declaredFor('Caen', 'Ifs')).given(
      said('EstablishAttackKnowledge', { reason: 'x', organisations: ['Ifs'], occurredAt: hours(-3) }),
    );
    expect(instantMs(nextAt(told) ?? '')).toBe(instantMs(hours(45)));
  });
});
