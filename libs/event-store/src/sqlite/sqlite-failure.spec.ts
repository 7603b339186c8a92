import Database from 'better-sqlite3';
import { OutcomeUnknown, Unavailable } from '../port.js';
import { writeFailure } from './sqlite-failure.js';

const sqliteError = (code: string): Error => new Database.SqliteError('as SQLite says it', code);

describe('writeFailure', () => {
  it.each(['SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'SQLITE_READONLY', 'SQLITE_BUSY'])(
    '%s while committing wrote nothing',
    (code) => {
      expect(writeFailure(sqliteError(code), true)).toBeInstanceOf(Unavailable);
    },
  );

  it.each(['SQLITE_IOERR_FSYNC', 'SQLITE_IOERR_DIR_FSYNC'])('%s leaves the outcome unknown, at any moment', (code) => {
    expect(writeFailure(sqliteError(code), true)).toBeInstanceOf(OutcomeUnknown);
    expect(writeFailure(sqliteError(code), false)).toBeInstanceOf(OutcomeUnknown);
  });

  it('any other error of the disk leaves the outcome unknown only while committing', () => {
    expect(writeFailure(sqliteError('SQLITE_IOERR_SHMMAP'), true)).toBeInstanceOf(OutcomeUnknown);
    expect(writeFailure(sqliteError('SQLITE_IOERR_READ'), false)).toBeInstanceOf(Unavailable);
  });

  it('names code and cause', () => {
    expect(writeFailure(sqliteError('SQLITE_FULL'), false)).toMatchObject({
      message: 'The disk is full (SQLITE_FULL: as SQLite says it)',
      cause: { code: 'SQLITE_FULL' },
    });
  });

  it('leaves a bug as it is', () => {
    const bug = new TypeError('undefined is not a function');
    expect(writeFailure(bug, true)).toBe(bug);
  });
});
