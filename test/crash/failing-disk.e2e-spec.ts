import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventStore } from '../../libs/event-store/src/sqlite/sqlite-event-store.js';
import { diskShim, NO_SHIM, type DiskFault } from '../support/disk-shim.js';
import { typescriptArguments } from '../support/typescript-child.js';
import { noteAcknowledged, type Acknowledged } from './check-log.js';
import type { FailingOptions } from './failing-disk.js';

const APPENDS = 60;
const shim = diskShim();
const itOnFaultyDisks = shim === undefined ? it.skip : it;
const skipped = shim === undefined ? ` (skipped: ${NO_SHIM})` : '';

interface Run {
  readonly file: string;
  readonly acknowledged: Acknowledged;
  readonly unknown: number;
  readonly unavailable: number;
  readonly read: number;
  readonly halted: boolean;
  /** Results of each sync of the write-ahead log and of the file, in order. */
  readonly syncs: readonly { readonly file: string; readonly failed: boolean }[];
}

const folder = mkdtempSync(join(tmpdir(), 'tocsin-failing-'));
afterAll(() => rmSync(folder, { recursive: true }));

let runs = 0;
function appendWith(fault: DiskFault, options: Omit<FailingOptions, 'file' | 'appends'> = {}): Run {
  runs += 1;
  const file = join(folder, `${runs}.db`);
  const log = `${file}.syncs`;
  const appender = typescriptArguments(
    new URL('failing-disk.ts', import.meta.url),
    JSON.stringify({ file, appends: APPENDS, ...options } satisfies FailingOptions),
  );
  const lines = execFileSync(process.execPath, appender, {
    env: { ...process.env, ...shim?.({ fault, log }) },
    encoding: 'utf8',
  }).split('\n');
  const acknowledged: Acknowledged = new Map();
  noteAcknowledged(acknowledged, lines);
  const countOf = (word: string): number => lines.filter((line) => line.startsWith(word)).length;
  return {
    file,
    acknowledged,
    unknown: countOf('unknown '),
    unavailable: countOf('Unavailable '),
    read: Number(lines.find((line) => line.startsWith('read '))?.slice(5)),
    halted: !lines.includes('halted no'),
    syncs: readFileSync(log, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => ({ file: line.split('/').at(-1) ?? '', failed: line.startsWith('sync failed') })),
  };
}

async function storedIds(file: string): Promise<string[]> {
  const store = SqliteEventStore.open({ file });
  const events = await store.readStream('incident-1');
  await store.close();
  return events.map(({ id }) => id);
}

describe('A disk that fails', () => {
  itOnFaultyDisks(`halts the log at the first fsync that fails, and never tries it again (H8)${skipped}`, async () => {
    for (const nth of [8, 20, 41]) {
      const run = appendWith({ call: 'sync', file: '-wal', nth, error: 'EIO' });
      expect(run).toMatchObject({ unknown: 1, unavailable: APPENDS - run.acknowledged.size - 1, halted: true });
      expect(run.acknowledged.size).toBeGreaterThan(0);
      const failed = run.syncs.findIndex((sync) => sync.failed);
      expect(run.syncs.slice(failed + 1).filter(({ file }) => file.endsWith('-wal'))).toEqual([]);
      const stored = await storedIds(run.file);
      expect(stored.slice(0, run.acknowledged.size)).toEqual([...run.acknowledged.keys()]);
      // The one whose outcome is unknown is there or not, and nothing else is.
      expect(stored.length - run.acknowledged.size).toBeLessThanOrEqual(1);
    }
  });

  itOnFaultyDisks(`halts as well when the fsync of a checkpoint fails${skipped}`, async () => {
    for (const file of ['.db', '-wal']) {
      const run = appendWith(
        { call: 'sync', file, nth: file === '.db' ? 3 : 30, error: 'EIO' },
        { checkpointPages: 20 },
      );
      expect(run).toMatchObject({ halted: true });
      const stored = await storedIds(run.file);
      expect(stored.slice(0, run.acknowledged.size)).toEqual([...run.acknowledged.keys()]);
    }
  });

  for (const error of ['EIO', 'ENOSPC'] as const) {
    itOnFaultyDisks(`refuses what it cannot write (${error}), by whole appends, and goes on${skipped}`, async () => {
      for (const nth of [20, 21, 22, 23, 60]) {
        const run = appendWith({ call: 'write', file: '-wal', nth, error });
        expect(run).toMatchObject({ unknown: 0, unavailable: 1, halted: false, read: APPENDS - 1 });
        expect(await storedIds(run.file)).toEqual([...run.acknowledged.keys()]);
      }
    });
  }
});
