import type Database from 'better-sqlite3';
import {
  Gone,
  InvalidPosition,
  NO_STREAM,
  READ_EVENTS_MAX,
  Unavailable,
  type EventFilter,
  type JsonObject,
  type LogPage,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type StoredEvent,
} from '../port.js';
import { toNumber, toPosition } from './position.js';
import { unavailable } from './sqlite-failure.js';

/** Events that one page examines at most: a filter that matches nothing must not hold the event loop (about 10 ms). */
export const SCAN_EVENTS_MAX = 20_000;
/** Rows fetched before the size of the page is looked at, then twice as many, and so on. */
const CHUNK_EVENTS = 128;
/** A page of the log ends after about this size, so that one of large events fits in memory too. */
const PAGE_BYTES_MAX = 8 * 1024 * 1024;
/** The same playbook is pinned in thousands of incidents: data as long as that are decoded once, and shared. */
const SHARED_BYTES_MIN = 16 * 1024;
/** Such data that are remembered, the oldest let go first. */
const SHARED_DATA_MAX = 16;
/** Prefixes, and types, of one filter. */
export const FILTER_VALUES_MAX = 512;
/** Prepared statements kept for filters, one per number of prefixes and types. */
const FILTER_STATEMENTS_MAX = 64;

const DATA = `CASE WHEN octet_length(data) < ${SHARED_BYTES_MIN} THEN data ELSE CAST(data AS BLOB) END`;

type StreamRow = [pos: number, rev: number, type: string, id: string, data: string | Buffer, meta: string];
type LogRow = [...StreamRow, stream: string];
type LogStatement = Database.Statement<unknown[], LogRow>;

/** Reads pages, of what is durable: a commit is seen by SQLite before it is on the disk. */
export class LogReader {
  readonly #db: Database.Database;
  readonly #head;
  readonly #isEmptied;
  readonly #lastRevision;
  readonly #forward;
  readonly #backward;
  readonly #filtered = new Map<string, LogStatement>();
  readonly #shared: { readonly bytes: Buffer; readonly parsed: JsonObject }[] = [];

  /** @param durable position of the last event that is on the disk; 0 for none. */
  constructor(
    db: Database.Database,
    private readonly durable: () => number,
  ) {
    this.#db = db;
    this.#head = db
      .prepare<[number], number>('SELECT pos FROM events WHERE pos <= ? ORDER BY pos DESC LIMIT 1')
      .pluck();
    this.#isEmptied = db
      .prepare<[string], number>(
        `SELECT 1 FROM streams WHERE name = ?
         AND NOT EXISTS (SELECT 1 FROM events WHERE events.sid = streams.sid)`,
      )
      .pluck();
    this.#lastRevision = db
      .prepare<[string], number | null>(
        'SELECT max(rev) FROM events WHERE sid = (SELECT sid FROM streams WHERE name = ?)',
      )
      .pluck();
    const ofStream = `SELECT pos, rev, type, id, ${DATA}, meta FROM events
      WHERE sid = (SELECT sid FROM streams WHERE name = ?) AND +pos <= ?`; // by the index of revisions
    this.#forward = db
      .prepare<[string, number, number, number], StreamRow>(`${ofStream} AND rev >= ? ORDER BY rev LIMIT ?`)
      .raw();
    this.#backward = db
      .prepare<[string, number, number, number], StreamRow>(`${ofStream} AND rev <= ? ORDER BY rev DESC LIMIT ?`)
      .raw();
  }

  head(): Position | undefined {
    const head = this.#read(() => this.#head.get(this.durable()));
    return head === undefined ? undefined : toPosition(head);
  }

