import { EventStreams } from '#libs/subscriptions';
import { FeedServer, EventStream } from './feed-server.js';

export interface SoakOptions {
  readonly clients: number;
  /** Clients that stop reading. */
  readonly stalled: number;
  readonly reconnects: number;
  readonly events: number;
  readonly eventsPerSecond: number;
  /** So much that the network's own buffers do not hold it all for a client that does not read. */
  readonly textChars: number;
}

export interface SoakReport {
  readonly events: number;
  readonly reconnects: number;
  /** What waited for one client at most, looked at after each event. */
  readonly bytesWaitingMost: number;
  readonly broken: readonly string[];
}

/** A client that loses its connection now and then, and checks that it misses nothing. */
class Follower {
  readonly seen: string[] = [];
  stream!: EventStream;
  private lastEventId = 'start';

  constructor(
    private readonly server: FeedServer,
    private readonly name: string,
  ) {}

  async connect(): Promise<void> {
    this.stream = await this.server.follow(`?after=${this.lastEventId}`, { 'x-tocsin-actor': this.name });
    const { stream } = this;
    stream.response.on('data', () => {
      for (const { id, event, data } of stream.messages.splice(0)) {
        if (id !== undefined) this.lastEventId = id;
        if (event === undefined && data !== undefined) this.seen.push(data.id as string);
      }
    });
  }

  async reconnect(): Promise<void> {
    this.stream.close();
    await this.connect();
  }
}

/** Many clients on the live feed, some of which do not read, while others come and go. */
export const runStreamSoak = async (options: SoakOptions): Promise<SoakReport> => {
  const { clients, stalled, reconnects, events, eventsPerSecond, textChars } = options;
  const server = new FeedServer();
  await server.start();
  let bytesWaitingMost = 0;
  const deaf: EventStream[] = [];
  try {
    const incident = await server.declare();
    const followers = Array.from({ length: clients - stalled }, (_, n) => new Follower(server, `client ${n}`));
    for (const each of followers) await each.connect();
    for (let n = 0; n < stalled; n += 1) {
      const each = await server.follow('', { 'x-tocsin-actor': `deaf ${n}` });
      each.response.pause();
      each.response.removeAllListeners('data');
      deaf.push(each);
    }
    const streams = server.app.get(EventStreams, { strict: false });
    const beganMs = performance.now();
    const leaving: Promise<void>[] = [];
    let [written, left] = [0, 0];
    while (written < events) {
      const dueMs = beganMs + (written / eventsPerSecond) * 1000;
      if (performance.now() < dueMs) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        continue;
      }
      written += 1;
      await server.note(incident, `événement ${written} ${'x'.repeat(textChars)}`);
      bytesWaitingMost = Math.max(bytesWaitingMost, streams.waiting.most);
      while (left < (written / events) * reconnects) {
        const follower = followers[(left * 7919) % followers.length];
        left += 1;
        if (follower) leaving.push(follower.reconnect());
      }
    }
    await Promise.all(leaving);
    const pulled: string[] = [];
    let path = '/events?limit=500';
    for (;;) {
      const { body, headers } = await server.send('GET', path);
      if (body.length === 0) break;
      pulled.push(...body.map(({ id }: any) => id as string));
      path = `/events?limit=500&after=${headers['tocsin-position']}`;
    }
    const last = pulled.at(-1);
    for (const each of followers) await each.stream.until(() => each.seen.at(-1) === last);
    const broken = followers.flatMap((each, n) =>
      each.seen.join() === pulled.join() ? [] : [`client ${n} saw ${each.seen.length} events of ${pulled.length}`],
    );
    return {
      events: pulled.length,
      reconnects: left,
      bytesWaitingMost,
      broken: broken.slice(0, 10),
    };
  } finally {
    for (const each of deaf) each.close();
    await server.stop();
  }
};
