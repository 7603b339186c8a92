import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RandomIds } from '#libs/application';
import { EVENT_BYTES_MAX, openEventStore, Unavailable, type EventStore } from '#libs/event-store';
import { LANES_MAX } from './courier.js';
import { DeliveryBook, type Attempt } from './delivery-book.js';
import { DeliveryLedger } from './delivery-ledger.js';
import { NobodyDelivers, SharedRecords } from './delivery-records.js';

const ID = '0190a000-0000-7000-8000-000000000001';
const incidentOf = (n: number): string => `0190a000-0000-7000-9000-${n.toString(16).padStart(12, '0')}`;

describe('How far deliveries have got, in the log', () => {
  let folder: string;
  let store: EventStore;
  const books: DeliveryBook[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tocsin-ledger-'));
    store = await openEventStore({ store: 'sqlite', file: join(folder, 'log.db') });
  });
  afterEach(async () => {
    for (const book of books.splice(0)) book.close();
    await store.close();
    rmSync(folder, { recursive: true });
  });

  /** A process that delivers. */
  const worker = () => {
    const book = new DeliveryBook(':memory:');
    books.push(book);
    const [lost, failures]: [string[], unknown[]] = [[], []];
    const ledger = new DeliveryLedger({
      store,
      ids: new RandomIds(),
      book,
      onLost: (id) => lost.push(id),
      onFailure: (error) => failures.push(error),
      noteMs: 0,
    });
    return { book, ledger, lost, failures };
  };
  const begin = (book: DeliveryBook): void => {
    book.begin({ track: ID, subscription: ID, replay: false, cursor: 'start', until: null, sinceMs: null });
  };
  const enlist = (book: DeliveryBook, n: number): void => {
    book.enlist({ track: ID, subscription: ID }, { incident: incidentOf(n), revision: 3, recordedMs: 1 }, 1000);
  };
  const attempt = (n: number, delivered = true): Omit<Attempt, 'id'> => ({
    eventId: incidentOf(n),
    type: 'IncidentDeclared',
    incidentId: incidentOf(n),
    revision: 0,
    position: 'p1',
    seq: n,
    attempt: 1,
    kind: 'delivery',
    atMs: n,
    durationMs: 1,
    status: delivered ? 204 : 500,
    cause: delivered ? null : { code: 'receiver-error', status: 500 },
    nextAttemptMs: null,
    request: { url: 'https://example.org/', headers: {}, body: '' },
    response: null,
  });

  it('is where the next process goes on', async () => {
    const one = worker();
    await one.ledger.open(ID);
    begin(one.book);
    enlist(one.book, 1);
    one.book.number(one.book.due(ID, 1000, 1)[0]!, ID, { revision: 3, position: 'p7', recordedMs: 1 });
    one.book.note(ID, attempt(1, false));
    await one.ledger.close(ID);
    const other = worker();
    await other.ledger.open(ID);
    expect(other.book.state(ID)).toEqual(one.book.state(ID));
    expect(other.book.due(ID, 1000, 1)[0]?.message).toMatchObject({ seq: 1, previous: 'start' });
  });

  it('is not changed by a process that was taken for dead, which learns it', async () => {
    const stale = worker();
    await stale.ledger.open(ID);
    begin(stale.book);
    stale.ledger.note(ID);
    const heir = worker();
    await heir.ledger.open(ID);
    begin(heir.book);
    heir.book.note(ID, attempt(1));
    await heir.ledger.close(ID);
    enlist(stale.book, 9);
    stale.ledger.note(ID);
    while (stale.lost.length === 0) {
      stale.ledger.note(ID);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    expect(stale.failures).toEqual([]);
    const third = worker();
    await third.ledger.open(ID);
    expect(third.book.state(ID)).toEqual(heir.book.state(ID));
  });

  it('shows the attempts to any process, the newest first, page by page', async () => {
    const one = worker();
    await one.ledger.open(ID);
    begin(one.book);
    for (let n = 1; n <= 300; n += 1) one.book.note(ID, attempt(n, n % 3 !== 0));
    await one.ledger.close(ID);
    const elsewhere = new DeliveryBook(':memory:');
    books.push(elsewhere);
    const records = new SharedRecords(elsewhere, store);
    await records.refresh([ID]);
    expect(elsewhere.figures(ID)).toMatchObject({ delivered: 200, failed: 100 });
    const read = async (delivered?: boolean): Promise<number[]> => {
      const seen: number[] = [];
      let before: number | undefined;
      for (;;) {
        const asked = { max: 7, ...(before ? { before } : {}), ...(delivered === undefined ? {} : { delivered }) };
        const page = await records.attempts(ID, asked);
        if (page.length === 0) return seen;
        seen.push(...page.map(({ seq }) => seq ?? 0));
        before = page.at(-1)?.id;
      }
    };
    const all = Array.from({ length: 300 }, (_, index) => 300 - index);
    expect(await read()).toEqual(all);
    expect(await read(false)).toEqual(all.filter((n) => n % 3 === 0));
  });

  it('brings the attempt of a test to whoever asked for it elsewhere, or says that nobody made it', async () => {
    const one = worker();
    await one.ledger.open(ID);
    begin(one.book);
    const elsewhere = new DeliveryBook(':memory:');
    books.push(elsewhere);
    const patient = new SharedRecords(elsewhere, store);
    const tested = await patient.tested(ID, incidentOf(7), async () => {
      one.book.note(ID, attempt(7));
      one.ledger.note(ID);
    });
    expect(tested).toMatchObject({ eventId: incidentOf(7), cause: null });
    // Asked for again, after it was made.
    expect(await patient.tested(ID, incidentOf(7), async () => undefined)).toMatchObject({ eventId: incidentOf(7) });
    const hasty = new SharedRecords(elsewhere, store, 5);
    await expect(hasty.tested(ID, incidentOf(8), async () => undefined)).rejects.toThrow(NobodyDelivers);
    await one.ledger.close(ID);
  });

  it('tells whoever asked for a test that the log cannot be followed, and the process lives', async () => {
    const elsewhere = new DeliveryBook(':memory:');
    books.push(elsewhere);
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    const subscribe = store.subscribe.bind(store);
    store.subscribe = () => Promise.reject(new Unavailable('denied'));
    const asked = new SharedRecords(elsewhere, store).tested(
      ID,
      incidentOf(9),
      () => new Promise((resolve) => setImmediate(resolve)),
    );
    await expect(asked).rejects.toThrow(Unavailable);
    store.subscribe = subscribe;
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('fits into an event however much waits', () => {
    const { book } = worker();
    begin(book);
    // One page of 512 events may come on top.
    for (let n = 0; n < LANES_MAX + 511; n += 1) enlist(book, n);
    for (const lane of book.due(ID, 1000, 2000)) {
      book.number(lane, ID, { revision: 3, position: 'c1234567890123456p1234567890123456', recordedMs: 1 });
      book.failed(lane, { failures: 9, dueMs: 1e13, scheduledMs: 1e13, held: false, atMs: 1e13 });
    }
    expect(JSON.stringify(book.state(ID)).length).toBeLessThan(EVENT_BYTES_MAX * 0.9);
  });
});
