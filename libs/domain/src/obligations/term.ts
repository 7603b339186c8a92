import { instantMs, instantOf, type Instant } from '../kernel/instant.js';
import type { Term } from './rule.js';
import { addMonths, endOfWorkingDay } from './zone.js';

export const DEFAULT_TIME_ZONE = 'Europe/Paris';

/**
 * When a term ends, in UTC.
 * Hours run in absolute time, nights, weekends, holidays and clock changes included (Reg. 1182/71 art. 3(3) and 3(4):
 * a period in hours is not carried over to the next working day).
 */
export const dueAtOf = (term: Term, startAt: Instant, timeZone: string = DEFAULT_TIME_ZONE): Instant => {
  const startMs = instantMs(startAt);
  if ('hours' in term) return instantOf(startMs + term.hours * 3_600_000);
  if ('months' in term) return instantOf(addMonths(startMs, term.months, timeZone));
  return instantOf(endOfWorkingDay(startMs, term.workingDays, timeZone));
};
