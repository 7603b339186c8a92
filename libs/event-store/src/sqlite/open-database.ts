import { closeSync, openSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Unavailable } from '../port.js';
import { unavailable } from './sqlite-failure.js';

/** “TOCS”: tells our files from any other SQLite file. */
const APPLICATION_ID = 0x54_4f_43_53;
/** Raised when an older program could not read the file any more. */
const FORMAT = 1;
/** A shell or a backup tool may hold the file for a moment; the main thread waits meanwhile, so not for long. */
const BUSY_MS_MAX = 250;
/**
 * Four times the default of SQLite, 16 MB: each incident has an index page of its own, and a checkpoint writes it once
 * however often it changed. With 64 appends in flight on 1,000 streams that is a quarter more appends per second.
 */
export const CHECKPOINT_PAGES = 4000;

/**
 * Positions and revisions are assigned by the one writer, so they have no gap; idempotency compares ids by revision.
 * Hence no other index. `in_use` holds a row while a writer has the file, see {@link refuseMissingWal}.
 */
const SCHEMA = `
  CREATE TABLE streams (sid INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE events (
    pos INTEGER PRIMARY KEY,
    sid INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    data TEXT NOT NULL,
    meta TEXT NOT NULL,
    UNIQUE (sid, rev)
  ) STRICT;
  CREATE TABLE in_use (schema_version INTEGER NOT NULL) STRICT;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT};
`;

export interface OpenOptions {
  readonly file: string;
  /** Opens although the file was in use when it was copied and its `-wal` is missing: what is gone is gone. */
  readonly acceptMissingWal?: boolean;
}

/** Opens the log for its one writer, and makes it when there is none. @throws {Unavailable} with the reason to refuse. */
export function openForWriting(options: OpenOptions): Database.Database {
  return opening(
    options.file,
    () => {
      // Made here because SQLite would let everybody read it.
      closeSync(openSync(options.file, 'a', 0o600));
      return new Database(options.file, { timeout: BUSY_MS_MAX });
    },
    (db) => {
      const isNew = checkFormat(db, options.file);
      if (!isNew) refuseMissingWal(db, options);
      makeCheckpointsDurable(db, options.file);
      if (isNew) db.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`);
      markInUse(db);
    },
  );
}

/** @throws {Unavailable} with the reason to refuse. */
export function openForReading(options: OpenOptions): Database.Database {
  return opening(
    options.file,
    () => new Database(options.file, { readonly: true, timeout: BUSY_MS_MAX }),
    (db) => {
      if (checkFormat(db, options.file)) throw new Unavailable(`${options.file} is empty: there is no log to read`);
      refuseMissingWal(db, options);
    },
  );
}

/** Leaves a file that is complete without its `-wal`; on a disk that is full, both, for the next start to put together. */
export function closeAfterWriting(db: Database.Database): void {
  try {
    db.exec('DELETE FROM in_use');
    db.pragma('wal_checkpoint(TRUNCATE)');
  } catch {
    closeWithoutCheckpoint(db);
    return;
  }
  db.close();
}

/** Closes but keeps the `-wal`: after a failed fsync the next start must find what is there, not what we believe. */
export function closeWithoutCheckpoint(db: Database.Database): void {
  const keeper = new Database(db.name, { readonly: true });
  keeper.prepare('SELECT count(*) FROM in_use').get();
  db.close();
  // SQLite checkpoints when the last connection closes; a read-only one cannot.
  keeper.close();
}

function opening(
  file: string,
  open: () => Database.Database,
  prepare: (db: Database.Database) => void,
): Database.Database {
  let db: Database.Database | undefined;
  try {
    db = open();
    prepare(db);
    return db;
  } catch (error) {
    db?.close();
    const reason = unavailable(error);
    if (reason instanceof Unavailable && reason !== error)
      throw new Unavailable(`${file} cannot be opened: ${reason.message}`, { cause: error });
    if (error instanceof Unavailable) throw error;
    throw new Unavailable(`${file} cannot be opened: ${(error as Error).message}`, { cause: error });
  }
}

/** @returns whether the file is new (empty). */
function checkFormat(db: Database.Database, file: string): boolean {
  const application = db.pragma('application_id', { simple: true });
  const format = db.pragma('user_version', { simple: true }) as number;
  const tables = db.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get();
  if (application === 0 && format === 0 && tables === 0) return true;
  if (application !== APPLICATION_ID)
    throw new Unavailable(`${file} is an SQLite file of another program; it was left as it is`);
  if (format > FORMAT) {
    throw new Unavailable(
      `${file} has format ${format}, made by a newer version; this one reads up to format ${FORMAT}`,
    );
  }
  return false;
}

/**
 * A commit is made durable by {@link WalSync}, so SQLite need not wait for the disk there; but it must before and after
 * a checkpoint, as from NORMAL on it does. The pragma reads back another value until the first statement has run. So:
 * WAL, then NORMAL, then a statement, then look.
 */
function makeCheckpointsDurable(db: Database.Database, file: string): void {
  const journal = db.pragma('journal_mode = WAL', { simple: true });
  if (journal !== 'wal')
    throw new Unavailable(
      `${file} cannot keep a write-ahead log (journal mode ${String(journal)}): is it on a network drive?`,
    );
  db.pragma('synchronous = NORMAL');
  // LogWriter makes them.
  db.pragma('wal_autocheckpoint = 0');
  // Elsewhere without effect; on macOS a plain fsync leaves the data in the drive's cache.
  db.pragma('checkpoint_fullfsync = ON');
  db.prepare('SELECT count(*) FROM sqlite_schema').get();
  if (db.pragma('synchronous', { simple: true }) !== 1) {
    throw new Unavailable(`${file}: SQLite does not wait for the disk at checkpoints (synchronous is not NORMAL)`);
  }
}

/**
 * A file in use is worth nothing without its `-wal`: acknowledged events may be there alone. So the writer leaves a mark
 * in the main file while it has it. SQLite's own copies (backup API, VACUUM INTO) are complete; they raise the schema
 * version, so the mark that they carry does not fit them.
 */
function refuseMissingWal(db: Database.Database, { file, acceptMissingWal = false }: OpenOptions): void {
  const mark = db.prepare<[], number>('SELECT schema_version FROM in_use').pluck().get();
  if (acceptMissingWal || mark !== db.pragma('schema_version', { simple: true })) return;
  const wal = statSync(`${file}-wal`, { throwIfNoEntry: false });
  if (wal !== undefined && wal.size > 0) return;
  throw new Unavailable(
    `${file} was in use when it was copied, and its -wal file is missing: the last events may be lost. ` +
      'Use a backup made by the backup command, or accept the loss explicitly (acceptMissingWal)',
  );
}

/** In the main file, hence the checkpoint; not one that empties the `-wal`, which must stay to be found. */
function markInUse(db: Database.Database): void {
  const version = db.pragma('schema_version', { simple: true });
  db.exec('BEGIN IMMEDIATE; DELETE FROM in_use');
  db.prepare('INSERT INTO in_use VALUES (?)').run(version);
  db.exec('COMMIT');
  db.pragma('wal_checkpoint(FULL)');
}
