import { setTimeout as wait } from 'node:timers/promises';
import { INCIDENT_STREAM_PREFIX } from '#libs/application';
import { weightOf, type Position, type StoredEvent } from '#libs/event-store';
import { toCloudEvent, type CloudEvent } from './cloud-event.js';
import { FEED_START, type Feed } from './feed.js';
import type { PublishedEvent } from './incident-facts.js';

/** Events kept for those who are about to join: a reader that is this close behind goes live without another page. */
export const RECENT_EVENTS_MAX = 1024;
/** … and as long as about that much of them fits in memory: an event that pins a playbook can be half a megabyte. */
export const RECENT_BYTES_MAX = 16 * 1024 * 1024;
/** New events, or so much of them, after which it is looked at what is kept. */
const TRIM_EVENTS = 128;
const TRIM_BYTES = RECENT_BYTES_MAX / 8;

/** After a failure of the log. */
const RETRY_MS = 1000;

/** An event as it goes out to every live reader: written once, however many there are, and not at all for nobody. */
export class LiveEvent {
  /** What it takes of the memory, written or not. */
  readonly bytes: number;
  private written: Buffer | undefined;

  constructor(
    readonly published: PublishedEvent,
    private readonly source: string,
  ) {
    this.bytes = weightOf(published.stored);
  }

  get frame(): Buffer {
    const { stored, exercise } = this.published;
    this.written ??= toFrame(toCloudEvent(stored, this.source, exercise));
    return this.written;
  }
}

export interface LiveReader {
  /** Must not wait: a reader that cannot take more is its own problem. */
  onEvents(events: readonly LiveEvent[]): void;
}

export const toFrame = (event: CloudEvent): Buffer =>
  Buffer.from(`id: ${event.position}\ndata: ${JSON.stringify(event)}\n\n`, 'utf8');

/** The one subscription of this process to the end of the log; every live reader gets its events from here. */
export class LiveTail {
  private readonly readers = new Set<LiveReader>();
  private readonly moved = new Set<() => void>();
  private readonly stopping = new AbortController();
  private recent: LiveEvent[] = [];
  private untrimmed = { events: 0, bytes: 0 };
  /** Every event of an incident after this position is in `recent`. */
  private recentFrom: Position = FEED_START;
  private running: Promise<void> = Promise.resolve();
  private at: Position = FEED_START;

  constructor(
    private readonly feed: Feed,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  async start(): Promise<void> {
    const head = await this.feed.store.head();
    this.at = this.recentFrom = head ?? FEED_START;
    this.running = this.followAlways();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Last position of the log that was handed to the readers. */
  get position(): Position {
    return this.at;
  }

  /** Calls `listener` whenever the log grew by events of incidents. @returns how to stop that. */
  onMoved(listener: () => void): () => void {
    this.moved.add(listener);
    return () => this.moved.delete(listener);
  }

  /** All that came after a position, as long as it is at hand; undefined when the log must be read for it. */
  since(after: Position): readonly LiveEvent[] | undefined {
    if (this.isBefore(after, this.recentFrom)) return undefined;
    let [from, to] = [0, this.recent.length];
    while (from < to) {
      const middle = Math.floor((from + to) / 2);
      const position = this.recent[middle]?.published.stored.position ?? after;
      if (this.isBefore(after, position)) to = middle;
      else from = middle + 1;
    }
    return this.recent.slice(from);
  }

  /**
   * Makes a reader live, if all that it has not seen is still at hand.
   * @returns what lies between `after` and the first call of `onEvents`, nothing left out; undefined when the reader is
   * too far behind and must read another page first.
   */
  join(after: Position, reader: LiveReader): readonly LiveEvent[] | undefined {
    const between = this.since(after);
    if (between) this.readers.add(reader);
    return between;
  }

  leave(reader: LiveReader): void {
    this.readers.delete(reader);
  }

  isBefore(left: Position, right: Position): boolean {
    if (left === right || right === FEED_START) return false;
    return left === FEED_START || this.feed.store.comparePositions(left, right) < 0;
  }

  private async followAlways(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.follow();
        return;
      } catch (error) {
        this.onFailure(error);
        await wait(RETRY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
  }

  private async follow(): Promise<void> {
    await this.feed.store.subscribe({
      ...(this.at === FEED_START ? {} : { after: this.at }),
      signal: this.stopping.signal,
      onBatch: async ({ events, position }) => {
        const live = await this.toLive(events.filter(({ stream }) => stream.startsWith(INCIDENT_STREAM_PREFIX)));
        // From here on without a pause, so that a reader joins before this batch or after it.
        this.remember(live);
        this.at = position ?? this.at;
        if (live.length === 0) return;
        for (const reader of this.readers) reader.onEvents(live);
        for (const listener of this.moved) listener();
      },
    });
  }

  private async toLive(events: readonly StoredEvent[]): Promise<readonly LiveEvent[]> {
    if (events.length === 0) return [];
    const source = await this.feed.source();
    return (await this.feed.facts.describeAll(events, true)).map((published) => new LiveEvent(published, source));
  }

  private remember(live: readonly LiveEvent[]): void {
    this.recent.push(...live);
    this.untrimmed.events += live.length;
    for (const { bytes } of live) this.untrimmed.bytes += bytes;
    if (this.untrimmed.events < TRIM_EVENTS && this.untrimmed.bytes < TRIM_BYTES) return;
    this.untrimmed = { events: 0, bytes: 0 };
    let dropped = this.recent.length;
    let bytes = 0;
    while (dropped > 0 && this.recent.length - dropped < RECENT_EVENTS_MAX) {
      bytes += this.recent[dropped - 1]?.bytes ?? 0;
      if (bytes > RECENT_BYTES_MAX) break;
      dropped -= 1;
    }
    if (dropped === 0) return;
    this.recentFrom = this.recent[dropped - 1]?.published.stored.position ?? this.recentFrom;
    this.recent = this.recent.slice(dropped);
  }
}
