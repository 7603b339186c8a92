import { readFileSync, writeFileSync } from 'node:fs';
import type { Rate } from './client.js';
import type { machine } from './machine.js';

export interface Figures {
  readonly machine: ReturnType<typeof machine>;
  readonly load: { readonly commands: Rate; readonly noops: Rate; readonly ratio: number };
  readonly single: Rate;
  /** By question: now, asOfRevision, asOfTime, occurred. */
  readonly reads: Readonly<Record<string, Rate>>;
  readonly rebuild: {
    readonly events: number;
    readonly bytesPerEvent: number;
    readonly perSecond: number;
    readonly processorUs: number;
  };
}

const BEGIN = '<!-- figures: begin (npm run bench) -->';
const END = '<!-- figures: end -->';

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const ms = (value: number | undefined): string => `${(value ?? Number.NaN).toFixed(2)} ms`;
const verdict = (met: boolean): string => (met ? 'met' : '**missed**');

/** Puts the figures between the markers of the page; the words around them are written by hand. */
export const writeReport = (file: string, { machine, load, single, reads, rebuild }: Figures): void => {
  const { now, asOfRevision, asOfTime, occurred } = reads;
  const slowest = Math.max(...Object.values(reads).map(({ p50Ms }) => p50Ms));
  const lines = [
    `Measured on ${new Date().toISOString().slice(0, 10)}: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}, ${machine.disk}.`,
    `Load average when it started: ${machine.loadBefore.toFixed(1)}.${machine.loadBefore > machine.cores / 2 ? ' **The machine was busy with other work**: trust the ratio and the processor times, not the rates.' : ''}`,
    `A write of 4 KiB with fdatasync takes ${ms(machine.flushP50Ms)} here (p99 ${ms(machine.flushP99Ms)}).`,
    'Every command is on disk (fsync) before it is answered.',
    '',
    '| What | Figure | Goal | |',
    '| --- | --- | --- | --- |',
    `| Commands, 64 in flight on 1,000 incidents | ${whole(load.commands.perSecond)} /s, p50 ${ms(load.commands.p50Ms)}, p99 ${ms(load.commands.p99Ms)} | | |`,
    `| The same requests, read and checked but not decided | ${whole(load.noops.perSecond)} /s, p50 ${ms(load.noops.p50Ms)}, p99 ${ms(load.noops.p99Ms)} | | |`,
    `| Ratio of the two | ${load.ratio.toFixed(2)} | at least 0.50 | ${verdict(load.ratio >= 0.5)} |`,
    `| Processor time of the server for one of each | ${whole(load.commands.processorUs ?? Number.NaN)} us and ${whole(load.noops.processorUs ?? Number.NaN)} us | | |`,
    `| Commands, one client | ${whole(single.perSecond)} /s, p50 ${ms(single.p50Ms)}, p99 ${ms(single.p99Ms)} | | |`,
    `| Status view of 500 events, now | p50 ${ms(now?.p50Ms)}, p99 ${ms(now?.p99Ms)} | | |`,
    `| … as of a revision | p50 ${ms(asOfRevision?.p50Ms)}, p99 ${ms(asOfRevision?.p99Ms)} | | |`,
    `| … as of a time | p50 ${ms(asOfTime?.p50Ms)}, p99 ${ms(asOfTime?.p99Ms)} | | |`,
    `| … as of a time, on the axis of what had happened | p50 ${ms(occurred?.p50Ms)}, p99 ${ms(occurred?.p99Ms)} | slowest p50 under 5 ms | ${verdict(slowest < 5)} |`,
    `| Views rebuilt from ${whole(rebuild.events)} events (${whole(rebuild.bytesPerEvent)} bytes each) | ${whole(rebuild.perSecond)} events/s, ${rebuild.processorUs.toFixed(1)} us of processor an event | at least 100,000 | ${verdict(rebuild.perSecond >= 100_000)} |`,
  ];
  putBetween(file, BEGIN, END, lines);
};

/** The figures of `npm run bench -- <name>`. */
export const putFigures = (file: string, name: string, lines: readonly string[]): void =>
  putBetween(
    file,
    `<!-- ${name} figures: begin (npm run bench -- ${name}) -->`,
    `<!-- ${name} figures: end -->`,
    lines,
  );

const putBetween = (file: string, begin: string, end: string, lines: readonly string[]): void => {
  const page = readFileSync(file, 'utf8');
  const [before, after] = [page.indexOf(begin), page.indexOf(end)];
  if (before === -1 || after === -1) throw new Error(`${file} lacks its markers`);
  writeFileSync(file, `${page.slice(0, before + begin.length)}\n\n${lines.join('\n')}\n\n${page.slice(after)}`);
};
