import Database from 'better-sqlite3';
import { Unavailable } from '../port.js';
import { sqliteCode } from './sqlite-failure.js';

/**
 * One process writes. The lock is SQLite's own on a file beside the log, so the kernel frees it when the process ends,
 * however it ends. A transaction on the log itself cannot serve: it would end at each commit.
 * @returns frees the lock. @throws {Unavailable}
 */
export function takeWriterLock(file: string): () => void {
  const lock = new Database(`${file}.lock`, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if (sqliteCode(cause)?.startsWith('SQLITE_BUSY')) {
      throw new Unavailable(`Another process writes to ${file}, and only one may: stop it, or open the log read-only`, {
        cause,
      });
    }
    throw new Unavailable(`${file}.lock cannot be locked (${(cause as Error).message})`, { cause });
  }
  return () => lock.close();
}
