import Database from 'better-sqlite3';
import { InUse } from '#libs/event-store';

/**
 * One process keeps the views of a data folder: each moves the one checkpoint, and would pass over what the other one's
 * rows miss. On SQLite the log has a lock of its own; on a cluster nothing else tells two processes of one folder apart.
 * The kernel frees the lock however the process ends.
 * @returns frees it. @throws {InUse}
 */
export const lockViews = (file: string): (() => void) => {
  const lock = new Database(`${file}.lock`, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if (!String((cause as { code?: unknown }).code).startsWith('SQLITE_BUSY')) throw cause;
    throw new InUse(
      `Another process keeps its views in ${file}: give each replica and each worker a data folder of its own (TOCSIN_DATA)`,
      { cause },
    );
  }
  return () => lock.close();
};
