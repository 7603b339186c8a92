import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { quantile } from './client.js';

/** What the figures depend on. The cost of a flush is measured where the log lies. */
export const machine = (folder: string) => {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    /** What else ran: above the number of cores, rates and waits say more of the neighbours than of Tocsin. */
    loadBefore: loadavg()[0] ?? 0,
    node: process.version,
    disk: fileSystemOf(folder),
    ...flushCost(folder),
  };
};

const flushCost = (folder: string): { readonly flushP50Ms: number; readonly flushP99Ms: number } => {
  const file = join(folder, 'flush');
  const handle = openSync(file, 'w');
  const block = Buffer.alloc(4096, 1);
  const times: number[] = [];
  for (let index = 0; index < 500; index += 1) {
    const startedMs = performance.now();
    writeSync(handle, block);
    fdatasyncSync(handle);
    times.push(performance.now() - startedMs);
  }
  closeSync(handle);
  rmSync(file);
  return { flushP50Ms: quantile(times, 0.5), flushP99Ms: quantile(times, 0.99) };
};

const fileSystemOf = (folder: string): string => {
  try {
    const mounts = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([, path]) => path !== undefined && folder.startsWith(path))
      .toSorted(([, left = ''], [, right = '']) => right.length - left.length);
    const [device, , kind] = mounts[0] ?? [];
    return `${kind} on ${device}`;
  } catch {
    return 'unknown';
  }
};
