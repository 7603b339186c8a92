import { OutcomeUnknown, Unavailable } from '../port.js';

const sentences: readonly (readonly [code: RegExp, sentence: string])[] = [
  [/^SQLITE_FULL/, 'The disk is full'],
  [/^SQLITE_READONLY/, 'The file of the log cannot be written'],
  [/^SQLITE_(BUSY|LOCKED)/, 'Another program holds the file of the log'],
  [/^SQLITE_(CORRUPT|NOTADB)/, 'The file of the log is damaged: restore a backup'],
  [/^SQLITE_CANTOPEN/, 'The file, or its folder, cannot be opened; SQLite writes beside the file even to read'],
  [/^SQLITE_IOERR/, 'The disk reports an error'],
];

/** By its code, not its class: the addon makes its errors in the realm that loaded it first, which may be another one. */
export const sqliteCode = (error: unknown): string | undefined => {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : undefined;
};

/** A failure of the database as the port names it. What is no failure of the database is a bug and stays as it is. */
export function unavailable(error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  const sentence = sentences.find(([pattern]) => pattern.test(code))?.[1] ?? 'The database refuses';
  return new Unavailable(`${sentence} (${code}: ${(error as Error).message})`, { cause: error });
}

/**
 * What a failed batch means for its appends.
 * A failed write leaves no commit record, so nothing is written. After a failed fsync nobody knows what is on the disk:
 * the kernel may have dropped the pages, and a second fsync would wrongly succeed (“Can Applications Recover from fsync
 * Failures?”, Rebello et al., 2020). The same holds for an error of another kind while committing.
 */
export function writeFailure(error: unknown, committing: boolean): unknown {
  const code = sqliteCode(error) ?? '';
  const fsync = /^SQLITE_IOERR_(DIR_)?FSYNC/.test(code);
  const unknown = fsync || (committing && code.startsWith('SQLITE_IOERR') && code !== 'SQLITE_IOERR_WRITE');
  return unknown ? notConfirmed(code, error) : unavailable(error);
}

export const notConfirmed = (code: string, cause: unknown): OutcomeUnknown =>
  new OutcomeUnknown(
    `The disk did not confirm a write (${code}). The log takes no more events until it is restarted on a sound disk`,
    { cause },
  );
