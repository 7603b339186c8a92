import type Database from 'better-sqlite3';
import { Conflict, Gone, NO_STREAM, OutcomeUnknown, type Appended, type ExpectedRevision } from '../port.js';
import type { EncodedEvent } from '../encode-append.js';
import type { Outcome, PendingAppend } from './append-queue.js';
import { toPosition } from './position.js';
import { unavailable, writeFailure } from './sqlite-failure.js';

/** Streams whose head is remembered; a stream that is not costs two look-ups. */
export const HEADS_MAX = 10_000;
/** Rows per INSERT: 8 cost a fifth less than one by one, more gain nothing. */
const INSERT_ROWS = 8;
const ROW_COLUMNS = 7;
const BLOCK = INSERT_ROWS * ROW_COLUMNS;

interface Head {
  readonly sid: number;
  /** Moves on with each event staged. */
  revision: ExpectedRevision;
}

type WalPages = [busy: number, written: number, inMainFile: number];

export interface LogWriterOptions {
  /** Puts on the disk what was committed; see {@link WalSync}. */
  readonly sync: (alone: boolean) => Promise<void> | undefined;
  /** Pages of the write-ahead log that are put into the main file together. */
  readonly checkpointPages: number;
}

/**
 * Writes batches of appends. A batch is committed at once, so nobody sees the half of one, and is then put on the disk;
 * until that is done, {@link LogReader} does not show it.
 */
export class LogWriter {
  readonly #db: Database.Database;
  readonly #options: LogWriterOptions;
  readonly #begin;
  readonly #commitStatement;
  readonly #rollback;
  readonly #pagesAhead;
  readonly #checkpoint;
  readonly #dataVersion;
  readonly #lastPosition;
  readonly #selectHead;
  readonly #insertStream;
  readonly #insertRow;
  readonly #insertRows;
  readonly #selectIds;

  /** Heads as they will be once the batch is committed; the first one remembered is the first one forgotten. */
  readonly #heads = new Map<string, Head>();
  /** Of the rows to insert, one after the other, {@link ROW_COLUMNS} each. */
  #values: (string | number)[] = [];
  #last = 0;
  #hasWritten = false;
  #seenDataVersion: number | undefined;

  constructor(db: Database.Database, options: LogWriterOptions) {
    this.#db = db;
    this.#options = options;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commitStatement = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
    this.#pagesAhead = db.prepare<[], WalPages>('PRAGMA wal_checkpoint(NOOP)').raw();
    this.#checkpoint = db.prepare<[], WalPages>('PRAGMA wal_checkpoint(PASSIVE)').raw();
    this.#dataVersion = db.prepare<[], number>('PRAGMA data_version').pluck();
    this.#lastPosition = db.prepare<[], number>('SELECT coalesce(max(pos), 0) FROM events').pluck();
    this.#selectHead = db
      .prepare<[string], [sid: number, revision: number | null]>(
        'SELECT sid, (SELECT max(rev) FROM events WHERE events.sid = streams.sid) FROM streams WHERE name = ?',
      )
      .raw();
    this.#insertStream = db.prepare<[string]>('INSERT INTO streams (name) VALUES (?)');
    this.#insertRow = db.prepare(insertSql(1));
    this.#insertRows = db.prepare(insertSql(INSERT_ROWS));
    this.#selectIds = db
      .prepare<[number, number, number], [pos: number, id: string]>(
        'SELECT pos, id FROM events WHERE sid = ? AND rev >= ? ORDER BY rev LIMIT ?',
      )
      .raw();
  }

  /** Position of the last event committed. */
  get last(): number {
    return this.#last;
  }

  /**
   * Makes one batch durable. The next one must wait for it.
   * @returns one outcome for each append. @throws {Unavailable} nothing was written. @throws {OutcomeUnknown} see there.
   */
  write(batch: readonly PendingAppend[]): readonly Outcome[] | Promise<readonly Outcome[]> {
    this.#checkpointWhenLong();
    this.#hasWritten = false;
    const outcomes = this.#commit(batch);
    // Refusals and repeats alone rest on earlier batches, which are on the disk.
    const syncing = this.#hasWritten ? this.#options.sync(batch.length === 1) : undefined;
    return syncing === undefined ? outcomes : syncing.then(() => outcomes);
  }

