/** Another process that follows the log: tells when it saw which event, until its input ends. */
import { SqliteEventStore } from '../../../libs/event-store/src/sqlite/sqlite-event-store.js';

const stop = new AbortController();
process.stdin.on('end', () => stop.abort()).resume();
const store = SqliteEventStore.open({ file: process.argv[2] ?? '', readOnly: true });
const out: string[] = [];
await store.subscribe({
  signal: stop.signal,
  onBatch: ({ events, caughtUp }) => {
    const at = Number(process.hrtime.bigint()) / 1e6;
    for (const { id } of events) out.push(`${id} ${at}\n`);
    if (events.length === 0 && caughtUp) process.stdout.write('ready\n');
  },
});
process.stdout.write(out.join(''));
await store.close();
