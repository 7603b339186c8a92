import Database from 'better-sqlite3';
import { rmSync } from 'node:fs';
import type { Position } from '#libs/event-store';
import { FEED_START } from '../feed/feed.js';
import type { Cause } from './causes.js';
import type { Progress } from './subscription.js';

/** Attempts of one subscription that are kept; older ones are forgotten, what was delivered is not. */
export const ATTEMPTS_KEPT = 1000;
const TRIM_EVERY = 64;
const VERSION = 2;

/** A cursor over the log: everything selected up to it was delivered, or is in the lane of its incident. */
export interface Track {
  readonly track: string;
  readonly subscription: string;
  readonly replay: boolean;
  readonly cursor: Position;
  /** Where a replay ends. */
  readonly until: Position | null;
  readonly sinceMs: number | null;
}

/** What one incident still has to deliver: a cursor over its stream. */
export interface Lane {
  readonly track: string;
  readonly incident: string;
  /** Revision to deliver next, or the first one after it that is selected. */
  readonly next: number;
  readonly last: number;
  readonly failures: number;
  /** When the next attempt is made. */
  readonly dueMs: number;
  /** When the schedule has it; later than `dueMs` for an attempt that is made early because the receiver is back. */
  readonly scheduledMs: number;
  readonly held: boolean;
  readonly firstFailedMs: number | null;
  /** When the event was recorded that waits, or one before it in the lane. */
  readonly recordedMs: number;
  /** Number that the message got at its first attempt, and the position of the message numbered before it. */
  readonly message: { readonly revision: number; readonly seq: number; readonly previous: Position } | undefined;
}

export interface Attempt {
  readonly id: number;
  readonly eventId: string;
  readonly type: string;
  readonly incidentId: string | null;
  readonly revision: number | null;
  readonly position: Position | null;
  readonly seq: number | null;
  readonly attempt: number;
  readonly kind: 'delivery' | 'replay' | 'test';
  readonly atMs: number;
  readonly durationMs: number;
  readonly status: number | null;
  readonly cause: Cause | null;
  readonly nextAttemptMs: number | null;
  readonly request: { readonly url: string; readonly headers: object; readonly body: string };
  readonly response: { readonly body: string } | null;
}

export interface Figures {
  readonly delivered: number;
  readonly failed: number;
  readonly seq: number;
  readonly lastPosition: Position;
  readonly lastSuccessMs: number | null;
  readonly lastFailureMs: number | null;
  readonly lastCause: Cause | null;
  readonly notBeforeMs: number;
  readonly resumptions: number;
}

export interface Waiting {
  readonly incidents: number;
  readonly failing: number;
  readonly held: number;
}

/** All that is known of the deliveries of one subscription, without the attempts: what another process goes on from. */
export interface DeliveryState {
  readonly figures: FigureRow;
  readonly tracks: readonly TrackRow[];
  /** Values of {@link LANE_COLUMNS}; without a track it is the main one. */
  readonly lanes: readonly LaneValues[];
}

const SCHEMA = `
CREATE TABLE figures (
  subscription TEXT PRIMARY KEY, delivered INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0,
  seq INTEGER NOT NULL DEFAULT 0, last_position TEXT NOT NULL DEFAULT '${FEED_START}', last_success INTEGER,
  last_failure INTEGER, last_cause TEXT, not_before INTEGER NOT NULL DEFAULT 0, resumptions INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE tracks (
  track TEXT PRIMARY KEY, subscription TEXT NOT NULL, replay INTEGER NOT NULL, cursor TEXT NOT NULL, until TEXT,
  since INTEGER, done INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX tracks_of ON tracks (subscription, done);
CREATE TABLE lanes (
  track TEXT NOT NULL, incident TEXT NOT NULL, subscription TEXT NOT NULL, next INTEGER NOT NULL, last INTEGER NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL, scheduled INTEGER NOT NULL, held INTEGER NOT NULL DEFAULT 0,
  first_failed INTEGER, message_revision INTEGER, message_seq INTEGER, message_previous TEXT,
  recorded INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (track, incident)
) STRICT, WITHOUT ROWID;
CREATE INDEX lanes_due ON lanes (subscription, held, due);
CREATE TABLE attempts (
  id INTEGER PRIMARY KEY AUTOINCREMENT, subscription TEXT NOT NULL, event TEXT NOT NULL, delivered INTEGER NOT NULL,
  data TEXT NOT NULL
) STRICT;
CREATE INDEX attempts_of ON attempts (subscription, id);
`;

