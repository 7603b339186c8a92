/**
 * `npm run bench -- obligations`: 10,000 open incidents with 100,000 running clocks under a playbook of 500 steps.
 * `--smoke` proves that it all runs; `--incidents=2000` is a smaller one; `--keep=<folder>` leaves the log there and takes
 * it up again; `--write` puts the figures into docs/benchmarks.md.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { instantMs, instantOf } from '#libs/domain';
import { openEventStore } from '#libs/event-store';
import { ask, median, oneByOne, quantile, type Rate } from './client.js';
import { machine } from './machine.js';
import { START, writeOpenIncidents, writePlaybook, type WrittenLog } from './open-incidents.js';
import { putFigures } from './report.js';

const option = (name: string): string | undefined =>
  process.argv.find((each) => each.startsWith(`--${name}=`))?.slice(name.length + 3);
const smoke = process.argv.includes('--smoke');
const execArgv = process.argv.includes('--prof') ? ['--cpu-prof', '--cpu-prof-dir=.cache/prof'] : [];
const incidents = Number(option('incidents') ?? (smoke ? 64 : 10_000));
const steps = 500;
const [rounds, reads, idleMs] = smoke ? [1, 20, 500] : [3, 400, 10_000];
/** Every incident has been detected, and no warning is due: the nearest term is 32 hours away. */
const NOW = instantOf(instantMs(START) + 40 * 3_600_000);
/** Nine hours later the 24 hours' warnings of the first hour's incidents are due. */
const AFTER_A_NIGHT = instantOf(instantMs(NOW) + 9 * 3_600_000);
const READY_POLL_MS = 10;
const READY_MS_MAX = 600_000;

const say = (text: string): void => console.log(text);
const seconds = (fromMs: number): number => (performance.now() - fromMs) / 1000;

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly listeningSeconds: number;
  readonly readySeconds: number;
}

interface Ready {
  readonly status: string;
  readonly clocks: { readonly nextAt?: string };
}

/** Asks until it is so: there is no event for another process's readiness. */
const until = async (url: string, holds: (ready: Ready) => boolean): Promise<void> => {
  const startedMs = performance.now();
  while (performance.now() - startedMs < READY_MS_MAX) {
    const ready = (await (await fetch(`${url}/readyz`)).json()) as Ready;
    if (holds(ready)) return;
    await delay(READY_POLL_MS);
  }
  throw new Error('The server did not become ready');
};

const start = async (folder: string, now: string): Promise<Running> => {
  const startedMs = performance.now();
  const env = { ...process.env, TOCSIN_DATA: folder, BENCH_NOW: now };
  const child = fork(join(import.meta.dirname, 'clocked-server.js'), [], { execArgv, env });
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`The server ended with ${code}`);
    }),
  ])) as [{ readonly url: string }];
  const listeningSeconds = seconds(startedMs);
  await until(message.url, ({ status }) => status === 'ready');
  return { child, url: message.url, listeningSeconds, readySeconds: seconds(startedMs) };
};

const stop = async ({ child }: Running): Promise<void> => {
  const ended = child.exitCode === null ? once(child, 'exit') : undefined;
  if (child.connected) child.disconnect();
  await ended;
};

const processOf = async ({ url }: Running) =>
  (await ask(url, '/bench/processor')).json as { readonly ms: number; readonly rssBytes: number };

const withServer = async <T>(folder: string, now: string, work: (server: Running) => Promise<T>): Promise<T> => {
  const server = await start(folder, now);
  try {
    return await work(server);
  } finally {
    await stop(server);
  }
};

const starts = async (folder: string, cold: boolean) => {
  const [listening, ready, memory]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round += 1) {
    if (cold) for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, `views.db${suffix}`), { force: true });
    await withServer(folder, NOW, async (server) => {
      listening.push(server.listeningSeconds);
      ready.push(server.readySeconds);
      memory.push((await processOf(server)).rssBytes / 2 ** 20);
    });
    say(
      `${cold ? 'cold' : 'warm'} start: listens after ${listening[round]?.toFixed(2)} s, ready after ${ready[round]?.toFixed(2)} s, ${memory[round]?.toFixed(0)} MiB`,
    );
  }
  return { listening: median(listening), ready: median(ready), memory: median(memory) };
};

