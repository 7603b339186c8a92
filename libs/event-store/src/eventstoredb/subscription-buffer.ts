import { weightOf } from '../event-weight.js';
import type { Position, StoredEvent, SubscriptionBatch } from '../port.js';
import { PAGE_BYTES_MAX } from './stored-event.js';

/** Events that the filter leaves out before they make a checkpoint of their own while history is read. */
const SKIPPED_MAX = 20_000;

interface Item {
  position: Position;
  readonly event: StoredEvent | undefined;
  readonly bytes: number;
  skipped: number;
}

/**
 * Makes batches out of what the server sends. While history is read, the newest item is held back, so that it can say
 * together with its events that the subscriber has caught up: a batch that only says so would repeat a checkpoint.
 */
export class SubscriptionBuffer {
  readonly #batchMax: number;
  #items: Item[] = [];
  #events = 0;
  #bytes = 0;
  #live = false;
  #isOver = false;

  constructor(batchMax: number) {
    this.#batchMax = batchMax;
  }

  /** True when more should wait with the server. */
  get full(): boolean {
    return this.#events > this.#batchMax || (this.#events > 1 && this.#bytes >= PAGE_BYTES_MAX);
  }

  add(event: StoredEvent): void {
    const bytes = weightOf(event);
    this.#items.push({ position: event.position, event, bytes, skipped: 0 });
    this.#events += 1;
    this.#bytes += bytes;
  }

  /** An event that the filter leaves out: only its place counts. */
  skip(position: Position): void {
    const last = this.#items.at(-1);
    if (last === undefined || last.event !== undefined || last.skipped >= SKIPPED_MAX) {
      this.#items.push({ position, event: undefined, bytes: 0, skipped: 1 });
      return;
    }
    last.position = position;
    last.skipped += 1;
  }

  /** All that was durable has been added. */
  caughtUp(): void {
    this.#live = true;
  }

  /** Nothing will be added any more. */
  noMore(): void {
    this.#isOver = true;
  }

  /**
   * @param told whether the last batch handed over said that the subscriber has caught up.
   * @param position of that batch, for a batch without news.
   */
  take(told: boolean, position: Position | undefined): SubscriptionBatch | undefined {
    const count = this.#takeable();
    if (count === 0) return this.#live && !told ? { events: [], position, caughtUp: true } : undefined;
    const taken = this.#items.splice(0, count);
    const events = taken.flatMap(({ event }) => event ?? []);
    this.#events -= events.length;
    for (const { bytes } of taken) this.#bytes -= bytes;
    return { events, position: taken.at(-1)?.position, caughtUp: this.#live && this.#items.length === 0 };
  }

  /** Items that a batch may hold now. */
  #takeable(): number {
    const items = this.#live || this.#isOver ? this.#items : this.#items.slice(0, -1);
    let events = 0;
    let count = 0;
    let skipped = false;
    for (const item of items) {
      if (item.event !== undefined && events === this.#batchMax) break;
      if (item.event !== undefined) events += 1;
      skipped ||= item.skipped >= SKIPPED_MAX;
      count += 1;
    }
    // While history is read, small batches would only cost transactions.
    return this.#live || this.#isOver || this.full || skipped ? count : 0;
  }
}
