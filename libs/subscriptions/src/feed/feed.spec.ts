import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Incidents } from '#libs/application';
import { NO_STREAM, openEventStore, Unavailable, type EventStore } from '#libs/event-store';
import { Feed, FEED_START } from './feed.js';
import { IncidentFacts } from './incident-facts.js';

const ID = '0190a000-0000-7000-8000-000000000001';

const meta = { organisations: [], recordedAt: '2026-03-02T08:00:00Z' };

describe('A feed', () => {
  let folder: string;
  let store: EventStore;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tocsin-feed-'));
    store = await openEventStore({ store: 'sqlite', file: join(folder, 'log.db') });
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  it('asks for the name of its log again when that did not answer', async () => {
    await store.append('incident-1', NO_STREAM, [{ id: ID, type: 'IncidentDeclared', data: {}, meta: {} }]);
    const feed = new Feed(store, new IncidentFacts(store, new Incidents(store)));
    const read = store.readAll.bind(store);
    store.readAll = () => Promise.reject(new Unavailable('no leader'));
    await expect(feed.source()).rejects.toBeInstanceOf(Unavailable);
    store.readAll = read;
    expect(await feed.source()).toBe(`urn:tocsin:${ID}`);
  });

  it('reads the facts of many incidents at once, but not of all, and keeps the order of the log', async () => {
    const streams = Array.from({ length: 40 }, (_, n) => `incident-${n}`);
    const exercises = new Set(streams.filter((_, n) => n % 3 === 0));
    for (let revision = 0; revision < 2; revision += 1) {
      for (const stream of streams) {
        const data = { exercise: exercises.has(stream) };
        await store.append(stream, revision - 1, [{ id: randomUUID(), type: 'IncidentDeclared', data, meta }]);
      }
    }
    const read = store.readStream.bind(store);
    let [underWay, most, reads] = [0, 0, 0];
    store.readStream = async (stream, options) => {
      reads += 1;
      underWay += 1;
      most = Math.max(most, underWay);
      await nextTurn();
      underWay -= 1;
      return read(stream, options);
    };
    const feed = new Feed(store, new IncidentFacts(store, new Incidents(store)));
    const { events } = await feed.read(FEED_START, { exercise: false }, 500);
    const wanted = streams.filter((stream) => !exercises.has(stream));
    expect(events.map(({ stored }) => stored.stream)).toEqual([...wanted, ...wanted]);
    expect(reads).toBe(streams.length);
    expect(most).toBe(16);
  });
});
