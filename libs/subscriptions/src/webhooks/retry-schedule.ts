const [SECOND, MINUTE, HOUR] = [1000, 60_000, 3_600_000];

/** How long after each failed attempt the next one is made; after the last one the message is held. Standard Webhooks 1.0. */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];
/** A tenth more at most, so that receivers that failed together are not called together. */
const JITTER = 0.1;
const RETRY_AFTER_MS_MAX = 24 * HOUR;

/** @param failures attempts that have failed, 1 or more. @returns undefined when there is no further attempt. */
export const retryDelayMs = (failures: number, chance: number): number | undefined => {
  const delay = RETRY_DELAYS_MS[failures - 1];
  return delay === undefined ? undefined : Math.round(delay * (1 + JITTER * chance));
};

/** Reads `Retry-After`: seconds or a date. A day at most. */
export const retryAfterMs = (header: string | undefined, nowMs: number): number | undefined => {
  if (header === undefined) return undefined;
  const wait = /^\d{1,9}$/.test(header.trim()) ? Number(header) * SECOND : Date.parse(header) - nowMs;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, SECOND), RETRY_AFTER_MS_MAX);
};
