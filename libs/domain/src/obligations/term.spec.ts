import { instantMs } from '../kernel/instant.js';
import { dueAtOf } from './term.js';
import { instantAtWall, wallTimeAt } from './zone.js';

const utc = (instant: string) => new Date(instantMs(instant)).toISOString();

describe('72 hours', () => {
  it.each([
    ['Angers, a Saturday: the weekend counts', '2021-01-16T08:20:00+01:00', '2021-01-19T08:20:00+01:00'],
    ['Saint-Jean-de-Maurienne, a Sunday', '2022-01-16T10:15:00+01:00', '2022-01-19T10:15:00+01:00'],
    [
      'Saint-Brevin, before Pentecost: ends on a Saturday, not carried over',
      '2023-05-24T10:40:00+02:00',
      '2023-05-27T10:40:00+02:00',
    ],
    ['Caen, a Monday', '2022-09-26T16:00:00+02:00', '2022-09-29T16:00:00+02:00'],
    ['Christmas: ends on a Sunday', '2026-12-24T17:30:00+01:00', '2026-12-27T17:30:00+01:00'],
    ['clocks go forward: an hour later on the wall', '2026-03-27T18:05:00+01:00', '2026-03-30T19:05:00+02:00'],
    ['clocks go back: an hour earlier on the wall', '2026-10-23T18:05:00+02:00', '2026-10-26T17:05:00+01:00'],
    ['a leap day', '2028-02-27T12:00:00+01:00', '2028-03-01T12:00:00+01:00'],
    ['no leap day', '2026-02-27T12:00:00+01:00', '2026-03-02T12:00:00+01:00'],
    ['a year ends', '2026-12-30T12:00:00+01:00', '2027-01-02T12:00:00+01:00'],
  ])('%s', (_case, start, due) => {
    expect(dueAtOf({ hours: 72 }, start)).toBe(utc(due));
  });

  it.each(['Europe/Paris', 'Indian/Reunion', 'America/Martinique', 'Pacific/Noumea', 'America/Miquelon'])(
    'are the same seconds in %s',
    (zone) => {
      expect(dueAtOf({ hours: 72 }, '2026-03-27T18:05:00+01:00', zone)).toBe('2026-03-30T17:05:00.000Z');
    },
  );
});

describe('A month', () => {
  it.each([
    ['the same day and hour', '2026-01-15T10:00:00+01:00', '2026-02-15T10:00:00+01:00', 'Europe/Paris'],
    ['the last day where that day is absent', '2026-01-31T10:00:00+01:00', '2026-02-28T10:00:00+01:00', 'Europe/Paris'],
    ['29 February in a leap year', '2028-01-31T10:00:00+01:00', '2028-02-29T10:00:00+01:00', 'Europe/Paris'],
    ['30 April', '2026-03-31T10:00:00+02:00', '2026-04-30T10:00:00+02:00', 'Europe/Paris'],
    ['into the next year', '2026-12-31T10:00:00+01:00', '2027-01-31T10:00:00+01:00', 'Europe/Paris'],
    [
      'the same hour on the wall after the clocks went forward',
      '2026-03-01T18:00:00+01:00',
      '2026-04-01T18:00:00+02:00',
      'Europe/Paris',
    ],
    [
      'the same hour on the wall after the clocks went back',
      '2026-10-01T18:00:00+02:00',
      '2026-11-01T18:00:00+01:00',
      'Europe/Paris',
    ],
    ['an hour that occurs twice: the first', '2026-09-25T02:30:00+02:00', '2026-10-25T02:30:00+02:00', 'Europe/Paris'],
    ['Réunion, where it is already February', '2026-01-31T22:00:00Z', '2026-03-01T02:00:00+04:00', 'Indian/Reunion'],
    [
      'Martinique, where it is still January',
      '2026-02-01T02:00:00Z',
      '2026-02-28T22:00:00-04:00',
      'America/Martinique',
    ],
    ['Nouméa', '2026-01-31T13:00:00Z', '2026-03-01T00:00:00+11:00', 'Pacific/Noumea'],
    [
      'Saint-Pierre-et-Miquelon, whose clocks change with Canada',
      '2026-02-08T12:00:00-03:00',
      '2026-03-08T12:00:00-02:00',
      'America/Miquelon',
    ],
  ])('%s', (_case, start, due, zone) => {
    expect(dueAtOf({ months: 1 }, start, zone)).toBe(utc(due));
  });

  it('that ends in an hour skipped by the clocks ends after the gap', () => {
    expect(dueAtOf({ months: 2 }, '2026-01-29T02:30:00+01:00')).toBe(utc('2026-03-29T03:30:00+02:00'));
  });
});

