import { instantAtWall, instantMs, instantOf, isInstant, wallTimeAt } from '#libs/domain';
import type { OccurredAt } from '#libs/client';
import type { Language } from './language.js';

/** Zone of a body that names none, and of times that are typed without an offset. */
export const DEFAULT_ZONE = 'Europe/Paris';

const two = (number: number): string => String(number).padStart(2, '0');

interface Shown {
  readonly day: string;
  readonly time: string;
  readonly hour: number;
}

const wallOf = (instant: string, zone: string, language: Language): Shown => {
  const { year, month, day, hour, minute } = wallTimeAt(instantMs(instant), zone);
  const date = language === 'fr' ? `${two(day)}/${two(month)}/${year}` : `${year}-${two(month)}-${two(day)}`;
  return { day: date, time: `${two(hour)}:${two(minute)}`, hour };
};

/** Day and time on the wall of a zone, to the minute. */
export const absolute = (instant: string, zone: string, language: Language): string => {
  const { day, time } = wallOf(instant, zone, language);
  return `${day} ${time}`;
};

/** When something happened, no more precisely than it is known. */
export const occurred = (when: OccurredAt, zone: string, language: Language): string => {
  const { day, time, hour } = wallOf(when.at, zone, language);
  const [fr, en] = ((): [string, string] => {
    switch (when.precision) {
      case 'minute':
        return [`${day} ${time}`, `${day} ${time}`];
      case 'hour':
        return [`${day} ${two(hour)} h env.`, `${day} about ${two(hour)}:00`];
      case 'half_day':
        return hour < 12 ? [`${day} matin`, `${day} morning`] : [`${day} après-midi`, `${day} afternoon`];
      case 'day':
        return [day, day];
      case 'night':
        return [`${day} nuit`, `${day} night`];
      case 'unknown':
        return [`${day}\u00a0?`, `${day}?`];
    }
  })();
  return language === 'fr' ? fr : en;
};

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;

/** The two largest units of a length of time. */
export const duration = (seconds: number, language: Language): string => {
  const length = Math.abs(seconds);
  const days = Math.floor(length / DAY_S);
  const hours = Math.floor((length % DAY_S) / HOUR_S);
  const minutes = Math.floor((length % HOUR_S) / MINUTE_S);
  const day = language === 'fr' ? 'j' : 'd';
  if (days > 0) return `${days} ${day} ${hours} h`;
  return hours > 0 ? `${hours} h ${two(minutes)} min` : `${minutes} min`;
};

const TYPED = /^(?:(\d{4})-(\d\d)-(\d\d)[T ])?(\d\d?)[:h](\d\d)$/;

/**
 * A time as a person types it: RFC 3339, or without an offset (then it is the time in Paris): `2021-01-16 02:00`, or
 * `02:00` of today.
 * @returns RFC 3339; undefined when it is no time.
 */
export const readTime = (text: string, nowMs: number): string | undefined => {
  if (isInstant(text)) return text;
  const [, year, month, day, hour, minute] = TYPED.exec(text)?.map(Number) ?? [];
  if (hour === undefined || minute === undefined || hour > 23 || minute > 59) return undefined;
  const today = wallTimeAt(nowMs, DEFAULT_ZONE);
  const typed = year ? { year, month: month ?? 0, day: day ?? 0 } : today;
  const wall = { year: typed.year, month: typed.month, day: typed.day, hour, minute, second: 0 };
  const isDay = new Date(Date.UTC(wall.year, wall.month - 1, wall.day)).getUTCDate() === wall.day;
  if (wall.month < 1 || wall.month > 12 || !isDay) return undefined;
  return instantOf(instantAtWall(wall, DEFAULT_ZONE));
};

const A_DAY = /^\d{4}-\d\d-\d\d$/;

/**
 * A moment up to which, or from which, something is asked for: a time, or a bare date in Paris.
 * @param edge of that day.
 */
export const readMoment = (text: string, edge: 'start' | 'end', nowMs: number): string | undefined => {
  const midnight = A_DAY.test(text) ? readTime(`${text} 00:00`, nowMs) : undefined;
  if (midnight === undefined) return readTime(text, nowMs);
  if (edge === 'start') return midnight;
  const { year, month, day } = wallTimeAt(instantMs(midnight), DEFAULT_ZONE);
  const after = { year, month, day: day + 1, hour: 0, minute: 0, second: 0 };
  return instantOf(instantAtWall(after, DEFAULT_ZONE) - 1);
};
