import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import * as fc from 'fast-check';
import {
  APPEND_BYTES_MAX,
  APPEND_EVENTS_MAX,
  Conflict,
  EVENT_BYTES_MAX,
  Gone,
  InvalidPosition,
  NO_STREAM,
  READ_EVENTS_MAX,
  STREAM_NAME_CHARS_MAX,
  TooLarge,
  Unavailable,
  type EventStore,
  type JsonObject,
  type NewEvent,
  type Position,
  type ReadAllOptions,
  type StoredEvent,
  type SubscribeOptions,
  type SubscriptionBatch,
} from '../port.js';

/** What a spec hands over to be tested. The log may hold other events already: a real server cannot be emptied. */
export interface ContractTarget {
  readonly store: EventStore;
  /** Stops the store and opens it again on the same log. */
  reopen(): Promise<EventStore>;
  /** Closes the store and removes what was made. */
  cleanup(): Promise<void>;
  /** What somebody with rights on the database can do behind our back. Without it, skip the behaviours that need it. */
  readonly admin?: {
    deleteStream(stream: string): Promise<void>;
    /** Deletes the events before this revision. */
    truncateStream(stream: string, before: number): Promise<void>;
  };
}

/** A behaviour that a target does not show, and why: printed with the results. */
export interface ContractSkip {
  /** As it begins the test's name: `A13`. */
  readonly behaviour: string;
  readonly reason: string;
}

const TEST_MS_MAX = 60_000;
const RACES = 1000;

/**
 * The behaviours that every adapter shows. The numbers are those of docs/reference/event-store.md, which also names the
 * behaviours of EventStoreDB that have no counterpart in our port. P are promises of the port itself.
 */
export function eventStoreContract(
  name: string,
  factory: () => Promise<ContractTarget>,
  { skip = [] }: { skip?: readonly ContractSkip[] } = {},
): void {
  describe(`${name} keeps the contract of the event store`, () => {
    let target: ContractTarget;
    let store: EventStore;
    beforeAll(async () => {
      target = await factory();
      store = target.store;
    }, TEST_MS_MAX);
    afterAll(async () => target.cleanup(), TEST_MS_MAX);

    const behaviour: Behaviour = (number, sentence, test) => {
      const skipped = skip.find((entry) => entry.behaviour === number);
      if (skipped) return it.skip(`${number} ${sentence} (skipped: ${skipped.reason})`, () => undefined);
      const context: Context = {
        store: () => store,
        admin: () => target.admin ?? fail(`${number} needs an administrator: skip it with a reason`),
        reopen: async () => (store = await target.reopen()),
      };
      return it(`${number} ${sentence}`, async () => test(store, context), TEST_MS_MAX);
    };

    describe('A append and expected revision', () => appendBehaviours(behaviour));
    describe('B idempotency', () => idempotencyBehaviours(behaviour));
    describe('C sizes', () => sizeBehaviours(behaviour));
    describe('D reading a stream', () => streamBehaviours(behaviour));
    describe('E reading the log', () => logBehaviours(behaviour));
    describe('F subscriptions', () => subscriptionBehaviours(behaviour));
    describe('J security', () => securityBehaviours(behaviour));
    describe('P promises of the port', () => promiseBehaviours(behaviour));
  });
}

interface Context {
  /** The store now, after a restart another one. */
  store(): EventStore;
  admin(): NonNullable<ContractTarget['admin']>;
  reopen(): Promise<EventStore>;
}
type Behaviour = (
  number: string,
  sentence: string,
  test: (store: EventStore, context: Context) => Promise<void>,
) => void;

