/** The process whose disk fails: appends one after the other, goes on after a failure, and tells what it got. */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { NO_STREAM, OutcomeUnknown } from '../../libs/event-store/src/port.js';
import { SqliteEventStore } from '../../libs/event-store/src/sqlite/sqlite-event-store.js';

export interface FailingOptions {
  readonly file: string;
  readonly appends: number;
  readonly checkpointPages?: number;
  readonly onTheSpotMsMax?: number;
}

const { appends, ...storeOptions } = JSON.parse(process.argv[2] ?? '{}') as FailingOptions;
const say = (line: string): void => void writeSync(1, `${line}\n`);

const store = SqliteEventStore.open(storeOptions);
let revision = NO_STREAM;
for (let n = 0; n < appends; n += 1) {
  const id = randomUUID();
  try {
    const event = { id, type: 'Noted', data: { text: 'x'.repeat(500) }, meta: {} };
    ({ revision } = await store.append('incident-1', revision, [event]));
    say(`ack incident-1 ${revision} ${id}`);
  } catch (error) {
    say(`${error instanceof OutcomeUnknown ? 'unknown' : (error as Error).name} ${(error as Error).message}`);
  }
}
say(`read ${(await store.readStream('incident-1')).length}`);
say(`halted ${store.halted ?? 'no'}`);
await store.close();
