import { connect, type Socket } from 'node:net';

import { nowMs, type Answered, type ClientsOptions, type SeenReport, type ToClients, type Waits } from './messages.js';

/**
 * Clients of the live feed in a process of their own. They read bytes, not messages, into memory that was taken before: what
 * is measured is the server, and a client that parses takes the processor away from it, or stands still to collect garbage.
 */
const NOTHING = Buffer.alloc(0);
const END = Buffer.from('\n\n');
const [NEWLINE, ZERO, NINE, ID, EVENT] = [10, 48, 57, 'i'.charCodeAt(0), 'e'.charCodeAt(0)];
/** For all sockets: each is read in turn. */
const chunk = Buffer.alloc(64 * 1024);

class Client {
  /** Positions of this store are a letter and a number; the first `count` of each are filled. */
  readonly positions: Float64Array;
  readonly arrivals: Float64Array;
  count = 0;
  private socket: Socket | undefined;
  private rest: Buffer = NOTHING;
  private last = -1;
  reconnects = 0;

  constructor(
    private readonly url: URL,
    private readonly name: string,
    eventsMax: number,
  ) {
    this.positions = new Float64Array(eventsMax);
    this.arrivals = new Float64Array(eventsMax);
  }

  connect(stalled = false): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect({
        port: Number(this.url.port),
        host: this.url.hostname,
        noDelay: true,
        onread: {
          buffer: chunk,
          callback: (size) => {
            resolve();
            if (!stalled && this.socket === socket) this.read(chunk.subarray(0, size));
            return !stalled;
          },
        },
      });
      this.socket = socket;
      this.rest = NOTHING;
      socket.on('error', () => undefined);
      const resume = this.last < 0 ? '' : `last-event-id: p${this.last}\r\n`;
      socket.write(
        `GET /api/v1/events?after=now HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n` +
          `x-tocsin-actor: ${this.name}\r\n${resume}\r\n`,
      );
    });
  }

  async reconnect(): Promise<void> {
    this.socket?.destroy();
    this.reconnects += 1;
    await this.connect();
  }

  close(): void {
    this.socket?.destroy();
  }

  private read(fresh: Buffer): void {
    const at = nowMs();
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, fresh]) : fresh;
    let start = 0;
    for (let end = bytes.indexOf(END); end >= 0; end = bytes.indexOf(END, start)) {
      this.take(bytes, start, at);
      start = end + END.length;
    }
    this.rest = start === bytes.length ? NOTHING : Buffer.from(bytes.subarray(start));
  }

  /** `id: p<number>\ndata: …` is an event; `event: caught-up\nid: …` and a sign of life only move the place. */
  private take(bytes: Buffer, start: number, at: number): void {
    const isEvent = bytes[start] === ID;
    if (!isEvent && bytes[start] !== EVENT) return;
    const from = isEvent ? start : bytes.indexOf(NEWLINE, start) + 1;
    this.last = numberAt(bytes, from + 'id: p'.length);
    if (!isEvent) return;
    this.positions[this.count] = this.last;
    this.arrivals[this.count] = at;
    this.count += 1;
  }
}

const numberAt = (bytes: Buffer, start: number): number => {
  let value = 0;
  for (let at = start; ; at += 1) {
    const digit = bytes[at] ?? 0;
    if (digit < ZERO || digit > NINE) return value;
    value = value * 10 + digit - ZERO;
  }
};

const { url, reading, stalled, eventsMax } = JSON.parse(process.argv[2] ?? '{}') as ClientsOptions;
const clients = Array.from({ length: reading }, (_, n) => new Client(new URL(url), `client ${n}`, eventsMax));
const deaf = Array.from({ length: stalled }, (_, n) => new Client(new URL(url), `deaf ${n}`, 0));
for (const each of clients) await each.connect();
for (const each of deaf) await each.connect(true);

const waitsOf = (sorted: Float64Array): Waits => {
  const part = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return { p50: part(0.5), p90: part(0.9), p99: part(0.99), worst: part(1) };
};

const report = (answered: readonly Answered[]): SeenReport => {
  const known = new Map(answered.map((each) => [each.position, each]));
  const sinceAsked = new Float64Array(clients.length * answered.length);
  const sinceAnswered = new Float64Array(sinceAsked.length);
  const broken: string[] = [];
  let measured = 0;
  for (const [n, { positions, arrivals, count }] of clients.entries()) {
    let next = 0;
    for (let index = 0; index < count; index += 1) {
      const command = known.get(positions[index] ?? -1);
      if (!command) continue;
      if (command !== answered[next]) break;
      next += 1;
      const at = arrivals[index] ?? 0;
      sinceAsked[measured] = at - command.askedMs;
      // Some clients have it before the one that commands has its answer.
      sinceAnswered[measured] = Math.max(0, at - command.answeredMs);
      measured += 1;
    }
    if (next !== answered.length) broken.push(`client ${n} saw ${next} of ${answered.length} in order`);
  }
  return {
    arrivals: measured,
    sinceAsked: waitsOf(sinceAsked.subarray(0, measured).sort()),
    sinceAnswered: waitsOf(sinceAnswered.subarray(0, measured).sort()),
    reconnects: clients.reduce((sum, each) => sum + each.reconnects, 0),
    broken: broken.slice(0, 10),
  };
};

/** Until every client has the last one, or it takes too long. */
const untilSeen = async (last: number | undefined): Promise<void> => {
  const end = nowMs() + 20_000;
  while (nowMs() < end && clients.some(({ positions, count }) => positions[count - 1] !== last))
    await new Promise((resolve) => setTimeout(resolve, 50));
};

process.on('message', (message: ToClients) => {
  if ('reconnect' in message) return void clients[message.reconnect % clients.length]?.reconnect();
  void untilSeen(message.answered.at(-1)?.position).then(() => {
    process.send?.(report(message.answered));
    for (const each of [...clients, ...deaf]) each.close();
    process.disconnect();
  });
});
process.send?.({ ready: true });
