import { join } from 'node:path';
import { openEventStore, type StoredEvent } from '#libs/event-store';
import { eventHash } from '#libs/proof';

/** Every event of the log of a folder whose server has stopped. */
export const readLog = async (folder: string): Promise<StoredEvent[]> => {
  const store = await openEventStore({ store: 'sqlite', file: join(folder, 'log.db'), readOnly: true });
  try {
    const events: StoredEvent[] = [];
    for (let position: string | undefined; ;) {
      const page = await store.readAll(position === undefined ? {} : { after: position });
      events.push(...page.events);
      if (page.atHead) return events;
      position = page.position;
    }
  } finally {
    await store.close();
  }
};

/** Each stream begins at 0 and has no gap, each event carries the hash of the one before, and no id is there twice. */
export const mustBeIntact = (events: readonly StoredEvent[]): void => {
  const heads = new Map<string, StoredEvent>();
  const ids = new Set<string>();
  for (const event of events) {
    const before = heads.get(event.stream);
    if (event.revision !== (before?.revision ?? -1) + 1)
      throw new Error(`${event.stream} has a gap before ${event.revision}`);
    if (event.stream.startsWith('incident-') && event.meta['prevHash'] !== (before && eventHash(before)))
      throw new Error(`The chain of ${event.stream} breaks at ${event.revision}`);
    if (ids.has(event.id)) throw new Error(`${event.id} is there twice`);
    ids.add(event.id);
    heads.set(event.stream, event);
  }
};
