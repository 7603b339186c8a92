import Database from 'better-sqlite3';
import { closeSync, openSync, rmSync } from 'node:fs';
import type { Position } from '#libs/event-store';
import type { Projection } from './projection.js';

export type ViewsDatabase = Database.Database;

/**
 * Opens the file of the views, and empties it when a projection was added or raised its version.
 * The file is disposable: one that cannot be read is made anew, and nothing in it is worth an fsync.
 */
export const openViews = (file: string, projections: readonly Projection[]): ViewsDatabase => {
  try {
    return prepareViews(openPrivately(file), projections);
  } catch (error) {
    if (!/^SQLITE_(CORRUPT|NOTADB)/.test(String((error as { code?: unknown }).code))) throw error;
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    return prepareViews(openPrivately(file), projections);
  }
};

/** Names of persons are in the views too: SQLite would let everybody of the machine read them. */
const openPrivately = (file: string): ViewsDatabase => {
  if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600));
  return new Database(file);
};

const prepareViews = (db: Database.Database, projections: readonly Projection[]): ViewsDatabase => {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = OFF');
  db.exec(
    'CREATE TABLE IF NOT EXISTS checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), versions TEXT NOT NULL, position TEXT)',
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
      'INSERT INTO checkpoint (id, versions, position) VALUES (1, ?, NULL) ON CONFLICT (id) DO UPDATE SET versions = excluded.versions, position = NULL',
    ).run(versions);
  })();
};

export const resetViews = (db: ViewsDatabase, projections: readonly Projection[]): void =>
  emptyViews(db, projections, projections.map(({ name, version }) => `${name}:${version}`).join(' '));

export const checkpointOf = (db: ViewsDatabase): Position | undefined =>
  db.prepare<[], { position: string | null }>('SELECT position FROM checkpoint').get()?.position ?? undefined;
