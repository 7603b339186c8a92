/** How often and how patiently a request is sent again. Time and chance are handed in, so that tests choose them. */
export interface RetryPolicy {
  /** Requests sent at most, the first one included. */
  readonly attemptsMax: number;
  /** Ends early, without a throw, when the signal aborts. */
  readonly sleep: (delayMs: number, signal?: AbortSignal) => Promise<void>;
  /** A draw in [0, 1). */
  readonly random: () => number;
}

const FIRST_DELAY_MS = 200;
const DELAY_MS_MAX = 5_000;

export const standardRetry: RetryPolicy = {
  attemptsMax: 4,
  sleep: (delayMs, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, delayMs);
      signal?.addEventListener('abort', end);
    }),
  random: Math.random,
};

/**
 * How long to wait before the next attempt.
 * @param attempt attempts that failed so far, from 1.
 * @param retryAfterSeconds what the server asked for, if it did.
 * @returns milliseconds, between half and all of min(200 · 2^(attempt-1), 5 s), and no less than the server asked for
 * unless that is more than 5 s.
 */
export const retryDelayMs = (attempt: number, random: number, retryAfterSeconds = 0): number => {
  const ceiling = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), DELAY_MS_MAX);
  return Math.max(ceiling / 2 + (random * ceiling) / 2, Math.min(retryAfterSeconds * 1000, DELAY_MS_MAX));
};
