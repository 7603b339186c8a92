/** One measurement in a process of its own: `cell.ts '{"workload":"W1","contender":"store",…}'`; answers in JSON. */
import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import Database from 'better-sqlite3';
import type { EventStore, NewEvent } from '../../../libs/event-store/src/port.js';
import { SqliteEventStore } from '../../../libs/event-store/src/sqlite/sqlite-event-store.js';
import { EventStoreDbEventStore } from '../../../libs/event-store/src/eventstoredb/eventstoredb-event-store.js';
import { TwinProcess } from '../../support/eventstoredb-twin/twin-process.js';
import { typescriptArguments } from '../../support/typescript-child.js';
import { openPeer, PEERS, type OpenPeer, type Peer, type PeerOptions } from './peers.js';
import { RawReader, RawStore } from './raw-store.js';
import { EVENTS_PER_STREAM, newEvent, newEvents, quantile, STREAMS } from './workload.js';

export type Workload = 'W1' | 'W2' | 'W3' | 'W4' | 'R1' | 'R1-cached' | 'R2' | 'R3' | 'L1' | 'L1-across' | 'S1';
/** `eventstoredb`: our adapter for it, on a server of the same protocol that keeps its events in our log. */
export type Contender = 'raw' | 'store' | 'eventstoredb' | Peer;

export interface Cell {
  readonly workload: Workload;
  readonly contender: Contender;
  /** A log of STREAMS x EVENTS_PER_STREAM events for the reading workloads. */
  readonly seeded: string;
  readonly measureMs: number;
  /** Of the store: see there. */
  readonly onTheSpotMsMax?: number;
  readonly peers?: Omit<PeerOptions, 'file'>;
}

export interface Measured {
  /** Per second: events, except streams for R1 and commands for W4. */
  readonly rate?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** Processor time of the whole process, which neighbours on the machine disturb less than the clock. */
  readonly cpuUs?: number;
  /** Share of the time in which the event loop was busy. */
  readonly busy?: number;
  readonly bytesPerEvent?: number;
  readonly rssMb?: number;
  /** Without garbage, after {@link EARLY_EVENTS} and at the end. */
  readonly heapEarlyMb?: number;
  readonly heapMb?: number;
}

type Append = (stream: string, expected: number, events: readonly NewEvent[]) => Promise<number>;

const EARLY_EVENTS = 100_000;

/** How much garbage lies about is V8's choice; what is left without it is ours. */
function liveHeapMb(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

const WARM_UP_SHARE = 0.25;
const cell = JSON.parse(process.argv[2] ?? '{}') as Cell;
const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
const file = join(folder, 'log.db');

/** Runs `writers` at once for the time given, after a warm-up; each step counts for `weight`. */
async function measure(writers: number, weight: number, step: (writer: number) => Promise<void>): Promise<Measured> {
  const began = performance.now();
  const from = began + cell.measureMs * WARM_UP_SHARE;
  const until = from + cell.measureMs;
  const latencies: number[] = [];
  let idle = performance.eventLoopUtilization();
  let cpu = process.cpuUsage();
  let isWarm = false;
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let now = performance.now(); now < until;) {
        await step(writer);
        const after = performance.now();
        if (after >= from && after < until) {
          if (!isWarm) {
            idle = performance.eventLoopUtilization();
            cpu = process.cpuUsage();
          }
          isWarm = true;
          latencies.push(after - now);
        }
        now = after;
      }
    }),
  );
  const { user, system } = process.cpuUsage(cpu);
  return {
    rate: (latencies.length * weight * 1000) / cell.measureMs,
    cpuUs: (user + system) / (latencies.length * weight),
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    busy: performance.eventLoopUtilization(idle).utilization,
  };
}

/** Streams are the writers' own, so that nothing but the workload makes conflicts. */
async function appends(append: Append, writers: number, batch: number): Promise<Measured> {
  const heads = Array.from({ length: STREAMS }, () => -1);
  const own = Math.floor(STREAMS / writers);
  const turns = Array.from({ length: writers }, () => 0);
  return measure(writers, batch, async (writer) => {
    const stream = writer * own + ((turns[writer] = (turns[writer] ?? 0) + 1) % own);
    heads[stream] = await append(`incident-${stream}`, heads[stream] ?? -1, newEvents(batch));
  });
}

const storeAppend =
  (store: EventStore): Append =>
  async (stream, expected, events) =>
    (await store.append(stream, expected, events)).revision;

const isPeer = (contender: Contender): contender is Peer => PEERS.some((peer) => peer === contender);

async function openContender(contender: Exclude<Contender, 'raw'>): Promise<OpenPeer> {
  if (isPeer(contender)) {
    if (cell.peers === undefined) throw new Error(`${contender}: not told where it is installed`);
    return openPeer(contender, { ...cell.peers, file });
  }
  const { store, close } = await openOurs(file);
  return {
    append: storeAppend(store),
    load: async (stream) => (await store.readStream(stream)).length,
    close,
  };
}

