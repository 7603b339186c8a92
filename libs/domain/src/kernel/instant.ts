/** RFC 3339 date-time with an offset, kept as it was written (`t` and `z` may be small, RFC 3339 §5.6). Compare with {@link instantMs}, never as text. */
export type Instant = string;

export const PRECISIONS = ['minute', 'hour', 'half_day', 'day', 'night', 'unknown'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** When a fact happened, as well as it is known. `until` closes a span that began at `at`. */
export interface OccurredAt {
  readonly at: Instant;
  readonly until?: Instant;
  readonly precision: Precision;
}

const RFC_3339 =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

/** True for an RFC 3339 date-time with offset that exists in the calendar (30 February does not). */
export const isInstant = (value: unknown): value is Instant => {
  if (typeof value !== 'string' || !RFC_3339.test(value)) return false;
  const [year, month, day] = [Number(value.slice(0, 4)), Number(value.slice(5, 7)), Number(value.slice(8, 10))];
  return day <= daysInMonth(year, month);
};

/** @param month 1 to 12. */
export const daysInMonth = (year: number, month: number): number => {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
};

/** Milliseconds since 1970 of an {@link Instant}. */
export const instantMs = (instant: Instant): number => Date.parse(instant);

/** The instant in UTC, milliseconds kept. */
export const instantOf = (ms: number): Instant => new Date(ms).toISOString();

export const isTimeZone = (name: unknown): name is string => {
  if (typeof name !== 'string' || name.length > 64) return false;
  try {
    return (
      new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0 && !/^[+-]/.test(name)
    );
  } catch {
    return false;
  }
};