function appendBehaviours(behaviour: Behaviour): void {
  behaviour('A1', 'the first append to a stream that does not exist has revision 0', async (store) => {
    const stream = newStream();
    expect((await store.append(stream, NO_STREAM, [anEvent()])).revision).toBe(0);
    expect(await store.readStream(stream)).toHaveLength(1);
  });

  behaviour('A3', 'expecting no stream on one that exists is a conflict that says where it is', async (store) => {
    const stream = await streamOf(store, 3);
    await expect(store.append(stream, NO_STREAM, [anEvent()])).rejects.toMatchObject({
      stream,
      expected: NO_STREAM,
      actual: 2,
    });
    await expect(store.append(stream, NO_STREAM, [anEvent()])).rejects.toBeInstanceOf(Conflict);
  });

  behaviour('A4', 'expecting the head appends after it', async (store) => {
    const stream = await streamOf(store, 3);
    expect((await store.append(stream, 2, [anEvent()])).revision).toBe(3);
  });

  behaviour('A5', 'expecting a revision beyond the head is a conflict', async (store) => {
    const stream = await streamOf(store, 3);
    await expect(store.append(stream, 3, [anEvent()])).rejects.toMatchObject({ name: 'Conflict', actual: 2 });
  });

  behaviour('A6', 'expecting a revision before the head, with new ids, is a conflict', async (store) => {
    const stream = await streamOf(store, 3);
    await expect(store.append(stream, 1, [anEvent()])).rejects.toMatchObject({ name: 'Conflict', actual: 2 });
  });

  behaviour('A7', 'expecting a revision of a missing stream is a conflict and creates nothing', async (store) => {
    const stream = newStream();
    await expect(store.append(stream, 0, [anEvent()])).rejects.toMatchObject({ name: 'Conflict', actual: NO_STREAM });
    expect(await store.readStream(stream)).toEqual([]);
  });

  for (const [number, what, expected] of [
    ['A13', 'expecting no stream', NO_STREAM],
    ['A15', 'expecting its last revision', 2],
    ['A16', 'expecting a wrong revision', 7],
  ] as const) {
    behaviour(
      number,
      `appending to a stream that an administrator deleted, ${what}, is refused as gone`,
      async (store, { admin }) => {
        const stream = await streamOf(store, 3);
        await admin().deleteStream(stream);
        await expect(store.append(stream, expected, [anEvent()])).rejects.toBeInstanceOf(Gone);
      },
    );
  }

  behaviour('A17', 'many events in one append are contiguous and atomic', async (store) => {
    const streams = [newStream(), newStream(), newStream()];
    const appends = streams.map((stream) => ({ stream, events: someEvents(100) }));
    const answers = await Promise.all(appends.map(({ stream, events }) => store.append(stream, NO_STREAM, events)));
    for (const [index, { stream, events }] of appends.entries()) {
      const stored = await store.readStream(stream);
      expect(ids(stored)).toEqual(ids(events));
      expect(stored.map(({ revision }) => revision)).toEqual(events.map((_, revision) => revision));
      expect(stored.at(-1)).toMatchObject(answers[index] ?? {});
    }
  });

  behaviour('A18', 'a refused append writes nothing, in no stream and not in the log', async (store) => {
    const stream = await streamOf(store, 1);
    const head = await store.head();
    await expect(store.append(stream, NO_STREAM, someEvents(5))).rejects.toBeInstanceOf(Conflict);
    expect(await store.readStream(stream)).toHaveLength(1);
    expect(await store.head()).toBe(head);
  });

  behaviour('A19', 'an append without events is refused and creates nothing', async (store) => {
    const stream = newStream();
    await expect(store.append(stream, NO_STREAM, [])).rejects.toBeInstanceOf(RangeError);
    expect((await store.append(stream, NO_STREAM, [anEvent()])).revision).toBe(0);
  });

  behaviour('A20', 'positions grow strictly with each append, and are those that a reader sees', async (store) => {
    const stream = newStream();
    const positions: Position[] = [];
    for (let expected = NO_STREAM; expected < 9; expected += 1) {
      positions.push((await store.append(stream, expected, [anEvent()])).position);
    }
    expectGrowing(store, positions);
    expect((await store.readStream(stream)).map(({ position }) => position)).toEqual(positions);
    expect(positions.every((position) => !/^\d+$/.test(position))).toBe(true);
  });

  behaviour('A21', 'a long stream name and a long type come back whole', async (store) => {
    const stream = newStream().padEnd(STREAM_NAME_CHARS_MAX, 'é');
    const type = 'T'.repeat(500);
    await store.append(stream, NO_STREAM, [anEvent({}, {}, type)]);
    expect(await store.readStream(stream)).toMatchObject([{ stream, type }]);
    await expect(store.append(`${stream}x`, NO_STREAM, [anEvent()])).rejects.toBeInstanceOf(RangeError);
  });

  behaviour('A22', 'any Unicode in name, data and meta comes back exactly', async (store) => {
    const stream = `${newStream()}-mairie d’Étampes 🚨 %_*@`;
    const text = 'é e\u0301 \u2028 \u0000 \ud800 😀 "\\ \u{10FFFF}';
    const event = anEvent({ [text]: text, list: [1, -0.5, 1e21, true, null, { deep: [] }] }, { text }, 'ÉvénementNoté');
    await store.append(stream, NO_STREAM, [event]);
    expect(await store.readStream(stream)).toMatchObject([{ ...event, stream }]);
  });

  behaviour('A23', 'empty data and empty meta come back empty', async (store) => {
    const stream = newStream();
    await store.append(stream, NO_STREAM, [anEvent({}, {})]);
    expect(await store.readStream(stream)).toMatchObject([{ data: {}, meta: {} }]);
  });

  behaviour('A24', `of two appends racing at one revision exactly one wins, ${RACES} times`, async (store) => {
    const stream = newStream();
    for (let expected = NO_STREAM; expected < RACES - 1; expected += 1) {
      const results = await Promise.allSettled([1, 2].map(() => store.append(stream, expected, [anEvent()])));
      const refused = results.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
      if (refused.length !== 1 || refused[0]?.reason.actual !== expected + 1) {
        throw new Error(`race ${expected}: ${JSON.stringify(results)}`);
      }
    }
    expect(await store.readStream(stream)).toHaveLength(RACES);
  });
}

