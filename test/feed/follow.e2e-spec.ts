import { jest } from '@jest/globals';
import { follow, ProblemError, standardRetry, type FeedEvent, type FollowOptions } from '#libs/client';
import { FeedServer } from './feed-server.js';

jest.setTimeout(60_000);
const server = new FeedServer();
beforeAll(() => server.start());
afterAll(() => server.stop());

const retry = { sleep: () => new Promise<void>((resolve) => setImmediate(resolve)), random: () => 0 };

/** Follows until a condition on what came holds. */
const until = async (
  holds: (events: readonly FeedEvent[]) => boolean,
  options: Partial<FollowOptions> = {},
): Promise<readonly FeedEvent[]> => {
  const [events, stop]: [FeedEvent[], AbortController] = [[], new AbortController()];
  await follow(server.url, {
    retry,
    signal: stop.signal,
    ...options,
    onEvent: async (event) => {
      await options.onEvent?.(event);
      events.push(event);
      if (holds(events)) stop.abort();
    },
  });
  return events;
};
const textOf = ({ data }: FeedEvent | { data: any }): unknown => data['text'];

describe('Following', () => {
  it('hands over history and then what happens, one at a time, and says where to go on', async () => {
    const incident = await server.declare();
    await server.note(incident, 'un');
    const positions: string[] = [];
    const events = await until((all) => all.some((event) => textOf(event) === 'deux'), {
      checkpoint: (position) => void positions.push(position),
      onCaughtUp: () => void server.note(incident, 'deux'),
    });
    const pulled = (await server.send('GET', '/events?limit=500')).body;
    expect(events).toEqual(pulled);
    expect(positions).toEqual(expect.arrayContaining(pulled.slice(0, -1).map(({ position }: any) => position)));
  });

  it('needs of a body only what every browser has', async () => {
    const incident = await server.declare();
    const closed: Promise<void>[] = [];
    const send = async (url: URL, init: RequestInit): Promise<object> => {
      const { status, body } = await fetch(url, init);
      const reader = body!.getReader();
      closed.push(reader.closed.catch(() => undefined));
      return { status, body: { getReader: () => reader } };
    };
    const events = await until(({ length }) => length === 1, { filter: { incident }, send: send as never });
    expect(events[0]).toMatchObject({ subject: incident, sequence: '0' });
    await Promise.all(closed);
  });

  it('goes on by itself after the server was away, without a gap and without a repeat', async () => {
    const incident = await server.declare();
    let restarted = false;
    const events = await until((all) => all.some((event) => textOf(event) === 'après'), {
      filter: { incident },
      send: ((url: URL, init: RequestInit) =>
        fetch(String(url).replace(/^http:\/\/[^/]+/, server.url), init)) as typeof fetch,
      onCaughtUp: async () => {
        if (restarted) return;
        restarted = true;
        await server.restart();
        await server.note(incident, 'après');
      },
    });
    expect(events.map(({ sequence }) => Number(sequence))).toEqual(events.map((_, index) => index));
  });

  it('begins where it is told to, filtered', async () => {
    const incident = await server.declare();
    await server.note(incident, 'filtré');
    const events = await until((all) => all.length === 1, { filter: { incident, types: ['LogbookEntryRecorded'] } });
    expect(textOf(events[0]!)).toBe('filtré');
  });

  it('ends with the mistake of the handler', async () => {
    const broken = new Error('disk full');
    await expect(
      follow(server.url, {
        retry,
        onEvent: () => {
          throw broken;
        },
      }),
    ).rejects.toBe(broken);
  });

  it('ends when the server will not have it', async () => {
    const asked = follow(server.url, { retry, from: 'p999999', onEvent: () => undefined });
    await expect(asked).rejects.toThrow(ProblemError);
  });

  it('ends when it is told to, also while it waits to connect again', async () => {
    const stop = new AbortController();
    await follow(server.url, {
      // Longer than any test may take.
      retry: { random: () => 0, sleep: (delayMs, signal) => standardRetry.sleep(delayMs * 5000, signal) },
      signal: stop.signal,
      send: () => Promise.reject(new TypeError('fetch failed')),
      onEvent: () => undefined,
      onDisconnected: () => setImmediate(() => stop.abort()),
    });
    expect(stop.signal.aborted).toBe(true);
  });

  it('connects again when the server has gone silent', async () => {
    const lost: unknown[] = [];
    const stop = new AbortController();
    await follow(server.url, {
      retry,
      signal: stop.signal,
      from: 'now',
      silenceMs: 50,
      onEvent: () => undefined,
      onDisconnected: (cause) => {
        lost.push(cause);
        if (lost.length === 2) stop.abort();
      },
    });
    expect(lost).toHaveLength(2);
  });
});
