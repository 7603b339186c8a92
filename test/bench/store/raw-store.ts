import Database from 'better-sqlite3';
import type { NewEvent, StoredEvent } from '../../../libs/event-store/src/port.js';

const INSERT_ROWS = 8;
const COLUMNS = 7;
const CHECKPOINT_PAGES = 4000;

interface Waiting {
  readonly stream: string;
  readonly expected: number;
  readonly events: readonly NewEvent[];
  readonly resolve: (revision: number) => void;
  readonly reject: (reason: Error) => void;
}

/** No stack: it would cost more than the append. */
const conflict = Object.assign(new Error('conflict'), { stack: '' });

/**
 * The limit to measure against: better-sqlite3 by hand, with the same table and the same guarantees (on disk when it
 * answers, expected revision, positions and revisions without a gap), and nothing around it: no checks of names and
 * sizes, no idempotency, no subscribers, no limits, no way to survive an error.
 */
export class RawStore {
  readonly db: Database.Database;
  readonly #insertStream;
  readonly #insertRow;
  readonly #insertRows;
  readonly #heads = new Map<string, { sid: number; revision: number }>();
  #position: number;
  #waiting: Waiting[] = [];

  constructor(file: string) {
    this.db = new Database(file);
    this.db.pragma('journal_mode = WAL');
    this.db.pragma('synchronous = FULL');
    this.db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    this.db.exec(`
      CREATE TABLE IF NOT EXISTS streams (sid INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
      CREATE TABLE IF NOT EXISTS events (pos INTEGER PRIMARY KEY, sid INTEGER NOT NULL, rev INTEGER NOT NULL,
        type TEXT NOT NULL, id TEXT NOT NULL, data TEXT NOT NULL, meta TEXT NOT NULL, UNIQUE (sid, rev)) STRICT`);
    this.#insertStream = this.db.prepare('INSERT INTO streams (name) VALUES (?)');
    const row = `(${Array(COLUMNS).fill('?').join(',')})`;
    const insert = (rows: number): string => `INSERT INTO events VALUES ${Array(rows).fill(row).join(',')}`;
    this.#insertRow = this.db.prepare(insert(1));
    this.#insertRows = this.db.prepare(insert(INSERT_ROWS));
    this.#position = this.db.prepare('SELECT coalesce(max(pos), 0) FROM events').pluck().get() as number;
    for (const [sid, name, revision] of this.db
      .prepare('SELECT sid, name, (SELECT max(rev) FROM events WHERE events.sid = streams.sid) FROM streams')
      .raw()
      .all() as [number, string, number][]) {
      this.#heads.set(name, { sid, revision });
    }
  }

  headOf(stream: string): number {
    return this.#heads.get(stream)?.revision ?? -1;
  }

  /** On the spot: the fastest for one caller who waits. */
  appendNow(stream: string, expected: number, events: readonly NewEvent[]): number {
    if (events.length === 1 && this.#heads.has(stream)) {
      if (this.headOf(stream) !== expected) throw conflict;
      this.#insertRow.run(...this.#rowsOf(stream, events));
      return expected + 1;
    }
    this.db.exec('BEGIN');
    if (this.headOf(stream) !== expected) throw conflict;
    this.#insert(this.#rowsOf(stream, events));
    this.db.exec('COMMIT');
    return this.headOf(stream);
  }

  /** Group commit: one transaction for all that wait in this turn. */
  append(stream: string, expected: number, events: readonly NewEvent[]): Promise<number> {
    if (this.#waiting.length === 0) setImmediate(() => this.#flush());
    return new Promise((resolve, reject) => this.#waiting.push({ stream, expected, events, resolve, reject }));
  }

  #flush(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    this.db.exec('BEGIN');
    const values: unknown[] = [];
    const outcomes = batch.map(({ stream, expected, events }) => {
      if (this.headOf(stream) !== expected) return undefined;
      values.push(...this.#rowsOf(stream, events));
      return expected + events.length;
    });
    this.#insert(values);
    this.db.exec('COMMIT');
    outcomes.forEach((revision, index) => {
      if (revision === undefined) batch[index]?.reject(conflict);
      else batch[index]?.resolve(revision);
    });
  }

  #rowsOf(stream: string, events: readonly NewEvent[]): unknown[] {
    let head = this.#heads.get(stream);
    if (head === undefined) {
      head = { sid: Number(this.#insertStream.run(stream).lastInsertRowid), revision: -1 };
      this.#heads.set(stream, head);
    }
    const values: unknown[] = [];
    for (const { id, type, data, meta } of events) {
      head.revision += 1;
      this.#position += 1;
      values.push(this.#position, head.sid, head.revision, type, id, JSON.stringify(data), JSON.stringify(meta));
    }
    return values;
  }

  #insert(values: readonly unknown[]): void {
    const width = INSERT_ROWS * COLUMNS;
    let from = 0;
    for (; from + width <= values.length; from += width) this.#insertRows.run(values.slice(from, from + width));
    for (; from < values.length; from += COLUMNS) this.#insertRow.run(values.slice(from, from + COLUMNS));
  }

  close(): void {
    this.db.close();
  }
}

type Row = [pos: number, rev: number, type: string, id: string, data: string, meta: string];

/** Reads by hand: raw rows in pages, made into the same objects. */
export class RawReader {
  readonly #stream;
  readonly #page;

  constructor(private readonly db: Database.Database) {
    this.#stream = db
      .prepare<[string, number], Row>(
        `SELECT pos, rev, type, id, data, meta FROM events
         WHERE sid = (SELECT sid FROM streams WHERE name = ?) AND rev >= ? ORDER BY rev`,
      )
      .raw();
    this.#page = db
      .prepare<[number, number], [...Row, string]>(
        `SELECT pos, rev, type, id, data, meta, name FROM events CROSS JOIN streams USING (sid)
         WHERE pos > ? ORDER BY pos LIMIT ?`,
      )
      .raw();
  }

  stream(stream: string, from = 0): StoredEvent[] {
    return this.#stream.all(stream, from).map((row) => toEvent(row, stream));
  }

  *pages(max: number): Generator<StoredEvent[]> {
    for (let after = 0; ;) {
      const rows = this.#page.all(after, max);
      if (rows.length === 0) return;
      after = rows.at(-1)?.[0] ?? 0;
      yield rows.map((row) => toEvent(row, row[6]));
    }
  }

  close(): void {
    this.db.close();
  }
}

const toEvent = ([pos, revision, type, id, data, meta]: Row | [...Row, string], stream: string): StoredEvent => ({
  id,
  type,
  data: JSON.parse(data),
  meta: JSON.parse(meta),
  stream,
  revision,
  position: `p${pos}`,
});
