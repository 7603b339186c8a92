import { OutcomeUnknown, Unavailable, type Appended, type ExpectedRevision } from '../port.js';
import type { EncodedAppend, EncodedEvent } from '../encode-append.js';

/** Longer queues only make late answers: refuse instead. */
export const QUEUE_APPENDS_MAX = 16_384;
export const QUEUE_BYTES_MAX = 64 * 1024 * 1024;
/** One transaction: bounds how long the event loop stands still. A larger append goes alone. */
export const BATCH_EVENTS_MAX = 1024;
export const BATCH_BYTES_MAX = 4 * 1024 * 1024;

export interface PendingAppend {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly EncodedEvent[];
}

/** One per append, in the same order: where it is, or why not. */
export type Outcome = Appended | Error;

interface Waiting extends PendingAppend {
  readonly bytes: number;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Group commit: appends that wait become one transaction and one fsync, once per turn of the event loop, in the order
 * of their calls. Each has its own outcome, told when all of them are durable. While the disk is busy with one batch,
 * the next one gathers.
 */
export class AppendQueue {
  #waiting: Waiting[] = [];
  #bytes = 0;
  /** A batch will be, or is being, written. */
  #busy = false;
  #closed = false;
  #halted: string | undefined;
  #drained: (() => void) | undefined;

  /**
   * @param write makes one batch durable, at once or later, or throws and has written nothing; OutcomeUnknown halts the
   *   queue for ever. Not called again before it is done.
   * @param onDurable called after each durable batch, before its outcomes are told.
   */
  constructor(
    private readonly write: (batch: readonly PendingAppend[]) => readonly Outcome[] | Promise<readonly Outcome[]>,
    private readonly onDurable: () => void,
  ) {}

  /** Why no append is taken any more; undefined while all is well. */
  get halted(): string | undefined {
    return this.#halted;
  }

  add(stream: string, expected: ExpectedRevision, { events, bytes }: EncodedAppend): Promise<Appended> {
    if (this.#closed) return Promise.reject(new Unavailable('The event store is closed'));
    if (this.#halted !== undefined) return Promise.reject(new Unavailable(this.#halted));
    if (this.#waiting.length >= QUEUE_APPENDS_MAX || this.#bytes + bytes > QUEUE_BYTES_MAX) {
      return Promise.reject(new Unavailable(`Too many appends wait for the disk (${this.#waiting.length})`));
    }
    this.#bytes += bytes;
    this.#schedule();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ stream, expected, events, bytes, resolve, reject });
    });
  }

  /** Refuses new appends and waits for those that wait. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#busy) await new Promise<void>((resolve) => (this.#drained = resolve));
  }

  #schedule(): void {
    if (this.#busy) return;
    this.#busy = true;
    // Not a microtask: appends of other requests in this turn are to share the fsync.
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    const batch = this.#takeBatch();
    try {
      if (this.#halted !== undefined) throw new Unavailable(this.#halted);
      const outcomes = this.write(batch);
      if (outcomes instanceof Promise) void this.#tellLater(batch, outcomes);
      else this.#tell(batch, outcomes);
    } catch (error) {
      this.#fail(batch, error);
    }
  }

  async #tellLater(batch: readonly Waiting[], writing: Promise<readonly Outcome[]>): Promise<void> {
    try {
      this.#tell(batch, await writing);
    } catch (error) {
      this.#fail(batch, error);
    }
  }

  #tell(batch: readonly Waiting[], outcomes: readonly Outcome[]): void {
    this.onDurable();
    batch.forEach(({ resolve, reject }, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined || outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    });
    this.#next();
  }

  #fail(batch: readonly Waiting[], error: unknown): void {
    if (error instanceof OutcomeUnknown) this.#halted = error.message;
    for (const { reject } of batch) reject(error);
    this.#next();
  }

  #next(): void {
    this.#busy = false;
    if (this.#waiting.length > 0) this.#schedule();
    else this.#drained?.();
  }

  #takeBatch(): Waiting[] {
    let count = 0;
    let events = 0;
    let bytes = 0;
    for (const append of this.#waiting) {
      if (count > 0 && (events + append.events.length > BATCH_EVENTS_MAX || bytes + append.bytes > BATCH_BYTES_MAX))
        break;
      count += 1;
      events += append.events.length;
      bytes += append.bytes;
    }
    this.#bytes -= bytes;
    return this.#waiting.splice(0, count);
  }
}
