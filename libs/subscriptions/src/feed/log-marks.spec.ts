import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { derivedId } from '#libs/application';
import { openEventStore, type EventStore } from '#libs/event-store';
import { FEED_START } from './feed.js';
import { LogMarks, MARK_EVENTS } from './log-marks.js';

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
      const events = Array.from({ length: Math.min(MARK_EVENTS, end - written) }, (_, index) => {
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
    await write(MARK_EVENTS * 4 + 5);
    const marks = new LogMarks(store);
    const place = await after(await marks.before(BEGAN_MS + 1_000_000));
    expect(place).toBeLessThanOrEqual(1000);
    expect(place).toBeGreaterThan(1000 - MARK_EVENTS);
    pages = 0;
    await write(10);
    await marks.before(BEGAN_MS);
    expect(pages).toBe(1);
  });

  it('leaves nothing out when a clock went back', async () => {
    // The second page was recorded a day before the first.
    await write(MARK_EVENTS * 3, (n) =>
      n >= MARK_EVENTS && n < MARK_EVENTS * 2 ? BEGAN_MS - 86_400_000 + n * 1000 : BEGAN_MS + n * 1000,
    );
    const marks = new LogMarks(store);
    expect(await marks.before(BEGAN_MS - 86_400_000 + MARK_EVENTS * 1000)).toBe(FEED_START);
    expect(await after(await marks.before(BEGAN_MS + MARK_EVENTS * 2000))).toBe(MARK_EVENTS * 2);
  });

  it('leads to an event by its id, whether its time is told by the id or not', async () => {
    await write(MARK_EVENTS * 30);
    const derived = derivedId('a clock');
    await store.append(STREAM, written - 1, [
      { id: derived, type: 'DeadlineMissed', data: {}, meta: { recordedAt: new Date(BEGAN_MS).toISOString() } },
    ]);
    const marks = new LogMarks(store);
    await marks.before(BEGAN_MS);
    const wanted = MARK_EVENTS * 30 - 5;
    pages = 0;
    expect(await marks.find(idAt(BEGAN_MS + wanted * 1000, wanted))).toMatchObject({ revision: wanted });
    expect(pages).toBeLessThanOrEqual(2);
    expect(await marks.find(derived)).toMatchObject({ type: 'DeadlineMissed' });
    written += 1;
    await write(MARK_EVENTS * 2);
    expect(await marks.find(derived)).toMatchObject({ type: 'DeadlineMissed' });
  });

  it('reads the log once, however often it is asked for events that do not exist', async () => {
    await write(MARK_EVENTS * 10);
    const marks = new LogMarks(store);
    const unknown = (n: number): string => idAt(BEGAN_MS, 0xffff_0000 + n);
    expect(await Promise.all([1, 2, 3, 4].map((n) => marks.find(unknown(n))))).toEqual(Array(4).fill(undefined));
    expect(pages).toBeLessThanOrEqual(11 + 3);
    pages = 0;
    expect(await marks.find(unknown(5))).toBeUndefined();
    expect(await marks.find(derivedId('nothing'))).toBeUndefined();
    expect(pages).toBe(2);
  });
});