/** Vendor's notation: `0m1` is event 0 expecting no stream, `1e0` is event 1 expecting revision 0. */
function idempotencyBehaviours(behaviour: Behaviour): void {
  const six = async (store: EventStore): Promise<{ stream: string; events: readonly NewEvent[]; first: Position }> => {
    const stream = newStream();
    const events = someEvents(6);
    const answers = [];
    for (const [index, event] of events.entries()) answers.push(await store.append(stream, index - 1, [event]));
    return { stream, events, first: answers[0]?.position ?? '' };
  };

  behaviour('B25', '0m1 again gives the first answer and writes nothing', async (store) => {
    const stream = newStream();
    const event = anEvent();
    const answer = await store.append(stream, NO_STREAM, [event]);
    expect(await store.append(stream, NO_STREAM, [event])).toEqual(answer);
    expect(await store.readStream(stream)).toHaveLength(1);
  });

  behaviour('B27', '0m1, 1e0 … 5e4, then 0m1 again gives the first answer', async (store) => {
    const { stream, events, first } = await six(store);
    expect(await store.append(stream, NO_STREAM, events.slice(0, 1))).toEqual({ revision: 0, position: first });
    expect(await store.readStream(stream)).toHaveLength(6);
  });

  behaviour('B29', '0e5: a known id at the head is appended again', async (store) => {
    const { stream, events } = await six(store);
    expect((await store.append(stream, 5, events.slice(0, 1))).revision).toBe(6);
  });

  behaviour('B30', '0e6: a known id beyond the head is a conflict', async (store) => {
    const { stream, events } = await six(store);
    await expect(store.append(stream, 6, events.slice(0, 1))).rejects.toBeInstanceOf(Conflict);
  });

  behaviour('B31', '0e4: a known id at another revision than its own is a conflict', async (store) => {
    const { stream, events } = await six(store);
    await expect(store.append(stream, 4, events.slice(0, 1))).rejects.toBeInstanceOf(Conflict);
  });

  behaviour('B32', '0m1, 0e0: the same id after itself is appended', async (store) => {
    const stream = newStream();
    const event = anEvent();
    await store.append(stream, NO_STREAM, [event]);
    expect((await store.append(stream, 0, [event])).revision).toBe(1);
  });

  behaviour('B36', 'the first event of a larger append, alone, gives its own place', async (store) => {
    const stream = newStream();
    const events = someEvents(2);
    await store.append(stream, NO_STREAM, events);
    const [first] = await store.readStream(stream);
    expect(await store.append(stream, NO_STREAM, events.slice(0, 1))).toEqual({
      revision: 0,
      position: first?.position,
    });
  });

  behaviour('B37', 'the second event of a larger append, alone, gives its own place', async (store) => {
    const stream = newStream();
    const events = someEvents(2);
    const answer = await store.append(stream, NO_STREAM, events);
    expect(await store.append(stream, 0, events.slice(1))).toEqual(answer);
  });

  behaviour('B38', 'a repeat with one more event is a conflict and writes nothing', async (store) => {
    const stream = newStream();
    const events = someEvents(3);
    await store.append(stream, NO_STREAM, events.slice(0, 2));
    await expect(store.append(stream, NO_STREAM, events)).rejects.toBeInstanceOf(Conflict);
    expect(await store.readStream(stream)).toHaveLength(2);
  });

  behaviour(
    'B40',
    'the repeat of a large append carries revision and position of the first, also after others',
    async (store) => {
      const stream = newStream();
      const events = someEvents(20);
      const answer = await store.append(stream, NO_STREAM, events);
      await store.append(stream, 19, someEvents(3));
      await streamOf(store, 2);
      expect(await store.append(stream, NO_STREAM, events)).toEqual(answer);
    },
  );

  behaviour('B41', 'a repeat after a restart of the store gives the first answer', async (store, { reopen }) => {
    const stream = newStream();
    const events = someEvents(3);
    const answer = await store.append(stream, NO_STREAM, events);
    const restarted = await reopen();
    expect(await restarted.append(stream, NO_STREAM, events)).toEqual(answer);
    expect((await restarted.append(stream, 2, [anEvent()])).revision).toBe(3);
  });
}

function sizeBehaviours(behaviour: Behaviour): void {
  behaviour('C43', 'an event over the limit is too large, and nothing of its append is written', async (store) => {
    const stream = newStream();
    await expect(store.append(stream, NO_STREAM, [anEvent(), eventOf(EVENT_BYTES_MAX + 1)])).rejects.toBeInstanceOf(
      TooLarge,
    );
    expect(await store.readStream(stream)).toEqual([]);
  });

  behaviour(
    'C44',
    'an append over the limit of events or of bytes is too large, and nothing is written',
    async (store) => {
      const stream = newStream();
      await expect(store.append(stream, NO_STREAM, someEvents(APPEND_EVENTS_MAX + 1))).rejects.toBeInstanceOf(TooLarge);
      const quarters = [1, 2, 3, 4].map(() => eventOf(APPEND_BYTES_MAX / 4));
      await expect(store.append(stream, NO_STREAM, [...quarters, anEvent()])).rejects.toBeInstanceOf(TooLarge);
      expect(await store.readStream(stream)).toEqual([]);
    },
  );

  behaviour('C45', 'exactly at each limit is written', async (store) => {
    const stream = newStream();
    await store.append(stream, NO_STREAM, [eventOf(EVENT_BYTES_MAX)]);
    await store.append(
      stream,
      0,
      [1, 2, 3, 4].map(() => eventOf(APPEND_BYTES_MAX / 4)),
    );
    expect((await store.append(stream, 4, someEvents(APPEND_EVENTS_MAX))).revision).toBe(APPEND_EVENTS_MAX + 4);
    const [largest] = await store.readStream(stream, { max: 1 });
    expect(Buffer.byteLength(JSON.stringify(largest?.data) + JSON.stringify(largest?.meta))).toBe(EVENT_BYTES_MAX);
  });

  behaviour('C46', '300 first appends at once all settle', async (_store, { reopen }) => {
    const fresh = await reopen();
    const answers = await Promise.all(
      Array.from({ length: 300 }, () => fresh.append(newStream(), NO_STREAM, [anEvent()])),
    );
    expect(new Set(answers.map(({ position }) => position)).size).toBe(300);
  });
}