  #commit(batch: readonly PendingAppend[]): readonly Outcome[] {
    let committing = false;
    try {
      this.#begin.run();
    } catch (error) {
      throw unavailable(error);
    }
    try {
      this.#forgetIfOthersWrote();
      const outcomes = batch.map((append) => this.#stage(append));
      this.#flushRows();
      committing = true;
      this.#commitStatement.run();
      return outcomes;
    } catch (error) {
      this.#undo();
      throw writeFailure(error, committing);
    }
  }

  /**
   * Here and not in COMMIT, where SQLite keeps its failures to itself. It puts the write-ahead log on the disk before it
   * writes to the main file, and that file before the log is used again from its start.
   */
  #checkpointWhenLong(): void {
    const [, written = 0, inMainFile = 0] = this.#pagesAhead.get() ?? [];
    if (written - inMainFile < this.#options.checkpointPages) return;
    try {
      this.#checkpoint.get();
    } catch (error) {
      const failure = writeFailure(error, false);
      // Any other failure, a full disk for one, leaves the log as it is, to be tried again.
      if (failure instanceof OutcomeUnknown) throw failure;
    }
  }

  #undo(): void {
    this.#values = [];
    this.#seenDataVersion = undefined;
    // After some errors, a full disk for one, SQLite has rolled back already.
    if (this.#db.inTransaction) this.#rollback.run();
  }

  /** Nobody else should write, but an administrator with a shell can; then what is remembered may be wrong. */
  #forgetIfOthersWrote(): void {
    const version = this.#dataVersion.get();
    if (version === this.#seenDataVersion) return;
    this.#heads.clear();
    this.#last = this.#lastPosition.get() ?? 0;
    this.#seenDataVersion = version;
  }

  #stage({ stream, expected, events }: PendingAppend): Outcome {
    const head = this.#headOf(stream);
    if (head instanceof Gone) return head;
    const revision = head?.revision ?? NO_STREAM;
    if (revision !== expected) {
      const first = head === undefined ? undefined : this.#firstAnswer(head, expected, events);
      return first ?? new Conflict(stream, expected, revision);
    }
    return this.#stageRows(head ?? this.#newStream(stream), events);
  }

  #newStream(stream: string): Head {
    const head = { sid: Number(this.#insertStream.run(stream).lastInsertRowid), revision: NO_STREAM };
    this.#remember(stream, head);
    return head;
  }

  #stageRows(head: Head, events: readonly EncodedEvent[]): Appended {
    this.#hasWritten = true;
    for (const { type, id, data, meta } of events) {
      head.revision += 1;
      this.#last += 1;
      this.#values.push(this.#last, head.sid, head.revision, type, id, data, meta);
    }
    return { revision: head.revision, position: toPosition(this.#last) };
  }

  /** The same append again: the ids are where it would have put them. */
  #firstAnswer(head: Head, expected: ExpectedRevision, events: readonly EncodedEvent[]): Appended | undefined {
    this.#flushRows(); // the first one may be of this very batch
    const stored = this.#selectIds.all(head.sid, expected + 1, events.length);
    const last = stored.at(-1);
    if (last === undefined || stored.length !== events.length) return undefined;
    if (stored.some(([, id], index) => id !== events[index]?.id)) return undefined;
    return { revision: expected + events.length, position: toPosition(last[0]) };
  }

  #flushRows(): void {
    const values = this.#values;
    this.#values = [];
    let from = 0;
    for (let to = BLOCK; to <= values.length; from = to, to += BLOCK) this.#insertRows.run(values.slice(from, to));
    for (; from < values.length; from += ROW_COLUMNS) this.#insertRow.run(values.slice(from, from + ROW_COLUMNS));
  }

  #headOf(stream: string): Head | Gone | undefined {
    const known = this.#heads.get(stream);
    if (known !== undefined) return known;
    const row = this.#selectHead.get(stream);
    if (row === undefined) return undefined;
    const [sid, revision] = row;
    if (revision === null) return new Gone(`${stream}: its events were deleted from the database`);
    const head = { sid, revision };
    this.#remember(stream, head);
    return head;
  }

  #remember(stream: string, head: Head): void {
    this.#heads.set(stream, head);
    if (this.#heads.size <= HEADS_MAX) return;
    for (const oldest of this.#heads.keys()) {
      this.#heads.delete(oldest);
      return;
    }
  }
}

function insertSql(rows: number): string {
  const row = `(${Array<string>(ROW_COLUMNS).fill('?').join(', ')})`;
  return `INSERT INTO events (pos, sid, rev, type, id, data, meta) VALUES ${Array<string>(rows).fill(row).join(', ')}`;
}