/** Our own store on a file: in this process, or behind a server of EventStoreDB's protocol in another one. */
async function openOurs(
  log: string,
  { readOnly = false } = {},
): Promise<{ readonly store: EventStore; readonly close: () => Promise<void> }> {
  if (cell.contender !== 'eventstoredb') {
    const store = SqliteEventStore.open({ file: log, readOnly, onTheSpotMsMax: cell.onTheSpotMsMax });
    return { store, close: () => store.close() };
  }
  const twin = new TwinProcess(log);
  await twin.start();
  const store = await EventStoreDbEventStore.connect({ connectionString: twin.connectionString });
  const close = async (): Promise<void> => {
    await store.close();
    await twin.kill('SIGTERM');
  };
  return { store, close };
}

async function write(writers: number, batch: number): Promise<Measured> {
  if (cell.contender !== 'raw') {
    const opened = await openContender(cell.contender);
    const measured = await appends(opened.append, writers, batch);
    await opened.close();
    return measured;
  }
  const raw = new RawStore(file);
  // Whoever is alone need not wait for others.
  const alone: Append = async (...args) => raw.appendNow(...args);
  const grouped: Append = (...args) => raw.append(...args);
  const measured = await appends(writers === 1 ? alone : grouped, writers, batch);
  raw.close();
  return measured;
}

/** 16 writers on one incident. Raw: read what is new, append, and again when another one was faster. */
async function contend(): Promise<Measured> {
  const writers = 16;
  if (cell.contender === 'raw') {
    const raw = new RawStore(file);
    const reader = new RawReader(raw.db);
    const seen = Array.from({ length: writers }, () => -1);
    const measured = await measure(writers, 1, async (writer) => {
      const event = newEvent();
      for (;;) {
        seen[writer] = reader.stream('incident-1', (seen[writer] ?? -1) + 1).at(-1)?.revision ?? seen[writer] ?? -1;
        try {
          await raw.append('incident-1', seen[writer], [event]);
          return;
        } catch {
          // Another one was faster.
        }
      }
    });
    raw.close();
    return measured;
  }
  const { commandPath } = await import('./command-path.js');
  const { store, close } = await openOurs(file);
  const path = await commandPath(store);
  const measured = await measure(writers, 1, () => path.recordEntry());
  await close();
  return measured;
}

async function loadStreams(): Promise<Measured> {
  const stream = (): string => `incident-${Math.floor(Math.random() * STREAMS)}`;
  if (cell.contender === 'raw') {
    const raw = new RawReader(new Database(cell.seeded, { readonly: true }));
    return measure(1, 1, async () => {
      if (raw.stream(stream()).length !== EVENTS_PER_STREAM) throw new Error('not the whole stream');
    });
  }
  if (isPeer(cell.contender)) return loadWritten(cell.contender);
  const { store, close } = await openOurs(cell.seeded, { readOnly: true });
  const measured = await measure(1, 1, async () => {
    if ((await store.readStream(stream())).length !== EVENTS_PER_STREAM) throw new Error('not the whole stream');
  });
  await close();
  return measured;
}

const WRITTEN_STREAMS = 40;
const WRITTEN_BATCH = 10;

/** For those who cannot open our file: streams that they wrote themselves. */
async function loadWritten(contender: Peer): Promise<Measured> {
  const opened = await openContender(contender);
  for (let n = 0; n < WRITTEN_STREAMS; n += 1) {
    for (let head = -1; head < EVENTS_PER_STREAM - 1;) {
      head = await opened.append(`incident-${n}`, head, newEvents(WRITTEN_BATCH));
    }
  }
  let turn = 0;
  const measured = await measure(1, 1, async () => {
    turn = (turn + 1) % WRITTEN_STREAMS;
    if ((await opened.load(`incident-${turn}`)) !== EVENTS_PER_STREAM) throw new Error('not the whole stream');
  });
  await opened.close();
  return measured;
}

/** An incident of 200 events: raw loads it, the application has it folded and only asks whether it grew. */
async function loadCached(): Promise<Measured> {
  const { commandPath } = await import('./command-path.js');
  const store = SqliteEventStore.open({ file, onTheSpotMsMax: cell.onTheSpotMsMax });
  const path = await commandPath(store);
  while (path.revision() < EVENTS_PER_STREAM - 1) await path.recordEntry();
  if (cell.contender === 'store') return measure(1, 1, () => path.read());
  const raw = new RawReader(new Database(file, { readonly: true }));
  return measure(1, 1, async () => void raw.stream(path.stream));
}

const PAGE = 500;

