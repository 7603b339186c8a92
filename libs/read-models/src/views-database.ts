import Database from 'better-sqlite3';
import { closeSync, openSync, rmSync } from 'node:fs';
import type { Position } from '#libs/event-store';
import type { Projection } from './projection.js';

export type ViewsDatabase = Database.Database;

/**
 * Opens the file of the views, and empties it when a projection was added or raised its version.
 * The file is disposable: one that is damaged is made anew, and nothing in it is worth an fsync. A power cut may
 * therefore leave pages of two moments behind, so each opening looks the whole file through (about 4 s a gigabyte).
 */
export const openViews = (file: string, projections: readonly Projection[]): ViewsDatabase => {
  const db = openPrivately(file);
  try {
    return prepareViews(db, projections);
  } catch (error) {
    db.close();
    if (!isDamage(error)) throw error;
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    return prepareViews(openPrivately(file), projections);
  }
};

class DamagedViews extends Error {
  override readonly name = 'DamagedViews';
}

const isDamage = (error: unknown): boolean =>
  error instanceof DamagedViews || /^SQLITE_(CORRUPT|NOTADB)/.test(String((error as { code?: unknown }).code));

/** Names of persons are in the views too: SQLite would let everybody of the machine read them. */
const openPrivately = (file: string): ViewsDatabase => {
  if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600));
  return new Database(file);
};

const prepareViews = (db: Database.Database, projections: readonly Projection[]): ViewsDatabase => {
  if (db.pragma('quick_check(1)', { simple: true }) !== 'ok') throw new DamagedViews();
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = OFF');
  db.exec(
    'CREATE TABLE IF NOT EXISTS checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), versions TEXT NOT NULL, position TEXT, origin TEXT)',
  );
  const versions = projections.map(({ name, version }) => `${name}:${version}`).join(' ');
  const kept = db.prepare<[], { versions: string }>('SELECT versions FROM checkpoint').get();
  if (kept?.versions !== versions) emptyViews(db, projections, versions);
  return db;
};

/** Drops every row and starts again from the beginning of the log. */
const emptyViews = (db: Database.Database, projections: readonly Projection[], versions: string): void => {
  db.transaction(() => {
    const tables = db
      .prepare<[], { name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'checkpoint' AND name NOT LIKE 'sqlite_%'",
      )
      .all();
    for (const { name } of tables) db.exec(`DROP TABLE "${name}"`);
    for (const { schema } of projections) for (const statement of schema) db.exec(statement);
    db.prepare(
      'INSERT INTO checkpoint (id, versions, position) VALUES (1, ?, NULL) ON CONFLICT (id) DO UPDATE SET versions = excluded.versions, position = NULL, origin = NULL',
    ).run(versions);
  })();
};

export const resetViews = (db: ViewsDatabase, projections: readonly Projection[]): void =>
  emptyViews(db, projections, projections.map(({ name, version }) => `${name}:${version}`).join(' '));

export interface Checkpoint {
  readonly position: Position | undefined;
  /** Id of the first event of the log that the rows were made from; undefined when the log was empty at the last start. */
  readonly origin: string | undefined;
}

export const checkpointOf = (db: ViewsDatabase): Checkpoint => {
  const kept = db
    .prepare<[], { position: string | null; origin: string | null }>('SELECT position, origin FROM checkpoint')
    .get();
  return { position: kept?.position ?? undefined, origin: kept?.origin ?? undefined };
};

export const keepOrigin = (db: ViewsDatabase, origin: string): void => {
  db.prepare('UPDATE checkpoint SET origin = ?').run(origin);
};
