import { jest } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Incidents, RandomIds } from '#libs/application';
import { openEventStore, type EventStore } from '#libs/event-store';
import { EventStreams, STREAM_LIMITS } from './event-streams.js';
import { FEED_START, Feed } from './feed.js';
import { IncidentFacts } from './incident-facts.js';
import { LiveTail, RECENT_BYTES_MAX } from './live-tail.js';

jest.setTimeout(30_000);

const STREAM = 'incident-0190a000-0000-7000-8000-000000000001';
const META = {
  schemaVersion: 1,
  recordedAt: '2026-03-02T08:00:00Z',
  occurredAt: { at: '2026-03-02T08:00:00Z', precision: 'minute' },
  organisations: [],
  actor: { id: 'a', name: 'A' },
};

/** The other end of a connection: takes something only when it is told to. */
class Client extends Writable {
  text = '';
  private taking: (() => void) | undefined;
  private open = false;

  constructor() {
    super({ highWaterMark: 16 * 1024 });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    if (this.open) setImmediate(done);
    else this.taking = done;
  }

  /** Takes all that waits, and what comes. */
  take(): void {
    this.open = true;
    this.taking?.();
    this.taking = undefined;
  }

  get revisions(): number[] {
    return [...this.text.matchAll(/"sequence":"(\d+)"/g)].map(([, sequence]) => Number(sequence));
  }

  get caughtUp(): number {
    return this.text.split('event: caught-up').length - 1;
  }
}

describe('The shared end of the log', () => {
  let folder: string;
  let store: EventStore;
  let feed: Feed;
  let tail: LiveTail;
  let written: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tocsin-tail-'));
    store = await openEventStore({ store: 'sqlite', file: join(folder, 'log.db') });
    feed = new Feed(store, new IncidentFacts(store, new Incidents(store)));
    tail = new LiveTail(feed, (error) => {
      throw error;
    });
    written = 0;
  });
  afterEach(async () => {
    await tail.stop();
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const ids = new RandomIds();
  const write = async (events: number, chars: number): Promise<void> => {
    for (let n = 0; n < events; n += 1) {
      const data = { text: `${written} ${'x'.repeat(chars)}` };
      const event = { id: ids.next(), type: 'LogbookEntryRecorded', data, meta: META };
      await store.append(STREAM, written - 1, [event]);
      written += 1;
    }
  };
  /** Until the tail has handed over what was written. */
  const handedOver = async (): Promise<void> => {
    const head = await store.head();
    while (tail.position !== head) await new Promise<void>((resolve) => void setImmediate(resolve));
  };

  it('keeps large events no longer than fits, also while nobody is there for whom they would be written', async () => {
    await tail.start();
    const chars = 600_000;
    await write(60, chars);
    await handedOver();
    const events = await store.readStream(STREAM);
    const keptAfter = events.filter(({ position }) => tail.since(position) !== undefined).length;
    expect(keptAfter * chars).toBeGreaterThan(RECENT_BYTES_MAX / 2);
    expect(keptAfter * chars).toBeLessThan(RECENT_BYTES_MAX * 1.5);
    expect(tail.since(events.at(-3)!.position)).toHaveLength(2);
  });

  it('gives a client that falls behind while it joins each event once, in order', async () => {
    await write(2, 30_000);
    await tail.start();
    const streams = new EventStreams(feed, tail, { ...STREAM_LIMITS, bufferBytes: 64 * 1024 });
    const client = new Client();
    streams.serve('one', client as unknown as ServerResponse, FEED_START, {});
    while (client.writableLength === 0) await new Promise<void>((resolve) => void setImmediate(resolve));
    await write(20, 30_000);
    await handedOver();
    client.take();
    while (client.caughtUp === 0 || client.revisions.length < 22)
      await new Promise<void>((resolve) => void setImmediate(resolve));
    await write(1, 10);
    while (client.revisions.at(-1) !== 22) await new Promise<void>((resolve) => void setImmediate(resolve));
    expect(client.revisions).toEqual(Array.from({ length: 23 }, (_, n) => n));
    expect(client.caughtUp).toBe(1);
    streams.stop();
  });

  it('keeps little for a slow client that all others have left behind', async () => {
    await tail.start();
    const streams = new EventStreams(feed, tail);
    const client = new Client();
    await write(60, 400_000);
    await handedOver();
    const pages: number[] = [];
    const read = feed.read.bind(feed);
    feed.read = async (...all) => {
      const page = await read(...all);
      pages.push(page.events.length);
      return page;
    };
    streams.serve('one', client as unknown as ServerResponse, FEED_START, {});
    while (client.writableLength === 0) await new Promise<void>((resolve) => void setImmediate(resolve));
    client.take();
    while (client.caughtUp === 0) await new Promise<void>((resolve) => void setImmediate(resolve));
    expect(client.revisions).toEqual(Array.from({ length: 60 }, (_, n) => n));
    // What is read for it is no more than what may wait for it.
    expect(Math.max(...pages)).toBe(1);
    streams.stop();
  });

  it('lets go of a live client that takes nothing, also when nothing more comes for it', async () => {
    await tail.start();
    const streams = new EventStreams(feed, tail, { ...STREAM_LIMITS, stallMs: 1 });
    const client = new Client();
    streams.serve('one', client as unknown as ServerResponse, FEED_START, {});
    while (client.caughtUp === 0) await new Promise<void>((resolve) => void setImmediate(resolve));
    await write(1, 30_000);
    while (client.writableLength < 30_000) await new Promise<void>((resolve) => void setImmediate(resolve));
    streams.beat();
    while (!client.closed) await new Promise<void>((resolve) => void setImmediate(resolve));
    expect([streams.open, streams.disconnectedSlow]).toEqual([0, 1]);
    streams.stop();
  });
});
