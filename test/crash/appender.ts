/**
 * The process that dies: appends hash-chained events to several streams, many in flight and several per stream, and
 * acknowledges each append on standard output once the store did. What it says there must be in the log for ever.
 */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { NO_STREAM, type JsonObject, type NewEvent } from '../../libs/event-store/src/port.js';
import { eventHash } from '#libs/proof';
import { SqliteEventStore } from '../../libs/event-store/src/sqlite/sqlite-event-store.js';
import { seeded, type Random } from '../support/random.js';
import { mutants, type Mutant } from './mutants.js';

export interface AppenderOptions {
  readonly file: string;
  readonly seed: number;
  readonly streams: number;
  /** Appends under way at once. */
  readonly inFlight: number;
  /** After that many acknowledged appends the log is closed and opened again, or the process ends. Absent: never. */
  readonly appendsPerSession?: number;
  readonly sessions?: number;
  /** Bytes of the longest event. */
  readonly eventBytesMax: number;
  /** What is left out of the store, to see that the proof notices. */
  readonly mutant?: Mutant;
  /** Small, so that a short run makes many checkpoints. */
  readonly checkpointPages?: number;
  /** 0: the fsync is never waited for on the main thread; a large number: always. */
  readonly onTheSpotMsMax?: number;
}

interface Head {
  readonly stream: string;
  revision: number;
  hash: string | undefined;
}

/** Standard output, one line each; the parent reads them and nothing else. */
const say = (line: string): void => void writeSync(1, `${line}\n`);

async function appendFor(options: AppenderOptions): Promise<void> {
  const random = seeded(options.seed);
  for (let session = 0; session < (options.sessions ?? 1); session += 1) {
    const { file, checkpointPages, onTheSpotMsMax } = options;
    const store = SqliteEventStore.open({ file, checkpointPages, onTheSpotMsMax });
    const heads: Head[] = [];
    for (let n = 0; n < options.streams; n += 1) heads.push(await headOf(store, `incident-${n}`));
    // What a subscriber was told is as good as acknowledged.
    const { signal } = new AbortController();
    const after = await store.head();
    const following = store.subscribe({
      after,
      signal,
      onBatch: ({ events }) => {
        for (const { stream, revision, id } of events) say(`ack ${stream} ${revision} ${id}`);
      },
    });
    say('open');
    let left = options.appendsPerSession ?? Number.POSITIVE_INFINITY;
    const stopping = new AbortController();
    process.once('SIGTERM', () => stopping.abort());
    const writer = async (): Promise<void> => {
      while (left > 0 && !stopping.signal.aborted) {
        left -= 1;
        await appendOne(store, heads[random.between(0, heads.length)] as Head, random, options);
        if (random.chance(0.02)) await sleep(0);
      }
    };
    await Promise.all(Array.from({ length: options.inFlight }, writer));
    await store.close();
    await following;
    say('closed');
    if (stopping.signal.aborted) return;
  }
}

async function appendOne(store: SqliteEventStore, head: Head, random: Random, options: AppenderOptions): Promise<void> {
  const expected = head.revision;
  const events: NewEvent[] = [];
  for (let n = random.between(1, 4); n > 0; n -= 1) {
    const large = random.chance(0.03);
    const bytes = large ? random.between(1, options.eventBytesMax) : random.between(1, 600);
    const meta: JsonObject = head.hash === undefined ? {} : { prevHash: head.hash };
    const event = { id: randomUUID(), type: 'Noted', data: { text: 'x'.repeat(bytes) }, meta };
    head.revision += 1;
    head.hash = eventHash({ ...event, stream: head.stream, revision: head.revision });
    events.push(event);
  }
  const { revision } = await store.append(head.stream, expected, events);
  say(`ack ${head.stream} ${revision} ${events.map(({ id }) => id).join(' ')}`);
}

async function headOf(store: SqliteEventStore, stream: string): Promise<Head> {
  const [last] = await store.readStream(stream, { direction: 'backward', max: 1 });
  if (last === undefined) return { stream, revision: NO_STREAM, hash: undefined };
  return { stream, revision: last.revision, hash: eventHash(last) };
}

const options = JSON.parse(process.argv[2] ?? '{}') as AppenderOptions;
if (options.mutant !== undefined) mutants[options.mutant]();
await appendFor(options);
