/**
 * The process that dies: it records events and delivers them, on a data folder and on a clock that runs an hour in a
 * blink. It says on standard output, a JSON line at a time, how far it is; what it did is in the log and at the receivers.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  AnswerLog,
  Clock,
  ExecuteCommand,
  ExecuteCommandHandler,
  FixedCatalogue,
  INCIDENT_STREAM_PREFIX,
  Incidents,
  RandomIds,
} from '#libs/application';
import {
  Couriers,
  DeliveryBook,
  Feed,
  guardedPost,
  IncidentFacts,
  LiveTail,
  POST_LIMITS,
  Subscriptions,
  TargetPolicy,
} from '#libs/subscriptions';
import { SqliteEventStore } from '../../libs/event-store/src/sqlite/sqlite-event-store.js';
import { SecretFile } from '../../libs/subscriptions/src/webhooks/secret-file.js';

export interface DeliveryWorkerOptions {
  readonly folder: string;
  readonly urls: readonly string[];
  /** Events that there are to be in the end, of all incidents together. */
  readonly events: number;
  readonly incidents: number;
  readonly startMs: number;
  readonly speed: number;
  /** How long it waits for an answer. */
  readonly postMs: number;
}

/** What it says of itself. */
export interface DeliveryWorkerReport {
  readonly written: number;
  /** By address: incidents that have something left to deliver, and whether the whole log was looked through. */
  readonly left: Readonly<Record<string, { readonly incidents: number; readonly behind: boolean }>>;
}

const options = JSON.parse(process.argv[2] ?? '{}') as DeliveryWorkerOptions;
const began = performance.now();
const clock = new (class extends Clock {
  override nowMs(): number {
    return Math.floor(options.startMs + (performance.now() - began) * options.speed);
  }
})();
const fail = (error: unknown): void => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
};
const actor = { id: 'trial', name: 'Trial' };
const ids = new RandomIds();
const store = SqliteEventStore.open({ file: join(options.folder, 'log.db') });
const incidents = new Incidents(store);
const answers = new AnswerLog(store, ids);
const handler = new ExecuteCommandHandler(store, incidents, answers, new FixedCatalogue(), clock, ids);
const feed = new Feed(store, new IncidentFacts(store, incidents));
const tail = new LiveTail(feed, fail);
const secrets = new SecretFile(join(options.folder, 'webhook-keys.json'));
const subscriptions = new Subscriptions(feed, secrets, clock, ids, fail);
const book = new DeliveryBook(join(options.folder, 'deliveries.db'));
const limits = { ...POST_LIMITS, totalMs: options.postMs };
const post = guardedPost(new TargetPolicy(['127.0.0.0/8']), { limits });
const couriers = new Couriers({ feed, subscriptions, book, post, clock, chance: Math.random, onFailure: fail }, tail);
await tail.start();
await subscriptions.start();
couriers.start();
// The clock of this process fires no timer: it is looked at all the time.
setInterval(() => couriers.wake(), 5);

const subscribed = new Set(subscriptions.list().map(({ settings }) => settings.url));
for (const url of options.urls.filter((each) => !subscribed.has(each))) {
  const settings = { name: url, url, payload: 'full' as const, exercise: 'exclude' as const };
  await subscriptions.create({ ...settings, from: 'start' }, actor);
}

const known: string[] = [];
let written = 0;
let after: string | undefined;
for (;;) {
  const page = await store.readAll({
    ...(after ? { after } : {}),
    filter: { streamPrefixes: [INCIDENT_STREAM_PREFIX] },
  });
  written += page.events.length;
  for (const { stream, revision } of page.events)
    if (revision === 0) known.push(stream.slice(INCIDENT_STREAM_PREFIX.length));
  if (page.atHead) break;
  after = page.position;
}

const report = async (): Promise<void> => {
  const head = await store.head();
  const left = Object.fromEntries(
    subscriptions.list().map((each) => {
      // Somebody looks at the page now and then, and resumes what is held.
      if (each.status === 'held' || book.waiting(each.id).held > 0)
        void subscriptions.resume(each.id, actor).catch(fail);
      const [main] = book.tracks(each.id);
      const behind = main === undefined || head === undefined || store.comparePositions(main.cursor, lastEvent) < 0;
      return [each.settings.url, { incidents: book.waiting(each.id).incidents, behind }];
    }),
  );
  const told: DeliveryWorkerReport = { written, left };
  writeSync(1, `${JSON.stringify(told)}\n`);
};
let lastEvent = (await store.head()) ?? 'p1';
setInterval(() => void report().catch(fail), 100);

while (written < options.events) {
  if (known.length < options.incidents) {
    const data = { title: `Incident ${known.length}` };
    const declared = await handler.execute(new ExecuteCommand(undefined, { type: 'DeclareIncident', actor, data }));
    known.push(declared.incidentId);
    written += declared.events.length;
    lastEvent = declared.position;
    continue;
  }
  const incidentId = known[written % known.length] ?? '';
  const data = { kind: 'fact' as const, text: String(Date.now()) };
  const answer = await handler.execute(
    new ExecuteCommand(incidentId, { type: 'RecordLogbookEntry', actor, data } as never),
  );
  written += answer.events.length;
  lastEvent = answer.position;
}
