import { jest } from '@jest/globals';
import { EventStoreDBClient } from '@eventstore/db-client';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ErrorName, Fault } from '../../../../test/support/eventstoredb-twin/faults.js';
import { EventStoreDbTwin } from '../../../../test/support/eventstoredb-twin/twin.js';
import {
  Conflict,
  Gone,
  InvalidPosition,
  NO_STREAM,
  OutcomeUnknown,
  TooLarge,
  Unavailable,
  type EventFilter,
  type NewEvent,
  type SubscriptionBatch,
} from '../port.js';
import { EventStoreDbEventStore } from './eventstoredb-event-store.js';
import type { Timing } from './timing.js';

/** C1 to C16 are the defects of the client that docs/reference/event-store.md names. */
const HURRIED: Partial<Timing> = { appendMs: 2500, attemptMs: 700, readMs: 2000, connectMs: 5000, closeMs: 500 };
/** What settles “within its deadline and a second”. */
const APPEND_SETTLED_MS = 2500 + 1000;

jest.setTimeout(30_000);

let twin: EventStoreDbTwin;
let store: EventStoreDbEventStore;
let notices: string[];

const open = async (timing: Partial<Timing> = HURRIED): Promise<EventStoreDbEventStore> =>
  EventStoreDbEventStore.connect({
    connectionString: twin.connectionString,
    timing,
    onNotice: (sentence) => notices.push(sentence),
  });

beforeAll(async () => {
  twin = await EventStoreDbTwin.start();
});
afterAll(async () => twin.close());
beforeEach(async () => {
  notices = [];
  await twin.listen();
  store = await open();
});
afterEach(async () => {
  twin.faults.clear();
  twin.clockAheadMs = 0;
  await store.close();
});

