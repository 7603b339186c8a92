import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openEventStore } from '#libs/event-store';
import { openViews, ProjectionRunner, projections } from '#libs/read-models';

/** Builds the views of a log from nothing, and tells its parent how long that took. */
const folder = process.argv[2] ?? '';
const file = join(folder, 'views.db');
for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });

const store = await openEventStore({ store: 'sqlite', file: join(folder, 'log.db'), readOnly: true });
const views = openViews(file, projections);
const runner = new ProjectionRunner(store, views, projections, (error) => {
  throw error;
});
const head = await store.head();
const startedMs = performance.now();
const before = process.cpuUsage();
await runner.start();
if (head !== undefined) await runner.reach(head, 600_000);
const seconds = (performance.now() - startedMs) / 1000;
const { user, system } = process.cpuUsage(before);
const { eventsProjected } = runner.lag();
await runner.stop();
views.close();
await store.close();
process.send?.({ events: eventsProjected, seconds, processorSeconds: (user + system) / 1e6 });
process.disconnect?.();
