/** How often a reader looks for commits of the writer's process. 1 ms costs under 1 % of a core. */
export const POLL_MS = 1;

/** Tells those who follow the log that it grew. */
export class Wakeup {
  #version = 0;
  readonly #waiting = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #polled: unknown;

  /** @param poll for a log written by another process: gives another value after each of its commits. */
  constructor(private readonly poll?: () => unknown) {}

  /** Take it before reading; then {@link changedSince} misses no commit after the read. */
  get version(): number {
    return this.#version;
  }

  notify(): void {
    this.#version += 1;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** Settles when the log grew after `version` was taken, or when the signal aborts. Now and then without a reason. */
  async changedSince(version: number, signal: AbortSignal): Promise<void> {
    if (version !== this.#version || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        signal.removeEventListener('abort', settle);
        this.#waiting.delete(settle);
        resolve();
      };
      signal.addEventListener('abort', settle);
      this.#waiting.add(settle);
      this.#startPolling();
    });
  }

  #startPolling(): void {
    const { poll } = this;
    if (poll === undefined || this.#timer !== undefined) return;
    this.#timer = setInterval(() => {
      if (this.#waiting.size === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
        return;
      }
      const polled = this.#tryPoll(poll);
      if (polled === this.#polled) return;
      this.#polled = polled;
      this.notify();
    }, POLL_MS);
  }

  #tryPoll(poll: () => unknown): unknown {
    try {
      return poll();
    } catch (error) {
      // Wakes everybody: the next read meets the same error and names it.
      return error;
    }
  }
}