const LANE_COLUMNS = [
  'track',
  'incident',
  'next',
  'last',
  'failures',
  'due',
  'scheduled',
  'held',
  'first_failed',
  'message_revision',
  'message_seq',
  'message_previous',
  'recorded',
] as const;
type LaneValues = readonly (string | number | null)[];

interface LaneRow {
  recorded: number;
  track: string;
  incident: string;
  next: number;
  last: number;
  failures: number;
  due: number;
  scheduled: number;
  held: number;
  first_failed: number | null;
  message_revision: number | null;
  message_seq: number | null;
  message_previous: string | null;
}

/**
 * How far each delivery has got: in a file of the data folder, or in memory where the log keeps it. Losing it loses no
 * event: deliveries then begin again where the subscription did, so a receiver sees what it had before once more, with the
 * same ids.
 */
export class DeliveryBook {
  private readonly db: Database.Database;
  private readonly statements;
  private readonly sinceTrim = new Map<string, number>();
  private readonly listeners = new Set<(attempt: Attempt) => void>();

  /** @param file path, or `:memory:`. */
  constructor(file: string) {
    this.db = open(file);
    this.statements = prepare(this.db);
  }

  close(): void {
    this.db.close();
  }

  /** Everything in `work` is on the disk, or nothing of it. */
  atOnce<Value>(work: () => Value): Value {
    return this.db.transaction(work)();
  }

  begin(track: Track): void {
    const { track: name, subscription, replay, cursor, until, sinceMs } = track;
    this.statements.addFigures.run(subscription);
    this.statements.addTrack.run(name, subscription, replay ? 1 : 0, cursor, until, sinceMs);
  }

  /** Goes on where another record of deliveries had got to. */
  adopt(subscription: string, { position, seq, lastPosition }: Progress): void {
    this.atOnce(() => {
      this.advance(subscription, position, false);
      this.statements.countMessage.run(seq, lastPosition, subscription);
    });
  }

  knows(track: string): boolean {
    return this.statements.knowsTrack.get(track) !== undefined;
  }

  /** Whether a replay has reached its end; what it found may still wait in lanes. */
  isDone(track: string): boolean {
    return this.statements.isDone.get(track) !== undefined;
  }

  /** Cursors that have not reached their end. */
  tracks(subscription: string): readonly Track[] {
    return this.statements.tracks.all(subscription).map((row) => ({
      track: row.track,
      subscription,
      replay: row.replay === 1,
      cursor: row.cursor,
      until: row.until,
      sinceMs: row.since,
    }));
  }

  advance(track: string, cursor: Position, done: boolean): void {
    this.statements.advance.run(cursor, done ? 1 : 0, track);
  }

  /** Forgets replays that are done, but for these. */
  keepTracks(subscription: string, tracks: readonly string[]): void {
    this.statements.dropTracks.run(subscription, JSON.stringify(tracks));
  }

  /** An event that is to be delivered: the lane of its incident reaches to it. */
  enlist(
    { track, subscription }: Pick<Track, 'track' | 'subscription'>,
    { incident, revision, recordedMs }: { incident: string; revision: number; recordedMs: number },
    nowMs: number,
  ): void {
    this.statements.enlist.run(track, incident, subscription, revision, revision, nowMs, nowMs, recordedMs);
  }

