import Database from 'better-sqlite3';
import { InUse, Unavailable } from '../port.js';
import { sqliteCode } from './sqlite-failure.js';

/**
 * One process writes. The lock is SQLite's own on a file beside the log, so the kernel frees it when the process ends,
 * however it ends. A transaction on the log itself cannot serve: it would end at each commit.
 * @returns frees the lock. @throws {InUse} @throws {Unavailable}
 */
export function takeWriterLock(file: string): () => void {
  let lock: Database.Database | undefined;
  try {
    lock = new Database(`${file}.lock`, { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock?.close();
    if (sqliteCode(cause)?.startsWith('SQLITE_BUSY')) {
      const sentence = `Another process writes to ${file}, and only one may: stop it, or open the log read-only`;
      throw new InUse(sentence, { cause });
    }
    const sentence = `${file} cannot be locked for writing (${file}.lock: ${(cause as Error).message})`;
    throw new Unavailable(sentence, { cause });
  }
  const held = lock;
  return () => held.close();
}
