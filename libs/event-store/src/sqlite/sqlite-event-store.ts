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
import { DurableHead } from './durable-head.js';
import {
  CHECKPOINT_PAGES,
  closeAfterWriting,
  closeWithoutCheckpoint,
  openForReading,
  openForWriting,
  type OpenOptions,
} from './open-database.js';
import { toNumber } from './position.js';
import { WalSync } from './wal-sync.js';
import { Wakeup } from './wakeup.js';
import { takeWriterLock } from './writer-lock.js';

export interface SqliteEventStoreOptions extends OpenOptions {
  /** Reads and follows a log that another process may be writing; every append is refused. */
  readonly readOnly?: boolean;
  /** A disk whose fsync takes longer, in milliseconds, is not waited for on the main thread. 0: never there. */
  readonly onTheSpotMsMax?: number;
  /** Pages of 4 KiB that the write-ahead log may hold before they are put into the main file. */
  readonly checkpointPages?: number;
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
  readonly #durable: DurableHead;
  readonly #writing: Writing | undefined;
  readonly #closing = new AbortController();
  readonly #subscriptions = new Set<Promise<void>>();
  #closed: Promise<void> | undefined;

  /** @throws {Unavailable} with the reason to refuse the file. */
  static open(options: SqliteEventStoreOptions): SqliteEventStore {
    if (options.readOnly === true) return SqliteEventStore.#over(openForReading(options), options, undefined);
    const unlock = takeWriterLock(options.file);
    try {
      return SqliteEventStore.#over(openForWriting(options), options, unlock);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  static #over(
    db: Database.Database,
    options: SqliteEventStoreOptions,
    unlock: (() => void) | undefined,
  ): SqliteEventStore {
    try {
      return new SqliteEventStore(db, options, unlock);
    } catch (cause) {
      db.close();
      throw new Unavailable(`${options.file} cannot be opened: ${(cause as Error).message}`, { cause });
    }
  }

  private constructor(
    db: Database.Database,
    { file, onTheSpotMsMax, checkpointPages = CHECKPOINT_PAGES }: SqliteEventStoreOptions,
    unlock: (() => void) | undefined,
  ) {
    super();
    this.#db = db;
    const wal = new WalSync(file, onTheSpotMsMax);
    this.#durable = new DurableHead(db, wal);
    this.#reader = new LogReader(db, () => this.#durable.position);
    if (unlock === undefined) {
      const version = db.prepare('PRAGMA data_version').pluck();
      this.#wakeup = new Wakeup(() => version.get());
      return;
    }
    this.#wakeup = new Wakeup();
    const writer = new LogWriter(db, { sync: (alone) => wal.sync(alone), checkpointPages });
    const queue = new AppendQueue(
      (batch) => writer.write(batch),
      () => {
        this.#durable.advance(writer.last);
        this.#wakeup.notify();
      },
    );
    this.#writing = { queue, unlock };
  }

  /** Why no append is taken until a restart, for a readiness page; undefined while all is well. */
  get halted(): string | undefined {
    return this.#writing?.queue.halted;
  }

  /** Not an async function: that would be a second promise for each append. */
  override append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> {
    try {
      const encoded = encodeAppend(stream, expected, events);
      if (this.#writing === undefined) throw new Unavailable('The log was opened read-only');
      return this.#writing.queue.add(stream, expected, encoded);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  override async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly StoredEvent[]> {
    await this.#catchUp();
    return this.#reader.readStream(stream, options);
  }

  override async readAll(options: ReadAllOptions = {}): Promise<LogPage> {
    await this.#catchUp();
    return this.#reader.readAll(options);
  }

  override async head(): Promise<Position | undefined> {
    await this.#catchUp();
    return this.#reader.head();
  }

  override comparePositions(left: Position, right: Position): number {
    return toNumber(left) - toNumber(right);
  }

  override async subscribe(options: SubscribeOptions): Promise<void> {
    if (this.#closed !== undefined) throw closed();
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    const following = followLog((page) => this.readAll(page), this.#wakeup, { ...options, signal });
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
    await this.#durable.close();
    try {
      if (this.#writing === undefined) this.#db.close();
      else if (this.halted === undefined) closeAfterWriting(this.#db);
      else closeWithoutCheckpoint(this.#db);
    } finally {
      this.#writing?.unlock();
    }
  }

  /** While closing, handlers that are still at work may read. */
  async #catchUp(): Promise<void> {
    if (!this.#db.open) throw closed();
    if (this.#writing !== undefined) return;
    await this.#durable.catchUp();
    if (!this.#db.open) throw closed();
  }
}

const closed = (): Unavailable => new Unavailable('The event store is closed');