  /** Incidents that have something to deliver, replays counted by themselves. */
  lanes(subscription: string): number {
    return this.statements.countLanes.get(subscription)?.lanes ?? 0;
  }

  due(subscription: string, nowMs: number, max: number): readonly Lane[] {
    return this.statements.due.all(subscription, nowMs, max).map(toLane);
  }

  /** When a lane is due next; undefined when none waits. */
  nextDueMs(subscription: string): number | undefined {
    return this.statements.nextDue.get(subscription)?.due ?? undefined;
  }

  lane(track: string, incident: string): Lane | undefined {
    const row = this.statements.lane.get(track, incident);
    return row && toLane(row);
  }

  /** Gives a message of the main cursor its number, once: every attempt carries the same one. */
  number(
    lane: Lane,
    subscription: string,
    { revision, position, recordedMs }: { revision: number; position: Position; recordedMs: number },
  ): NonNullable<Lane['message']> {
    if (lane.message?.revision === revision) return lane.message;
    return this.atOnce(() => {
      const { seq, last_position: previous } = this.statements.figures.get(subscription) as FigureRow;
      const message = { revision, seq: seq + 1, previous };
      this.statements.countMessage.run(message.seq, position, subscription);
      this.statements.setMessage.run(revision, message.seq, previous, revision, recordedMs, lane.track, lane.incident);
      return message;
    });
  }

  /** The lane goes on after a revision, or ends there. */
  passed(lane: Lane, revision: number, nowMs: number): void {
    this.statements.endLane.run(lane.track, lane.incident, revision);
    this.statements.moveLane.run(revision + 1, nowMs, nowMs, lane.track, lane.incident);
  }

  failed(
    lane: Lane,
    change: { failures: number; dueMs: number; scheduledMs: number; held: boolean; atMs: number },
  ): void {
    const { failures, dueMs, scheduledMs, held, atMs } = change;
    this.statements.failLane.run(failures, dueMs, scheduledMs, held ? 1 : 0, atMs, lane.track, lane.incident);
  }

  /** The receiver is back: what waits for its next attempt is tried now, its schedule unchanged. */
  hasten(subscription: string, nowMs: number): void {
    this.statements.hasten.run(nowMs, subscription, nowMs);
  }

  /** Somebody resumed it: every schedule begins anew, held lanes too. */
  resume(subscription: string, resumptions: number, nowMs: number): void {
    this.atOnce(() => {
      this.statements.resumeLanes.run(nowMs, nowMs, subscription);
      this.statements.resumed.run(resumptions, subscription);
    });
  }

  waitUntil(subscription: string, notBeforeMs: number): void {
    this.statements.notBefore.run(notBeforeMs, subscription);
  }

  figures(subscription: string): Figures {
    const row = this.statements.figures.get(subscription);
    return {
      delivered: row?.delivered ?? 0,
      failed: row?.failed ?? 0,
      seq: row?.seq ?? 0,
      lastPosition: row?.last_position ?? FEED_START,
      lastSuccessMs: row?.last_success ?? null,
      lastFailureMs: row?.last_failure ?? null,
      lastCause: row?.last_cause ? (JSON.parse(row.last_cause) as Cause) : null,
      notBeforeMs: row?.not_before ?? 0,
      resumptions: row?.resumptions ?? 0,
    };
  }

  waiting(subscription: string): Waiting {
    const row = this.statements.waiting.get(subscription);
    return { incidents: row?.incidents ?? 0, failing: row?.failing ?? 0, held: row?.held ?? 0 };
  }

  /** Events that wait, at most (some of them may not be selected), and when the oldest was recorded. Replays not counted. */
  backlog(subscription: string): { readonly events: number; readonly oldestMs: number | undefined } {
    const row = this.statements.backlog.get(subscription, subscription);
    return { events: row?.events ?? 0, oldestMs: row?.oldest || undefined };
  }

