import { daysInMonth } from '../kernel/instant.js';

/** A moment on the wall of a time zone. `month` is 1 to 12. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  let format = formats.get(timeZone);
  if (!format) {
    const parts = {
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    } as const;
    format = new Intl.DateTimeFormat('en-CA', { timeZone, hourCycle: 'h23', ...parts });
    formats.set(timeZone, format);
  }
  return format;
};

/** What the clock on the wall is ahead of UTC, in milliseconds, asked of the time zone's data. */
const lookUpOffset = (ms: number, timeZone: string): number => {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return asUtc({ year, month, day, hour, minute, second }) - Math.floor(ms / 1000) * 1000;
};

/** Every command asks for the same few hours again, and a look at the time zone's data costs microseconds. */
const offsets = new Map<string, number>();
const OFFSETS_MAX = 16_384;
const HOUR_MS = 3_600_000;

const offsetAt = (ms: number, timeZone: string): number => {
  const hour = Math.floor(ms / HOUR_MS);
  const key = `${hour} ${timeZone}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const [first, last] = [hour * HOUR_MS, (hour + 1) * HOUR_MS - 1].map((end) => lookUpOffset(end, timeZone));
  // The clocks change within this hour.
  if (first === undefined || first !== last) return lookUpOffset(ms, timeZone);
  if (offsets.size >= OFFSETS_MAX) offsets.clear();
  offsets.set(key, first);
  return first;
};

export const wallTimeAt = (ms: number, timeZone: string): WallTime => {
  const wall = new Date(ms + offsetAt(ms, timeZone));
  return {
    year: wall.getUTCFullYear(),
    month: wall.getUTCMonth() + 1,
    day: wall.getUTCDate(),
    hour: wall.getUTCHours(),
    minute: wall.getUTCMinutes(),
    second: wall.getUTCSeconds(),
  };
};

const asUtc = (wall: WallTime): number =>
  Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second);

/**
 * The instant of a wall time. A time that a clock change skips is read with the offset before the change (so it falls
 * after the gap); a time that occurs twice means its first occurrence.
 */
export const instantAtWall = (wall: WallTime, timeZone: string): number => {
  const naive = asUtc(wall);
  const day = 86_400_000;
  const [before, after] = [offsetAt(naive - day, timeZone), offsetAt(naive + day, timeZone)];
  const candidates = [naive - before, naive - after].filter((ms) => ms + offsetAt(ms, timeZone) === naive);
  return candidates.length > 0 ? Math.min(...candidates) : naive - before;
};

/** The same wall time some calendar months later; the last day of the month where that day does not exist. */
export const addMonths = (ms: number, months: number, timeZone: string): number => {
  const wall = wallTimeAt(ms, timeZone);
  const index = wall.year * 12 + (wall.month - 1) + months;
  const [year, month] = [Math.floor(index / 12), (index % 12) + 1];
  return instantAtWall({ ...wall, year, month, day: Math.min(wall.day, daysInMonth(year, month)) }, timeZone);
};

/** The end (23:59:59) of the n-th working day after the day of `ms`, Saturdays, Sundays and French public holidays left out. */
export const endOfWorkingDay = (ms: number, workingDays: number, timeZone: string): number => {
  const { year, month, day } = wallTimeAt(ms, timeZone);
  let date = Date.UTC(year, month - 1, day);
  for (let left = workingDays; left > 0;) {
    date += 86_400_000;
    if (isWorkingDay(new Date(date))) left -= 1;
  }
  const last = new Date(date);
  const wall = { year: last.getUTCFullYear(), month: last.getUTCMonth() + 1, day: last.getUTCDate() };
  return instantAtWall({ ...wall, hour: 23, minute: 59, second: 59 }, timeZone);
};

const isWorkingDay = (date: Date): boolean => {
  const weekday = date.getUTCDay();
  return weekday !== 0 && weekday !== 6 && !isPublicHoliday(date);
};

/** Code du travail L3133-1: the eleven national holidays. Overseas and Alsace-Moselle days are not counted. */
const FIXED_HOLIDAYS: ReadonlySet<string> = new Set(['1-1', '5-1', '5-8', '7-14', '8-15', '11-1', '11-11', '12-25']);
const DAYS_AFTER_EASTER: ReadonlySet<number> = new Set([1, 39, 50]);

const isPublicHoliday = (date: Date): boolean =>
  FIXED_HOLIDAYS.has(`${date.getUTCMonth() + 1}-${date.getUTCDate()}`) ||
  DAYS_AFTER_EASTER.has(Math.round((date.getTime() - easter(date.getUTCFullYear())) / 86_400_000));

/** Easter Sunday of a Gregorian year, as midnight UTC (Meeus, Jones, Butcher). */
const easter = (year: number): number => {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = Math.floor(b / 4);
  const e = b % 4;
  const f = Math.floor((b + 8) / 25);
  const g = Math.floor((b - f + 1) / 3);
  const h = (19 * a + b - d - g + 15) % 30;
  const i = Math.floor(c / 4);
  const k = c % 4;
  const l = (32 + 2 * e + 2 * i - h - k) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const month = Math.floor((h + l - 7 * m + 114) / 31);
  const day = ((h + l - 7 * m + 114) % 31) + 1;
  return Date.UTC(year, month - 1, day);
};
