import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { INCIDENT_STREAM_PREFIX } from '#libs/application';
import { SqliteEventStore } from '../../libs/event-store/src/sqlite/sqlite-event-store.js';
import type { DeliveryWorkerOptions, DeliveryWorkerReport } from './delivery-worker.js';
import { Receiver, type Received } from './receiver.js';

export interface LoadOptions {
  /** Deliveries to receivers that answer at all. */
  readonly deliveries: number;
  /** How often the process is killed (SIGKILL) on the way. */
  readonly kills: number;
  readonly seed: number;
  readonly onProgress?: (received: number) => void;
}

export interface LoadReport {
  readonly events: number;
  readonly deliveries: number;
  readonly requests: number;
  /** What receivers did wrong, by name; `kill -9 restart` is what Tocsin suffered itself. */
  readonly faults: Readonly<Record<FaultName | 'kill -9 restart', number>>;
  /** Share of the requests that met a fault. */
  readonly faulty: number;
  readonly seconds: number;
  /**
   * From the recording of an event to its arrival at the receiver without faults, beside a dead one that holds every
   * request until it is given up; without events that a restart came between. Milliseconds.
   */
  readonly besideADeadOne: { readonly p50: number; readonly p99: number; readonly worst: number };
  /** What was promised and not kept; empty when all is well. */
  readonly broken: readonly string[];
}

const FAULTY_SHARE = 0.4;
const FAULTY_RECEIVERS = 3;
/** How long the sender waits for an answer: 15 s in life. */
export const POST_MS = 400;
/** An hour of the schedule goes by in less than a fifth of a second. */
const SPEED = 20_000;

export type FaultName = '500' | 'redirect' | 'reset' | 'lost answer' | 'slow' | 'late answer' | 'duplicate answers';

/** What a receiver does instead of answering: with the message taken in, or not. */
const FAULTS: Readonly<
  Record<FaultName, { readonly takes: boolean; readonly answer: (response: ServerResponse) => void }>
> = {
  '500': { takes: false, answer: (response) => response.writeHead(500).end() },
  redirect: { takes: false, answer: (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end() },
  reset: { takes: false, answer: (response) => response.socket?.resetAndDestroy() },
  // Received, but the answer is lost: it comes again, with the same id.
  'lost answer': { takes: true, answer: (response) => response.socket?.resetAndDestroy() },
  slow: { takes: true, answer: (response) => void setTimeout(() => response.writeHead(204).end(), 30) },
  // After the sender has given up: it comes again.
  'late answer': {
    takes: true,
    answer: (response) => void setTimeout(() => response.writeHead(204).end(), POST_MS + 200),
  },
  'duplicate answers': {
    takes: true,
    answer: (response) => {
      const { socket } = response;
      response
        .writeHead(204)
        .end(() => socket?.write('HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n'));
    },
  },
};
const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

/** A small generator of chance (mulberry32), so that a run can be repeated. */
const chanceFrom = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};

/** A receiver that notes what it took in, and whether the promises are kept. */
class Witness {
  readonly receiver = new Receiver();
  readonly taken = new Map<string, string>();
  readonly broken: string[] = [];
  readonly latencies: number[] = [];
  requests = 0;
  readonly faults = new Map<FaultName, number>();
  private readonly next = new Map<string, number>();

  constructor(
    private readonly name: string,
    chance: (() => number) | undefined,
    private readonly onTaken: () => void,
    /** When the process that delivers was started. */
    private readonly startedMs: () => number,
  ) {
    this.receiver.behave = (received, response) => {
      this.requests += 1;
      this.receiver.all.length = 0;
      if (!chance || chance() >= FAULTY_SHARE) {
        this.take(received);
        return 204;
      }
      const name = FAULT_NAMES[Math.floor(chance() * FAULT_NAMES.length)] ?? '500';
      this.faults.set(name, (this.faults.get(name) ?? 0) + 1);
      if (FAULTS[name].takes) this.take(received);
      return void FAULTS[name].answer(response);
    };
  }

  private take({ event, headers }: Received): void {
    if (headers['webhook-id'] !== event.id)
      this.broken.push(`${this.name}: another id in the header than in the event`);
    const before = this.taken.get(event.id);
    if (before !== undefined && before !== event.deliveryseq)
      this.broken.push(`${this.name}: ${event.id} came as number ${before} and as ${event.deliveryseq}`);
    const [expected, got] = [this.next.get(event.subject) ?? 0, Number(event.sequence)];
    if (got > expected) this.broken.push(`${this.name}: ${event.subject} jumped from ${expected} to ${got}`);
    if (got === expected) this.next.set(event.subject, expected + 1);
    if (before !== undefined) return;
    this.taken.set(event.id, event.deliveryseq);
    const sentMs = Number(event.data?.text);
    if (sentMs > this.startedMs()) this.latencies.push(Date.now() - sentMs);
    this.onTaken();
  }
}

