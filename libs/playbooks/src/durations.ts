import type { Term } from '#libs/domain';

const HOURS_OF: Readonly<Record<string, number>> = { min: 1 / 60, h: 1, d: 24, j: 24 };
/** Ten years: anything longer is a slip. */
const HOURS_MAX = 87_600;

export const DURATION_UNITS = ['min', 'h', 'd'] as const;
export const TERM_UNITS = ['h', 'months', 'working days'] as const;

/** Hours of `15 min`, `72 h`, `3 d` or `3 j`; undefined when it is no such duration. */
export const hoursOf = (text: string): number | undefined => {
  const { amount, unit } = partsOf(text);
  const factor = HOURS_OF[unit];
  const hours = factor === undefined ? NaN : amount * factor;
  return hours >= 0 && hours <= HOURS_MAX ? hours : undefined;
};

/** A legal term: `72 h`, `1 month` (`1 mois`) or `5 working days` (`5 jours ouvrés`). */
export const termOf = (text: string): Term | undefined => {
  const { amount, unit } = partsOf(text);
  if (!Number.isInteger(amount) || amount < 1 || amount > HOURS_MAX) return undefined;
  if (unit === 'h') return { hours: amount };
  if (/^(months?|mois)$/.test(unit)) return { months: amount };
  return /^(working days?|jours? ouvrés?)$/.test(unit) ? { workingDays: amount } : undefined;
};

const partsOf = (text: string): { amount: number; unit: string } => {
  const found = /^(\d{1,6}(?:\.\d{1,3})?) ?([\p{L} ]+)$/u.exec(text.trim());
  return { amount: Number(found?.[1] ?? NaN), unit: found?.[2] ?? '' };
};
