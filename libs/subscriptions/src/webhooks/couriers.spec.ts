import { jest } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clock, Incidents, RandomIds } from '#libs/application';
import { openEventStore, type EventStore } from '#libs/event-store';
import { FEED_START, Feed } from '../feed/feed.js';
import { IncidentFacts } from '../feed/incident-facts.js';
import { LiveTail } from '../feed/live-tail.js';
import { IN_FLIGHT_MAX, LANES_MAX } from './courier.js';
import { Couriers } from './couriers.js';
import { DeliveryBook } from './delivery-book.js';
import { DeliveryLag } from './delivery-lag.js';
import { DeliveryLedger } from './delivery-ledger.js';
import { SharedRecords } from './delivery-records.js';
import { ENDPOINT_IN_FLIGHT_MAX } from './endpoints.js';
import type { Outgoing } from './guarded-post.js';
import { SecretFile } from './secret-file.js';
import { Subscriptions } from './subscriptions.js';

jest.setTimeout(30_000);

const STREAM = 'incident-0190a000-0000-7000-8000-000000000001';
const ACTOR = { id: 'a', name: 'A' };
const META = {
  schemaVersion: 1,
  recordedAt: '2026-03-02T08:00:00Z',
  occurredAt: { at: '2026-03-02T08:00:00Z', precision: 'minute' },
  organisations: [],
  actor: ACTOR,
};
const clock = new (class extends Clock {
  override nowMs(): number {
    return Date.parse('2026-03-02T08:00:00Z');
  }
})();
const ids = new RandomIds();
const fail = (error: unknown): void => {
  throw error;
};

describe('The couriers of a process', () => {
  let folder: string;
  let store: EventStore;
  let feed: Feed;
  let tail: LiveTail;
  let subscriptions: Subscriptions;
  let couriers: Couriers;
  const books: DeliveryBook[] = [];
  let posted: Outgoing[];
  let answer: number;
  let answering: () => Promise<void>;
  let written: number;

  const newLedger = (onLost: (id: string) => void) => {
    const book = new DeliveryBook(':memory:');
    books.push(book);
    return { book, ledger: new DeliveryLedger({ store, ids, book, onLost, onFailure: fail, noteMs: 0 }) };
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tocsin-couriers-'));
    store = await openEventStore({ store: 'sqlite', file: join(folder, 'log.db') });
    feed = new Feed(store, new IncidentFacts(store, new Incidents(store)));
    tail = new LiveTail(feed, fail);
    subscriptions = new Subscriptions(feed, new SecretFile(), clock, ids, fail);
    [posted, answer, written] = [[], 204, 0];
    answering = async () => undefined;
    const post = async (outgoing: Outgoing) => {
      posted.push(outgoing);
      await answering();
      return { status: answer, body: '' };
    };
    const { book, ledger } = newLedger((id) => couriers.lost(id));
    const parts = { feed, subscriptions, book, ledger, post, clock, chance: () => 0, onFailure: fail };
    couriers = new Couriers(parts, tail, 1);
    await tail.start();
    await subscriptions.start();
  });
  afterEach(async () => {
    await couriers.stop();
    await subscriptions.stop();
    await tail.stop();
    for (const book of books.splice(0)) book.close();
    await store.close();
    rmSync(folder, { recursive: true });
  });

  /** @param first of another stream. */
  const write = async (first?: string): Promise<void> => {
    const data = { kind: 'fact', text: String(written) };
    const event = { id: ids.next(), type: 'LogbookEntryRecorded', data, meta: META };
    await store.append(first ?? STREAM, first === undefined ? written - 1 : -1, [event]);
    if (first === undefined) written += 1;
  };
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise<void>((resolve) => void setImmediate(resolve));
  };
  const subscribe = (url = 'https://csirt.example/') =>
    subscriptions.create({ name: 'CSIRT', url, payload: 'full', exercise: 'exclude', from: FEED_START }, ACTOR);
  const sentTexts = (): string[] => posted.map(({ body }) => JSON.parse(body).data.text as string);

  it('go on when a late word of a process of the past took a subscription from the one that has the duty', async () => {
    couriers.start();
    const { id } = await subscribe();
    await write();
    await until(() => posted.length === 1);
    await couriers.idle();
    // It had the duty once, and its claim arrives only now.
    await newLedger(() => undefined).ledger.open(id);
    for (let n = 1; n <= 3; n += 1) await write();
    await until(() => new Set(sentTexts()).size === 4);
    await write();
    await until(() => sentTexts().includes('4'));
  });

  it('leave a record from which another process tells what waits when nobody delivers any more', async () => {
    couriers.start();
    const subscription = await subscribe();
    await write();
    await until(() => posted.length === 1);
    await couriers.idle();
    await couriers.stop();
    await write();
    await write();
    const records = new SharedRecords(newLedger(() => undefined).book, store);
    await records.refresh([subscription.id]);
    const lag = await new DeliveryLag(feed, records.book, records.isOwn).of(subscription);
    expect(lag).toEqual({ events: 2, more: false, oldestMs: Date.parse(META.recordedAt) });
  });

  it('let no more incidents wait for a receiver than can be written down, however much is asked for again', async () => {
    answer = 500;
    couriers.start();
    const { id } = await subscribe();
    await write();
    const [event] = await store.readStream(STREAM);
    const asked = { eventId: event!.id, incidentId: STREAM.slice('incident-'.length), revision: 0 };
    for (let n = 0; n < LANES_MAX + 40; n += 1) {
      await subscriptions.askRedelivery(id, asked, ACTOR);
      if (n % 50 === 0) await couriers.idle();
    }
    await couriers.idle();
    expect(books[0]?.lanes(id)).toBe(LANES_MAX);
  });

  it('share out what one endpoint is sent at a time, whatever number of subscriptions lead there', async () => {
    let [underWay, most] = [0, 0];
    const ends: (() => void)[] = [];
    answering = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise<void>((resolve) => ends.push(resolve));
      underWay -= 1;
    };
    for (let n = 1; n <= 12; n += 1) await write(`${STREAM.slice(0, -2)}${n + 10}`);
    couriers.start();
    for (let n = 0; n < 3; n += 1) await subscribe(`https://csirt.example/${n}`);
    const other = await subscribe('https://elsewhere.example/');
    await until(() => underWay === ENDPOINT_IN_FLIGHT_MAX + IN_FLIGHT_MAX);
    for (let n = 0; n < 12 * 4; n += 1) {
      await until(() => ends.length > 0);
      ends.shift()?.();
    }
    await couriers.idle();
    for (const path of ['csirt.example/0', 'csirt.example/1', 'csirt.example/2', 'elsewhere.example/'])
      expect([path, posted.filter(({ url }) => url.endsWith(path)).length]).toEqual([path, 12]);
    expect(most).toBe(ENDPOINT_IN_FLIGHT_MAX + IN_FLIGHT_MAX);
    expect(books[0]?.waiting(other.id).incidents).toBe(0);
  });
});