  state(subscription: string): DeliveryState | undefined {
    const figures = this.statements.figures.get(subscription);
    if (!figures) return undefined;
    const lanes = this.statements.lanesOf.all(subscription).map((row) => {
      const [track, ...values] = LANE_COLUMNS.map((column) => row[column]);
      return [track === subscription ? null : (track ?? null), ...values];
    });
    return { figures, tracks: this.statements.allTracks.all(subscription), lanes };
  }

  /** Puts what another process knew in the place of what is known here; attempts are not part of it. */
  restore(subscription: string, state: DeliveryState | undefined): void {
    this.atOnce(() => {
      this.forget(subscription);
      if (!state) return;
      this.statements.putFigures.run({ ...state.figures, subscription });
      for (const track of state.tracks) this.statements.putTrack.run({ ...track, subscription });
      for (const [track, ...values] of state.lanes)
        this.statements.putLane.run(subscription, track ?? subscription, ...values);
    });
  }

  /** Calls `listener` with every attempt. @returns how to stop that. */
  onAttempt(listener: (attempt: Attempt) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  note(subscription: string, attempt: Omit<Attempt, 'id'>): void {
    const delivered = attempt.cause === null ? 1 : 0;
    const data = JSON.stringify(attempt);
    const { lastInsertRowid } = this.statements.addAttempt.run(subscription, attempt.eventId, delivered, data);
    for (const listener of this.listeners) listener({ ...attempt, id: Number(lastInsertRowid) });
    if (delivered === 1) this.statements.countSuccess.run(attempt.atMs, subscription);
    else this.statements.countFailure.run(attempt.atMs, JSON.stringify(attempt.cause), subscription);
    const since = (this.sinceTrim.get(subscription) ?? 0) + 1;
    this.sinceTrim.set(subscription, since % TRIM_EVERY);
    if (since < TRIM_EVERY) return;
    this.statements.trim.run(subscription, subscription, ATTEMPTS_KEPT);
  }

  /** The newest first. */
  attempts(
    subscription: string,
    { before = Number.MAX_SAFE_INTEGER, max, delivered }: { before?: number; max: number; delivered?: boolean },
  ): readonly Attempt[] {
    const wanted = delivered === undefined ? [0, 1] : delivered ? [1, 1] : [0, 0];
    return this.statements.attempts
      .all(subscription, before, wanted[0], wanted[1], max)
      .map(({ id, data }) => ({ id, ...(JSON.parse(data) as Omit<Attempt, 'id'>) }));
  }

  /** The oldest first. */
  attemptsAfter(subscription: string, id: number, max: number): readonly Attempt[] {
    return this.statements.attemptsAfter
      .all(subscription, id, max)
      .map(({ id: own, data }) => ({ id: own, ...(JSON.parse(data) as Omit<Attempt, 'id'>) }));
  }

  /** Lets go of attempts up to this one: they are kept elsewhere. */
  dropAttempts(subscription: string, id: number): void {
    this.statements.dropAttempts.run(subscription, id);
  }

  /** Where an event is, if an attempt to deliver it is still known. */
  placeOf(subscription: string, eventId: string): { readonly incident: string; readonly revision: number } | undefined {
    const row = this.statements.attemptOf.get(subscription, eventId);
    const { incidentId, revision } = row ? (JSON.parse(row.data) as Attempt) : {};
    return incidentId && typeof revision === 'number' ? { incident: incidentId, revision } : undefined;
  }

  forget(subscription: string): void {
    this.atOnce(() => {
      for (const statement of this.statements.forget) statement.run(subscription);
    });
  }
}

export interface FigureRow {
  delivered: number;
  failed: number;
  seq: number;
  last_position: string;
  last_success: number | null;
  last_failure: number | null;
  last_cause: string | null;
  not_before: number;
  resumptions: number;
}

export interface TrackRow {
  track: string;
  replay: number;
  cursor: string;
  until: string | null;
  since: number | null;
  done: number;
}

const open = (file: string): Database.Database => {
  try {
    return prepareFile(new Database(file));
  } catch (error) {
    if (!/^SQLITE_(CORRUPT|NOTADB)/.test(String((error as { code?: unknown }).code))) throw error;
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    return prepareFile(new Database(file));
  }
};

const prepareFile = (db: Database.Database): Database.Database => {
  db.pragma('journal_mode = WAL');
  // A power cut may take the last moments back: what was delivered in them is delivered again.
  db.pragma('synchronous = NORMAL');
  const version = db.pragma('user_version', { simple: true });
  if (version === VERSION) return db;
  db.transaction(() => {
    db.exec(version === 1 ? 'ALTER TABLE lanes ADD COLUMN recorded INTEGER NOT NULL DEFAULT 0' : SCHEMA);
    db.pragma(`user_version = ${VERSION}`);
  })();
  return db;
};

const prepare = (db: Database.Database) => ({
  addFigures: db.prepare('INSERT OR IGNORE INTO figures (subscription) VALUES (?)'),
  figures: db.prepare<[string], FigureRow>('SELECT * FROM figures WHERE subscription = ?'),
  countMessage: db.prepare('UPDATE figures SET seq = ?, last_position = ? WHERE subscription = ?'),
  countSuccess: db.prepare('UPDATE figures SET delivered = delivered + 1, last_success = ? WHERE subscription = ?'),
  countFailure: db.prepare(
    'UPDATE figures SET failed = failed + 1, last_failure = ?, last_cause = ? WHERE subscription = ?',
  ),
  notBefore: db.prepare('UPDATE figures SET not_before = ? WHERE subscription = ?'),
  resumed: db.prepare('UPDATE figures SET resumptions = ?, not_before = 0 WHERE subscription = ?'),
  addTrack: db.prepare(
    'INSERT OR IGNORE INTO tracks (track, subscription, replay, cursor, until, since) VALUES (?, ?, ?, ?, ?, ?)',
  ),
  knowsTrack: db.prepare<[string], object>('SELECT 1 FROM tracks WHERE track = ?'),
  isDone: db.prepare<[string], object>('SELECT 1 FROM tracks WHERE track = ? AND done = 1'),
  tracks: db.prepare<[string], TrackRow>(
    'SELECT * FROM tracks WHERE subscription = ? AND done = 0 ORDER BY replay, track',
  ),
  advance: db.prepare('UPDATE tracks SET cursor = ?, done = ? WHERE track = ?'),
  enlist: db.prepare(
    `INSERT INTO lanes (track, incident, subscription, next, last, due, scheduled, recorded)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (track, incident) DO UPDATE SET last = max(last, excluded.last)`,
  ),
  due: db.prepare<[string, number, number], LaneRow>(
    'SELECT * FROM lanes WHERE subscription = ? AND held = 0 AND due <= ? ORDER BY due, track, incident LIMIT ?',
  ),
  nextDue: db.prepare<[string], { due: number | null }>(
    'SELECT min(due) AS due FROM lanes WHERE subscription = ? AND held = 0',
  ),
  lane: db.prepare<[string, string], LaneRow>('SELECT * FROM lanes WHERE track = ? AND incident = ?'),
  setMessage: db.prepare(
    `UPDATE lanes SET message_revision = ?, message_seq = ?, message_previous = ?, next = ?, recorded = ?
     WHERE track = ? AND incident = ?`,
  ),
  endLane: db.prepare('DELETE FROM lanes WHERE track = ? AND incident = ? AND last <= ?'),
  moveLane: db.prepare(
    `UPDATE lanes SET next = ?, failures = 0, held = 0, due = ?, scheduled = ?, first_failed = NULL,
     message_revision = NULL, message_seq = NULL, message_previous = NULL WHERE track = ? AND incident = ?`,
  ),
  failLane: db.prepare(
    `UPDATE lanes SET failures = ?, due = ?, scheduled = ?, held = ?, first_failed = coalesce(first_failed, ?)
     WHERE track = ? AND incident = ?`,
  ),
  hasten: db.prepare('UPDATE lanes SET due = ? WHERE subscription = ? AND held = 0 AND failures > 0 AND due > ?'),
  resumeLanes: db.prepare(
    'UPDATE lanes SET held = 0, failures = 0, first_failed = NULL, due = ?, scheduled = ? WHERE subscription = ?',
  ),
  waiting: db.prepare<[string], { incidents: number; failing: number; held: number }>(
    `SELECT count(DISTINCT incident) AS incidents, count(DISTINCT CASE WHEN failures > 0 THEN incident END) AS failing,
     count(DISTINCT CASE WHEN held = 1 THEN incident END) AS held FROM lanes WHERE subscription = ?`,
  ),
  countLanes: db.prepare<[string], { lanes: number }>('SELECT count(*) AS lanes FROM lanes WHERE subscription = ?'),
  backlog: db.prepare<[string, string], { events: number | null; oldest: number | null }>(
    'SELECT sum(last - next + 1) AS events, min(recorded) AS oldest FROM lanes WHERE subscription = ? AND track = ?',
  ),
  lanesOf: db.prepare<[string], LaneRow>('SELECT * FROM lanes WHERE subscription = ?'),
  allTracks: db.prepare<[string], TrackRow>(
    'SELECT track, replay, cursor, until, since, done FROM tracks WHERE subscription = ?',
  ),
  dropTracks: db.prepare<[string, string]>(
    `DELETE FROM tracks WHERE subscription = ? AND replay = 1 AND done = 1
     AND track NOT IN (SELECT value FROM json_each(?))`,
  ),
  putFigures: db.prepare(
    `INSERT INTO figures VALUES (@subscription, @delivered, @failed, @seq, @last_position, @last_success, @last_failure,
     @last_cause, @not_before, @resumptions)`,
  ),
  putTrack: db.prepare(
    `INSERT INTO tracks (track, subscription, replay, cursor, until, since, done)
     VALUES (@track, @subscription, @replay, @cursor, @until, @since, @done)`,
  ),
  putLane: db.prepare(
    `INSERT INTO lanes (subscription, ${LANE_COLUMNS.join(', ')}) VALUES (?${', ?'.repeat(LANE_COLUMNS.length)})`,
  ),
  attemptsAfter: db.prepare<[string, number, number], { id: number; data: string }>(
    'SELECT id, data FROM attempts WHERE subscription = ? AND id > ? ORDER BY id LIMIT ?',
  ),
  addAttempt: db.prepare('INSERT INTO attempts (subscription, event, delivered, data) VALUES (?, ?, ?, ?)'),
  attempts: db.prepare<unknown[], { id: number; data: string }>(
    `SELECT id, data FROM attempts WHERE subscription = ? AND id < ? AND delivered BETWEEN ? AND ?
     ORDER BY id DESC LIMIT ?`,
  ),
  dropAttempts: db.prepare('DELETE FROM attempts WHERE subscription = ? AND id <= ?'),
  attemptOf: db.prepare<[string, string], { data: string }>(
    'SELECT data FROM attempts WHERE subscription = ? AND event = ? LIMIT 1',
  ),
  trim: db.prepare(
    `DELETE FROM attempts WHERE subscription = ? AND id <=
     (SELECT id FROM attempts WHERE subscription = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`,
  ),
  forget: ['figures', 'tracks', 'lanes', 'attempts'].map((table) =>
    db.prepare<[string]>(`DELETE FROM ${table} WHERE subscription = ?`),
  ),
});

const toLane = (row: LaneRow): Lane => ({
  track: row.track,
  incident: row.incident,
  next: row.next,
  last: row.last,
  failures: row.failures,
  dueMs: row.due,
  scheduledMs: row.scheduled,
  held: row.held === 1,
  firstFailedMs: row.first_failed,
  recordedMs: row.recorded,
  message:
    row.message_revision === null
      ? undefined
      : { revision: row.message_revision, seq: row.message_seq ?? 0, previous: row.message_previous ?? FEED_START },
});