/** Where a time in the next days is asked for, another one each time. */
const someTime = (index: number): string =>
  encodeURIComponent(instantOf(instantMs(NOW) + (32 + ((index * 7) % 40)) * 3_600_000));

const questions: Readonly<Record<string, (index: number, cursor: string) => string>> = {
  'due before a time in the next days': (index) => `?before=${someTime(index)}`,
  'the same, 500 at once': (index) => `?before=${someTime(index)}&limit=500`,
  'still open, due before it': (index) => `?state=open&before=${someTime(index)}`,
  'missed, of which there is none': (index) => `?state=missed&before=${someTime(index)}`,
  'a page half way down': (_index, cursor) => `?before=2027-01-01T00:00:00Z&cursor=${cursor}`,
};

const lists = async (server: Running): Promise<ReadonlyMap<string, Rate>> => {
  const { url } = server;
  const figures = new Map<string, Rate>();
  const cursor = await halfWay(url);
  for (const [name, query] of Object.entries(questions)) {
    const send = (index: number) => ask(url, `/api/v1/obligations${query(index, cursor)}`);
    await oneByOne(reads / 10, send);
    const before = (await processOf(server)).ms;
    const rate = await oneByOne(reads, send);
    const processorUs = (((await processOf(server)).ms - before) * 1000) / reads;
    figures.set(name, { ...rate, processorUs });
    say(
      `${name}: p50 ${rate.p50Ms.toFixed(2)} ms, p99 ${rate.p99Ms.toFixed(2)} ms, ${Math.round(processorUs)} us of processor`,
    );
  }
  return figures;
};

const halfWay = async (url: string): Promise<string> => {
  let cursor = '';
  for (let seen = 0; seen < (incidents * 10) / 2; seen += 500) {
    const page = await ask(
      url,
      `/api/v1/obligations?limit=500&before=2027-01-01T00:00:00Z${cursor ? `&cursor=${cursor}` : ''}`,
    );
    cursor = String(page.json['next']);
  }
  return cursor;
};

/** Commands on incidents that nobody has touched since the start, then on one that is in memory. */
const commands = async (server: Running) => {
  const { url } = server;
  const { json } = await ask(url, `/api/v1/incidents?limit=${Math.min(reads, 500)}`);
  const ids = (json['items'] as readonly { readonly incidentId: string }[]).map(({ incidentId }) => incidentId);
  const [first = ''] = ids;
  const send = (id: string, index: number) =>
    ask(url, `/api/v1/incidents/${id}/commands/RecordLogbookEntry`, { kind: 'fact', text: `Entrée ${index}` });
  const cold = await oneByOne(ids.length, (index) => send(ids[index] ?? first, index));
  const hot = await oneByOne(reads, (index) => send(first, index));
  const view = await oneByOne(reads, () => ask(url, `/api/v1/incidents/${first}`));
  for (const [name, { p50Ms, p99Ms }] of Object.entries({ cold, hot, view }))
    say(`${name}: p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms`);
  return { cold, hot, view };
};

/** Share of a core that the server takes while nothing happens. */
const idle = async (server: Running): Promise<number> => {
  await delay(smoke ? 0 : 2000);
  const before = await processOf(server);
  await delay(idleMs);
  const share = ((await processOf(server)).ms - before.ms) / idleMs;
  say(`idle: ${(share * 100).toFixed(2)} % of a core`);
  return share;
};

/** The clocks after a night of standstill. */
const catchUp = async (folder: string) => {
  const before = await countEvents(folder);
  const startedMs = performance.now();
  const taken = await withServer(folder, AFTER_A_NIGHT, async (server) => {
    await until(server.url, ({ clocks: { nextAt } }) => nextAt !== undefined && nextAt > AFTER_A_NIGHT);
    return seconds(startedMs) - server.readySeconds;
  });
  const warnings = (await countEvents(folder)) - before;
  say(`after a night: ${warnings} warnings recorded, the last one ${taken.toFixed(2)} s after the views were ready`);
  return { warnings, seconds: taken };
};