function streamBehaviours(behaviour: Behaviour): void {
  const revisions = async (store: EventStore, ...read: Parameters<EventStore['readStream']>): Promise<number[]> =>
    (await store.readStream(...read)).map(({ revision }) => revision);

  behaviour('D48', 'events come in the order written, each whole', async (store) => {
    const stream = newStream();
    const events = someEvents(20);
    const { position } = await store.append(stream, NO_STREAM, events);
    const stored = await store.readStream(stream);
    expect(stored).toEqual(
      events.map((event, revision) => ({ ...event, stream, revision, position: expect.any(String) })),
    );
    expect(stored.at(-1)?.position).toBe(position);
  });

  behaviour('D49', 'reading from a revision includes it', async (store) => {
    expect(await revisions(store, await streamOf(store, 5), { from: 3 })).toEqual([3, 4]);
  });

  behaviour('D50', 'a single event can be read', async (store) => {
    expect(await revisions(store, await streamOf(store, 5), { from: 2, max: 1 })).toEqual([2]);
  });

  behaviour('D51', 'a page has at most as many events as asked, and fewer at the end', async (store) => {
    const stream = await streamOf(store, 5);
    expect(await revisions(store, stream, { max: 3 })).toEqual([0, 1, 2]);
    expect(await revisions(store, stream, { from: 3, max: 3 })).toEqual([3, 4]);
  });

  behaviour('D52', 'beyond the end is an empty page', async (store) => {
    expect(await revisions(store, await streamOf(store, 5), { from: 5 })).toEqual([]);
  });

  behaviour('D53', 'a stream that does not exist is an empty page, in both directions', async (store) => {
    expect(await store.readStream(newStream())).toEqual([]);
    expect(await store.readStream(newStream(), { direction: 'backward' })).toEqual([]);
  });

  behaviour('D55', 'a stream that an administrator deleted is gone', async (store, { admin }) => {
    const stream = await streamOf(store, 3);
    await admin().deleteStream(stream);
    await expect(store.readStream(stream)).rejects.toBeInstanceOf(Gone);
    await expect(store.readStream(stream, { direction: 'backward' })).rejects.toBeInstanceOf(Gone);
  });

  behaviour('D56', 'backward begins at the last event', async (store) => {
    const stream = await streamOf(store, 4);
    expect(await revisions(store, stream, { direction: 'backward' })).toEqual([3, 2, 1, 0]);
    expect(await revisions(store, stream, { direction: 'backward', max: 2 })).toEqual([3, 2]);
  });

  behaviour('D57', 'backward from a revision includes it', async (store) => {
    const stream = await streamOf(store, 4);
    expect(await revisions(store, stream, { direction: 'backward', from: 1 })).toEqual([1, 0]);
    expect(await revisions(store, stream, { direction: 'backward', from: 9 })).toEqual([3, 2, 1, 0]);
  });

  behaviour('D58', 'a page of no events, or of too many, is refused', async (store) => {
    const stream = await streamOf(store, 1);
    for (const max of [0, -1, 1.5, Number.NaN, READ_EVENTS_MAX + 1]) {
      await expect(store.readStream(stream, { max })).rejects.toBeInstanceOf(RangeError);
      await expect(store.readAll({ max })).rejects.toBeInstanceOf(RangeError);
    }
  });

  behaviour('D59', 'what is no revision is refused', async (store) => {
    const stream = await streamOf(store, 1);
    for (const from of [-1, 0.5, 2 ** 53, Number.NaN]) {
      await expect(store.readStream(stream, { from })).rejects.toBeInstanceOf(RangeError);
    }
    for (const expected of [-2, 0.5, 2 ** 53, Number.NaN]) {
      await expect(store.append(stream, expected, [anEvent()])).rejects.toBeInstanceOf(RangeError);
    }
  });

  behaviour(
    'D60',
    'a stream that an administrator truncated is gone where events are missing, and readable after',
    async (store, { admin }) => {
      const stream = await streamOf(store, 5);
      await admin().truncateStream(stream, 2);
      await expect(store.readStream(stream)).rejects.toBeInstanceOf(Gone);
      await expect(store.readStream(stream, { direction: 'backward' })).rejects.toBeInstanceOf(Gone);
      expect(await revisions(store, stream, { from: 2 })).toEqual([2, 3, 4]);
    },
  );
}

function logBehaviours(behaviour: Behaviour): void {
  behaviour('E64', 'the log is one total order, without gap or repeat, over 10,000 events', async (store) => {
    const after = await store.head();
    const written: string[] = [];
    for (let batch = 0; batch < 20; batch += 1) {
      const events = someEvents(500);
      written.push(...ids(events));
      await store.append(newStream(), NO_STREAM, events);
    }
    const events = await allEvents(store, { after, max: 777 });
    expect(ids(events)).toEqual(written);
    expectGrowing(
      store,
      events.map(({ position }) => position),
    );
  });

  behaviour('E65', 'reading after a position leaves it out', async (store) => {
    const after = await store.head();
    await store.append(newStream(), NO_STREAM, someEvents(5));
    const events = await allEvents(store, { after });
    expect(ids(await allEvents(store, { after: events[1]?.position }))).toEqual(ids(events.slice(2)));
    expect(await store.readAll({ after: events[4]?.position })).toEqual({
      events: [],
      position: events[4]?.position,
      atHead: true,
    });
    expect(await store.head()).toBe(events[4]?.position);
  });

  behaviour('E67', 'the order of each stream is that of the log', async (store) => {
    const after = await store.head();
    const streams = [newStream(), newStream(), newStream()];
    for (let expected = NO_STREAM; expected < 19; expected += 1) {
      await Promise.all(streams.map((stream) => store.append(stream, expected, [anEvent()])));
    }
    const log = await allEvents(store, { after });
    for (const stream of streams) {
      expect(log.filter((event) => event.stream === stream)).toEqual(await store.readStream(stream));
    }
  });

  behaviour('E68', 'a filter on prefixes of streams gives exactly their events', async (store) => {
    const after = await store.head();
    const [one, two, other] = [newStream('a_%-'), newStream('b.*-'), newStream('aXY-')];
    for (const stream of [one, two, other]) await store.append(stream, NO_STREAM, someEvents(3));
    const filtered = async (...streamPrefixes: string[]): Promise<string[]> => [
      ...new Set((await allEvents(store, { after, filter: { streamPrefixes } })).map(({ stream }) => stream)),
    ];
    expect(await filtered('a_%-')).toEqual([one]);
    expect(await filtered('a_%-', 'b.*-')).toEqual([one, two]);
    expect(await filtered(other)).toEqual([other]);
    expect(await filtered(newStream())).toEqual([]);
    await expect(filtered()).rejects.toBeInstanceOf(RangeError);
  });

  behaviour('E70', 'a filter on types gives exactly these types; with prefixes, both must hold', async (store) => {
    const after = await store.head();
    const [one, two] = [newStream(), newStream()];
    const events = ['Alpha', 'Beta', 'AlphaBeta'].map((type) => anEvent({}, {}, type));
    await store.append(one, NO_STREAM, events);
    await store.append(two, NO_STREAM, events);
    const filtered = async (filter: ReadAllOptions['filter']): Promise<string[]> =>
      (await allEvents(store, { after, filter })).map(({ stream, type }) => `${stream} ${type}`);
    expect(await filtered({ types: ['Alpha', 'Beta'] })).toEqual([
      `${one} Alpha`,
      `${one} Beta`,
      `${two} Alpha`,
      `${two} Beta`,
    ]);
    expect(await filtered({ types: ['Beta'], streamPrefixes: [two] })).toEqual([`${two} Beta`]);
  });

  behaviour('E72', "the store's own events are not in the log", async (store) => {
    const events = await allEvents(store, {});
    expect(events.filter(({ stream, type }) => stream.startsWith('$') || type.startsWith('$'))).toEqual([]);
  });

  behaviour('E73', 'what is no position is refused', async (store) => {
    const { position } = await store.append(newStream(), NO_STREAM, [anEvent()]);
    for (const after of ['', '0', 'x', `${position}x`, '-1', position.repeat(9)]) {
      await expect(store.readAll({ after })).rejects.toBeInstanceOf(InvalidPosition);
      expect(() => store.comparePositions(position, after)).toThrow(InvalidPosition);
    }
  });

  behaviour('E76', 'pages of a filter that leaves much out still move on and reach the head', async (store) => {
    const after = await store.head();
    const wanted = newStream();
    await store.append(wanted, NO_STREAM, [anEvent()]);
    await store.append(newStream(), NO_STREAM, someEvents(300));
    await store.append(wanted, 0, [anEvent()]);
    const { position } = await store.append(newStream(), NO_STREAM, someEvents(300));
    const filter = { streamPrefixes: [wanted] };
    expect(await allEvents(store, { after, filter, max: 1 })).toHaveLength(2);
    let page = await store.readAll({ after, filter });
    while (!page.atHead) page = await store.readAll({ after: page.position, filter });
    expect(store.comparePositions(page.position ?? '', position)).toBeGreaterThanOrEqual(0);
  });
}

