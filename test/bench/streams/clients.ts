import { connect, type Socket } from 'node:net';

import { nowMs, type ClientsOptions, type SeenReport, type ToClients } from './messages.js';

/**
 * Clients of the live feed in a process of their own. They read bytes, not messages: what is measured is the server, and a
 * client that parses takes the processor away from it.
 */
const NOTHING = Buffer.alloc(0);
const END = Buffer.from('\n\n');
const [NEWLINE, ID, EVENT] = [10, 'i'.charCodeAt(0), 'e'.charCodeAt(0)];

class Client {
  readonly positions: string[] = [];
  readonly arrivals: number[] = [];
  private socket: Socket | undefined;
  private rest: Buffer = NOTHING;
  private last = 'now';
  reconnects = 0;

  constructor(
    private readonly url: URL,
    private readonly name: string,
  ) {}

  connect(stalled = false): Promise<void> {
    const socket = connect(Number(this.url.port), this.url.hostname);
    this.socket = socket;
    this.rest = NOTHING;
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    const resume = this.last === 'now' ? '' : `last-event-id: ${this.last}\r\n`;
    socket.write(
      `GET /api/v1/events?after=now HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n` +
        `x-tocsin-actor: ${this.name}\r\n${resume}\r\n`,
    );
    return new Promise((resolve) => {
      socket.on('data', (chunk) => {
        resolve();
        if (stalled) socket.pause();
        else if (this.socket === socket) this.read(chunk);
      });
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

  private read(chunk: Buffer): void {
    const at = nowMs();
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    let start = 0;
    for (let end = bytes.indexOf(END); end >= 0; end = bytes.indexOf(END, start)) {
      this.take(bytes, start, at);
      start = end + END.length;
    }
    this.rest = start === bytes.length ? NOTHING : Buffer.from(bytes.subarray(start));
  }

  /** `id: <position>\ndata: …` is an event; `event: caught-up\nid: …` and a sign of life only move the place. */
  private take(bytes: Buffer, start: number, at: number): void {
    const isEvent = bytes[start] === ID;
    if (!isEvent && bytes[start] !== EVENT) return;
    const from = isEvent ? start : bytes.indexOf(NEWLINE, start) + 1;
    this.last = bytes.toString('latin1', from + 'id: '.length, bytes.indexOf(NEWLINE, from));
    if (!isEvent) return;
    this.positions.push(this.last);
    this.arrivals.push(at);
  }
}

const { url, reading, stalled } = JSON.parse(process.argv[2] ?? '{}') as ClientsOptions;
const clients = Array.from({ length: reading }, (_, n) => new Client(new URL(url), `client ${n}`));
const deaf = Array.from({ length: stalled }, (_, n) => new Client(new URL(url), `deaf ${n}`));
for (const each of clients) await each.connect();
for (const each of deaf) await each.connect(true);

const report = (answered: readonly (readonly [string, number])[]): SeenReport => {
  const times = new Map(answered);
  const wanted = answered.map(([position]) => position);
  const delays: number[] = [];
  const broken: string[] = [];
  for (const [n, { positions, arrivals }] of clients.entries()) {
    const own = positions.filter((each) => times.has(each));
    if (own.join() !== wanted.join()) broken.push(`client ${n} saw ${own.length} of ${wanted.length}`);
    for (const [index, position] of positions.entries()) {
      const sent = times.get(position);
      if (sent !== undefined) delays.push(Math.max(0, (arrivals[index] ?? 0) - sent));
    }
  }
  const sorted = Float64Array.from(delays).sort();
  const part = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return {
    arrivals: sorted.length,
    p50Ms: part(0.5),
    p90Ms: part(0.9),
    p99Ms: part(0.99),
    worstMs: part(1),
    reconnects: clients.reduce((sum, each) => sum + each.reconnects, 0),
    broken: broken.slice(0, 10),
  };
};

/** Until every client has the last one, or it takes too long. */
const untilSeen = async (last: string | undefined): Promise<void> => {
  const end = nowMs() + 20_000;
  while (nowMs() < end && clients.some(({ positions }) => positions.at(-1) !== last))
    await new Promise((resolve) => setTimeout(resolve, 50));
};

process.on('message', (message: ToClients) => {
  if ('reconnect' in message) return void clients[message.reconnect % clients.length]?.reconnect();
  void untilSeen(message.answered.at(-1)?.[0]).then(() => {
    process.send?.(report(message.answered));
    for (const each of [...clients, ...deaf]) each.close();
    process.disconnect();
  });
});
process.send?.({ ready: true });
