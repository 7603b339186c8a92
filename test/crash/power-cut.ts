import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seeded, type Random } from '../support/random.js';
import { checkLog, noteAcknowledged, type Acknowledged } from './check-log.js';
import type { Mutant } from './mutants.js';
import { recordAppender } from './record-disk.js';
import { FATES, RecordedDisk, type DiskEvent, type Fate } from './recorded-disk.js';

export interface PowerCutOptions {
  /** Disks after a power cut to look at. */
  readonly states: number;
  readonly seed: number;
  readonly mutant?: Mutant;
  readonly onState?: (done: number) => void;
}

export interface PowerCuts {
  readonly states: number;
  readonly acknowledged: number;
  /** One sentence for each state in which something acknowledged was lost or the log was not whole. */
  readonly failures: readonly string[];
}

const STATES_PER_RECORDING = 200;
/** However slow the recorder makes it. */
const ON_THE_SPOT = 1e6;

/**
 * H2. Records what the store asks of the disk and what it acknowledges meanwhile, then cuts the power after random
 * events, an acknowledgement half of the time. What was not fsynced is lost, kept in part or torn; the log is opened as
 * the next start would, and must hold all that was acknowledged by then.
 */
export async function powerCuts({ states, seed, mutant, onState }: PowerCutOptions): Promise<PowerCuts> {
  const total = { states: 0, acknowledged: 0, failures: [] as string[] };
  for (let recording = 0; total.states < states; recording += 1) {
    const random = seeded(seed + recording);
    const events = recordAppender({
      seed: seed + recording,
      streams: 4,
      inFlight: random.between(1, 12),
      appendsPerSession: 60,
      sessions: 2,
      eventBytesMax: 9000,
      checkpointPages: [8, 40, 4000][random.between(0, 3)] ?? 40,
      onTheSpotMsMax: recording % 2 === 0 ? 0 : ON_THE_SPOT,
      mutant,
    });
    await cutOne(events, Math.min(STATES_PER_RECORDING, states - total.states), random, (failure, acknowledged) => {
      total.states += 1;
      total.acknowledged += acknowledged;
      if (failure !== undefined) total.failures.push(`seed ${seed + recording}, ${failure}`);
      onState?.(total.states);
    });
  }
  return total;
}

async function cutOne(
  events: readonly DiskEvent[],
  states: number,
  random: Random,
  onState: (failure: string | undefined, acknowledged: number) => void,
): Promise<void> {
  const said = [...events.keys()].filter((index) => events[index]?.kind === 'said');
  const cuts = Array.from({ length: states }, (_, n) => ({
    after: n % 2 === 0 ? (said[random.between(0, said.length)] ?? 0) : random.between(0, events.length),
    fate: FATES[random.between(0, FATES.length)] as Fate,
  })).sort((left, right) => left.after - right.after);
  const disk = new RecordedDisk();
  const acknowledged: Acknowledged = new Map();
  let next = 0;
  for (const [index, event] of events.entries()) {
    disk.apply(event);
    if (event.kind === 'said') noteAcknowledged(acknowledged, event.lines);
    for (; cuts[next]?.after === index; next += 1) {
      const { fate } = cuts[next] as (typeof cuts)[number];
      const failure = await failureOf(disk.afterPowerCut(fate, random), acknowledged);
      onState(failure && `cut after event ${index}, unsynced writes: ${fate}: ${failure}`, acknowledged.size);
    }
  }
}

/** In memory where possible: it is the recorded disk that counts, not this one. */
const shelf = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

async function failureOf(files: ReadonlyMap<string, Buffer>, acknowledged: Acknowledged): Promise<string | undefined> {
  const folder = mkdtempSync(join(shelf, 'tocsin-cut-'));
  try {
    for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
    await checkLog(join(folder, 'log.db'), acknowledged);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
