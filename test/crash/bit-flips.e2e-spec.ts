import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable, type JsonObject, type NewEvent, type StoredEvent } from '#libs/event-store';
import { eventHash } from '#libs/proof';
import { SqliteEventStore } from '../../libs/event-store/src/sqlite/sqlite-event-store.js';
import { seeded } from '../support/random.js';
import { checkChains, checkOrder, readWhole } from './check-log.js';

const FLIPS = 1000;
const STREAMS = 6;
const EVENTS_PER_STREAM = 25;

const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'tocsin-flips-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function appendChained(store: SqliteEventStore, stream: string, count: number): Promise<void> {
  let hash: string | undefined;
  for (let revision = 0; revision < count; revision += 1) {
    const meta: JsonObject = hash === undefined ? {} : { prevHash: hash };
    const event: NewEvent = { id: randomUUID(), type: 'Noted', data: { text: `${stream} ${revision} ` }, meta };
    hash = eventHash({ ...event, stream, revision });
    await store.append(stream, revision - 1, [event]);
  }
}

/** What a verifier does with a log: order, chains, and the heads that were sealed elsewhere. */
function verify(events: readonly StoredEvent[], sealed: ReadonlyMap<string, string>): void {
  checkOrder(events);
  const heads = checkChains(events);
  if (heads.size !== sealed.size) throw new Error('a stream is missing');
  for (const [stream, hash] of sealed) if (heads.get(stream) !== hash) throw new Error(`${stream} has another head`);
}

/** @returns the events that are served and verified; undefined when the store or the verifier refuses them. */
async function servedAndVerified(
  file: string,
  sealed: ReadonlyMap<string, string>,
): Promise<StoredEvent[] | undefined> {
  let store: SqliteEventStore | undefined;
  try {
    store = SqliteEventStore.open({ file });
    const log = await readWhole(store);
    verify(log, sealed);
    const streams: StoredEvent[] = [];
    for (const stream of sealed.keys()) streams.push(...(await store.readStream(stream)));
    verify(
      [...streams].sort((left, right) => Number(left.position.slice(1)) - Number(right.position.slice(1))),
      sealed,
    );
    return log;
  } catch {
    return undefined;
  } finally {
    await store?.close();
  }
}

describe('A log in which a bit has changed', () => {
  it(`never passes a wrong event, in ${FLIPS} flips anywhere in the file (H7)`, async () => {
    const file = join(folder, 'log.db');
    const store = SqliteEventStore.open({ file });
    await Promise.all(
      Array.from({ length: STREAMS }, (_, n) => appendChained(store, `incident-${n}`, EVENTS_PER_STREAM)),
    );
    const original = await readWhole(store);
    const sealed = checkChains(original);
    await store.close();

    const bytes = readFileSync(file);
    const places = original.map(({ type, id, data, meta }) => {
      const row = type + id + JSON.stringify(data) + JSON.stringify(meta);
      return { from: bytes.indexOf(row), to: bytes.lastIndexOf(row), length: row.length };
    });
    // SQLite leaves remains of rows that it moved; a bit in those changes nothing, so such events are left out.
    const unique = places.filter(({ from, to }) => from > 0 && from === to);
    expect(unique.length).toBeGreaterThan(original.length / 2);

    const random = seeded(1);
    const found = { inEvents: 0, missedInEvents: 0, harmless: 0, refused: 0, wrong: 0 };
    for (let flip = 0; flip < FLIPS; flip += 1) {
      const place = unique[random.between(0, unique.length)];
      const inEvent = place !== undefined && flip % 2 === 0;
      const at = inEvent ? place.from + random.between(0, place.length) : random.between(0, bytes.length);
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << random.between(0, 8));
      const copy = join(folder, 'flipped.db');
      writeFileSync(copy, flipped);
      const served = await servedAndVerified(copy, sealed);
      if (inEvent) found.inEvents += 1;
      if (inEvent && served !== undefined) found.missedInEvents += 1;
      if (served === undefined) found.refused += 1;
      else if (JSON.stringify(served) === JSON.stringify(original)) found.harmless += 1;
      else found.wrong += 1;
      for (const suffix of ['', '-wal', '-shm', '.lock']) rmSync(copy + suffix, { force: true });
    }
    expect(found).toMatchObject({ inEvents: FLIPS / 2, missedInEvents: 0, wrong: 0 });
    process.stdout.write(
      `${FLIPS} bits flipped, ${found.inEvents} of them in events: ${found.refused} found, ${found.harmless} without effect, 0 wrong events passed\n`,
    );
  }, 60_000);

  it('is named as damage by the store, when an event is no JSON any more', async () => {
    const file = join(folder, 'json.db');
    const store = SqliteEventStore.open({ file });
    await appendChained(store, 'incident-1', 2);
    await store.close();
    const bytes = readFileSync(file);
    bytes[bytes.indexOf('{"text"')] = 0x20;
    writeFileSync(file, bytes);
    const damaged = SqliteEventStore.open({ file });
    for (const read of [damaged.readAll(), damaged.readStream('incident-1')]) {
      await expect(read).rejects.toBeInstanceOf(Unavailable);
      await expect(read).rejects.toThrow('damaged');
    }
    await damaged.close();
  });
});

describe('A log copied while it is written, its files at different moments', () => {
  it('is refused, found broken by a verifier, or a beginning of the log: never something else (H6)', async () => {
    const file = join(folder, 'live.db');
    const store = SqliteEventStore.open({ file, checkpointPages: 25 });
    const writing = Promise.all(Array.from({ length: STREAMS }, (_, n) => appendChained(store, `incident-${n}`, 300)));
    const copies: string[] = [];
    for (let n = 0; n < 20; n += 1) {
      const copy = join(folder, `copy-${n}.db`);
      const parts = n % 2 === 0 ? ['', '-wal'] : ['-wal', ''];
      for (const part of parts) {
        copyFileSync(file + part, copy + part);
        await sleep(5);
      }
      copies.push(copy);
    }
    await writing;
    const whole = (await readWhole(store)).map(({ id }) => id);
    await store.close();
    for (const copy of copies) {
      const ids = await idsIfSound(copy);
      if (ids !== undefined) expect(ids).toEqual(whole.slice(0, ids.length));
    }
  }, 30_000);

  async function idsIfSound(file: string): Promise<string[] | undefined> {
    let store: SqliteEventStore | undefined;
    try {
      store = SqliteEventStore.open({ file });
      const events = await readWhole(store);
      checkOrder(events);
      checkChains(events);
      return events.map(({ id }) => id);
    } catch {
      return undefined;
    } finally {
      await store?.close();
    }
  }
});
