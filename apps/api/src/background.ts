import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Config } from './config.js';

/** How the background parts of a process run. */
export interface Background {
  /** Runs the clocks and whatever else works by itself. */
  readonly runs: boolean;
  /** Name of this process among several that could; absent when it is the only one. */
  readonly leasedBy?: string;
}

/** On one machine the server does everything; on a cluster workers do what works by itself, one of them each duty. */
export const backgroundOfServer = ({ store }: Config): Background => ({ runs: store.kind === 'sqlite' });

export const backgroundOfWorker = (): Background => ({
  runs: true,
  leasedBy: `${hostname()}/${process.pid}/${randomUUID()}`,
});
