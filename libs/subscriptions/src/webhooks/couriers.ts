import type { LiveTail } from '../feed/live-tail.js';
import { Courier, type CourierParts } from './courier.js';
import { Endpoints } from './endpoints.js';
import type { Subscription } from './subscription.js';

/** After that long a process that had lost the duty would have learned it from the lease. */
const REGAIN_MS = 10_000;

/** One courier for each subscription; they work in one process at a time. */
export class Couriers {
  private readonly couriers = new Map<string, Courier>();
  private readonly endpoints = new Endpoints();
  private stopListening: () => void = () => undefined;
  private stopped = true;

  constructor(
    private readonly parts: CourierParts,
    private readonly tail: LiveTail,
    private readonly regainMs = REGAIN_MS,
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

  /**
   * Another process delivers for a subscription: this one is about to learn that it was taken for dead. If it does not,
   * that was a late word of the one before, and it goes on.
   */
  lost(subscription: string): void {
    const courier = this.couriers.get(subscription);
    if (!courier) return;
    void courier.stop();
    setTimeout(() => {
      if (this.couriers.get(subscription) !== courier) return;
      this.couriers.delete(subscription);
      const found = this.parts.subscriptions.find(subscription);
      if (found) this.changed(found);
    }, this.regainMs).unref();
  }

  private changed(subscription: Subscription): void {
    if (this.stopped) return;
    const { id, status } = subscription;
    const courier = this.couriers.get(id);
    if (status === 'deleted') {
      this.couriers.delete(id);
      void (courier?.stop() ?? Promise.resolve())
        .then(() => this.stopped || this.parts.book.forget(id))
        .catch((error: unknown) => this.parts.onFailure(error));
      return;
    }
    const working = courier ?? new Courier(id, this.parts, this.endpoints);
    this.couriers.set(id, working);
    working.wake();
  }
}