/** Positions of the local log are its numbers, after a letter. */
const countEvents = async (folder: string): Promise<number> => {
  const store = await openEventStore({ store: 'sqlite', file: join(folder, 'log.db'), readOnly: true });
  const head = await store.head();
  await store.close();
  return Number(head?.replace(/\D/g, '') ?? 0);
};

const writeLog = async (folder: string): Promise<WrittenLog> => {
  const kept = join(folder, 'written.json');
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8')) as WrittenLog;
  writePlaybook(folder, steps);
  const written = await writeOpenIncidents(folder, incidents, steps);
  writeFileSync(kept, JSON.stringify(written));
  return written;
};

const measure = async (folder: string): Promise<string[]> => {
  const on = machine(folder);
  const log = await writeLog(folder);
  const gigabytes = statSync(join(folder, 'log.db')).size / 1e9;
  say(
    `${log.incidents} incidents, ${log.obligations} clocks, ${log.events} events, ${gigabytes.toFixed(2)} GB, written in ${log.seconds.toFixed(1)} s`,
  );
  const cold = await starts(folder, true);
  const warm = await starts(folder, false);
  const served = await withServer(folder, NOW, async (server) => {
    const listed = await lists(server);
    const share = await idle(server);
    const sent = await commands(server);
    return { listed, share, sent, memory: (await processOf(server)).rssBytes / 2 ** 20 };
  });
  const night = await catchUp(folder);
  const slowest = quantile(
    [...served.listed.values()].map(({ p99Ms }) => p99Ms),
    1,
  );
  const ms = ({ p50Ms, p99Ms, processorUs }: Rate): string =>
    `p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms${processorUs === undefined ? '' : `, ${(processorUs / 1000).toFixed(2)} ms of processor`}`;
  const row = (what: string, figure: string, goal = ''): string => `| ${what} | ${figure} | ${goal} |`;
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)}: ${on.cpu}, ${on.cores} cores, ${on.memoryGiB} GiB, Node ${on.node}, ${on.disk}; load average when it started ${on.loadBefore.toFixed(1)}.`,
    `${log.incidents.toLocaleString('en')} open incidents of five bodies, ${log.obligations.toLocaleString('en')} running clocks, a playbook of ${steps} steps in each, ${log.events.toLocaleString('en')} events in ${gigabytes.toFixed(1)} GB. Median of ${rounds} starts.`,
    '',
    '| What | Figure | Goal |',
    '| --- | --- | --- |',
    row('Start with no views: answers after', `${cold.listening.toFixed(2)} s`),
    row('… and views and clocks are complete after', `${cold.ready.toFixed(2)} s, ${cold.memory.toFixed(0)} MiB`),
    row('Start again: answers after', `${warm.listening.toFixed(2)} s`),
    row('… and views and clocks are complete after', `${warm.ready.toFixed(2)} s, ${warm.memory.toFixed(0)} MiB`),
    ...[...served.listed].map(([name, rate]) =>
      row(`\`GET /obligations\`: ${name}`, ms(rate), `p99 under 50 ms: ${rate.p99Ms <= 50 ? 'met' : '**missed**'}`),
    ),
    row('A command on an incident that must be read first', ms(served.sent.cold)),
    row('A command on an incident in memory', ms(served.sent.hot)),
    row('Its status view', ms(served.sent.view)),
    row('Processor time while nothing happens', `${(served.share * 100).toFixed(2)} % of a core`),
    row('Memory after all that', `${served.memory.toFixed(0)} MiB`),
    row(
      `After a night of standstill: ${night.warnings.toLocaleString('en')} warnings are due`,
      `recorded ${night.seconds.toFixed(2)} s after the views were ready`,
    ),
    '',
    `Slowest p99 of the lists: ${slowest.toFixed(2)} ms.`,
  ];
};

const kept = option('keep');
mkdirSync('.cache', { recursive: true });
const folder = kept ?? mkdtempSync(join(process.cwd(), '.cache/bench-'));
if (kept) mkdirSync(kept, { recursive: true });
try {
  const lines = await measure(folder);
  say(lines.join('\n'));
  if (process.argv.includes('--write')) putFigures('docs/benchmarks.md', 'obligations', lines);
} finally {
  if (!kept) rmSync(folder, { recursive: true });
}
