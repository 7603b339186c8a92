import { connect, type Socket } from 'node:net';

import { nowMs, type ClientsOptions, type SeenReport, type ToClients } from './messages.js';

/**
 * Clients of the live feed in a process of their own. They read bytes, not messages: what is measured is the server, and a
 * client that parses takes the processor away from it.
 */
const LINE = Buffer.from('\nid: ');

class Client {
  readonly positions: string[] = [];
  readonly arrivals: number[] = [];
  private socket: Socket | undefined;
  private rest = Buffer.alloc(0);
  private last = 'now';
  reconnects = 0;

  constructor(
    private readonly url: URL,
    private readonly name: string,
  ) {}

  connect(stalled = false): Promise<void> {
    const socket = connect(Number(this.url.port), this.url.hostname);
    this.socket = socket;
    this.rest = Buffer.alloc(0);
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
    let [start, end] = [bytes.indexOf(LINE), 0];
    while (start >= 0) {
      const newline = bytes.indexOf(10, start + LINE.length);
      if (newline < 0 || newline + 6 > bytes.length) break;
      const position = bytes.toString('latin1', start + LINE.length, newline);
      this.last = position;
      // Of the signs of life and of having caught up the place alone counts.
      if (bytes.toString('latin1', newline + 1, newline + 6) === 'data:' && !this.isSign(bytes, start)) {
        this.positions.push(position);
        this.arrivals.push(at);
      }
      end = newline;
      start = bytes.indexOf(LINE, newline);
    }
    this.rest = Buffer.from(bytes.subarray(start >= 0 ? start : Math.max(end, bytes.length - LINE.length)));
  }

  /** `event: caught-up` stands on the line before. */
  private isSign(bytes: Buffer, start: number): boolean {
    return start >= 9 && bytes.toString('latin1', start - 9, start) === 'caught-up';
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
