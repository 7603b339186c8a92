/**
 * The log: one ordered, append-only list of events, cut into streams. It knows nothing of incidents.
 *
 * Promises that every adapter keeps (the contract suite in `testing/` states them one by one):
 * - `append` resolves after the events are durable: on disk (fsync) or on the quorum. Never before.
 * - One append is atomic, and its events are contiguous in their stream.
 * - Revisions of a stream start at 0 and have no gap. Positions grow strictly in commit order.
 * - A reader or subscriber never sees an event that is not durable, and never sees one out of order.
 * - Appends to one stream that are issued without waiting are applied in the order in which they were issued.
 * - The same append again (same ids, same expected revision) writes nothing and gives the first answer.
 */

/** Place of an event in its stream; 0 is the first. */
export type Revision = number;

/** What a writer believes to be the head of the stream; `-1` means that the stream does not exist yet. */
export type ExpectedRevision = Revision | typeof NO_STREAM;
export const NO_STREAM = -1;

/** Place of an event in the whole log. Opaque, comparable only by {@link EventStore.comparePositions}, never all digits. */
export type Position = string;

/** The largest event pins the whole playbook that an incident adopts; a request body is smaller still. */
export const EVENT_BYTES_MAX = 640 * 1024;
export const APPEND_EVENTS_MAX = 512;
/** EventStoreDB refuses more than 1 MiB by default, headers of events included. */
export const APPEND_BYTES_MAX = 900 * 1024;
/** Names longer than this are a caller's bug. */
export const STREAM_NAME_CHARS_MAX = 512;
/** Events that one read may return at most; a reader pages on. */
export const READ_EVENTS_MAX = 4096;

/** Plain JSON: what `JSON.parse` can give. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export interface NewEvent {
  /** UUID; the idempotency of `append` rests on it. */
  readonly id: string;
  readonly type: string;
  readonly data: JsonObject;
  readonly meta: JsonObject;
}

export interface StoredEvent extends NewEvent {
  readonly stream: string;
  readonly revision: Revision;
  readonly position: Position;
}

export interface Appended {
  /** Revision of the last event of this append. */
  readonly revision: Revision;
  /** Position of the last event of this append. */
  readonly position: Position;
}

/** Which events of the log a reader wants. Absent: all but the store's own (`$…`). An empty list is a RangeError. */
export interface EventFilter {
  /** Stream names that start with one of these. */
  readonly streamPrefixes?: readonly string[];
  /** Event types, exactly. */
  readonly types?: readonly string[];
}

export interface ReadStreamOptions {
  readonly direction?: 'forward' | 'backward';
  /** Inclusive. Default: the first event forward, the last one backward. */
  readonly from?: Revision;
  /** 1 to {@link READ_EVENTS_MAX}; default {@link READ_EVENTS_MAX}. */
  readonly max?: number;
}

export interface ReadAllOptions {
  /** Exclusive. Absent: from the start of the log. */
  readonly after?: Position;
  /** 1 to {@link READ_EVENTS_MAX}; default {@link READ_EVENTS_MAX}. */
  readonly max?: number;
  readonly filter?: EventFilter;
}

export interface LogPage {
  readonly events: readonly StoredEvent[];
  /** Up to where the log was examined: ask again after it. Beyond the last event when the filter left events out. */
  readonly position: Position | undefined;
  /** True when nothing durable lay beyond `position` at the time of reading. */
  readonly atHead: boolean;
}

export interface SubscribeOptions {
  /** Exclusive. Absent: from the start of the log. */
  readonly after?: Position;
  readonly filter?: EventFilter;
  /** Events handed over at once, at most. Default 512. */
  readonly batchMax?: number;
  /** Stops the subscription. A batch that is being handled is awaited. */
  readonly signal: AbortSignal;
  /**
   * Called with one batch at a time; the next one comes after it settled. A throw stops the subscription with that error.
   * `position` is what to store as checkpoint once the batch is handled; it moves even when the filter left all events out.
   */
  readonly onBatch: (batch: SubscriptionBatch) => Promise<void> | void;
}

export interface SubscriptionBatch {
  readonly events: readonly StoredEvent[];
  readonly position: Position | undefined;
  /** True when the subscriber has now seen all that was durable: once after each catch-up. */
  readonly caughtUp: boolean;
}

export abstract class EventStore {
  /**
   * True when no other process can write to this log. Then an append may be issued before the one that it builds on is
   * durable: if that one fails, so does this one. With other writers about, somebody else's event may stand at the
   * expected revision, and an append must wait until what it was decided on is there.
   */
  abstract readonly soleWriter: boolean;

  /**
   * Appends events to one stream if its head is at `expected`.
   * Appends to one stream keep the order of their calls, so a writer may send the next one, expecting the revision that
   * the one before will have, without awaiting it.
   * @throws {Conflict} the head is elsewhere, and these events are not already there.
   * @throws {TooLarge} over EVENT_BYTES_MAX, APPEND_EVENTS_MAX or APPEND_BYTES_MAX; nothing was written.
   * @throws {Gone} the stream was deleted by an administrator of the database.
   * @throws {OutcomeUnknown} it may or may not be written: repeat the identical append.
   * @throws {Unavailable} not written: the store cannot write now.
   * @throws {RangeError} no event, a bad name or id: a bug of the caller.
   */
  abstract append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended>;

  /**
   * Reads one page of a stream. A stream that does not exist is an empty page.
   * @throws {Gone} @throws {Unavailable}
   */
  abstract readStream(stream: string, options?: ReadStreamOptions): Promise<readonly StoredEvent[]>;

  /**
   * Reads one page of the log in commit order. It may hold fewer events than asked for before the head, because of the
   * filter or because they are large: go by `atHead`.
   * @throws {InvalidPosition} also for a position beyond the head: it is of another log, or of a newer copy of this one.
   * @throws {Unavailable}
   */
  abstract readAll(options?: ReadAllOptions): Promise<LogPage>;

  /**
   * Follows the log: history first, then each batch when it becomes durable, woken by the commit itself.
   * Survives restarts of a remote store by resuming after the last handled position.
   * @returns settles when the signal aborts or the store is closed; rejects when `onBatch` threw or the log cannot be followed any more.
   */
  abstract subscribe(options: SubscribeOptions): Promise<void>;

  /** Position of the last durable event; undefined for an empty log. @throws {Unavailable} */
  abstract head(): Promise<Position | undefined>;

  /** @returns negative, 0 or positive. @throws {InvalidPosition} */
  abstract comparePositions(left: Position, right: Position): number;

  /** Waits for appends under way, ends subscriptions, releases files and connections. May be called twice. */
  abstract close(): Promise<void>;
}

/** The head of the stream is not where the writer believed it to be. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
  constructor(
    readonly stream: string,
    readonly expected: ExpectedRevision,
    /** The head found; {@link NO_STREAM} when the stream does not exist. */
    readonly actual: ExpectedRevision,
  ) {
    super(`${stream}: expected revision ${expected}, found ${actual}`);
  }
}

/** The append may have been written or not. Repeating the identical append settles it. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}

/** Over a limit of the port; nothing was written. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

/** The stream was deleted or truncated by somebody with rights on the database. */
export class Gone extends Error {
  override readonly name = 'Gone';
}

/** The store cannot answer now (disk full, unreachable, closed). Nothing was written. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** Another process writes to this log, and only one may. */
export class InUse extends Unavailable {}

/** Not a position of this log. */
export class InvalidPosition extends Error {
  override readonly name = 'InvalidPosition';
  constructor(readonly position: string) {
    super(`Not a position of this log: ${position.slice(0, 64)}`);
  }
}
