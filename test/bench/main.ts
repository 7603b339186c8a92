import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, declareAll, median, oneByOne, underLoad, type Rate } from './client.js';
import { commandAt, declaration } from './incidents.js';
import { writeLongLog } from './long-log.js';
import { machine } from './machine.js';
import { writeReport, type Figures } from './report.js';

/** `--smoke` proves that everything runs, in seconds; its figures mean nothing and are not written down. */
const smoke = process.argv.includes('--smoke');
/** `--prof` leaves a CPU profile of each child in .cache/prof. */
const execArgv = process.argv.includes('--prof') ? ['--cpu-prof', '--cpu-prof-dir=.cache/prof'] : [];
const only = process.argv.find((each) => each.startsWith('--only='))?.slice('--only='.length);
const size = smoke
  ? { rounds: 1, seconds: 1, incidents: 50, commands: 50, reads: 20, events: 2_000 }
  : {
      rounds: Number(process.env['BENCH_ROUNDS'] ?? 5),
      seconds: 3,
      incidents: 1_000,
      commands: 1_000,
      reads: 200,
      events: 200_000,
    };

const start = async (script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
  const child = fork(join(import.meta.dirname, script), args, { execArgv, env: { ...process.env, ...env } });
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${script} ended with ${code}`);
    }),
  ])) as [Record<string, unknown>];
  return { child, message };
};

const stop = async (child: ChildProcess): Promise<void> => {
  const ended = child.exitCode === null ? once(child, 'exit') : undefined;
  if (child.connected) child.disconnect();
  await ended;
};

const say = (text: string): void => console.log(text);
const medianRate = (rates: readonly Rate[]): Rate => ({
  perSecond: median(rates.map(({ perSecond }) => perSecond)),
  p50Ms: median(rates.map(({ p50Ms }) => p50Ms)),
  p99Ms: median(rates.map(({ p99Ms }) => p99Ms)),
  processorUs: median(rates.map(({ processorUs = Number.NaN }) => processorUs)),
});
const rounded = ({ perSecond, p50Ms, p99Ms, processorUs }: Rate): string =>
  `${Math.round(perSecond)} /s, p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms${processorUs === undefined ? '' : `, ${Math.round(processorUs)} us of processor`}`;

const load = async (url: string): Promise<Figures['load']> => {
  const ids = await declareAll(url, size.incidents);
  const [commands, noops]: [Rate[], Rate[]] = [[], []];
  await underLoad(url, '/bench', ids, 1);
  await underLoad(url, '/api/v1', ids, 1);
  for (let round = 0; round < size.rounds; round += 1) {
    commands.push(await underLoad(url, '/api/v1', ids, size.seconds));
    noops.push(await underLoad(url, '/bench', ids, size.seconds));
    say(`commands ${rounded(commands[round] as Rate)}; no-op ${rounded(noops[round] as Rate)}`);
  }
  const ratio = median(commands.map(({ perSecond }, round) => perSecond / (noops[round]?.perSecond ?? 1)));
  say(`ratio ${ratio.toFixed(2)}`);
  return { commands: medianRate(commands), noops: medianRate(noops), ratio };
};

const single = async (url: string): Promise<Rate> => {
  const { json } = await ask(url, '/api/v1/incidents', declaration(0));
  const send = (index: number) => {
    const [command, body] = commandAt(index);
    return ask(url, `/api/v1/incidents/${String(json['incidentId'])}/commands/${command}`, body);
  };
  const rate = await oneByOne(size.commands, send);
  say(`single client ${rounded(rate)}`);
  return rate;
};

const reads = async (url: string): Promise<Figures['reads']> => {
  const { json } = await ask(url, '/api/v1/incidents', declaration(0));
  const path = `/api/v1/incidents/${String(json['incidentId'])}`;
  let revision = Number(json['revision']);
  for (let index = 0; revision < 499; index += 1) {
    const [command, body] = commandAt(index);
    revision = Number((await ask(url, `${path}/commands/${command}`, body)).json['revision']);
  }
  const { json: page } = await ask(url, `${path}/events?after=248&limit=1`);
  const [middle] = page['items'] as { readonly recordedAt: string }[];
  const at = encodeURIComponent(middle?.recordedAt ?? '');
  const questions = {
    now: '',
    asOfRevision: '?asOf=250',
    asOfTime: `?asOf=${at}`,
    occurred: `?axis=occurred&asOf=${at}`,
  };
  const figures: Record<string, Rate> = {};
  for (const [name, query] of Object.entries(questions)) {
    await oneByOne(size.reads / 10, () => ask(url, `${path}${query}`));
    figures[name] = await oneByOne(size.reads, () => ask(url, `${path}${query}`));
    say(`status view ${name} ${rounded(figures[name])}`);
  }
  return figures;
};

const rebuild = async (folder: string): Promise<Figures['rebuild']> => {
  const startedMs = performance.now();
  const { events, bytes } = await writeLongLog(folder, size.events);
  say(
    `log of ${events} events, ${Math.round(bytes / events)} bytes each, in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`,
  );
  const [rates, processor]: [number[], number[]] = [[], []];
  for (let round = 0; round < size.rounds; round += 1) {
    const { child, message } = await start('rebuild.js', [folder]);
    await stop(child);
    rates.push(Number(message['events']) / Number(message['seconds']));
    processor.push((Number(message['processorSeconds']) * 1e6) / Number(message['events']));
    say(`rebuild ${Math.round(rates[round] ?? 0)} events/s, ${processor[round]?.toFixed(1)} us of processor an event`);
  }
  return { events, bytesPerEvent: bytes / events, perSecond: median(rates), processorUs: median(processor) };
};

const inFolder = async <T>(work: (folder: string) => Promise<T>): Promise<T> => {
  mkdirSync('.cache', { recursive: true });
  const folder = mkdtempSync(join(process.cwd(), '.cache/bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const withServer = <T>(work: (url: string) => Promise<T>): Promise<T> =>
  inFolder(async (folder) => {
    const { child, message } = await start('server.js', [], { TOCSIN_DATA: folder });
    try {
      return await work(String(message['url']));
    } finally {
      await stop(child);
    }
  });

const wanted = (part: string): boolean => only === undefined || only.includes(part);
const measured = {
  machine: await inFolder(async (folder) => machine(folder)),
  ...(wanted('a') ? { load: await withServer(load) } : {}),
  ...(wanted('b') ? { single: await withServer(single) } : {}),
  ...(wanted('c') ? { reads: await withServer(reads) } : {}),
  ...(wanted('d') ? { rebuild: await inFolder(rebuild) } : {}),
};
say(JSON.stringify(measured, null, 2));
if (!smoke && only === undefined) {
  writeReport('docs/benchmarks.md', measured as Figures);
  if (existsSync('.cache')) writeFileSync('.cache/bench.json', JSON.stringify(measured));
}