async function readLog(fold: boolean): Promise<Measured> {
  const counts = new Map<string, number>();
  let events = 0;
  const take: Take = (page) => {
    events += page.length;
    if (fold) for (const { type } of page) counts.set(type, (counts.get(type) ?? 0) + 1);
  };
  const read = await openReading(fold, take);
  const began = performance.now();
  const cpu = process.cpuUsage();
  await read.all();
  const rate = (events * 1000) / (performance.now() - began);
  const { user, system } = process.cpuUsage(cpu);
  await read.close();
  return { rate, cpuUs: (user + system) / events };
}

type Take = (page: readonly { readonly type: string }[]) => void;

async function openReading(fold: boolean, take: Take): Promise<{ all(): Promise<void>; close(): Promise<void> }> {
  if (cell.contender === 'raw') {
    const raw = new RawReader(new Database(cell.seeded, { readonly: true }));
    return {
      all: async () => {
        for (const page of raw.pages(PAGE)) take(page);
      },
      close: async () => raw.close(),
    };
  }
  const { store, close } = await openOurs(cell.seeded, { readOnly: true });
  return { all: () => (fold ? project(store, take) : readAll(store, take)), close };
}

async function readAll(store: EventStore, take: Take): Promise<void> {
  let after: string | undefined;
  for (;;) {
    const page = await store.readAll({ after, max: PAGE });
    take(page.events);
    after = page.position;
    if (page.atHead) return;
  }
}

async function project(store: EventStore, take: Take): Promise<void> {
  const done = new AbortController();
  await store.subscribe({
    signal: done.signal,
    batchMax: PAGE,
    onBatch: ({ events, caughtUp }) => {
      take(events);
      if (caughtUp) done.abort();
    },
  });
}

const LATENCY_SAMPLES = 400;
const clockMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** From the answer to the writer to the call of a subscriber; one clock serves all processes of a machine. */
async function latency(across: boolean): Promise<Measured> {
  const { store, close } = await openOurs(file);
  const seen = new Map<string, number>();
  const stop = across ? await subscribeInOtherProcess(seen) : subscribeHere(store, seen);
  const acknowledged = new Map<string, number>();
  for (let n = 0; n < LATENCY_SAMPLES; n += 1) {
    const event = newEvent();
    await store.append('incident-1', n - 1, [event]);
    acknowledged.set(event.id, clockMs());
    await sleep(Math.random() * 4);
  }
  await sleep(100);
  await stop();
  await close();
  const delays = [...acknowledged].map(([id, at]) => Math.max(0, (seen.get(id) ?? Number.POSITIVE_INFINITY) - at));
  const settled = delays.slice(LATENCY_SAMPLES / 10);
  return { p50Ms: quantile(settled, 0.5), p99Ms: quantile(settled, 0.99) };
}

function subscribeHere(store: EventStore, seen: Map<string, number>): () => Promise<void> {
  const stop = new AbortController();
  const following = store.subscribe({
    signal: stop.signal,
    onBatch: ({ events }) => {
      for (const { id } of events) seen.set(id, clockMs());
    },
  });
  return async () => {
    stop.abort();
    await following;
  };
}

async function subscribeInOtherProcess(seen: Map<string, number>): Promise<() => Promise<void>> {
  const follower = typescriptArguments(new URL('follower.ts', import.meta.url), file);
  const child = spawn(process.execPath, follower, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout);
  const ready = once(lines, 'line');
  await ready;
  lines.on('line', (line) => {
    const [id = '', at] = line.split(' ');
    seen.set(id, Number(at));
  });
  return async () => {
    child.stdin.end();
    await once(child, 'close');
  };
}

/** Size of a log that the product wrote itself, and the memory of a process that reads it: early on and at the end. */
async function size(): Promise<Measured> {
  const store = SqliteEventStore.open({ file: cell.seeded, readOnly: true });
  let events = 0;
  let heapEarlyMb = 0;
  await readAll(store, (page) => {
    events += page.length;
    if (heapEarlyMb === 0 && events >= EARLY_EVENTS) heapEarlyMb = liveHeapMb();
  });
  const rssMb = process.memoryUsage.rss() / 2 ** 20;
  return { bytesPerEvent: statSync(cell.seeded).size / events, heapEarlyMb, heapMb: liveHeapMb(), rssMb };
}

const workloads: Record<Workload, () => Promise<Measured>> = {
  W1: () => write(1, 1),
  W2: () => write(64, 1),
  W3: () => write(1, 10),
  W4: contend,
  R1: loadStreams,
  'R1-cached': loadCached,
  R2: () => readLog(false),
  R3: () => readLog(true),
  L1: () => latency(false),
  'L1-across': () => latency(true),
  S1: size,
};

try {
  const measured = await workloads[cell.workload]();
  process.stdout.write(JSON.stringify(measured satisfies Measured));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
