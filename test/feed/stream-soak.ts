import { FeedServer, EventStream } from './feed-server.js';

export interface SoakOptions {
  readonly clients: number;
  /** Clients that stop reading. */
  readonly stalled: number;
  readonly reconnects: number;
  readonly events: number;
  readonly eventsPerSecond: number;
}

export interface SoakReport {
  readonly events: number;
  readonly reconnects: number;
  /** From the command's answer to the client. Milliseconds. */
  readonly latency: { readonly p50: number; readonly p99: number };
  readonly heapGrowthMb: number;
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
    private readonly onEvent: (id: string) => void,
  ) {}

  async connect(): Promise<void> {
    this.stream = await this.server.follow(`?after=${this.lastEventId}`, { 'x-tocsin-actor': this.name });
    let read = 0;
    const take = (): void => {
      for (; read < this.stream.messages.length; read += 1) {
        const { id, event, data } = this.stream.messages[read] ?? {};
        if (id !== undefined) this.lastEventId = id;
        if (event !== undefined || data === undefined) continue;
        this.seen.push(data.id as string);
        this.onEvent(data.id as string);
      }
    };
    this.stream.response.on('data', take);
  }

  async reconnect(): Promise<void> {
    this.stream.close();
    await this.connect();
  }
}

/** Many clients on the live feed, some of which do not read, while others come and go. */
export const runStreamSoak = async (options: SoakOptions): Promise<SoakReport> => {
  const { clients, stalled, reconnects, events, eventsPerSecond } = options;
  const server = new FeedServer();
  await server.start();
  const answeredMs = new Map<string, number>();
  const arrivedMs = new Map<string, number[]>();
  const arrived = (id: string): void => {
    const times = arrivedMs.get(id) ?? [];
    times.push(performance.now());
    arrivedMs.set(id, times);
  };
  const deaf: EventStream[] = [];
  try {
    const incident = await server.declare();
    const followers = Array.from({ length: clients - stalled }, (_, n) => new Follower(server, `client ${n}`, arrived));
    for (const each of followers) await each.connect();
    for (let n = 0; n < stalled; n += 1) {
      const each = await server.follow('', { 'x-tocsin-actor': `deaf ${n}` });
      each.response.pause();
      each.response.removeAllListeners('data');
      deaf.push(each);
    }
    const heapBefore = process.memoryUsage().heapUsed;
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
      const { body } = await server.note(incident, `événement ${written} ${'x'.repeat(500)}`);
      for (const { eventId } of body.events) answeredMs.set(eventId, performance.now());
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
    const latencies = [...answeredMs].flatMap(([id, atMs]) =>
      (arrivedMs.get(id) ?? []).map((each) => Math.max(0, each - atMs)),
    );
    latencies.sort((one, other) => one - other);
    const at = (part: number): number =>
      Math.round((latencies[Math.floor((latencies.length - 1) * part)] ?? 0) * 10) / 10;
    return {
      events: pulled.length,
      reconnects: left,
      latency: { p50: at(0.5), p99: at(0.99) },
      heapGrowthMb: Math.round((process.memoryUsage().heapUsed - heapBefore) / 1e6),
      broken: broken.slice(0, 10),
    };
  } finally {
    for (const each of deaf) each.close();
    await server.stop();
  }
};