/** Delivers to faulty receivers beside a dead one, kills the sender again and again, and counts what is owed. */
export const runDeliveryLoad = async ({ deliveries, kills, seed, onProgress }: LoadOptions): Promise<LoadReport> => {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-deliveries-'));
  const began = performance.now();
  const chance = chanceFrom(seed);
  let received = 0;
  const onTaken = (): void => {
    received += 1;
    if (received % 500 === 0) onProgress?.(received);
  };
  let startedMs = 0;
  const started = (): number => startedMs;
  const clean = new Witness('clean', undefined, onTaken, started);
  const faulty = Array.from(
    { length: FAULTY_RECEIVERS },
    (_, index) => new Witness(`faulty ${index}`, chance, onTaken, started),
  );
  const dead = new Receiver();
  dead.behave = () => undefined;
  const witnesses = [clean, ...faulty];
  const receivers = [dead, ...witnesses.map(({ receiver }) => receiver)];
  await Promise.all(receivers.map((each) => each.start()));
  const events = Math.ceil(deliveries / witnesses.length);
  const options = (): DeliveryWorkerOptions => ({
    folder,
    urls: receivers.map(({ url }) => url),
    events,
    incidents: Math.max(10, Math.min(500, Math.floor(events / 25))),
    startMs: Date.parse('2026-03-02T08:00:00Z') + (performance.now() - began) * SPEED,
    speed: SPEED,
    postMs: POST_MS,
  });
  try {
    let killed = 0;
    for (;;) {
      const killAt =
        killed < kills
          ? received + ((deliveries - received) / (kills - killed + 1)) * (0.5 + chance() / 2)
          : Number.MAX_SAFE_INTEGER;
      startedMs = Date.now();
      const worker = startWorker(options());
      const ended = await watch(worker, dead.url, events, () => received >= killAt);
      worker.kill('SIGKILL');
      await once(worker, 'close');
      if (ended === 'done') break;
      if (ended === 'failed') throw new Error('The worker failed; its error stands above');
      killed += 1;
    }
    const broken = [...witnesses.flatMap((each) => each.broken), ...(await missing(folder, witnesses))];
    const requests = witnesses.reduce((sum, each) => sum + each.requests, 0);
    const counts = Object.fromEntries(
      FAULT_NAMES.map((name) => [name, witnesses.reduce((sum, { faults }) => sum + (faults.get(name) ?? 0), 0)]),
    ) as Record<FaultName, number>;
    const sorted = clean.latencies.toSorted((left, right) => left - right);
    const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
    return {
      events,
      deliveries: received,
      requests,
      faults: { ...counts, 'kill -9 restart': killed },
      faulty: Math.round((100 * FAULT_NAMES.reduce((sum, name) => sum + counts[name], 0)) / requests) / 100,
      seconds: Math.round((performance.now() - began) / 1000),
      besideADeadOne: { p50: at(0.5), p99: at(0.99), worst: at(1) },
      broken: [...new Set(broken)].slice(0, 20),
    };
  } finally {
    await Promise.all(receivers.map((each) => each.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
};

const startWorker = (options: DeliveryWorkerOptions): ChildProcess => {
  const here = import.meta.dirname;
  const hooks = join(here, '..', 'support', 'typescript-hooks.mjs');
  const script = join(here, 'delivery-worker.ts');
  return spawn(
    process.execPath,
    ['--conditions=tocsin-src', '--import', hooks, '--no-warnings', script, JSON.stringify(options)],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } },
  );
};

/** Reads what the worker says until it is to be killed, or has nothing more to do. */
const watch = async (
  worker: ChildProcess,
  deadUrl: string,
  events: number,
  isToDie: () => boolean,
): Promise<'kill' | 'done' | 'failed'> => {
  if (!worker.stdout) throw new Error('A worker without output');
  for await (const line of createInterface({ input: worker.stdout })) {
    const { written, left } = JSON.parse(line) as DeliveryWorkerReport;
    const owed = Object.entries(left).filter(
      ([url, { incidents, behind }]) => url !== deadUrl && (incidents > 0 || behind),
    );
    if (isToDie()) return 'kill';
    if (written >= events && owed.length === 0) return 'done';
  }
  return 'failed';
};

/** Every event of the log that a receiver never took in. */
const missing = async (folder: string, witnesses: readonly Witness[]): Promise<readonly string[]> => {
  const store = SqliteEventStore.open({ file: join(folder, 'log.db'), readOnly: true });
  const lost: string[] = [];
  try {
    let after: string | undefined;
    for (;;) {
      const page = await store.readAll(after ? { after } : {});
      for (const { id, stream } of page.events) {
        if (!stream.startsWith(INCIDENT_STREAM_PREFIX)) continue;
        for (const each of witnesses) if (!each.taken.has(id)) lost.push(`${id} never arrived`);
      }
      if (page.atHead) return lost;
      after = page.position;
    }
  } finally {
    await store.close();
  }
};
