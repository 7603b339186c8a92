import { incidentStream } from '#libs/application';
import type { Feed } from '../feed/feed.js';
import { isSelected, needsNames } from '../feed/event-selection.js';
import type { LogMarks } from '../feed/log-marks.js';
import type { DeliveryBook } from './delivery-book.js';
import { selectionOf, type Redelivery, type Subscription } from './subscription.js';

/** A redelivery of an event that the subscription does not get, or that does not exist. */
export class UnknownDelivery extends Error {
  override readonly name = 'UnknownDelivery';
}

/** Where the events are that somebody wants again. */
export class FindDelivery {
  constructor(
    private readonly feed: Feed,
    private readonly book: DeliveryBook,
    private readonly marks: LogMarks,
  ) {}

  /** One event of those that the subscription gets. @throws {UnknownDelivery} */
  async event(
    subscription: Subscription,
    eventId: string,
  ): Promise<Required<Pick<Redelivery, 'eventId' | 'incidentId' | 'revision'>>> {
    const stored = await this.find(eventId);
    const selection = selectionOf(subscription.settings);
    const published = stored && (await this.feed.facts.describe(stored, needsNames(selection)));
    if (!published || !isSelected(selection, published)) throw new UnknownDelivery(eventId);
    return { eventId, incidentId: published.incident, revision: published.stored.revision };
  }

  /** @param since RFC 3339. */
  async since(since: string): Promise<Required<Pick<Redelivery, 'from' | 'since'>>> {
    return { since, from: await this.marks.before(Date.parse(since)) };
  }

  private async find(eventId: string) {
    const known = this.book.placeOf(eventId);
    if (!known) return this.marks.find(eventId);
    const [stored] = await this.feed.store.readStream(incidentStream(known.incident), { from: known.revision, max: 1 });
    return stored;
  }
}
