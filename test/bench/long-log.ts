import { CommandBus } from '@nestjs/cqrs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { instantMs, readCommandBody, readDeclarationBody, type Actor } from '#libs/domain';
import { ExecuteCommand, type AnyCommand } from '#libs/application';
import { NO_STREAM, openEventStore, READ_EVENTS_MAX, type NewEvent, type StoredEvent } from '#libs/event-store';
import { readConfig } from '../../apps/api/src/config.js';
import { createApp } from '../../apps/api/src/create-app.js';
import { commandAt, declaration } from './incidents.js';

const EVENTS_PER_INCIDENT = 200;
const OPEN_AT_ONCE = 64;
const EVENTS_PER_APPEND = 10;

/** One incident as the engine records it, from its declaration to 200 events; the others are copies under new ids. */
const sample = async (folder: string): Promise<readonly StoredEvent[]> => {
  const app = await createApp(readConfig({ TOCSIN_DATA: join(folder, 'sample'), TOCSIN_LOG_LEVEL: 'error' }));
  await app.init();
  const bus = app.get(CommandBus);
  const startMs = instantMs('2026-01-05T08:00:00+01:00');
  const actor: Actor = { id: 'bench', name: 'Banc d’essai', role: 'scribe' };
  const run = async (incidentId: string | undefined, type: string, body: object, index: number) => {
    const at = new Date(startMs + index * 60_000).toISOString();
    const read = type === 'DeclareIncident' ? readDeclarationBody(body, at) : readCommandBody(type as never, body, at);
    if (read.errors) throw new Error(JSON.stringify(read.errors));
    const command = { ...read.value, type, actor } as AnyCommand;
    return bus.execute(new ExecuteCommand(incidentId, command, { nowMs: instantMs(at) }));
  };
  let { incidentId, revision } = await run(undefined, 'DeclareIncident', declaration(1), 0);
  for (let index = 0; revision < EVENTS_PER_INCIDENT - 1; index += 1) {
    const [type, body] = commandAt(index);
    ({ revision } = await run(incidentId, type, body, index + 1));
  }
  await app.close();
  const store = await openEventStore({ store: 'sqlite', file: join(folder, 'sample/log.db'), readOnly: true });
  const events = await store.readStream(`incident-${incidentId}`, { max: READ_EVENTS_MAX });
  await store.close();
  return events.slice(0, EVENTS_PER_INCIDENT);
};

/** Copies under fresh ids: every mention of an id of the sample becomes that of the copy. */
const copyOf = (events: readonly StoredEvent[]): { readonly stream: string; readonly events: readonly NewEvent[] } => {
  const ids = new Map<string, string>();
  const renamed = JSON.stringify(events).replaceAll(
    /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g,
    (id) => {
      const known = ids.get(id) ?? randomUUID().replace(/-4/, '-7');
      ids.set(id, known);
      return known;
    },
  );
  const copies = JSON.parse(renamed) as StoredEvent[];
  return {
    stream: copies[0]?.stream ?? '',
    events: copies.map(({ id, type, data, meta }) => ({ id, type, data, meta })),
  };
};

/** A log of that many events, a few at a time of 64 incidents that are open at once. @returns events and bytes of them. */
export const writeLongLog = async (
  folder: string,
  events: number,
): Promise<{ readonly events: number; readonly bytes: number }> => {
  const pattern = await sample(folder);
  const store = await openEventStore({ store: 'sqlite', file: join(folder, 'log.db') });
  const incidents = Math.ceil(events / pattern.length);
  for (let first = 0; first < incidents; first += OPEN_AT_ONCE) {
    const open = Array.from({ length: Math.min(OPEN_AT_ONCE, incidents - first) }, () => copyOf(pattern));
    for (let from = 0; from < pattern.length; from += EVENTS_PER_APPEND) {
      await Promise.all(
        open.map((copy) =>
          store.append(
            copy.stream,
            from === 0 ? NO_STREAM : from - 1,
            copy.events.slice(from, from + EVENTS_PER_APPEND),
          ),
        ),
      );
    }
  }
  await store.close();
  return { events: incidents * pattern.length, bytes: incidents * JSON.stringify(pattern).length };
};
