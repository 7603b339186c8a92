import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogPage, ReadAllOptions, SubscribeOptions } from '../port.js';
import type { Wakeup } from './wakeup.js';

const BATCH_MAX = 512;

/** Hands over history, then each new batch, until the signal aborts. Reads by position, so there is no seam to miss. */
export async function followLog(
  readPage: (options: ReadAllOptions) => Promise<LogPage>,
  wakeup: Wakeup,
  { after, filter, batchMax = BATCH_MAX, signal, onBatch }: SubscribeOptions,
): Promise<void> {
  let position = after;
  let caughtUp = false;
  while (!signal.aborted) {
    const { version } = wakeup;
    const page = await readPage({ after: position, max: batchMax, filter });
    const moved = page.position !== position;
    if (moved || (page.atHead && !caughtUp)) {
      position = page.position;
      caughtUp = page.atHead;
      await onBatch({ events: page.events, position, caughtUp });
    }
    if (page.atHead) await wakeup.changedSince(version, signal);
    // A long history must let the rest of the process have its turns.
    else await nextTurn();
  }
}
