/**
 * `npm run bench -- store`: the SQLite log against better-sqlite3 by hand with the same guarantees, each measurement in a
 * process of its own, in turns (A B A B …), so that a slow minute hits both. `--rounds 5`, `--ms 1500`, `--only W1,R2`,
 * `--million` for sizes and reads at a million events, `--peers FOLDER` and `--postgres URL` for the stores of others
 * (peers.ts), `--write` to put the figures into docs/benchmarks.md.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { diskShim, NO_SHIM } from '../../support/disk-shim.js';
import { typescriptArguments } from '../../support/typescript-child.js';
import type { Cell, Contender, Measured, Workload } from './cell.js';
import { PEERS } from './peers.js';
import { seedLog } from './seed-log.js';
import { EVENTS_PER_STREAM, meanBytes, median, STREAMS } from './workload.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    ms: { type: 'string', default: '1000' },
    only: { type: 'string' },
    million: { type: 'boolean', default: false },
    peers: { type: 'string' },
    postgres: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

interface Disk {
  readonly name: string;
  readonly folder: string;
  readonly env: Record<string, string>;
}

interface Question {
  readonly workload: Workload;
  readonly what: string;
  /** As a ratio to raw. */
  readonly goal?: number;
  /** As a ratio to the best of the peers. */
  readonly peerGoal?: number;
  readonly unit: string;
}

const writes: readonly Question[] = [
  { workload: 'W1', what: 'W1 one append at a time', goal: 0.8, peerGoal: 2, unit: 'events/s' },
  { workload: 'W2', what: 'W2 64 appends in flight', goal: 0.8, peerGoal: 8, unit: 'events/s' },
  { workload: 'W3', what: 'W3 appends of 10 events', goal: 0.8, peerGoal: 5, unit: 'events/s' },
  { workload: 'W4', what: 'W4 16 writers, one incident', goal: 5, unit: 'commands/s' },
];
const reads: readonly Question[] = [
  { workload: 'R1', what: 'R1 a stream of 200 events, cold', goal: 0.85, unit: 'streams/s' },
  { workload: 'R1-cached', what: 'R1 the same incident, in memory', goal: 50, unit: 'incidents/s' },
  { workload: 'R2', what: 'R2 the log in order', goal: 0.85, unit: 'events/s' },
  { workload: 'R3', what: 'R3 a count as a projection', goal: 0.85, unit: 'events/s' },
];
const wanted = (workload: string): boolean =>
  values.only === undefined || values.only.split(',').some((name) => workload === name);

const say = (line: string): void => console.log(line);
const rounds = Number(values.rounds);
const streams = values.million ? 5 * STREAMS : STREAMS;
const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
const seeded = join(folder, 'seeded.db');

function run(cell: Omit<Cell, 'seeded' | 'measureMs'>, disk: Disk): Measured {
  const args = typescriptArguments(
    new URL('cell.ts', import.meta.url),
    JSON.stringify({ ...cell, seeded, measureMs: Number(values.ms) } satisfies Cell),
  );
  const env = { ...process.env, TMPDIR: disk.folder, ...disk.env };
  return JSON.parse(execFileSync(process.execPath, args, { env, encoding: 'utf8' })) as Measured;
}

/** A store that cannot do the work has no figure: what it said is told. */
function runOther(cell: Omit<Cell, 'seeded' | 'measureMs'>, disk: Disk): Measured {
  try {
    return run(cell, disk);
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr ?? error);
    const reason = said.split('\n').find((line) => /Error: /.test(line)) ?? said;
    say(`${cell.contender} failed at ${cell.workload} (${disk.name}): ${reason}`);
    return {};
  }
}

interface Compared {
  readonly question: Question;
  readonly disk: Disk;
  /** Medians over the rounds. */
  readonly raw: Measured;
  readonly store: Measured;
  /** Median of the ratios of each round. */
  readonly ratio: number;
  /** Processor time of raw by that of the store. */
  readonly cpuRatio: number;
}

function compare(question: Question, disk: Disk): Compared {
  const measured: Record<'raw' | 'store', Measured[]> = { raw: [], store: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of ['raw', 'store'] as const) {
      measured[contender].push(run({ workload: question.workload, contender }, disk));
    }
  }
  const ratioOf = (key: 'rate' | 'cpuUs'): number =>
    median(measured.store.map((each, round) => (each[key] ?? Number.NaN) / (measured.raw[round]?.[key] ?? Number.NaN)));
  const compared: Compared = {
    question,
    disk,
    raw: medianOf(measured.raw),
    store: medianOf(measured.store),
    ratio: ratioOf('rate'),
    cpuRatio: 1 / ratioOf('cpuUs'),
  };
  say(rowOf(compared));
  return compared;
}