describe('an append', () => {
  it('C1 to a server that is silent settles as unknown within its deadline and a second', async () => {
    twin.freeze();
    const startedAt = performance.now();
    await expect(store.append(newStream(), NO_STREAM, [anEvent()])).rejects.toBeInstanceOf(OutcomeUnknown);
    expect(performance.now() - startedAt).toBeLessThan(APPEND_SETTLED_MS);
    twin.faults.clear();
    await expect(store.append(newStream(), NO_STREAM, [anEvent()])).resolves.toMatchObject({ revision: 0 });
  });

  it.each<[string, Fault]>([
    ['C1 is silent', { kind: 'silent' }],
    ['C2 ends', { kind: 'end' }],
    ['C6 answers late', { kind: 'late', ms: 500 }],
    ['C7 is busy', { kind: 'fail', error: 'busy' }],
  ])('%s: never goes by the batch append', async (_what, fault) => {
    const before = twin.faults.calls.batchAppend;
    twin.faults.always(['batchAppend'], fault);
    await expect(store.append(newStream(), NO_STREAM, [anEvent()])).resolves.toMatchObject({ revision: 0 });
    expect(twin.faults.calls.batchAppend).toBe(before);
    expect(twin.lastAppend?.get('requires-leader')).toEqual(['true']);
    expect(twin.lastAppend?.get('authorization')).toEqual([]);
  });

  it('C3 is not rejected by an error that another client of the process meets', async () => {
    const other = EventStoreDBClient.connectionString(twin.connectionString);
    twin.faults.next('batchAppend', { kind: 'fail', error: 'unavailable' });
    twin.faults.next('append', { kind: 'slow', ms: 150 });
    const appending = store.append(newStream(), NO_STREAM, [anEvent()]);
    const event = { type: 'T', data: {}, id: randomUUID(), contentType: 'application/json', metadata: {} } as const;
    await expect(other.appendToStream(newStream(), event)).rejects.toThrow();
    await expect(appending).resolves.toMatchObject({ revision: 0 });
    await other.dispose();
  });

  it('C4 succeeds when our clock is a minute behind that of the server', async () => {
    twin.clockAheadMs = 60_000;
    await expect(store.append(newStream(), NO_STREAM, [anEvent()])).resolves.toMatchObject({ revision: 0 });
  });

  it('C5 tells the right head in a conflict, whatever the connection string wants of the client', async () => {
    const lenient = await EventStoreDbEventStore.connect({
      connectionString: `${twin.connectionString}&throwOnAppendFailure=false`,
    });
    const stream = newStream();
    await lenient.append(stream, NO_STREAM, someEvents(8));
    await expect(lenient.append(stream, 3, [anEvent()])).rejects.toMatchObject({ name: 'Conflict', actual: 7 });
    await lenient.close();
  });

  it.each<ErrorName>(['unavailable', 'busy', 'not-ready', 'timeout', 'cancelled', 'not-leader', 'no-leader'])(
    'C7 is sent again when the server says %s',
    async (error) => {
      twin.faults.next('append', { kind: 'fail', error }, 2);
      await expect(store.append(newStream(), NO_STREAM, [anEvent()])).resolves.toMatchObject({ revision: 0 });
    },
  );

  it.each<ErrorName>(['internal', 'data-loss'])(
    'on %s, which the client keeps, goes by a new connection',
    async (error) => {
      const stream = newStream();
      twin.faults.next('append', { kind: 'lost', error });
      await expect(store.append(stream, NO_STREAM, [anEvent()])).resolves.toMatchObject({ revision: 0 });
      expect(notices).toEqual([expect.stringContaining('made anew')]);
      expect(await store.readStream(stream)).toHaveLength(1);
    },
  );

  it.each<ErrorName>(['too-large', 'event-too-large'])('C8 is too large when the server says %s', async (error) => {
    twin.faults.next('append', { kind: 'fail', error });
    await expect(store.append(newStream(), NO_STREAM, [anEvent()])).rejects.toBeInstanceOf(TooLarge);
  });

  it.each<[ErrorName, RegExp]>([
    ['denied', /does not let its user append/],
    ['unauthenticated', /refuses its user or password/],
  ])('is refused at once when the server says %s', async (error, sentence) => {
    const before = twin.faults.calls.append;
    twin.faults.next('append', { kind: 'fail', error }, 9);
    await expect(store.append(newStream(), NO_STREAM, [anEvent()])).rejects.toThrow(sentence);
    expect(twin.faults.calls.append).toBe(before + 1);
  });

  it('is written once when its answer is lost, and when it is late', async () => {
    const stream = newStream();
    twin.faults.next('append', { kind: 'lost' }, 2);
    const first = await store.append(stream, NO_STREAM, someEvents(3));
    twin.faults.next('append', { kind: 'late', ms: 1000 });
    const second = await store.append(stream, 2, someEvents(2));
    expect(await store.readStream(stream)).toMatchObject([{}, {}, first, {}, second]);
  });

  it('is found by reading back when every answer is lost', async () => {
    const stream = newStream();
    twin.faults.next('append', { kind: 'lost' }, 99);
    const events = someEvents(2);
    const answer = await store.append(stream, NO_STREAM, events);
    expect(await store.readStream(stream)).toMatchObject([{ id: events[0]?.id }, { id: events[1]?.id, ...answer }]);
  });

  it('is a conflict when reading back finds the events of another', async () => {
    const stream = newStream();
    twin.faults.always(['append'], { kind: 'silent' });
    const appending = store.append(stream, NO_STREAM, [anEvent()]);
    await twin.appendRaw(stream, 'T', 'application/json', '{}');
    await expect(appending).rejects.toBeInstanceOf(Conflict);
  });

  it('stays unknown when it is refused after an attempt that nobody answered', async () => {
    twin.faults.next('append', { kind: 'silent' });
    twin.faults.next('append', { kind: 'fail', error: 'denied' });
    await expect(store.append(newStream(), NO_STREAM, [anEvent()])).rejects.toBeInstanceOf(OutcomeUnknown);
  });

  it('that is cut off half way again and again is there whole or not at all', async () => {
    const hasty = await open({ appendMs: 1500, attemptMs: 15 });
    const streams = Array.from({ length: 8 }, newStream);
    await Promise.all(streams.map((stream) => hasty.append(stream, NO_STREAM, someEvents(100)).catch(() => undefined)));
    for (const stream of streams) {
      expect([0, 100]).toContain((await store.readStream(stream)).length);
    }
    await hasty.close();
  });

  it('keeps its turn in its stream while one before it is repeated', async () => {
    const stream = newStream();
    twin.faults.next('append', { kind: 'fail', error: 'unavailable' }, 2);
    const answers = await Promise.all(someEvents(6).map((event, n) => store.append(stream, n - 1, [event])));
    expect(answers.map(({ revision }) => revision)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('settles in time when the server has gone, as unwritten or unknown: a broken connection may have carried it', async () => {
    twin.kill();
    const startedAt = performance.now();
    const name = expect.stringMatching(/^(Unavailable|OutcomeUnknown)$/);
    await expect(store.append(newStream(), NO_STREAM, [anEvent()])).rejects.toMatchObject({ name });
    expect(performance.now() - startedAt).toBeLessThan(APPEND_SETTLED_MS);
  });

  it('waits for a server that comes back', async () => {
    twin.kill();
    const appending = store.append(newStream(), NO_STREAM, [anEvent()]);
    await delay(300);
    await twin.listen();
    await expect(appending).resolves.toMatchObject({ revision: 0 });
  });

  it('does not hold up closing for long when the server is silent', async () => {
    const slow = await open({ appendMs: 30_000, closeMs: 300 });
    twin.freeze();
    const appending = expect(slow.append(newStream(), NO_STREAM, [anEvent()])).rejects.toThrow();
    await delay(50);
    const startedAt = performance.now();
    await slow.close();
    await appending;
    expect(performance.now() - startedAt).toBeLessThan(300 + 2000 + 1000);
  });
});

describe('a stream that an administrator deleted softly', () => {
  it('is gone to readers, also with nothing left of it to see', async () => {
    const stream = newStream();
    await store.append(stream, NO_STREAM, someEvents(3));
    await twin.softDelete(stream);
    await expect(store.readStream(stream)).rejects.toBeInstanceOf(Gone);
    await expect(store.readStream(stream, { direction: 'backward' })).rejects.toBeInstanceOf(Gone);
  });

  it('is gone to a writer who thinks it new, though the server numbers on', async () => {
    const stream = newStream();
    const events = someEvents(3);
    await store.append(stream, NO_STREAM, events);
    await twin.softDelete(stream);
    await expect(store.append(stream, NO_STREAM, events)).rejects.toBeInstanceOf(Gone);
    await expect(store.append(stream, NO_STREAM, [anEvent()])).rejects.toBeInstanceOf(Gone);
    await expect(store.readStream(stream)).rejects.toBeInstanceOf(Gone);
  });
});

it('a stream that an administrator truncated beyond its end is gone', async () => {
  const stream = newStream();
  await store.append(stream, NO_STREAM, someEvents(3));
  await twin.truncate(stream, 9);
  await expect(store.readStream(stream)).rejects.toBeInstanceOf(Gone);
  await expect(store.readStream(stream, { direction: 'backward' })).rejects.toBeInstanceOf(Gone);
  await expect(store.readStream(stream, { direction: 'backward', from: 1 })).rejects.toBeInstanceOf(Gone);
});

describe('an event that Tocsin did not write', () => {
  it.each([
    ['application/json', '{"half":'],
    ['application/json', '[1]'],
    ['application/octet-stream', 'bytes'],
  ])('of %s %s stops the reader and the follower, and is not left out', async (contentType, data) => {
    const stream = newStream();
    const after = await store.head();
    await twin.appendRaw(stream, 'Foreign', contentType, data);
    await expect(store.readStream(stream)).rejects.toThrow('not written by Tocsin');
    const filter = { streamPrefixes: [stream] };
    await expect(store.readAll({ after, filter })).rejects.toThrow('not written by Tocsin');
    const { signal } = new AbortController();
    await expect(store.subscribe({ after, filter, signal, onBatch: () => undefined })).rejects.toThrow('not written');
  });
});

describe('a read', () => {
  it.each<ErrorName>(['unavailable', 'internal', 'busy', 'not-leader'])('is repeated on %s', async (error) => {
    const stream = newStream();
    await store.append(stream, NO_STREAM, [anEvent()]);
    twin.faults.next('read', { kind: 'fail', error }, 2);
    expect(await store.readStream(stream)).toHaveLength(1);
  });

  it('of a silent server is unavailable within its time and a second, and the next one is answered', async () => {
    const stream = newStream();
    await store.append(stream, NO_STREAM, [anEvent()]);
    twin.freeze();
    const startedAt = performance.now();
    await expect(store.readStream(stream)).rejects.toBeInstanceOf(Unavailable);
    await expect(store.head()).rejects.toBeInstanceOf(Unavailable);
    expect(performance.now() - startedAt).toBeLessThan(2 * (2000 + 1000));
    twin.faults.clear();
    expect(await store.readStream(stream)).toHaveLength(1);
  });

  it('after a position beyond the head is refused', async () => {
    const { position } = await store.append(newStream(), NO_STREAM, [anEvent()]);
    const beyond = position.replaceAll(/\d+/g, (number) => `${number}000`);
    await expect(store.readAll({ after: beyond })).rejects.toBeInstanceOf(InvalidPosition);
    const { signal } = new AbortController();
    await expect(store.subscribe({ after: beyond, signal, onBatch: () => undefined })).rejects.toBeInstanceOf(
      InvalidPosition,
    );
  });

  it('from a place inside an event is refused, not repeated for ever', async () => {
    const { position } = await store.append(newStream(), NO_STREAM, [anEvent()]);
    const inside = position.replaceAll(/\d+/g, (number) => String(Number(number) - 1));
    await expect(store.readAll({ after: inside })).rejects.toBeInstanceOf(InvalidPosition);
    const { signal } = new AbortController();
    await expect(store.subscribe({ after: inside, signal, onBatch: () => undefined })).rejects.toBeInstanceOf(
      InvalidPosition,
    );
  });

  it('C15 of the whole log and a subscription to it see the same events', async () => {
    const after = await store.head();
    await writeMany(5, 200);
    const seen = await followUntil({ after, count: 1000 });
    const pages = [];
    for (let page = await store.readAll({ after, max: 300 }); ;) {
      pages.push(...page.events);
      if (page.atHead) break;
      page = await store.readAll({ after: page.position, max: 300 });
    }
    expect(seen.events).toEqual(pages);
    await seen.stop();
  });
});

describe('a subscription', () => {
  it.each<[string, () => Promise<void> | void]>([
    ['F93 is ended politely', () => twin.dropSubscriptions()],
    ['fails', () => twin.dropSubscriptions('unavailable')],
    ['meets an error without a name', () => twin.dropSubscriptions('internal')],
    [
      'F94 loses its server for a while',
      async () => {
        twin.kill();
        await delay(300);
        await twin.listen();
      },
    ],
  ])('that %s goes on after what was handled, losing and repeating nothing', async (_what, drop) => {
    const stream = newStream();
    const after = await store.head();
    const following = await followUntil({ after, count: 0, batchMax: 3 });
    for (let round = 0; round < 3; round += 1) {
      for (const [n, event] of someEvents(7).entries()) await store.append(stream, round * 7 + n - 1, [event]);
      await drop();
    }
    await following.until(21);
    await following.stop();
    expect(following.events.map(({ revision }) => revision)).toEqual(Array.from({ length: 21 }, (_, n) => n));
  });

  it('to a few streams of a long log is sent their history only, and goes on with what follows', async () => {
    const stream = newStream();
    await store.append(stream, NO_STREAM, someEvents(2));
    await writeMany(5, 200);
    await store.append(stream, 1, someEvents(3));
    await writeMany(1, 10);
    const head = await store.head();
    twin.eventsFollowed = 0;
    const following = await followUntil({ after: undefined, count: 5, filter: { streamPrefixes: [stream] } });
    expect(following.events.map(({ revision }) => revision)).toEqual([0, 1, 2, 3, 4]);
    expect(following.position()).toBe(head);
    expect(twin.eventsFollowed).toBe(5);
    const { position } = await store.append(newStream(), NO_STREAM, someEvents(1));
    await following.until(5, position);
    await store.append(stream, 4, someEvents(1));
    await following.until(6);
    await following.stop();
    expect(following.events).toHaveLength(6);
  });

  it.each([0, 1, 2])('that is dropped in its history, after %i batches, loses and repeats nothing', async (batches) => {
    const stream = newStream();
    for (let n = 0; n < 30; n += 1) {
      await store.append(stream, n - 1, someEvents(1));
      await store.append(newStream(), NO_STREAM, someEvents(2));
    }
    let handled = 0;
    const drop = async (): Promise<void> => {
      if (handled === batches) twin.dropSubscriptions('unavailable');
      handled += 1;
    };
    const filter = { streamPrefixes: [stream] };
    const following = await followUntil({ after: undefined, count: 30, filter, batchMax: 4, onBatch: drop });
    await following.stop();
    expect(following.events.map(({ revision }) => revision)).toEqual(Array.from({ length: 30 }, (_, n) => n));
  });

  it('comes further although each one is dropped before a batch of the history is full', async () => {
    const stream = newStream();
    await store.append(stream, NO_STREAM, someEvents(60));
    twin.eventsFollowed = 0;
    twin.dropEvery = 20;
    const filter = { streamPrefixes: [stream] };
    const following = await followUntil({ after: undefined, count: 59, filter });
    twin.dropEvery = Number.POSITIVE_INFINITY;
    await following.until(60);
    await following.stop();
    expect(following.events.map(({ revision }) => revision)).toEqual(Array.from({ length: 60 }, (_, n) => n));
  });

  it('waits longer from drop to drop, with a draw that is handed in', async () => {
    const waits: number[] = [];
    const drawn = await EventStoreDbEventStore.connect({
      connectionString: twin.connectionString,
      random: () => 0.5,
      onNotice: (sentence) => waits.push(Number(/(\d+) ms$/.exec(sentence)?.[1])),
    });
    twin.faults.next('subscribe', { kind: 'end' }, 4);
    const after = await drawn.head();
    const controller = new AbortController();
    const caughtUp = new Promise<void>((resolve) => {
      void drawn.subscribe({
        after,
        signal: controller.signal,
        onBatch: (batch) => (batch.caughtUp ? resolve() : undefined),
      });
    });
    await caughtUp;
    expect(waits).toEqual([50, 100, 200, 400]);
    controller.abort();
    await drawn.close();
  });

  it('goes over to the node that leads, when the one that it began on does no longer', async () => {
    let tell = (_sentence: string): void => undefined;
    const told = new Promise<string>((resolve) => (tell = resolve));
    const { connectionString } = twin;
    const moving = await EventStoreDbEventStore.connect({ connectionString, timing: HURRIED, onNotice: tell });
    const following = await followUntil({ after: await moving.head(), count: 0, by: moving });
    const subscribed = twin.faults.calls.subscribe;
    // The same node under another name.
    const known = twin.faults.leader;
    twin.faults.leader = { ...known, host: '127.0.0.1' };
    twin.faults.next('read', { kind: 'fail', error: 'not-leader' });
    await moving.head();
    expect(await told).toContain('another node leads');
    await moving.append(newStream(), NO_STREAM, [anEvent()]);
    await following.until(1);
    expect(twin.faults.calls.subscribe).toBe(subscribed + 1);
    await following.stop();
    await moving.close();
    twin.faults.leader = known;
  });

  it('F95 ends when the server refuses the user', async () => {
    twin.faults.next('subscribe', { kind: 'fail', error: 'denied' });
    const { signal } = new AbortController();
    await expect(store.subscribe({ signal, onBatch: () => undefined })).rejects.toThrow(/does not let its user read/);
  });

  it('C9 ends with the error of a handler that fails after a wait', async () => {
    const after = await store.head();
    await store.append(newStream(), NO_STREAM, [anEvent()]);
    const { signal } = new AbortController();
    const onBatch = async (): Promise<void> => {
      await delay(5);
      throw new Error('the handler is broken');
    };
    await expect(store.subscribe({ after, signal, onBatch })).rejects.toThrow('the handler is broken');
    await delay(20);
    expect(twin.subscribers).toBe(0);
  });

  it('leaves with the server what a slow handler has not taken', async () => {
    const after = await store.head();
    await writeMany(8, 500);
    const sizes: number[] = [];
    const following = await followUntil({
      after,
      count: 4000,
      batchMax: 50,
      onBatch: async ({ events }) => {
        sizes.push(events.length);
        await delay(1);
      },
    });
    await following.stop();
    expect(Math.max(...sizes)).toBe(50);
    expect(following.events).toHaveLength(4000);
  });
});

describe('the connection', () => {
  it('is made anew when two looks in a row find no answer, and what follows the log goes on', async () => {
    const watched = await open({ ...HURRIED, canaryMs: 50, attemptMs: 300 });
    const after = await watched.head();
    const following = await followUntil({ after, count: 0, by: watched });
    twin.faults.always(['read'], { kind: 'silent' });
    while (notices.every((notice) => !notice.includes('made anew'))) await delay(20);
    twin.faults.clear();
    await watched.append(newStream(), NO_STREAM, [anEvent()]);
    await following.until(1);
    await following.stop();
    await watched.close();
  });

  it('of several silent nodes: an append settles all the same within its deadline and a second', async () => {
    const connectionString = `esdb://localhost:${twin.port},localhost:${twin.port}?tls=false&gossipTimeout=1&maxDiscoverAttempts=1`;
    const clustered = await EventStoreDbEventStore.connect({ connectionString, timing: HURRIED });
    twin.kill();
    await twin.listen();
    twin.freeze();
    const startedAt = performance.now();
    await expect(clustered.append(newStream(), NO_STREAM, [anEvent()])).rejects.toThrow();
    expect(performance.now() - startedAt).toBeLessThan(APPEND_SETTLED_MS);
    await clustered.close();
  });

  it('finds the leader among several nodes', async () => {
    const connectionString = `esdb://localhost:1,localhost:${twin.port}?tls=false`;
    const clustered = await EventStoreDbEventStore.connect({ connectionString });
    await expect(clustered.append(newStream(), NO_STREAM, [anEvent()])).resolves.toMatchObject({ revision: 0 });
    await clustered.close();
  });
});

/** In no hurry. */
async function writeMany(appends: number, events: number): Promise<void> {
  const writer = await open({});
  for (let n = 0; n < appends; n += 1) await writer.append(newStream(), NO_STREAM, someEvents(events));
  await writer.close();
}

interface Followed {
  readonly events: SubscriptionBatch['events'][number][];
  /** Last checkpoint. */
  position(): string | undefined;
  until(count: number, position?: string): Promise<void>;
  stop(): Promise<void>;
}

/** Follows the log from a place, and waits for so many events and for having caught up. */
async function followUntil({
  after,
  count,
  batchMax,
  filter,
  by = store,
  onBatch,
}: {
  after: string | undefined;
  count: number;
  batchMax?: number;
  filter?: EventFilter;
  by?: EventStoreDbEventStore;
  onBatch?: (batch: SubscriptionBatch) => Promise<void>;
}): Promise<Followed> {
  const controller = new AbortController();
  const events: SubscriptionBatch['events'][number][] = [];
  let caughtUp = false;
  let reached: string | undefined;
  let look = (): void => undefined;
  const ended = by.subscribe({
    after,
    ...(filter && { filter }),
    ...(batchMax !== undefined && { batchMax }),
    signal: controller.signal,
    onBatch: async (batch) => {
      events.push(...batch.events);
      caughtUp ||= batch.caughtUp;
      reached = batch.position;
      await onBatch?.(batch);
      look();
    },
  });
  const until = async (wanted: number, position?: string): Promise<void> => {
    const enough = new Promise<void>((resolve) => {
      const isThere = (): boolean => position === undefined || reached === position;
      look = () => caughtUp && events.length >= wanted && isThere() && resolve();
      look();
    });
    await Promise.race([enough, ended]);
  };
  await until(count);
  const stop = async (): Promise<void> => {
    controller.abort();
    await ended;
  };
  return { events, position: () => reached, until, stop };
}

const newStream = (): string => `failure-${randomUUID()}`;
const anEvent = (n = 0): NewEvent => ({ id: randomUUID(), type: 'StepNoted', data: { n }, meta: {} });
const someEvents = (length: number): NewEvent[] => Array.from({ length }, (_, n) => anEvent(n));
