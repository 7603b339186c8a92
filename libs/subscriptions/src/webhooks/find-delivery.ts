import { setTimeout as wait } from 'node:timers/promises';
import { incidentStream } from '#libs/application';
import type { Feed } from '../feed/feed.js';
import { isSelected, needsNames } from '../feed/event-selection.js';
import type { LogMarks } from '../feed/log-marks.js';
import type { DeliveryBook } from './delivery-book.js';
import { REDELIVERIES_MAX, selectionOf, type Redelivery, type Subscription } from './subscription.js';

/** How long somebody waits for a place in the log that was never asked for before. */
const SEARCH_MS = 2000;

/** A redelivery of an event that the subscription does not get, or that does not exist. */
export class UnknownDelivery extends Error {
  override readonly name = 'UnknownDelivery';
}

/** As many redeliveries as can be remembered have not begun yet, or are not through with the log. */
export class TooManyRedeliveries extends Error {
  override readonly name = 'TooManyRedeliveries';
}

/** Where the events are that somebody wants again. */
export class FindDelivery {
  constructor(
    private readonly feed: Feed,
    private readonly book: DeliveryBook,
    private readonly marks: LogMarks,
  ) {}

  /** @throws {TooManyRedeliveries} one more would push out one that nobody has carried out. */
  checkRoom({ id, redeliveries }: Subscription): void {
    const open = redeliveries.filter((each) => !this.book.isDone(each.id)).length;
    if (open >= REDELIVERIES_MAX) throw new TooManyRedeliveries(id);
  }

  /** One event of those that the subscription gets. @throws {UnknownDelivery} */
  async event(
    subscription: Subscription,
    eventId: string,
  ): Promise<Required<Pick<Redelivery, 'eventId' | 'incidentId' | 'revision'>>> {
    const stored = await this.find(subscription.id, eventId);
    const selection = selectionOf(subscription.settings);
    const published = stored && (await this.feed.facts.describe(stored, needsNames(selection)));
    if (!published || !isSelected(selection, published)) throw new UnknownDelivery(eventId);
    return { eventId, incidentId: published.incident, revision: published.stored.revision };
  }

  /** @param since RFC 3339. Where to begin is left out when that takes long to find: then the whole log is looked through. */
  async since(since: string): Promise<Pick<Redelivery, 'from' | 'since'>> {
    const enough = new AbortController();
    const late = wait(SEARCH_MS, undefined, { signal: enough.signal }).catch(() => undefined);
    try {
      const from = await Promise.race([this.marks.before(Date.parse(since)), late]);
      return from === undefined ? { since } : { since, from };
    } finally {
      enough.abort();
    }
  }

  private async find(subscription: string, eventId: string) {
    const known = this.book.placeOf(subscription, eventId);
    if (!known) return this.marks.find(eventId);
    const [stored] = await this.feed.store.readStream(incidentStream(known.incident), { from: known.revision, max: 1 });
    return stored;
  }
}
