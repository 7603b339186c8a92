import { metaOf } from '../feed/cloud-event.js';
import type { Feed } from '../feed/feed.js';
import { LANES_MAX } from './courier.js';
import type { DeliveryBook } from './delivery-book.js';
import { selectionOf, type Subscription } from './subscription.js';

/** Events beyond a cursor that are counted; of more it is only said that there are more. */
const COUNTED_MAX = 500;

/** What a receiver has not got yet. */
export interface Lag {
  readonly events: number;
  /** There are more than could be counted. */
  readonly more: boolean;
  /** When the oldest of them was recorded. */
  readonly oldestMs: number | undefined;
}

/** How far deliveries are behind the log. */
export class DeliveryLag {
  /** @param isOwn whether the book is of this process; else it says where somebody was who may be gone. */
  constructor(
    private readonly feed: Feed,
    private readonly book: DeliveryBook,
    private readonly isOwn = true,
  ) {}

  /** @param countedMax events beyond the cursor that are looked at. */
  async of(subscription: Subscription, countedMax = COUNTED_MAX): Promise<Lag> {
    const { id, status, settings, from } = subscription;
    const waiting = this.book.backlog(id);
    const lag = { events: waiting.events, more: false, oldestMs: waiting.oldestMs };
    // An active one has entered everything that it is to deliver into its lanes, unless they are full.
    if (this.isOwn && status === 'active' && this.book.knows(id) && this.book.lanes(id) < LANES_MAX) return lag;
    const cursor = this.book.tracks(id)[0]?.cursor ?? from;
    const { events, atHead } = await this.feed.read(cursor, selectionOf(settings), countedMax);
    const [next] = events;
    const nextMs = next && Date.parse(metaOf(next.stored).recordedAt);
    return { events: lag.events + events.length, more: !atHead, oldestMs: lag.oldestMs ?? nextMs };
  }
}
