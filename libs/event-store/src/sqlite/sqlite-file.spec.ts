import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { InUse, InvalidPosition, NO_STREAM, Unavailable, type NewEvent, type StoredEvent } from '../port.js';
import { HEADS_MAX } from './log-writer.js';
import { SCAN_EVENTS_MAX } from './log-reader.js';
import { closeAfterWriting, closeWithoutCheckpoint, openForWriting } from './open-database.js';
import { SqliteEventStore, type SqliteEventStoreOptions } from './sqlite-event-store.js';

const directory = mkdtempSync(join(tmpdir(), 'tocsin-file-'));
const opened: SqliteEventStore[] = [];
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await Promise.all(opened.splice(0).map((store) => store.close()));
});
afterAll(() => rmSync(directory, { recursive: true }));

const newFile = (): string => join(directory, `${randomUUID()}.db`);
const event = (bytes = 10): NewEvent => ({
  id: randomUUID(),
  type: 'Noted',
  data: { text: 'x'.repeat(bytes) },
  meta: {},
});
const events = (count: number): NewEvent[] => Array.from({ length: count }, () => event());

function open(file: string, options: Omit<SqliteEventStoreOptions, 'file'> = {}): SqliteEventStore {
  const store = SqliteEventStore.open({ file, ...options });
  opened.push(store);
  return store;
}

async function closedLog(file = newFile(), count = 3): Promise<string> {
  const store = SqliteEventStore.open({ file });
  await store.append('incident-1', NO_STREAM, events(count));
  await store.close();
  return file;
}

const refusal = (file: string, options?: Omit<SqliteEventStoreOptions, 'file'>): string => {
  try {
    open(file, options);
  } catch (error) {
    expect(error).toBeInstanceOf(Unavailable);
    return (error as Error).message;
  }
  throw new Error(`${file} was opened`);
};