function subscriptionBehaviours(behaviour: Behaviour): void {
  behaviour('F77', 'history, then live, with no gap at the seam while a writer runs', async (store) => {
    const { stream, after, filter } = await ground(store);
    const write = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n += 1) await store.append(stream, n - 1, [anEvent({ n })]);
    };
    await write(0, 100);
    const writing = write(100, 400);
    const following = follow(store, { after, filter, batchMax: 7 });
    await writing;
    await following.until(() => following.events().length >= 400);
    await following.stop();
    expect(following.events().map(({ data }) => data['n'])).toEqual(Array.from({ length: 400 }, (_, n) => n));
  });

  behaviour('F78', 'from the head only new events come', async (store) => {
    const { stream, filter } = await ground(store);
    await store.append(stream, NO_STREAM, someEvents(3));
    const following = follow(store, { after: await store.head(), filter });
    await following.until(() => following.caughtUp() > 0);
    const event = anEvent();
    await store.append(stream, 2, [event]);
    await following.until(() => following.events().length > 0);
    await following.stop();
    expect(ids(following.events())).toEqual([event.id]);
  });

  behaviour('F79', 'the position to begin after is left out', async (store) => {
    const { stream, filter } = await ground(store);
    await store.append(stream, NO_STREAM, someEvents(5));
    const stored = await store.readStream(stream);
    const following = follow(store, { after: stored[2]?.position, filter });
    await following.until(() => following.caughtUp() > 0);
    await following.stop();
    expect(following.events()).toEqual(stored.slice(3));
  });

  behaviour('F80', 'a stream that does not exist yet is waited for and delivered', async (store) => {
    const { stream, after, filter } = await ground(store);
    const following = follow(store, { after, filter });
    await following.until(() => following.caughtUp() > 0);
    await store.append(stream, NO_STREAM, someEvents(2));
    await following.until(() => following.events().length === 2);
    await following.stop();
  });

  behaviour('F81', 'several subscribers do not disturb each other', async (store) => {
    const { stream, after, filter } = await ground(store);
    const slow = follow(store, { after, filter, batchMax: 1, onBatch: async () => nextTurn() });
    const quick = follow(store, { after, filter });
    const ended = follow(store, { after, filter });
    await ended.stop();
    await store.append(stream, NO_STREAM, someEvents(20));
    await Promise.all([slow, quick].map((one) => one.until(() => one.events().length === 20)));
    await Promise.all([slow.stop(), quick.stop()]);
    expect(slow.events()).toEqual(quick.events());
    expect(ended.events()).toEqual([]);
  });

  behaviour('F82', 'caught up is told once history is done, also when there is none', async (store) => {
    const { stream, after, filter } = await ground(store);
    const empty = follow(store, { after, filter });
    await empty.until(() => empty.caughtUp() > 0);
    await empty.stop();
    await store.append(stream, NO_STREAM, someEvents(20));
    const following = follow(store, { after, filter, batchMax: 6 });
    await following.until(() => following.caughtUp() > 0);
    await following.stop();
    expect(following.events()).toHaveLength(20);
    expect(following.batches.map(({ caughtUp }) => caughtUp)).toEqual([
      ...following.batches.slice(1).map(() => false),
      true,
    ]);
  });

  behaviour('F83', 'caught up is told again after falling behind', async (store) => {
    const { stream, after, filter } = await ground(store);
    const following = follow(store, { after, filter, batchMax: 3 });
    await following.until(() => following.caughtUp() > 0);
    const before = following.caughtUp();
    await store.append(stream, NO_STREAM, someEvents(10));
    await following.until(() => following.events().length === 10 && following.caughtUp() > before);
    await following.stop();
    expect(following.batches.at(-1)?.caughtUp).toBe(true);
  });

  behaviour('F84', 'a slow reader of 5,000 events loses none', async (store) => {
    const { stream, after, filter } = await ground(store);
    const following = follow(store, { after, filter, batchMax: 100, onBatch: async () => nextTurn() });
    const written: string[] = [];
    for (let n = 0; n < 10; n += 1) {
      const events = someEvents(500);
      written.push(...ids(events));
      await store.append(stream, n * 500 - 1, events);
    }
    await following.until(() => following.events().length >= 5000);
    await following.stop();
    expect(ids(following.events())).toEqual(written);
    expect(Math.max(...following.batches.map(({ events }) => events.length))).toBeLessThanOrEqual(100);
  });

  behaviour('F85', 'a filtered subscription gives the right events only', async (store) => {
    const { stream, after, filter } = await ground(store);
    const following = follow(store, { after, filter: { ...filter, types: ['Wanted'] } });
    for (let n = 0; n < 20; n += 1) {
      await store.append(stream, n * 2 - 1, [anEvent({ n }, {}, 'Wanted'), anEvent({ n }, {}, 'Other')]);
      await store.append(newStream(), NO_STREAM, [anEvent({}, {}, 'Wanted')]);
    }
    await following.until(() => following.events().length >= 20);
    await following.stop();
    expect(following.events().map(({ data }) => data['n'])).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  behaviour('F86', 'checkpoints grow strictly: none comes twice', async (store) => {
    const { stream, after, filter } = await ground(store);
    const following = follow(store, { after, filter, batchMax: 4 });
    for (let n = 0; n < 30; n += 1) {
      await store.append(stream, n - 1, [anEvent()]);
      await store.append(newStream(), NO_STREAM, someEvents(3));
    }
    await following.until(() => following.events().length === 30);
    await following.stop();
    const positions = following.batches.flatMap(({ position }) => position ?? []);
    expectGrowing(store, positions[0] === after ? positions.slice(1) : positions);
  });

  behaviour('F87', 'a checkpoint is never beyond an event that was not handed over', async (store) => {
    const { stream, after, filter } = await ground(store);
    await store.append(stream, NO_STREAM, someEvents(50));
    const following = follow(store, { after, filter, batchMax: 7 });
    await following.until(() => following.events().length === 50);
    await following.stop();
    const stored = await store.readStream(stream);
    let handed = 0;
    for (const { events, position } of following.batches) {
      handed += events.length;
      const next = stored[handed];
      if (next) expect(store.comparePositions(position ?? '', next.position)).toBeLessThan(0);
    }
  });

  behaviour('F88', 'resuming from any checkpoint, in any batches, loses nothing and repeats nothing', async (store) => {
    const { stream, after, filter } = await ground(store);
    for (let n = 0; n < 40; n += 1) {
      await store.append(stream, n * 2 - 1, [anEvent({}, {}, `T${n % 3}`), anEvent({}, {}, 'T0')]);
      if (n % 5 === 0) await store.append(newStream(), NO_STREAM, someEvents(2));
    }
    const stored = await store.readStream(stream);
    const settings = {
      from: fc.nat(stored.length),
      batchMax: fc.integer({ min: 1, max: 40 }),
      types: fc.subarray(['T0', 'T1', 'T2'], { minLength: 1 }),
    };
    await fc.assert(
      fc.asyncProperty(fc.record(settings), async ({ from, batchMax, types }) => {
        const start = from === 0 ? after : stored[from - 1]?.position;
        const expected = stored.slice(from).filter(({ type }) => types.includes(type));
        const following = follow(store, { after: start, filter: { ...filter, types }, batchMax });
        await following.until(() => following.caughtUp() > 0);
        await following.stop();
        expect(ids(following.events())).toEqual(ids(expected));
        const half = following.batches[Math.floor(following.batches.length / 2)];
        const seen = following.batches.slice(0, following.batches.indexOf(half!) + 1).flatMap(({ events }) => events);
        const resumed = follow(store, { after: half?.position, filter: { ...filter, types } });
        await resumed.until(() => resumed.caughtUp() > 0);
        await resumed.stop();
        expect(ids([...seen, ...resumed.events()])).toEqual(ids(expected));
      }),
      { seed: 88, numRuns: 60 },
    );
  });

  behaviour('F89', 'a filter that matches nothing still gives a checkpoint that can be resumed from', async (store) => {
    const { after, filter } = await ground(store);
    const { position } = await store.append(newStream(), NO_STREAM, someEvents(10));
    const following = follow(store, { after, filter });
    await following.until(() => following.caughtUp() > 0);
    await following.stop();
    const checkpoint = following.batches.at(-1)?.position;
    expect(following.events()).toEqual([]);
    expect(store.comparePositions(checkpoint ?? '', position)).toBeGreaterThanOrEqual(0);
    expect((await store.readAll({ after: checkpoint, filter })).events).toEqual([]);
  });

  behaviour('F91', 'an error of the handler ends the subscription with it, and no batch follows', async (store) => {
    const { stream, after, filter } = await ground(store);
    await store.append(stream, NO_STREAM, someEvents(3));
    const broken = new Error('the handler is broken');
    let calls = 0;
    const onBatch = (): void => {
      calls += 1;
      throw broken;
    };
    const { signal } = new AbortController();
    await expect(store.subscribe({ after, filter, batchMax: 1, signal, onBatch })).rejects.toBe(broken);
    await store.append(stream, 2, [anEvent()]);
    await nextTurn();
    expect(calls).toBe(1);
  });

  behaviour('F92', 'an abort waits for the batch in hand, settles, and nothing follows', async (store) => {
    const { stream, after, filter } = await ground(store);
    await store.append(stream, NO_STREAM, someEvents(3));
    const controller = new AbortController();
    const steps: string[] = [];
    const onBatch = async (): Promise<void> => {
      steps.push('begin');
      controller.abort();
      await nextTurn();
      steps.push('end');
    };
    await store.subscribe({ after, filter, batchMax: 1, signal: controller.signal, onBatch });
    steps.push('settled');
    await store.append(stream, 2, [anEvent()]);
    await nextTurn();
    expect(steps).toEqual(['begin', 'end', 'settled']);
    await store.subscribe({ after, filter, signal: controller.signal, onBatch });
    expect(steps).toHaveLength(3);
  });
}

function securityBehaviours(behaviour: Behaviour): void {
  behaviour('J146', "names of the store's own streams and types are refused, and bad names and ids", async (store) => {
    for (const stream of ['$all', '$$x', '', 'a\u0000b', 'a\ud800']) {
      await expect(store.append(stream, NO_STREAM, [anEvent()])).rejects.toBeInstanceOf(RangeError);
    }
    const stream = newStream();
    for (const event of [anEvent({}, {}, '$>'), anEvent({}, {}, ''), { ...anEvent(), id: 'x' }]) {
      await expect(store.append(stream, NO_STREAM, [event])).rejects.toBeInstanceOf(RangeError);
    }
    const list = [] as unknown as JsonObject;
    await expect(store.append(stream, NO_STREAM, [anEvent(list)])).rejects.toBeInstanceOf(RangeError);
    expect(await store.readStream(stream)).toEqual([]);
  });
}

function promiseBehaviours(behaviour: Behaviour): void {
  behaviour(
    'P1',
    'appends to one stream, sent one after the other without waiting, all succeed in order',
    async (store) => {
      const stream = newStream();
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, n) => store.append(stream, n - 1, [anEvent({ n })])),
      );
      expect(answers.map(({ revision }) => revision)).toEqual(answers.map((_, n) => n));
      expectGrowing(
        store,
        answers.map(({ position }) => position),
      );
      expect((await store.readStream(stream)).map(({ data }) => data['n'])).toEqual(answers.map((_, n) => n));
    },
  );

  behaviour('P2', 'one of many appends at once fails alone', async (store) => {
    const taken = await streamOf(store, 1);
    const streams = Array.from({ length: 30 }, () => newStream());
    const results = await Promise.allSettled(
      [...streams.slice(0, 15), taken, ...streams.slice(15)].map((stream) =>
        store.append(stream, NO_STREAM, [anEvent()]),
      ),
    );
    expect(results.map(({ status }) => status === 'rejected').indexOf(true)).toBe(15);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(30);
  });

  behaviour('P3', 'an append takes its events when it is called', async (store) => {
    const stream = newStream();
    const data = { list: ['before'] };
    const appending = store.append(stream, NO_STREAM, [anEvent(data)]);
    data.list[0] = 'after';
    await appending;
    expect(await store.readStream(stream)).toMatchObject([{ data: { list: ['before'] } }]);
  });

  behaviour('P4', 'an append is read, in its stream and in the log, as soon as it is acknowledged', async (store) => {
    const stream = newStream();
    const after = await store.head();
    const { position } = await store.append(stream, NO_STREAM, [anEvent()]);
    expect(await store.head()).toBe(position);
    expect(await store.readAll({ after })).toMatchObject({ events: [{ stream, position }], position, atHead: true });
  });

  behaviour(
    'P5',
    'closing lets appends under way finish, ends subscriptions and refuses what comes later',
    async (store, { reopen }) => {
      const { stream, after, filter } = await ground(store);
      const following = follow(store, { after, filter });
      await following.until(() => following.caughtUp() > 0);
      const appending = store.append(stream, NO_STREAM, someEvents(3));
      await store.close();
      await store.close();
      await following.ended;
      expect((await appending).revision).toBe(2);
      const { signal } = new AbortController();
      for (const refused of [
        store.append(stream, 2, [anEvent()]),
        store.readStream(stream),
        store.readAll(),
        store.head(),
        store.subscribe({ signal, onBatch: () => undefined }),
      ]) {
        await expect(refused).rejects.toBeInstanceOf(Unavailable);
      }
      expect(await (await reopen()).readStream(stream)).toHaveLength(3);
    },
  );

  behaviour('P6', 'a repeat in which a later event differs is a conflict and writes nothing', async (store) => {
    const stream = newStream();
    const events = someEvents(3);
    await store.append(stream, NO_STREAM, events);
    const changed = [...events.slice(0, 2), anEvent()];
    await expect(store.append(stream, NO_STREAM, changed)).rejects.toBeInstanceOf(Conflict);
    expect(ids(await store.readStream(stream))).toEqual(ids(events));
  });

  behaviour('P7', 'the same append twice at once is written once and has one answer', async (store) => {
    const stream = newStream();
    const events = someEvents(3);
    const [one, two] = await Promise.all([1, 2].map(() => store.append(stream, NO_STREAM, events)));
    expect(one).toEqual(two);
    expect(await store.readStream(stream)).toHaveLength(3);
  });

  behaviour(
    'P8',
    'an event appended while a handler works comes next, without waiting for another one',
    async (store) => {
      const { stream, after, filter } = await ground(store);
      let appended = false;
      const following = follow(store, {
        after,
        filter,
        onBatch: async ({ caughtUp }) => {
          if (!caughtUp || appended) return;
          appended = true;
          await store.append(stream, NO_STREAM, [anEvent()]);
        },
      });
      await following.until(() => following.events().length === 1);
      await following.stop();
    },
  );

  behaviour('P9', 'a filter compares characters, in the history and in what follows', async (store) => {
    const after = await store.head();
    const prefix = `${newStream()}(.*)[a]+`;
    const type = 'Ty.e|$';
    // A combining character belongs to the one before it, where text is compared by the rules of a language.
    const names = ['x', '\u0301x', '\u200dx'].map((end) => `${prefix}${end}`);
    const others = [newStream(), prefix.replace('.', 'x')];
    const write = async (expected: number): Promise<void> => {
      for (const name of [...names, ...others])
        await store.append(name, expected, [anEvent({}, {}, type), anEvent({}, {}, 'Type')]);
    };
    await write(NO_STREAM);
    const byName = follow(store, { after, filter: { streamPrefixes: [prefix] } });
    const byType = follow(store, { after, filter: { types: [type] } });
    const byBoth = follow(store, { after, filter: { streamPrefixes: [prefix], types: [type] } });
    const all = [byName, byType, byBoth];
    for (const each of all) await each.until(() => each.caughtUp() > 0);
    await write(1);
    for (const [index, each] of all.entries())
      await each.until(() => each.events().length >= ([12, 10, 6][index] ?? 0)).then(() => each.stop());
    const twice = (streams: readonly string[]): string[] => [...streams, ...streams];
    expect(byName.events().map(({ stream }) => stream)).toEqual(twice(names.flatMap((name) => [name, name])));
    expect(byType.events().map(({ type: each }) => each)).toEqual(Array.from({ length: 10 }, () => type));
    expect(byBoth.events().map(({ stream }) => stream)).toEqual(twice(names));
  });

  behaviour('P10', 'a page of large events is short, and the next ones give the rest', async (store) => {
    const { stream, after, filter } = await ground(store);
    const written = await appendLarge(store, stream);
    const page = await store.readAll({ after, filter });
    expect(page.atHead).toBe(false);
    expect(page.events.length).toBeLessThan(written.length);
    expect(page.position).toBe(page.events.at(-1)?.position);
    const rest = await allEvents(store, { after: page.position, filter });
    expect(ids([...page.events, ...rest])).toEqual(written);
  });

  behaviour('P11', 'large events are handed over in batches that fit in memory', async (store) => {
    const { stream, after, filter } = await ground(store);
    const written = await appendLarge(store, stream);
    const following = follow(store, { after, filter });
    await following.until(() => following.caughtUp() > 0);
    await following.stop();
    expect(ids(following.events())).toEqual(written);
    expect(following.batches.filter(({ events }) => events.length > 0).length).toBeGreaterThan(1);
    expect(following.batches.at(-1)?.caughtUp).toBe(true);
  });
}

