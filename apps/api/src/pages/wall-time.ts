import { instantAtWall, instantMs, instantOf, isInstant, wallTimeAt, type Instant, type Language } from '#libs/domain';

const LOCALES = { fr: 'fr-FR', en: 'en-GB' } as const;
const formats = new Map<string, Intl.DateTimeFormat>();

const formatOf = (language: Language, timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => {
  const key = `${language}|${timeZone}|${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(LOCALES[language], { timeZone, ...options });
    formats.set(key, format);
  }
  return format;
};

const DAY = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const;
const TIME = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;

/** `mar. 24 nov. 2026, 08:12`, on the wall of the incident. */
export const dayAndTime = (instant: Instant, language: Language, timeZone: string): string =>
  `${formatOf(language, timeZone, DAY).format(instantMs(instant))}, ${timeOfDay(instant, language, timeZone)}`;

export const timeOfDay = (instant: Instant, language: Language, timeZone: string): string =>
  formatOf(language, timeZone, TIME).format(instantMs(instant));

export const dayOf = (instant: Instant, language: Language, timeZone: string): string =>
  formatOf(language, timeZone, DAY).format(instantMs(instant));

/** `2 j 14 h`: no seconds, and no minutes beyond a day. */
export const span = (seconds: number, language: Language): string => {
  const minutes = Math.floor(Math.abs(seconds) / 60);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  const day = language === 'fr' ? 'j' : 'd';
  if (days > 0) return hours > 0 ? `${days}\u00a0${day} ${hours}\u00a0h` : `${days}\u00a0${day}`;
  return hours > 0 ? `${hours}\u00a0h ${String(minutes % 60).padStart(2, '0')}` : `${minutes}\u00a0min`;
};

/** Value of an `<input type="datetime-local">`. */
export const wallValue = (instant: Instant, timeZone: string): string => {
  const { year, month, day, hour, minute } = wallTimeAt(instantMs(instant), timeZone);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`;
};

const WALL = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?$/;
/** As people type it where the browser has no calendar: `24/11/2026 08:12`. */
const TYPED = /^(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?:\s+(?:à\s*)?|,\s*)(\d{1,2})\s*[:h]\s*(\d{2})?$/i;

/** The instant of what a form says, on the wall of a time zone; undefined when it is no time that exists. */
export const instantOfWall = (text: string, timeZone: string): Instant | undefined => {
  const value = text.trim();
  if (isInstant(value)) return value;
  const iso = WALL.exec(value);
  const typed = TYPED.exec(value);
  const parts = iso
    ? [iso[1], iso[2], iso[3], iso[4], iso[5], iso[6]]
    : typed
      ? [typed[3], typed[2], typed[1], typed[4], typed[5], '0']
      : undefined;
  if (!parts) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map((part) => Number(part ?? 0));
  const date = new Date(Date.UTC(year, month - 1, day));
  const exists =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return exists ? withOffset(instantAtWall({ year, month, day, hour, minute, second }, timeZone), timeZone) : undefined;
};

/** The instant as the clock on the wall shows it: what is recorded keeps the time that people read. */
const withOffset = (ms: number, timeZone: string): Instant => {
  const { year, month, day, hour, minute, second } = wallTimeAt(ms, timeZone);
  const minutes = Math.round((Date.UTC(year, month - 1, day, hour, minute, second) - ms) / 60_000);
  const size = Math.abs(minutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  const wall = instantOf(ms + minutes * 60_000).slice(0, 19);
  return `${wall}${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
};
