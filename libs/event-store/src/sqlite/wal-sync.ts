import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs';
import { OutcomeUnknown } from '../port.js';
import { notConfirmed } from './sqlite-failure.js';

/** A disk that answers within this is waited for on the spot: to wait on another thread costs about as much. */
export const ON_THE_SPOT_MS_MAX = 0.2;
/** An append alone keeps nobody else waiting, and would wait for that thread as well: it allows for so many times as long. */
const ALONE_FACTOR = 2.5;
/** Bounds of what is thought of the disk, so that it is thought anew within some fifty answers. */
const TYPICAL_MS = { min: 0.01, max: 2 };
/** By how much an answer that was quicker than thought changes the thought. */
const STEP = 1.07;

/**
 * The fsync of the write-ahead log. SQLite commits without one (synchronous=NORMAL), so that a slow disk need not be
 * waited for on the main thread: docs/adr/0013-fsync.md. It covers every commit that came before the call.
 */
export class WalSync {
  readonly #fd: number;
  /** Three answers in four are quicker: a frugal estimate (Ma, Muthukrishnan and Sandler, 2013). */
  #typicalMs: number;
  #running: Promise<void> | undefined;
  #failure: OutcomeUnknown | undefined;

  /** Once SQLite has made the file; it keeps it as long as anybody is connected. */
  constructor(
    file: string,
    private readonly onTheSpotMsMax = ON_THE_SPOT_MS_MAX,
    private readonly nowMs = (): number => performance.now(),
  ) {
    this.#typicalMs = onTheSpotMsMax / 2;
    // Windows flushes only what may be written to.
    this.#fd = openSync(`${file}-wal`, process.platform === 'win32' ? 'r+' : 'r');
  }

  /**
   * One at a time.
   * @param alone it covers one append, and nobody waits for another one.
   * @returns undefined when it was done on the spot.
   * @throws {OutcomeUnknown} at once or later; then for ever, for a second fsync would wrongly succeed.
   */
  sync(alone = false): Promise<void> | undefined {
    if (this.#typicalMs >= this.onTheSpotMsMax * (alone ? ALONE_FACTOR : 1)) return this.#syncElsewhere();
    this.syncNow();
    return undefined;
  }

  /** On the spot, whatever the disk is like. @throws {OutcomeUnknown} */
  syncNow(): void {
    if (this.#failure !== undefined) throw this.#failure;
    const began = this.nowMs();
    try {
      fdatasyncSync(this.#fd);
    } catch (error) {
      throw this.#fail(error);
    }
    this.#judge(this.nowMs() - began);
  }

  async close(): Promise<void> {
    await this.#running?.catch(() => undefined);
    closeSync(this.#fd);
  }

  #syncElsewhere(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const began = this.nowMs();
    this.#running = new Promise((resolve, reject) => {
      fdatasync(this.#fd, (error) => {
        this.#judge(this.nowMs() - began);
        if (error === null) resolve();
        else reject(this.#fail(error));
      });
    });
    return this.#running;
  }

  #judge(tookMs: number): void {
    const next = this.#typicalMs * (tookMs > this.#typicalMs ? STEP ** 3 : 1 / STEP);
    this.#typicalMs = Math.max(TYPICAL_MS.min, Math.min(TYPICAL_MS.max, next));
  }

  #fail(error: unknown): OutcomeUnknown {
    this.#failure = notConfirmed((error as NodeJS.ErrnoException).code ?? 'unknown', error);
    return this.#failure;
  }
}
