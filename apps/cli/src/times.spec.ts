import { absolute, duration, occurred, readMoment, readTime } from './times.js';

const noonInParis = Date.parse('2026-07-14T12:00:00+02:00');

describe('Times that people type', () => {
  it.each([
    ['2021-01-16T02:00:00+01:00', '2021-01-16T02:00:00+01:00'],
    ['2021-01-16 02:00', '2021-01-16T01:00:00.000Z'],
    ['2021-07-16T02:00', '2021-07-16T00:00:00.000Z'],
    ['08:30', '2026-07-14T06:30:00.000Z'],
    ['8h30', '2026-07-14T06:30:00.000Z'],
  ])('%s is %s', (typed, instant) => expect(readTime(typed, noonInParis)).toBe(instant));

  it.each(['', 'hier', '25:00', '08:60', '2021-02-30 10:00', '2021-13-01 10:00', '2021-01-16'])(
    '%s is no time',
    (typed) => expect(readTime(typed, noonInParis)).toBeUndefined(),
  );
});

describe('A bare date', () => {
  it.each([
    ['2021-01-16', 'start', '2021-01-15T23:00:00.000Z'],
    ['2021-01-16', 'end', '2021-01-16T22:59:59.999Z'],
    ['2021-03-28', 'end', '2021-03-28T21:59:59.999Z'],
    ['2021-12-31', 'end', '2021-12-31T22:59:59.999Z'],
    ['2021-01-16 02:00', 'end', '2021-01-16T01:00:00.000Z'],
    ['2021-02-30', 'start', undefined],
    ['hier', 'end', undefined],
  ] as const)('%s has as its %s %s', (typed, edge, instant) =>
    expect(readMoment(typed, edge, noonInParis)).toBe(instant),
  );
});

describe('Times that people read', () => {
  it('are those on the wall of the body', () => {
    expect(absolute('2021-01-16T11:00:00Z', 'Europe/Paris', 'fr')).toBe('16/01/2021 12:00');
    expect(absolute('2021-01-16T11:00:00Z', 'Indian/Reunion', 'en')).toBe('2021-01-16 15:00');
  });

  it('are no more precise than what is known', () => {
    const at = '2021-01-16T02:15:00+01:00';
    const shown = (precision: Parameters<typeof occurred>[0]['precision']) =>
      occurred({ at, precision }, 'Europe/Paris', 'fr');
    expect(shown('minute')).toBe('16/01/2021 02:15');
    expect(shown('half_day')).toBe('16/01/2021 matin');
    expect(shown('day')).toBe('16/01/2021');
    expect(shown('night')).toBe('16/01/2021 nuit');
  });

  it.each([
    [59, '0 min'],
    [3 * 60, '3 min'],
    [3600 + 5 * 60, '1 h 05 min'],
    [-(2 * 86_400 + 3 * 3600), '2 j 3 h'],
  ])('%d s last %s', (seconds, words) => expect(duration(seconds, 'fr')).toBe(words));
});
