import type Database from 'better-sqlite3';
import { OutcomeUnknown, Unavailable } from '../port.js';
import { unavailable } from './sqlite-failure.js';
import type { WalSync } from './wal-sync.js';

/** How far the log is surely on the disk, and so may be shown. */
export class DurableHead {
  readonly #wal: WalSync;
  readonly #lastPosition;
  readonly #dataVersion;
  #position = 0;
  #seenVersion: unknown;
  #catchingUp: Promise<void> = Promise.resolve();

  /** A writer that was killed may have left commits that never reached the disk: they do now. @throws {OutcomeUnknown} */
  constructor(db: Database.Database, wal: WalSync) {
    this.#wal = wal;
    this.#lastPosition = db.prepare<[], number>('SELECT coalesce(max(pos), 0) FROM events').pluck();
    this.#dataVersion = db.prepare<[], number>('PRAGMA data_version').pluck();
    this.#position = this.#lastPosition.get() ?? 0;
    wal.syncNow();
  }

  /** Of the last durable event; 0 for an empty log. */
  get position(): number {
    return this.#position;
  }

  /** The writer put its commits up to here on the disk. */
  advance(position: number): void {
    this.#position = position;
  }

  /**
   * For a reader beside the writer, which sees a commit before the writer has put it on the disk, or without it doing so
   * at all when it dies: puts it there itself. @throws {Unavailable}
   */
  catchUp(): Promise<void> {
    // One after the other, and never shared: who asks after a commit must see it.
    const caughtUp = this.#catchingUp.then(() => this.#catchUp());
    this.#catchingUp = caughtUp.catch(() => undefined);
    return caughtUp;
  }

  async #catchUp(): Promise<void> {
    try {
      const version = this.#dataVersion.get();
      if (version === this.#seenVersion) return;
      const last = this.#lastPosition.get() ?? 0;
      await this.#wal.sync();
      this.#position = last;
      this.#seenVersion = version;
    } catch (error) {
      throw error instanceof OutcomeUnknown ? new Unavailable(error.message, { cause: error }) : unavailable(error);
    }
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await this.#catchingUp;
    await this.#wal.close();
  }
}
