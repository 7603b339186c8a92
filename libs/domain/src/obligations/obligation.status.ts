import { instantMs, type Instant } from '../kernel/instant.js';
import type { ObligationState } from './obligation.state.js';

export const OBLIGATION_STATUSES = ['open', 'met', 'late', 'missed', 'waived'] as const;
export type ObligationStatus = (typeof OBLIGATION_STATUSES)[number];

/**
 * Where a clock stands at a moment, judged by when the facts happened: a complaint filed in time and typed in late is met.
 * A provisional clock is a caution: it is never missed.
 */
export const obligationStatus = (obligation: ObligationState, now: Instant): ObligationStatus => {
  const { discharge, waiver, dueAt, provisional } = obligation;
  if (discharge) return dueAt !== undefined && instantMs(discharge.at) > instantMs(dueAt) ? 'late' : 'met';
  if (waiver) return 'waived';
  return dueAt !== undefined && !provisional && instantMs(dueAt) < instantMs(now) ? 'missed' : 'open';
};