describe('Five working days', () => {
  it.each([
    ['from a Monday', '2026-03-02T08:00:00+01:00', '2026-03-09T23:59:59+01:00'],
    ['from a Saturday', '2026-03-07T08:00:00+01:00', '2026-03-13T23:59:59+01:00'],
    ['over Easter Monday', '2026-04-01T08:00:00+02:00', '2026-04-09T23:59:59+02:00'],
    ['over 8 May', '2026-04-30T08:00:00+02:00', '2026-05-11T23:59:59+02:00'],
    ['over Ascension', '2026-05-13T08:00:00+02:00', '2026-05-21T23:59:59+02:00'],
    ['over Whit Monday', '2026-05-22T08:00:00+02:00', '2026-06-01T23:59:59+02:00'],
    ['over 14 July', '2026-07-10T08:00:00+02:00', '2026-07-20T23:59:59+02:00'],
    ['over All Saints, on a Sunday', '2026-10-30T08:00:00+01:00', '2026-11-06T23:59:59+01:00'],
    ['over 11 November', '2026-11-09T08:00:00+01:00', '2026-11-17T23:59:59+01:00'],
    ['over Christmas and New Year', '2026-12-24T08:00:00+01:00', '2027-01-04T23:59:59+01:00'],
    ['when the clocks go forward', '2026-03-27T08:00:00+01:00', '2026-04-03T23:59:59+02:00'],
  ])('%s', (_case, start, due) => {
    expect(dueAtOf({ workingDays: 5 }, start)).toBe(utc(due));
  });

  it.each([
    ['2024-03-29', '2024-04-02'],
    ['2025-04-18', '2025-04-22'],
    ['2027-03-26', '2027-03-30'],
    ['2038-04-23', '2038-04-27'],
    ['2285-03-20', '2285-03-24'],
  ])('know Easter: one working day after %s is %s', (friday, tuesday) => {
    expect(dueAtOf({ workingDays: 1 }, `${friday}T12:00:00Z`, 'UTC')).toBe(`${tuesday}T23:59:59.000Z`);
  });

  it.each([
    ['Europe/Paris', '2026-03-06T23:59:59+01:00'],
    ['Indian/Reunion', '2026-03-09T23:59:59+04:00'],
    ['America/Martinique', '2026-03-06T23:59:59-04:00'],
    ['Pacific/Noumea', '2026-03-09T23:59:59+11:00'],
  ])('begin on the day that it is in %s', (zone, due) => {
    expect(dueAtOf({ workingDays: 5 }, '2026-03-01T21:00:00Z', zone)).toBe(utc(due));
  });
});

describe('A wall time', () => {
  it.each([
    'Europe/Paris',
    'Indian/Reunion',
    'America/Cayenne',
    'Pacific/Marquesas',
    'Pacific/Wallis',
    'Indian/Mayotte',
  ])('in %s comes back to the same instant, all through a year', (zone) => {
    for (let hour = 0; hour < 8760; hour += 7) {
      const ms = Date.UTC(2026, 0, 1, hour, 13, 5);
      expect(wallTimeAt(instantAtWall(wallTimeAt(ms, zone), zone), zone)).toEqual(wallTimeAt(ms, zone));
    }
  });

  it.each([
    ['Europe/Paris', '2026-03-29T01:00:00Z'],
    ['Europe/Paris', '2026-10-25T01:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
    ['America/Miquelon', '2026-03-08T05:00:00Z'],
    ['Africa/Monrovia', '1972-01-07T00:44:30Z'],
  ])('in %s is right on both sides of the change of the clocks at %s', (zone, change) => {
    const spoken = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    for (let seconds = -7200; seconds <= 7200; seconds += 30) {
      const ms = Date.parse(change) + seconds * 1000 - 1;
      const { year, month, day, hour, minute, second } = wallTimeAt(ms, zone);
      const two = (part: number): string => String(part).padStart(2, '0');
      const said = `${year}-${two(month)}-${two(day)}, ${two(hour)}:${two(minute)}:${two(second)}`;
      expect(said).toBe(spoken.format(ms));
    }
  });
});
