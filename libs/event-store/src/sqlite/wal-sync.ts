import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs';
import { OutcomeUnknown } from '../port.js';
import { notConfirmed } from './sqlite-failure.js';

/** A disk that answers within this is waited for on the spot: to wait on another thread costs about as much. */
export const ON_THE_SPOT_MS_MAX = 0.2;
/** How far the judgement of the disk swings: so many quick answers in a row bring it from one end to the middle. */
const QUICK_MAX = 8;
/** A slow answer counts for as many quick ones: at one slow in four the main thread no longer waits. */
const SLOW_WEIGHT = 3;

/**
 * The fsync of the write-ahead log. SQLite commits without one (synchronous=NORMAL), so that a slow disk need not be
 * waited for on the main thread: docs/adr/0010-fsync.md. It covers every commit that came before the call.
 */
export class WalSync {
  readonly #fd: number;
  #quick = 0;
  #running: Promise<void> | undefined;
  #failure: OutcomeUnknown | undefined;

  /** Once SQLite has made the file; it keeps it as long as anybody is connected. */
  constructor(
    file: string,
    private readonly onTheSpotMsMax = ON_THE_SPOT_MS_MAX,
  ) {
    // Windows flushes only what may be written to.
    this.#fd = openSync(`${file}-wal`, process.platform === 'win32' ? 'r+' : 'r');
  }

  /**
   * One at a time.
   * @returns undefined when it was done on the spot.
   * @throws {OutcomeUnknown} at once or later; then for ever, for a second fsync would wrongly succeed.
   */
  sync(): Promise<void> | undefined {
    if (this.#quick < 0 || this.onTheSpotMsMax === 0) return this.#syncElsewhere();
    this.syncNow();
    return undefined;
  }

  /** On the spot, whatever the disk is like. @throws {OutcomeUnknown} */
  syncNow(): void {
    if (this.#failure !== undefined) throw this.#failure;
    const began = performance.now();
    try {
      fdatasyncSync(this.#fd);
    } catch (error) {
      throw this.#fail(error);
    }
    this.#judge(performance.now() - began);
  }

  async close(): Promise<void> {
    await this.#running?.catch(() => undefined);
    closeSync(this.#fd);
  }

  #syncElsewhere(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const began = performance.now();
    this.#running = new Promise((resolve, reject) => {
      fdatasync(this.#fd, (error) => {
        this.#judge(performance.now() - began);
        if (error === null) resolve();
        else reject(this.#fail(error));
      });
    });
    return this.#running;
  }

  #judge(tookMs: number): void {
    const quick = this.#quick + (tookMs <= this.onTheSpotMsMax ? 1 : -SLOW_WEIGHT);
    this.#quick = Math.max(-QUICK_MAX, Math.min(QUICK_MAX, quick));
  }

  #fail(error: unknown): OutcomeUnknown {
    this.#failure = notConfirmed((error as NodeJS.ErrnoException).code ?? 'unknown', error);
    return this.#failure;
  }
}
