import type Database from 'better-sqlite3';
import {
  EventStore,
  Unavailable,
  type Appended,
  type ExpectedRevision,
  type LogPage,
  type NewEvent,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type StoredEvent,
  type SubscribeOptions,
} from '../port.js';
import { encodeAppend } from '../encode-append.js';
import { AppendQueue } from './append-queue.js';
import { followLog } from './follow-log.js';
import { LogReader } from './log-reader.js';
import { LogWriter } from './log-writer.js';
import {
  closeAfterWriting,
  closeWithoutCheckpoint,
  openForReading,
  openForWriting,
  type OpenOptions,
} from './open-database.js';
import { toNumber } from './position.js';
import { Wakeup } from './wakeup.js';
import { takeWriterLock } from './writer-lock.js';

export interface SqliteEventStoreOptions extends OpenOptions {
  /** Reads and follows a log that another process may be writing; every append is refused. */
  readonly readOnly?: boolean;
}

interface Writing {
  readonly queue: AppendQueue;
  readonly unlock: () => void;
}

/** The log in one SQLite file; see docs/reference/event-store.md. */
export class SqliteEventStore extends EventStore {
  override readonly soleWriter = true;
  readonly #db: Database.Database;
  readonly #reader: LogReader;
  readonly #wakeup: Wakeup;
  readonly #writing: Writing | undefined;
  readonly #closing = new AbortController();
  readonly #subscriptions = new Set<Promise<void>>();
  #closed: Promise<void> | undefined;

  /** @throws {Unavailable} with the reason to refuse the file. */
  static open(options: SqliteEventStoreOptions): SqliteEventStore {
    if (options.readOnly === true) return new SqliteEventStore(openForReading(options), undefined);
    const unlock = takeWriterLock(options.file);
    try {
      return new SqliteEventStore(openForWriting(options), unlock);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  private constructor(db: Database.Database, unlock: (() => void) | undefined) {
    super();
    this.#db = db;
    this.#reader = new LogReader(db);
    if (unlock === undefined) {
      const version = db.prepare('PRAGMA data_version').pluck();
      this.#wakeup = new Wakeup(() => version.get());
      return;
    }
    this.#wakeup = new Wakeup();
    const writer = new LogWriter(db);
    const queue = new AppendQueue(
      (batch) => writer.write(batch),
      () => this.#wakeup.notify(),
    );
    this.#writing = { queue, unlock };
  }

  /** Why no append is taken until a restart, for a readiness page; undefined while all is well. */
  get halted(): string | undefined {
    return this.#writing?.queue.halted;
  }

  override async append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> {
    const encoded = encodeAppend(stream, expected, events);
    if (this.#writing === undefined) throw new Unavailable('The log was opened read-only');
    return this.#writing.queue.add(stream, expected, encoded);
  }

  override async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly StoredEvent[]> {
    this.#refuseClosed();
    return this.#reader.readStream(stream, options);
  }

  override async readAll(options: ReadAllOptions = {}): Promise<LogPage> {
    this.#refuseClosed();
    return this.#reader.readAll(options);
  }

  override async head(): Promise<Position | undefined> {
    this.#refuseClosed();
    return this.#reader.head();
  }

  override comparePositions(left: Position, right: Position): number {
    return toNumber(left) - toNumber(right);
  }

  override async subscribe(options: SubscribeOptions): Promise<void> {
    if (this.#closed !== undefined) throw closed();
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    const following = followLog((page) => this.#reader.readAll(page), this.#wakeup, { ...options, signal });
    this.#subscriptions.add(following);
    try {
      await following;
    } finally {
      this.#subscriptions.delete(following);
    }
  }

  override close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#writing?.queue.close();
    this.#closing.abort();
    await Promise.allSettled(this.#subscriptions);
    try {
      if (this.#writing === undefined) this.#db.close();
      else if (this.halted === undefined) closeAfterWriting(this.#db);
      else closeWithoutCheckpoint(this.#db);
    } finally {
      this.#writing?.unlock();
    }
  }

  /** While closing, handlers that are still at work may read. */
  #refuseClosed(): void {
    if (!this.#db.open) throw closed();
  }
}

const closed = (): Unavailable => new Unavailable('The event store is closed');