interface Following {
  readonly batches: readonly SubscriptionBatch[];
  readonly ended: Promise<void>;
  events(): readonly StoredEvent[];
  /** How often it was caught up. */
  caughtUp(): number;
  /** Settles after the batch that makes it true. */
  until(holds: () => boolean): Promise<void>;
  stop(): Promise<void>;
}

function follow(
  store: EventStore,
  options: Omit<SubscribeOptions, 'signal' | 'onBatch'> & Partial<SubscribeOptions>,
): Following {
  const batches: SubscriptionBatch[] = [];
  const controller = new AbortController();
  let look = (): void => undefined;
  const ended = store.subscribe({
    ...options,
    signal: controller.signal,
    onBatch: async (batch) => {
      batches.push(batch);
      await options.onBatch?.(batch);
      look();
    },
  });
  return {
    batches,
    ended,
    events: () => batches.flatMap(({ events }) => events),
    caughtUp: () => batches.filter(({ caughtUp }) => caughtUp).length,
    until: async (holds) => {
      const held = new Promise<void>((resolve) => {
        look = () => holds() && resolve();
        look();
      });
      await Promise.race([held, ended.then(() => fail('the subscription ended'))]);
    },
    stop: async () => {
      controller.abort();
      await ended;
    },
  };
}

/** A new stream, where the log ends before it, and the filter that sees only it. */
async function ground(
  store: EventStore,
): Promise<{ stream: string; after: Position | undefined; filter: { streamPrefixes: string[] } }> {
  const stream = newStream();
  return { stream, after: await store.head(), filter: { streamPrefixes: [stream] } };
}

