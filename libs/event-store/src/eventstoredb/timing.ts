import { setTimeout as delay } from 'node:timers/promises';

/** How long each thing may take, in ms. Named here so that tests can hurry. */
export interface Timing {
  /** One append, all its repeats and the reading back: what a caller waits at most (and 1 s). */
  readonly appendMs: number;
  /** One call of one append. */
  readonly attemptMs: number;
  /** One read, its repeats included. */
  readonly readMs: number;
  /** Between two looks whether the connection still carries calls. */
  readonly canaryMs: number;
  /** To find the server when the process starts. */
  readonly connectMs: number;
  /** Appends that are under way when the store is closed. */
  readonly closeMs: number;
}

export const TIMING: Timing = {
  appendMs: 30_000,
  attemptMs: 5_000,
  readMs: 10_000,
  canaryMs: 15_000,
  connectMs: 30_000,
  closeMs: 5_000,
};

/** Part of an append's time that is kept to read back what became of it. */
export const READ_BACK_SHARE = 0.25;
export const READ_BACK_MS_MAX = 2_000;
/** Canaries that fail in a row before the client is replaced (grpc-node #3019: calls stop leaving, pings go on). */
export const CANARY_FAILURES_MAX = 2;

/** Smallest and largest bound of the wait before a repeat. */
export const REPEAT_MS = { first: 50, max: 500 };
export const RESUBSCRIBE_MS = { first: 100, max: 30_000 };

/**
 * @param attempt failures so far, from 0.
 * @param random a draw in [0, 1).
 * @returns ms from 0 to min(first × 2^attempt, max).
 * @see “Exponential Backoff And Jitter” (AWS Architecture Blog, 2015), the “full jitter” form.
 */
export const backoffMs = (attempt: number, random: number, { first, max }: { first: number; max: number }): number =>
  random * Math.min(first * 2 ** Math.min(attempt, 30), max);

/** Settles after the time, or at once when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    // Aborted: whoever waits looks at the signal itself.
  }
}

/**
 * The work, or `late` when it takes longer, or when the signal aborts: the client's own deadlines leave out how long it
 * looks for a server.
 */
export function within<T>(ms: number, work: Promise<T>, late: () => Error, cut?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(late());
    const timer = setTimeout(giveUp, Math.max(ms, 0));
    cut?.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      cut?.removeEventListener('abort', giveUp);
    });
  });
}
