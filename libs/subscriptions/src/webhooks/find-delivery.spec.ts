import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Incidents } from '#libs/application';
import { openEventStore, type EventStore } from '#libs/event-store';
import { Feed } from '../feed/feed.js';
import { IncidentFacts } from '../feed/incident-facts.js';
import { LogMarks } from '../feed/log-marks.js';
import { DeliveryBook } from './delivery-book.js';
import { FindDelivery, StillSearching, UnknownDelivery } from './find-delivery.js';
import type { Subscription } from './subscription.js';

const UNKNOWN = '0190ffff-0000-7000-8000-ffffffffffff';
const subscription = { id: 'a', settings: { exercise: 'exclude' } } as Subscription;

describe('An event that somebody wants again, of which no attempt is known', () => {
  let folder: string;
  let store: EventStore;
  let book: DeliveryBook;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tocsin-find-'));
    store = await openEventStore({ store: 'sqlite', file: join(folder, 'log.db') });
    book = new DeliveryBook(':memory:');
  });
  afterEach(async () => {
    book.close();
    await store.close();
    rmSync(folder, { recursive: true });
  });

  it('is said to be still looked for while a long log is read, and then whether it exists', async () => {
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const read = store.readAll.bind(store);
    store.readAll = async (options) => {
      await arrived;
      return read(options);
    };
    const feed = new Feed(store, new IncidentFacts(store, new Incidents(store)));
    const marks = new LogMarks(store);
    const find = new FindDelivery(feed, book, marks, 10);
    await expect(find.event(subscription, UNKNOWN)).rejects.toBeInstanceOf(StillSearching);
    arrive();
    const patient = new FindDelivery(feed, book, marks);
    await expect(patient.event(subscription, UNKNOWN)).rejects.toBeInstanceOf(UnknownDelivery);
  });
});