  readStream(stream: string, { direction = 'forward', from, max = READ_EVENTS_MAX }: ReadStreamOptions): StoredEvent[] {
    checkMax(max);
    if (from !== undefined && !(Number.isSafeInteger(from) && from >= 0)) {
      throw new RangeError(`A stream is read from a revision of 0 or more, not ${from}`);
    }
    const forward = direction === 'forward';
    const start = from ?? (forward ? 0 : Number.MAX_SAFE_INTEGER);
    // Most who know a stream only ask whether it grew, and this tells them in a third of the time.
    if (forward && start > 0 && (this.#read(() => this.#lastRevision.get(stream)) ?? NO_STREAM) < start) return [];
    const rows = this.#read(() => (forward ? this.#forward : this.#backward).all(stream, this.durable(), start, max));
    this.#refuseGaps(stream, rows, forward, forward ? start : undefined, max);
    return rows.map((row) => this.#toEvent(row, stream));
  }

  readAll({ after, max = READ_EVENTS_MAX, filter = {} }: ReadAllOptions): LogPage {
    checkMax(max);
    const start = after === undefined ? 0 : toNumber(after);
    const statement = this.#read(() => this.#statementFor(filter));
    const head = this.#read(() => this.#head.get(this.durable())) ?? 0;
    // A reader that has seen more than there is follows another log, or this one was restored from an older backup.
    if (after !== undefined && start > head) throw new InvalidPosition(after);
    const scanned = Math.min(head, start + SCAN_EVENTS_MAX);
    const { streamPrefixes = [], types = [] } = filter;
    const values = [...streamPrefixes.flatMap(twice), ...types];
    const { rows, isCut } = this.#read(() => pageOf(statement, start, scanned, values, max));
    const last = isCut ? (rows.at(-1)?.[0] ?? scanned) : scanned;
    return {
      events: rows.map((row) => this.#toEvent(row, row[6])),
      position: last === 0 ? undefined : toPosition(last),
      atHead: last === head,
    };
  }

  /** The writer leaves no gap, so a missing revision was deleted by somebody with a shell. */
  #refuseGaps(
    stream: string,
    rows: readonly StreamRow[],
    forward: boolean,
    start: number | undefined,
    max: number,
  ): void {
    const step = forward ? 1 : -1;
    const first = rows[0]?.[1];
    if (first === undefined) {
      // Beyond the end of a stream is an empty page; a stream without any event was emptied.
      if ((start ?? 0) > 0 || this.#read(() => this.#isEmptied.get(stream)) === undefined) return;
      throw new Gone(`${stream}: its events were deleted from the database`);
    }
    let next = start ?? first;
    for (const [, revision] of rows) {
      if (revision !== next) throw new Gone(`${stream}: revision ${next} was deleted from the database`);
      next += step;
    }
    if (!forward && rows.length < max && next !== -1) {
      throw new Gone(`${stream}: revision ${next} was deleted from the database`);
    }
  }

  #statementFor({ streamPrefixes, types }: EventFilter): LogStatement {
    checkFilter('streamPrefixes', streamPrefixes);
    checkFilter('types', types);
    const shape = `${streamPrefixes?.length ?? '*'} ${types?.length ?? '*'}`;
    const known = this.#filtered.get(shape);
    if (known !== undefined) return known;
    // Parts of names are compared literally: LIKE and GLOB have characters of their own.
    const prefix = 'substr(name, 1, length(?)) = ?';
    const prefixes = streamPrefixes && ` AND (${streamPrefixes.map(() => prefix).join(' OR ')})`;
    const oneOf = types && ` AND type IN (${types.map(() => '?').join(', ')})`;
    // CROSS JOIN keeps the order of the tables: along the log, looking up the stream of each event.
    const statement = this.#db
      .prepare<unknown[], LogRow>(
        `SELECT pos, rev, type, id, ${DATA}, meta, name FROM events CROSS JOIN streams USING (sid)
         WHERE pos > ? AND pos <= ?${prefixes ?? ''}${oneOf ?? ''} ORDER BY pos LIMIT ?`,
      )
      .raw();
    if (this.#filtered.size >= FILTER_STATEMENTS_MAX) this.#filtered.clear();
    this.#filtered.set(shape, statement);
    return statement;
  }

  #toEvent([pos, revision, type, id, data, meta]: StreamRow | LogRow, stream: string): StoredEvent {
    const parsed = typeof data === 'string' ? parse(data, pos) : this.#parseOnce(data, pos);
    return { id, type, data: parsed, meta: parse(meta, pos), stream, revision, position: toPosition(pos) };
  }

  #parseOnce(bytes: Buffer, pos: number): JsonObject {
    const known = this.#shared.find((each) => each.bytes.equals(bytes));
    if (known !== undefined) return known.parsed;
    const parsed = parse(bytes.toString('utf8'), pos, frozen);
    if (this.#shared.length >= SHARED_DATA_MAX) this.#shared.shift();
    this.#shared.push({ bytes, parsed });
    return parsed;
  }

  #read<T>(query: () => T): T {
    try {
      return query();
    } catch (error) {
      throw unavailable(error);
    }
  }
}

const twice = (value: string): [string, string] => [value, value];

/** Up to `max` rows; cut when more may follow. */
function pageOf(
  statement: LogStatement,
  start: number,
  scanned: number,
  values: readonly string[],
  max: number,
): { readonly rows: LogRow[]; readonly isCut: boolean } {
  const rows: LogRow[] = [];
  let bytes = 0;
  for (let size = CHUNK_EVENTS; rows.length < max && bytes < PAGE_BYTES_MAX; size *= 2) {
    const wanted = Math.min(size, max - rows.length);
    const chunk = statement.all(rows.at(-1)?.[0] ?? start, scanned, ...values, wanted);
    for (const row of chunk) {
      rows.push(row);
      bytes += row[4].length + row[5].length;
    }
    if (chunk.length < wanted) return { rows, isCut: false };
  }
  return { rows, isCut: true };
}

/** What many events share, none of their readers may change. */
const frozen = (_key: string, value: unknown): unknown => Object.freeze(value);

/** The writer stores JSON, so other text is a bit that changed or a hand that did. */
function parse(text: string, pos: number, reviver?: typeof frozen): JsonObject {
  try {
    return JSON.parse(text, reviver) as JsonObject;
  } catch (cause) {
    throw new Unavailable(`The file of the log is damaged: the event at ${toPosition(pos)} is no JSON`, { cause });
  }
}

function checkMax(max: number): void {
  if (!Number.isSafeInteger(max) || max < 1 || max > READ_EVENTS_MAX) {
    throw new RangeError(`A read returns 1 to ${READ_EVENTS_MAX} events, not ${max}`);
  }
}

function checkFilter(name: keyof EventFilter, values: readonly string[] | undefined): void {
  if (values !== undefined && (values.length === 0 || values.length > FILTER_VALUES_MAX)) {
    throw new RangeError(
      `${name} of a filter has 1 to ${FILTER_VALUES_MAX} values, not ${values.length}; leave it out for all`,
    );
  }
}