describe('the file of the log', () => {
  it('is fsynced at each checkpoint: synchronous is NORMAL, and was asked for', async () => {
    const db = openForWriting({ file: newFile() });
    db.prepare("INSERT INTO streams (name) VALUES ('a')").run();
    expect(db.pragma('synchronous', { simple: true })).toBe(1);
    expect(db.pragma('wal_autocheckpoint', { simple: true })).toBe(0);
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    closeAfterWriting(db);
  });

  it('shows nothing that is committed but not yet on the disk', async () => {
    const file = newFile();
    const store = open(file, { onTheSpotMsMax: 0 });
    await store.append('old', NO_STREAM, events(1));
    const appending = [store.append('new', NO_STREAM, events(2)), store.append('old', 0, events(1))];
    await nextTurn();
    const shell = new Database(file, { readonly: true });
    expect(shell.prepare('SELECT count(*) FROM events').pluck().get()).toBe(4);
    shell.close();
    expect(await store.head()).toBe('p1');
    expect(await store.readStream('new')).toEqual([]);
    expect(await store.readStream('new', { direction: 'backward' })).toEqual([]);
    expect(await store.readStream('old', { direction: 'backward' })).toHaveLength(1);
    expect(await store.readAll()).toMatchObject({ position: 'p1', atHead: true });
    await Promise.all(appending);
    expect(await store.head()).toBe('p4');
    expect(await store.readStream('new')).toHaveLength(2);
  });

  it('is one file when closed, and only its owner may read it', async () => {
    const file = await closedLog();
    expect(existsSync(`${file}-wal`)).toBe(false);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('has no position at first, and then positions without a gap, whatever was refused', async () => {
    const store = open(newFile());
    expect(await store.head()).toBeUndefined();
    expect(await store.readAll()).toEqual({ events: [], position: undefined, atHead: true });
    await store.append('a', NO_STREAM, events(2));
    await Promise.allSettled([
      store.append('b', NO_STREAM, events(1)),
      store.append('a', 0, events(9)),
      store.append('a', 1, events(1)),
    ]);
    expect((await store.readAll()).events.map(({ position }) => position)).toEqual(['p1', 'p2', 'p3', 'p4']);
  });

  it('refuses a position beyond its head: the reader has seen another log', async () => {
    const store = open(await closedLog());
    await expect(store.readAll({ after: 'p4' })).rejects.toBeInstanceOf(InvalidPosition);
    const { signal } = new AbortController();
    await expect(store.subscribe({ after: 'p4', signal, onBatch: () => undefined })).rejects.toBeInstanceOf(
      InvalidPosition,
    );
  });

  it('is scanned in bounded pages when a filter leaves everything out', async () => {
    const store = open(newFile());
    const appends = Math.ceil((SCAN_EVENTS_MAX + 1) / 500);
    for (let n = 0; n < appends; n += 1) await store.append('a', n * 500 - 1, events(500));
    const page = await store.readAll({ filter: { types: ['Other'] } });
    expect(page).toEqual({ events: [], position: `p${SCAN_EVENTS_MAX}`, atHead: false });
    expect(await store.readAll({ after: page.position, filter: { types: ['Other'] } })).toMatchObject({ atHead: true });
  });

  it('finds the head of a stream that it has forgotten', async () => {
    const store = open(newFile());
    const streams = Array.from({ length: HEADS_MAX + 1 }, (_, n) => `incident-${n}`);
    await Promise.all(streams.map((stream) => store.append(stream, NO_STREAM, [event()])));
    expect((await store.append('incident-0', 0, [event()])).revision).toBe(1);
  });
});

describe('a file that is no log of ours', () => {
  it('is refused and left as it is when it belongs to another program', () => {
    const file = newFile();
    const foreign = new Database(file);
    foreign.exec('CREATE TABLE photos (id)');
    foreign.close();
    const before = readFileSync(file);
    expect(refusal(file)).toContain('another program');
    expect(readFileSync(file)).toEqual(before);
  });

  it('is refused when it is no database at all', () => {
    const file = newFile();
    writeFileSync(file, 'minutes of the crisis cell\n'.repeat(99));
    expect(refusal(file)).toContain('SQLITE_NOTADB');
  });

  it('is refused when a newer version made it', async () => {
    const file = await closedLog();
    const db = new Database(file);
    db.pragma('user_version = 2');
    db.close();
    expect(refusal(file)).toContain('newer version');
    expect(refusal(file, { readOnly: true })).toContain('newer version');
  });

  it('is refused when its folder does not exist', () => {
    expect(refusal(join(directory, 'nowhere', 'log.db'))).toContain('nowhere');
  });
});

describe('one writer', () => {
  // Takes and keeps the lock of another process as the store does, until it is killed.
  const holdLock = async (file: string): Promise<ChildProcess> => {
    const code = `import Database from 'better-sqlite3';
      new Database(process.argv[1]).exec('BEGIN EXCLUSIVE'); console.log('held'); setInterval(() => 0, 1e6);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code, `${file}.lock`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    await once(child.stdout, 'data');
    return child;
  };

  it('is refused while another process writes, and let in when that one was killed', async () => {
    const file = await closedLog();
    const other = await holdLock(file);
    expect(refusal(file)).toContain('Another process writes');
    expect(await open(file, { readOnly: true }).readStream('incident-1')).toHaveLength(3);
    other.kill('SIGKILL');
    await once(other, 'exit');
    expect(await open(file).append('incident-1', 2, [event()])).toMatchObject({ revision: 3 });
  });

  it('is refused twice in one process, also after a refusal', async () => {
    const file = newFile();
    const store = open(file);
    expect(refusal(file)).toContain('Another process writes');
    expect(() => open(file)).toThrow(InUse);
    expect(await store.append('a', NO_STREAM, [event()])).toMatchObject({ revision: 0 });
  });

  it('sees what an administrator changed behind its back', async () => {
    const file = newFile();
    const store = open(file);
    await store.append('a', NO_STREAM, events(3));
    const shell = new Database(file);
    shell.exec('DELETE FROM events WHERE rev = 2');
    shell.close();
    await expect(store.append('a', 2, [event()])).rejects.toMatchObject({ name: 'Conflict', actual: 1 });
    expect(await store.append('a', 1, [event()])).toMatchObject({ revision: 2 });
  });
});

describe('a read-only store', () => {
  it('follows the writer, with every event once and in order', async () => {
    const file = newFile();
    const writer = open(file);
    await writer.append('a', NO_STREAM, events(1));
    const reader = open(file, { readOnly: true });
    const seen: StoredEvent[] = [];
    const controller = new AbortController();
    const following = reader.subscribe({
      signal: controller.signal,
      onBatch: (batch) => {
        seen.push(...batch.events);
        if (seen.length === 200) controller.abort();
      },
    });
    for (let revision = 0; revision < 199; revision += 1) await writer.append('a', revision, [event()]);
    await following;
    expect(seen).toEqual(await writer.readStream('a'));
  });

  it('refuses to append, and to read what is not there', async () => {
    const reader = open(await closedLog(), { readOnly: true });
    await expect(reader.append('a', NO_STREAM, [event()])).rejects.toBeInstanceOf(Unavailable);
    expect(refusal(newFile(), { readOnly: true })).toContain('SQLITE_CANTOPEN');
  });

  it('ends its subscriptions when it is closed', async () => {
    const reader = open(await closedLog(), { readOnly: true });
    const { signal } = new AbortController();
    const following = reader.subscribe({ signal, onBatch: () => undefined });
    await reader.close();
    await following;
  });
});

describe('a copied file', () => {
  it('is refused without its -wal when it was in use, unless the loss is accepted', async () => {
    const file = newFile();
    const store = open(file);
    await store.append('a', NO_STREAM, events(3));
    const copy = newFile();
    copyFileSync(file, copy);
    expect(refusal(copy, { readOnly: true })).toContain('its -wal file is missing');
    expect(refusal(copy)).toContain('its -wal file is missing');
    expect(refusal(copy)).toContain('its -wal file is missing');
    expect(await open(copy, { acceptMissingWal: true }).readStream('a')).toEqual([]);
  });

  it('is whole with its -wal, as after a kill', async () => {
    const file = newFile();
    const store = open(file);
    await store.append('a', NO_STREAM, events(3));
    const copy = newFile();
    copyFileSync(file, copy);
    copyFileSync(`${file}-wal`, `${copy}-wal`);
    expect(await open(copy).readStream('a')).toHaveLength(3);
  });

  it('is whole when SQLite made it, while the log was in use or not', async () => {
    const file = newFile();
    const store = open(file);
    await store.append('a', NO_STREAM, events(3));
    const [backup, vacuumed] = [newFile(), newFile()];
    const db = new Database(file, { readonly: true });
    await db.backup(backup);
    db.prepare('VACUUM INTO ?').run(vacuumed);
    db.close();
    for (const copy of [backup, vacuumed]) expect(await open(copy).readStream('a')).toHaveLength(3);
  });

  it('is whole when the log was closed', async () => {
    const copy = newFile();
    copyFileSync(await closedLog(), copy);
    expect(await open(copy).readStream('incident-1')).toHaveLength(3);
  });
});

describe('a failing disk', () => {
  it('leaves the -wal to the next start when the log was halted', async () => {
    const file = await closedLog();
    const db = openForWriting({ file });
    db.prepare("INSERT INTO streams (name) VALUES ('late')").run();
    closeWithoutCheckpoint(db);
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
    expect(await open(file).readStream('incident-1')).toHaveLength(3);
  });

  const disk = join(directory, 'small-disk');
  const mounted = mountSmallDisk(disk);
  afterAll(() => mounted && execFileSync('umount', [disk]));
  const itOnSmallDisk = mounted ? it : it.skip;
  const asRoot = mounted ? '' : ' (skipped: mounting a small disk needs root on Linux)';

  itOnSmallDisk(
    `refuses appends when it is full, writes none by half, and recovers when there is room${asRoot}`,
    async () => {
      const store = open(join(disk, 'log.db'));
      await store.append('a', NO_STREAM, [event()]);
      const ballast = join(disk, 'ballast');
      writeFileSync(ballast, Buffer.alloc(1_500_000));
      let head = 0;
      const fill = async (): Promise<void> => {
        for (;;) head = (await store.append('a', head, [event(50_000), event(50_000)])).revision;
      };
      await expect(fill()).rejects.toMatchObject({
        name: 'Unavailable',
        message: expect.stringContaining('The disk is full'),
      });
      await expect(store.append('a', head, [event(50_000), event(50_000)])).rejects.toBeInstanceOf(Unavailable);
      expect(await store.readStream('a')).toHaveLength(head + 1);
      expect(store.halted).toBeUndefined();
      rmSync(ballast);
      expect(await store.append('a', head, [event(50_000), event(50_000)])).toMatchObject({ revision: head + 2 });
      await store.close();
      expect(await open(join(disk, 'log.db')).readStream('a')).toHaveLength(head + 3);
    },
  );

  itOnSmallDisk(`closes when it is full, and has everything at the next start${asRoot}`, async () => {
    const file = join(disk, 'closed-full.db');
    const store = open(file);
    await store.append('a', NO_STREAM, events(3));
    const ballast = join(disk, 'ballast');
    expect(() => writeFileSync(ballast, Buffer.alloc(2_000_000))).toThrow('ENOSPC');
    await store.close();
    rmSync(ballast);
    expect(await open(file).readStream('a')).toHaveLength(3);
  });

  itOnSmallDisk(`is named when the folder can only be read${asRoot}`, async () => {
    const file = await closedLog(join(disk, 'sealed.db'));
    await Promise.all(opened.splice(0).map((store) => store.close()));
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    expect(refusal(file)).toMatch(/cannot be opened|cannot be locked/);
    execFileSync('mount', ['-o', 'remount,rw', disk]);
  });
});

function mountSmallDisk(path: string): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('mkdir', ['-p', path]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // root without the right to mount, as in most containers
  }
}
