import { setTimeout as wait } from 'node:timers/promises';
import { incidentStream } from '#libs/application';
import type { Feed } from '../feed/feed.js';
import { isSelected, needsNames } from '../feed/event-selection.js';
import type { LogMarks } from '../feed/log-marks.js';
import type { DeliveryBook } from './delivery-book.js';
import { REDELIVERIES_MAX, selectionOf, type Redelivery, type Subscription } from './subscription.js';

/** How long somebody waits for a place in the log that was never asked for before. */
const SEARCH_MS = 2000;
/** … and for an event, of which nothing can be said before the log has been looked through. */
const FIND_MS = 10_000;

/** A redelivery of an event that the subscription does not get, or that does not exist. */
export class UnknownDelivery extends Error {
  override readonly name = 'UnknownDelivery';
}

/** The log is still being looked through for an event; that goes on, and the next question finds more of it done. */
export class StillSearching extends Error {
  override readonly name = 'StillSearching';
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
    private readonly findMs = FIND_MS,
  ) {}

  /** @throws {TooManyRedeliveries} one more would push out one that nobody has carried out. */
  checkRoom({ id, redeliveries }: Subscription): void {
    const open = redeliveries.filter((each) => !this.book.isDone(each.id)).length;
    if (open >= REDELIVERIES_MAX) throw new TooManyRedeliveries(id);
  }

  /** One event of those that the subscription gets. @throws {UnknownDelivery} @throws {StillSearching} */
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
    const from = await within(SEARCH_MS, this.marks.before(Date.parse(since)), undefined);
    return from === undefined ? { since } : { since, from };
  }

  private async find(subscription: string, eventId: string) {
    const known = this.book.placeOf(subscription, eventId);
    if (!known) {
      const found = await within(this.findMs, this.marks.find(eventId), LATE);
      if (found === LATE) throw new StillSearching(eventId);
      return found;
    }
    const [stored] = await this.feed.store.readStream(incidentStream(known.incident), { from: known.revision, max: 1 });
    return stored;
  }
}

const LATE = Symbol('late');

/** What the work gives, or `late`; the work goes on. */
const within = async <Value, Late>(ms: number, work: Promise<Value>, late: Late): Promise<Value | Late> => {
  const enough = new AbortController();
  const timer = wait(ms, late, { signal: enough.signal }).catch(() => late);
  try {
    return await Promise.race([work, timer]);
  } finally {
    enough.abort();
  }
};
