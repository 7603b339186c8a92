import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface DiskFault {
  readonly call: 'sync' | 'write';
  /** How the name of the file ends. */
  readonly file: string;
  /** 1 is the first such call of the process. */
  readonly nth: number;
  readonly error: 'EIO' | 'ENOSPC';
}

export interface DiskSettings {
  readonly syncUs?: number;
  readonly fault?: DiskFault;
  /** File that gets a line for each sync: `sync done|failed <path>`. */
  readonly log?: string;
}

export type DiskShim = (settings: DiskSettings) => Record<string, string>;

let compiled: DiskShim | undefined | null = null;

/**
 * A slow or faulty disk for child processes, where a C compiler is at hand.
 * @returns the environment that gives it to a child; undefined when it cannot be made here.
 */
export function diskShim(): DiskShim | undefined {
  if (compiled === null) compiled = compile();
  return compiled;
}

export const NO_SHIM = 'a faulty disk needs Linux and a C compiler';

function compile(): DiskShim | undefined {
  if (process.platform !== 'linux') return undefined;
  const library = join(mkdtempSync(join(tmpdir(), 'tocsin-shim-')), 'disk.so');
  const source = fileURLToPath(new URL('disk-shim.c', import.meta.url));
  const { status } = spawnSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl'], { stdio: 'ignore' });
  if (status !== 0) return undefined;
  return ({ syncUs, fault, log }) => ({
    LD_PRELOAD: library,
    ...(syncUs === undefined ? {} : { DISK_SYNC_US: String(syncUs) }),
    ...(log === undefined ? {} : { DISK_LOG: log }),
    ...(fault === undefined
      ? {}
      : { DISK_FAIL: `${fault.call}:${fault.file}:${fault.nth}:${constants.errno[fault.error]}` }),
  });
}