async function streamOf(store: EventStore, events: number): Promise<string> {
  const stream = newStream();
  await store.append(stream, NO_STREAM, someEvents(events));
  return stream;
}

async function allEvents(store: EventStore, { after, ...options }: ReadAllOptions): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  let page = await store.readAll({ ...options, after });
  events.push(...page.events);
  while (!page.atHead) {
    page = await store.readAll({ ...options, after: page.position });
    events.push(...page.events);
  }
  return events;
}

const newStream = (prefix = 'contract-'): string => `${prefix}${randomUUID()}`;

const anEvent = (
  data: JsonObject = { step: 'isolate' },
  meta: JsonObject = { actor: 'alice' },
  type = 'StepNoted',
): NewEvent => ({
  id: randomUUID(),
  type,
  data,
  meta,
});

const someEvents = (length: number): NewEvent[] => Array.from({ length }, (_, n) => anEvent({ n }));

/** Events of 100 kB each, more of them than one page may hold. @returns their ids. */
async function appendLarge(store: EventStore, stream: string): Promise<string[]> {
  const written: string[] = [];
  while (written.length < 160) {
    const events = Array.from({ length: 8 }, (_, n) => anEvent({ n, text: 'x'.repeat(100_000) }));
    await store.append(stream, written.length - 1, events);
    written.push(...ids(events));
  }
  return written;
}

/** An event whose data and meta are exactly this many bytes of JSON, in characters of two bytes as far as they fit. */
function eventOf(bytes: number): NewEvent {
  const room = bytes - '{"t":""}{}'.length;
  return anEvent({ t: 'é'.repeat(Math.floor(room / 2)) + 'x'.repeat(room % 2) }, {});
}

const ids = (events: readonly NewEvent[]): string[] => events.map(({ id }) => id);

function expectGrowing(store: EventStore, positions: readonly Position[]): void {
  const falls = positions
    .slice(1)
    .filter((position, index) => store.comparePositions(positions[index] ?? '', position) >= 0);
  expect(falls).toEqual([]);
}

function fail(sentence: string): never {
  throw new Error(sentence);
}