const medianOf = (each: readonly Measured[]): Measured =>
  Object.fromEntries(
    Object.keys(each[0] ?? {}).map((key) => [key, median(each.map((one) => one[key as keyof Measured] ?? Number.NaN))]),
  );

const whole = (value = Number.NaN): string => Math.round(value).toLocaleString('en');
const ms = (value = Number.NaN): string => `${value.toFixed(value < 0.1 ? 3 : 2)} ms`;
const ratioText = (value: number): string => (value >= 10 ? value.toFixed(0) : value.toFixed(2));
/** Of what is not made of single steps. */
const NO_LATENCY = ', p50 NaN ms, p99 NaN ms';
const verdict = (met: boolean): string => (met ? 'met' : '**missed**');

function rowOf({ question, disk, raw, store, ratio, cpuRatio }: Compared): string {
  const { what, goal = 0, unit } = question;
  const busy = question.workload === 'W2' ? `, loop ${((store.busy ?? 0) * 100).toFixed(0)} % busy` : '';
  const cells = [
    what,
    disk.name,
    `${whole(raw.rate)} ${unit}`,
    `${whole(store.rate)} ${unit}, p50 ${ms(store.p50Ms)}, p99 ${ms(store.p99Ms)}${busy}`,
    ratioText(ratio),
    ratioText(cpuRatio),
    `${goal}: ${verdict(ratio >= goal)}`,
  ];
  return `| ${cells.join(' | ')} |`.replaceAll(NO_LATENCY, '');
}

const here: Disk = { name: 'this disk', folder: tmpdir(), env: {} };

function disks(): Disk[] {
  const shim = diskShim();
  const memory = existsSync('/dev/shm') ? '/dev/shm' : undefined;
  if (shim === undefined || memory === undefined) {
    say(`Only this disk is measured: ${NO_SHIM}, and a file system in memory`);
    return [here];
  }
  return [
    here,
    { name: 'fsync of 0.04 ms', folder: memory, env: shim({ syncUs: 40 }) },
    { name: 'fsync of 1 ms', folder: memory, env: shim({ syncUs: 1000 }) },
  ];
}

/** The same store, told when to wait for the disk on the main thread: what docs/adr/0013-fsync.md decides on. */
function compareFsync(disk: Disk): string[] {
  const ways = [
    ['on the main thread', 1e6],
    ['on another thread', 0],
    ['by the disk (the default)', undefined],
  ] as const;
  const lines: string[] = [];
  for (const { workload, what } of writes.slice(0, 3)) {
    const measured = ways.map((): { raw: number; store: Measured }[] => []);
    for (let round = 0; round < rounds; round += 1) {
      const raw = run({ workload, contender: 'raw' }, disk).rate ?? Number.NaN;
      ways.forEach(([, onTheSpotMsMax], way) =>
        measured[way]?.push({ raw, store: run({ workload, contender: 'store', onTheSpotMsMax }, disk) }),
      );
    }
    const cells = measured.map((each) => {
      const ratio = median(each.map(({ raw, store }) => (store.rate ?? 0) / raw));
      const busy = median(each.map(({ store }) => store.busy ?? 0));
      return `${ratioText(ratio)} (${(busy * 100).toFixed(0)} %)`;
    });
    lines.push(`| ${what} | ${disk.name} | ${cells.join(' | ')} |`);
    say(lines.at(-1) ?? '');
  }
  return lines;
}

/** The others neither survive 16 writers of one stream nor read a log but by polling: see docs/benchmarks.md. */
const PEER_WORKLOADS: ReadonlySet<Workload> = new Set(['W1', 'W2', 'W3', 'R1']);

const peersOn = (disk: Disk): Contender[] => {
  if (values.peers === undefined) return [];
  // The server of PostgreSQL has its files elsewhere.
  const usesServer = (peer: Contender): boolean => peer.endsWith('postgres');
  return PEERS.filter((peer) => !usesServer(peer) || (disk === here && values.postgres !== undefined));
};

