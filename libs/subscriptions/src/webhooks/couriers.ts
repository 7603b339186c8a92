import { INCIDENT_STREAM_PREFIX, incidentStream } from '#libs/application';
import { READ_EVENTS_MAX } from '#libs/event-store';
import type { LiveTail } from '../feed/live-tail.js';
import { incidentOf } from '../feed/cloud-event.js';
import { isSelected, needsNames } from '../feed/event-selection.js';
import type { PublishedEvent } from '../feed/incident-facts.js';
import { Courier, type CourierParts } from './courier.js';
import { selectionOf, type Subscription } from './subscription.js';

/** A redelivery of an event that the subscription does not get, or that does not exist. */
export class UnknownDelivery extends Error {
  override readonly name = 'UnknownDelivery';
}

/** One courier for each subscription; they work in one process at a time. */
export class Couriers {
  private readonly couriers = new Map<string, Courier>();
  private stopListening: () => void = () => undefined;
  private stopped = true;

  constructor(
    private readonly parts: CourierParts,
    private readonly tail: LiveTail,
  ) {
    parts.subscriptions.onChanged((subscription) => this.changed(subscription));
  }

  start(): void {
    this.stopped = false;
    for (const subscription of this.parts.subscriptions.list()) this.changed(subscription);
    this.stopListening = this.tail.onMoved(() => this.wake());
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.stopListening();
    const working = [...this.couriers.values()];
    this.couriers.clear();
    await Promise.all(working.map((courier) => courier.stop()));
  }

  /** Looks now, everywhere: the log grew, or the clock moved. */
  wake(): void {
    for (const courier of this.couriers.values()) courier.wake();
  }

  /** Resolves when nobody has anything to do now. */
  async idle(): Promise<void> {
    for (const courier of this.couriers.values()) await courier.idle();
  }

  of(subscription: Subscription): Courier {
    const known = this.couriers.get(subscription.id);
    if (known) return known;
    const courier = new Courier(subscription.id, this.parts);
    this.couriers.set(subscription.id, courier);
    return courier;
  }

  /** Where an event is that the subscription gets. @throws {UnknownDelivery} */
  async findDelivery(subscription: Subscription, eventId: string): Promise<PublishedEvent> {
    const { feed } = this.parts;
    const place = await this.find(eventId);
    const [stored] = place
      ? await feed.store.readStream(incidentStream(place.incident), { from: place.revision, max: 1 })
      : [];
    const selection = selectionOf(subscription.settings);
    const published = stored && (await feed.facts.describe(stored, needsNames(selection)));
    if (!published || !isSelected(selection, published)) throw new UnknownDelivery(eventId);
    return published;
  }

  /** Events that were asked for one by one, and that are not under way yet. */
  private async beginRedeliveries(subscription: Subscription): Promise<void> {
    const { book, clock } = this.parts;
    for (const { id: track, eventId } of subscription.redeliveries) {
      if (eventId === undefined || book.knows(track)) continue;
      const found = await this.findDelivery(subscription, eventId).catch((error: unknown) => {
        if (!(error instanceof UnknownDelivery)) throw error;
        return undefined;
      });
      const cursor = found?.stored.position ?? subscription.from;
      book.atOnce(() => {
        book.begin({ track, subscription: subscription.id, replay: true, cursor, until: cursor, sinceMs: null });
        book.advance(track, cursor, true);
        if (found) book.enlist(track, subscription.id, found.incident, found.stored.revision, clock.nowMs());
      });
    }
  }

  private async find(eventId: string): Promise<{ readonly incident: string; readonly revision: number } | undefined> {
    const known = this.parts.book.placeOf(eventId);
    if (known) return known;
    const { store } = this.parts.feed;
    const filter = { streamPrefixes: [INCIDENT_STREAM_PREFIX] };
    let after: string | undefined;
    for (;;) {
      const page = await store.readAll({ ...(after ? { after } : {}), max: READ_EVENTS_MAX, filter });
      const found = page.events.find(({ id }) => id === eventId);
      if (found) return { incident: incidentOf(found), revision: found.revision };
      if (page.atHead) return undefined;
      after = page.position;
    }
  }

  private changed(subscription: Subscription): void {
    if (this.stopped) return;
    const { id, status } = subscription;
    if (status !== 'deleted') {
      const courier = this.of(subscription);
      courier.wake();
      if (subscription.redeliveries.length === 0) return;
      this.beginRedeliveries(subscription).then(
        () => courier.wake(),
        (error: unknown) => this.parts.onFailure(error),
      );
      return;
    }
    const courier = this.couriers.get(id);
    this.couriers.delete(id);
    void (courier?.stop() ?? Promise.resolve()).then(() => this.stopped || this.parts.book.forget(id));
  }
}
