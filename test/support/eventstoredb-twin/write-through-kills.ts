/**
 * Writes through the adapter while its server is killed: `write-through-kills.ts <connection string> <ms>`.
 * Prints what was acknowledged. An unhandled rejection or error ends it with another code than 0, as it would a server.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Conflict, openEventStore } from '#libs/event-store';

const WRITERS = 16;
const [connectionString = '', ms = '1000'] = process.argv.slice(2);
const store = await openEventStore({ store: 'eventstoredb', connectionString });
const acknowledged: { stream: string; revision: number; id: string }[] = [];
const errors: Record<string, number> = {};
const events: string[] = [];
let longestGapMs = 0;
let lastAt = performance.now();

const controller = new AbortController();
const following = store.subscribe({
  signal: controller.signal,
  onBatch: (batch) => void events.push(...batch.events.map(({ id }) => id)),
});
const end = performance.now() + Number(ms);

const write = async (writer: number): Promise<void> => {
  const stream = `kills-${process.pid}-${writer}`;
  let expected = -1;
  while (performance.now() < end) {
    const id = crypto.randomUUID();
    const event = { id, type: 'Noted', data: { text: 'x'.repeat(400) }, meta: {} };
    try {
      const { revision } = await store.append(stream, expected, [event]);
      acknowledged.push({ stream, revision, id });
      longestGapMs = Math.max(longestGapMs, performance.now() - lastAt);
      lastAt = performance.now();
      expected = revision;
    } catch (error) {
      const { name } = error as Error;
      errors[name] = (errors[name] ?? 0) + 1;
      // One writer to a stream: a conflict means that an append whose outcome was unknown is there.
      if (error instanceof Conflict) expected = error.actual;
      await delay(20);
    }
  }
};
process.stdout.write('ready\n');
await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));

const missing = (): number => acknowledged.filter(({ id }) => !seen.has(id)).length;
let seen = new Set(events);
for (let tries = 0; missing() > 0 && tries < 300; tries += 1) {
  await delay(100);
  seen = new Set(events);
}
controller.abort();
await following;
const lost: string[] = [];
for (const { stream, revision, id } of acknowledged) {
  const [stored] = await store.readStream(stream, { from: revision, max: 1 });
  if (stored?.id !== id) lost.push(id);
}
await store.close();
const result = {
  acknowledged: acknowledged.length,
  lost: lost.length,
  doubled: events.length - seen.size,
  unseen: missing(),
  errors,
  longestGapMs: Math.round(longestGapMs),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