/** The store beside those of others, and our own adapter on a server of EventStoreDB's protocol. */
function compareOthers(question: Question, disk: Disk): string[] {
  const { workload, what, unit, peerGoal } = question;
  const peers = { folder: resolve(values.peers ?? ''), postgres: values.postgres ?? '' };
  const others: Contender[] = [
    ...(PEER_WORKLOADS.has(workload) ? peersOn(disk) : []),
    ...(disk === here ? ['eventstoredb' as const] : []),
  ];
  const measured = others.map((): { other: Measured; store: Measured }[] => []);
  for (let round = 0; round < rounds; round += 1) {
    const store = run({ workload, contender: 'store' }, disk);
    others.forEach((contender, which) =>
      measured[which]?.push({ store, other: runOther({ workload, contender, peers }, disk) }),
    );
  }
  return others.map((contender, which) => {
    const each = measured[which] ?? [];
    const times = median(each.map(({ other, store }) => (store.rate ?? Number.NaN) / (other.rate ?? Number.NaN)));
    const other = medianOf(each.map((one) => one.other));
    const goal =
      peerGoal === undefined || other.rate === undefined || contender === 'eventstoredb'
        ? ''
        : `${peerGoal}: ${verdict(times >= peerGoal)}`;
    const cells = [
      what,
      disk.name,
      contender,
      other.rate === undefined
        ? 'failed'
        : `${whole(other.rate)} ${unit}, p50 ${ms(other.p50Ms)}, p99 ${ms(other.p99Ms)}`,
      `${whole(median(each.map(({ store }) => store.rate ?? Number.NaN)))} ${unit}`,
      other.rate === undefined ? '' : ratioText(times),
      goal,
    ];
    const row = `| ${cells.join(' | ')} |`.replaceAll(NO_LATENCY, '');
    say(row);
    return row;
  });
}

function report(): string[] {
  const lines = [
    `Measured on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}; median of ${rounds} rounds, events of ${Math.round(meanBytes())} bytes as JSON.`,
    '',
    '| What | Disk | By hand | Store | Ratio | Ratio of processor time | Goal |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ];
  const all = disks();
  for (const disk of all) {
    for (const question of writes) if (wanted(question.workload)) lines.push(rowOf(compare(question, disk)));
  }
  for (const question of reads) if (wanted(question.workload)) lines.push(rowOf(compare(question, here)));
  if (wanted('others')) {
    if (values.peers === undefined) say('Stores of others are not measured: --peers names no folder in which they are');
    lines.push(
      '',
      '| What | Disk | Other store | Its figure | Ours | How many times as many | Goal |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      ...all.flatMap((disk) => writes.flatMap((question) => compareOthers(question, disk))),
      ...reads.filter(({ workload }) => workload !== 'R1-cached').flatMap((question) => compareOthers(question, here)),
    );
  }
  lines.push('', '| What | Figure | Goal |', '| --- | --- | --- |');
  const quick = all[1] ?? here;
  for (const [workload, contender, what, goal] of [
    ['L1', 'store', 'L1 from the answer to a subscriber in the process', 0.2],
    ['L1-across', 'store', 'L1 from the answer to a subscriber in another process', 2],
    ['L1', 'eventstoredb', 'L1 by way of a server of EventStoreDB’s protocol (0: before the answer)', undefined],
  ] as const) {
    if (!wanted(workload)) continue;
    const { p50Ms, p99Ms } = medianOf(Array.from({ length: rounds }, () => run({ workload, contender }, quick)));
    const met = goal === undefined ? '' : `p50 ${goal} ms: ${verdict((p50Ms ?? Infinity) <= goal)}`;
    lines.push(`| ${what} | p50 ${ms(p50Ms)}, p99 ${ms(p99Ms)} | ${met} |`);
    say(lines.at(-1) ?? '');
  }
  if (wanted('S1')) {
    const {
      bytesPerEvent = Number.NaN,
      heapEarlyMb,
      heapMb,
      rssMb,
    } = run({ workload: 'S1', contender: 'store' }, here);
    const events = whole(streams * EVENTS_PER_STREAM);
    lines.push(
      `| S1 size of a log of ${events} events | ${whole(bytesPerEvent)} bytes an event | 760: ${verdict(bytesPerEvent <= 760)} |`,
      `| S1 memory of a process that reads it | ${whole(heapEarlyMb)} MB alive after 100,000 events, ${whole(heapMb)} MB at the end; ${whole(rssMb)} MB with garbage and all | flat |`,
    );
    say(lines.slice(-2).join('\n'));
  }
  if (wanted('fsync') && all.length > 1) {
    lines.push(
      '',
      'Where the store waits for the disk: events a second as a ratio to raw, and how busy the event loop was.',
      '',
      '| What | Disk | On the main thread | On another thread | By the disk (the default) |',
      '| --- | --- | --- | --- | --- |',
      ...all.slice(1).flatMap((disk) => compareFsync(disk)),
    );
  }
  return lines;
}

const BEGIN = '<!-- store figures: begin (npm run bench -- store) -->';
const END = '<!-- store figures: end -->';

try {
  await seedLog(seeded, streams);
  const lines = report();
  if (values.write) {
    const file = new URL('../../../docs/benchmarks.md', import.meta.url);
    const page = readFileSync(file, 'utf8');
    const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
    if (begin === -1 || end === -1) throw new Error('docs/benchmarks.md lacks its markers');
    writeFileSync(file, `${page.slice(0, begin + BEGIN.length)}\n\n${lines.join('\n')}\n\n${page.slice(end)}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
