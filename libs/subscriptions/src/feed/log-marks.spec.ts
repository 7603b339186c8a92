import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { derivedId } from '#libs/application';
import { APPEND_EVENTS_MAX, openEventStore, READ_EVENTS_MAX, type EventStore } from '#libs/event-store';
import { FEED_START } from './feed.js';
import { LogMarks } from './log-marks.js';

const STREAM = 'incident-0190a000-0000-7000-8000-000000000001';
const BEGAN_MS = Date.parse('2026-03-02T08:00:00Z');
const idAt = (ms: number, n: number): string => {
  const time = ms.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${n.toString(16).padStart(12, '0')}`;
};

describe('Where the log was at what time', () => {
  let folder: string;
  let store: EventStore;
  let pages: number;
  let written: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tocsin-marks-'));
    store = await openEventStore({ store: 'sqlite', file: join(folder, 'log.db') });
    [pages, written] = [0, 0];
    const read = store.readAll.bind(store);
    store.readAll = (options) => {
      pages += 1;
      return read(options);
    };
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  /** One event a second, recorded when `clock` says. */
  const write = async (count: number, clock = (n: number): number => BEGAN_MS + n * 1000): Promise<void> => {
    const end = written + count;
    while (written < end) {
      const events = Array.from({ length: Math.min(APPEND_EVENTS_MAX, end - written) }, (_, index) => {
        const n = written + index;
        const recordedAt = new Date(clock(n)).toISOString();
        return { id: idAt(clock(n), n), type: 'LogbookEntryRecorded', data: {}, meta: { recordedAt } };
      });
      await store.append(STREAM, written - 1, events);
      written += events.length;
    }
  };
  const after = async (position: string): Promise<number> => {
    const { events } = await store.readAll({ ...(position === FEED_START ? {} : { after: position }), max: 1 });
    return events[0]?.revision ?? written;
  };

  it('is found within a page, and the log is read once for it', async () => {
    await write(READ_EVENTS_MAX * 4 + 5);
    const marks = new LogMarks(store);
    const place = await after(await marks.before(BEGAN_MS + 10_000_000));
    expect(place).toBeLessThanOrEqual(10_000);
    expect(place).toBeGreaterThan(10_000 - READ_EVENTS_MAX);
    pages = 0;
    await write(10);
    await marks.before(BEGAN_MS);
    expect(pages).toBe(1);
  });

  it('leaves nothing out when a clock went back', async () => {
    // The second page was recorded a day before the first.
    await write(READ_EVENTS_MAX * 3, (n) =>
      n >= READ_EVENTS_MAX && n < READ_EVENTS_MAX * 2 ? BEGAN_MS - 86_400_000 + n * 1000 : BEGAN_MS + n * 1000,
    );
    const marks = new LogMarks(store);
    expect(await marks.before(BEGAN_MS - 86_400_000 + READ_EVENTS_MAX * 1000)).toBe(FEED_START);
    expect(await after(await marks.before(BEGAN_MS + READ_EVENTS_MAX * 2000))).toBe(READ_EVENTS_MAX * 2);
  });

  it('leads to an event by its id, whether its time is told by the id or not', async () => {
    await write(READ_EVENTS_MAX * 3);
    const derived = derivedId('a clock');
    await store.append(STREAM, written - 1, [
      { id: derived, type: 'DeadlineMissed', data: {}, meta: { recordedAt: new Date(BEGAN_MS).toISOString() } },
    ]);
    const marks = new LogMarks(store);
    await marks.before(BEGAN_MS);
    const wanted = READ_EVENTS_MAX * 3 - 5;
    pages = 0;
    expect(await marks.find(idAt(BEGAN_MS + wanted * 1000, wanted))).toMatchObject({ revision: wanted });
    expect(pages).toBeLessThanOrEqual(3);
    expect(await marks.find(derived)).toMatchObject({ type: 'DeadlineMissed' });
    expect(await marks.find(derivedId('nothing'))).toBeUndefined();
  });
});
