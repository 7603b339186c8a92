import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seeded, type Random } from '../support/random.js';
import { spawnTypescript } from '../support/typescript-child.js';
import type { AppenderOptions } from './appender.js';
import { checkLog, noteAcknowledged, type Acknowledged } from './check-log.js';

export interface KillOptions {
  readonly cycles: number;
  readonly seed: number;
  /** Told of each cycle, for a run that takes long. */
  readonly onCycle?: (done: number) => void;
}

export interface Killed {
  readonly cycles: number;
  readonly acknowledged: number;
  readonly stored: number;
}

/** A new log after that many kills: a log of many kills is longer to read than it is to kill. */
const KILLS_PER_LOG = 10;
/** Logs killed side by side: while one child starts, another one works. */
const LANES = 2;
const CHILD_LIFE_MS_MAX = 20_000;

/**
 * H1. Kills a process that appends, at random moments: while it opens, works, makes a checkpoint or closes. Whatever it
 * acknowledged must be in the log, once and in its place, and the log must be whole.
 * @throws with the seed and the cycle, which repeat the choices (not the moments: those are the machine's).
 */
export async function killLoop({ cycles, seed, onCycle }: KillOptions): Promise<Killed> {
  const total = { cycles: 0, acknowledged: 0, stored: 0 };
  let log = 0;
  const lane = async (): Promise<void> => {
    for (;;) {
      const first = log * KILLS_PER_LOG;
      if (first >= cycles) return;
      log += 1;
      await killOneLog(seed + first, Math.min(KILLS_PER_LOG, cycles - first), (acknowledged) => {
        total.cycles += 1;
        total.acknowledged += acknowledged;
        onCycle?.(total.cycles);
      }).then((stored) => (total.stored += stored));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return total;
}

/** @returns how many events the log has in the end. */
async function killOneLog(seed: number, kills: number, onKilled: (acknowledged: number) => void): Promise<number> {
  const random = seeded(seed);
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-kill-'));
  const file = join(directory, 'log.db');
  const acknowledged: Acknowledged = new Map();
  let stored = 0;
  try {
    for (let kill = 1; kill <= kills; kill += 1) {
      const lines = await appendUntilKilled(file, seed + kill - 1, random);
      onKilled(noteAcknowledged(acknowledged, lines));
      // Now and then the next child finds the log as the last one left it.
      if (kill === kills || random.chance(0.6)) stored = await checkLog(file, acknowledged);
    }
    rmSync(directory, { recursive: true });
    return stored;
  } catch (cause) {
    throw new Error(`Seed ${seed}: ${(cause as Error).message}; the log is kept in ${directory}`, { cause });
  }
}

async function appendUntilKilled(file: string, seed: number, random: Random): Promise<string[]> {
  const options: AppenderOptions = {
    file,
    seed,
    streams: 12,
    inFlight: 64,
    eventBytesMax: 60_000,
    checkpointPages: 400,
    ...(random.chance(0.5) ? { onTheSpotMsMax: 0 } : {}),
  };
  const child = spawnTypescript(new URL('appender.ts', import.meta.url), [JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  const isOpen = new Promise<void>((resolve) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (out.includes('open\n')) resolve();
    });
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
  const closed = once(child, 'close');
  const timer = setTimeout(() => child.kill('SIGKILL'), CHILD_LIFE_MS_MAX);
  const way = random.next();
  if (way < 0.1) {
    // While it starts, opens or replays.
    await Promise.race([sleep(random.between(60, 200)), closed]);
  } else {
    await Promise.race([isOpen, closed]);
    await sleep(random.next() * 40);
    if (way > 0.85) {
      // While it closes.
      child.kill('SIGTERM');
      await sleep(random.next() * 8);
    }
  }
  child.kill('SIGKILL');
  await closed;
  clearTimeout(timer);
  if (err !== '') throw new Error(`the appender failed: ${err}`);
  return out.split('\n').slice(0, -1);
}
