import Database from 'better-sqlite3';
import { READ_EVENTS_MAX, type EventStore, type Position, type StoredEvent } from '#libs/event-store';
import { eventHash } from '#libs/proof';
import { SqliteEventStore } from '../../libs/event-store/src/sqlite/sqlite-event-store.js';

/** What the dead process said that it had stored: by event id, where. */
export type Acknowledged = Map<string, { readonly stream: string; readonly revision: number }>;

/** The log is not what it promised to be. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

/** Takes in the lines of the appender. @returns how many appends they acknowledge. */
export function noteAcknowledged(acknowledged: Acknowledged, lines: readonly string[]): number {
  let count = 0;
  for (const line of lines) {
    const [word, stream = '', last, ...ids] = line.split(' ');
    if (word !== 'ack') continue;
    count += 1;
    ids.forEach((id, index) => acknowledged.set(id, { stream, revision: Number(last) - ids.length + 1 + index }));
  }
  return count;
}

/**
 * Opens the log as the next start of the product would, and holds all of it against what was acknowledged.
 * @returns how many events are stored. @throws {Broken} or whatever the store refuses with.
 */
export async function checkLog(file: string, acknowledged: Acknowledged): Promise<number> {
  const store = SqliteEventStore.open({ file });
  let events: StoredEvent[];
  try {
    events = await readWhole(store);
  } finally {
    await store.close();
  }
  checkOrder(events);
  checkChains(events);
  const stored = new Map(events.map((event) => [event.id, event]));
  if (stored.size !== events.length) throw new Broken(`${events.length - stored.size} events are stored twice`);
  for (const [id, { stream, revision }] of acknowledged) {
    const event = stored.get(id);
    if (event === undefined) throw new Broken(`acknowledged but lost: ${stream} revision ${revision}`);
    if (event.stream !== stream || event.revision !== revision) {
      throw new Broken(`acknowledged at ${stream} ${revision}, found at ${event.stream} ${event.revision}`);
    }
  }
  checkIntegrity(file);
  return events.length;
}

export async function readWhole(store: EventStore): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  let after: Position | undefined;
  for (;;) {
    const page = await store.readAll({ after, max: READ_EVENTS_MAX });
    events.push(...page.events);
    after = page.position;
    if (page.atHead) return events;
  }
}

/** Positions and revisions without a gap, from the first on. */
export function checkOrder(events: readonly StoredEvent[]): void {
  const revisions = new Map<string, number>();
  events.forEach(({ position, stream, revision }, index) => {
    if (position !== `p${index + 1}`) throw new Broken(`event ${index + 1} of the log is at ${position}`);
    const next = (revisions.get(stream) ?? -1) + 1;
    if (revision !== next) throw new Broken(`${stream}: revision ${revision} where ${next} belongs`);
    revisions.set(stream, revision);
  });
}

/** Each event carries the hash of the one before it. @returns the hash of the last event of each stream. */
export function checkChains(events: readonly StoredEvent[]): Map<string, string> {
  const heads = new Map<string, string>();
  for (const event of events) {
    if (event.meta['prevHash'] !== heads.get(event.stream)) {
      throw new Broken(`${event.stream}: the chain breaks before revision ${event.revision}`);
    }
    heads.set(event.stream, eventHash(event));
  }
  return heads;
}

function checkIntegrity(file: string): void {
  const db = new Database(file, { readonly: true });
  try {
    const answer = db.pragma('integrity_check', { simple: true });
    if (answer !== 'ok') throw new Broken(`integrity_check: ${String(answer)}`);
  } finally {
    db.close();
  }
}
