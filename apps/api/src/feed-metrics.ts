import {
  DeliveryBook,
  DeliveryLag,
  deliveryStatus,
  EventStreams,
  Feed,
  Subscriptions,
  WebhooksDuty,
  type Lag,
} from '#libs/subscriptions';
import { Clock } from '#libs/application';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Subscriptions of which the lag is told by name: those that are furthest behind. */
const LAGS_MAX = 50;
/** Figures are asked for every few seconds, and many may be paused or held. */
const COUNTED_MAX = 100;

type Lags = readonly (readonly [string, Lag])[];

export interface FeedMetricsParts {
  readonly registry: Registry;
  readonly streams: EventStreams;
  readonly subscriptions: Subscriptions;
  readonly feed: Feed;
  readonly book: DeliveryBook;
  readonly duty: WebhooksDuty;
  readonly clock: Clock;
}

/** Figures of what leaves Tocsin. Labels are statuses, causes and ids of subscriptions, each bounded in number. */
export class FeedMetrics {
  private readonly lag: DeliveryLag;
  /** Shared by the figures of one answer. */
  private measuring: Promise<Lags> | undefined;

  constructor(private readonly parts: FeedMetricsParts) {
    this.lag = new DeliveryLag(parts.feed, parts.book);
    this.countStreams();
    this.countAttempts();
    this.countSubscriptions();
    this.measureLags();
  }

  private countStreams(): void {
    const { registry, streams } = this.parts;
    const clients: Gauge = new Gauge({
      name: 'tocsin_stream_clients',
      help: 'Clients of the live feed that are connected',
      registers: [registry],
      collect: () => clients.set(streams.open),
    });
    const waiting: Gauge = new Gauge({
      name: 'tocsin_stream_waiting_bytes',
      help: 'Bytes that wait for clients of the live feed to take them',
      registers: [registry],
      collect: () => waiting.set(streams.waiting.total),
    });
    const slow: Counter = new Counter({
      name: 'tocsin_stream_slow_clients_total',
      help: 'Clients of the live feed that were disconnected because they took nothing for 30 s',
      registers: [registry],
      collect: () => {
        slow.reset();
        slow.inc(streams.disconnectedSlow);
      },
    });
  }

  private countAttempts(): void {
    const { registry, book } = this.parts;
    const attempts = new Counter({
      name: 'tocsin_webhook_attempts_total',
      help: 'Messages sent by this process, by outcome: delivered, or the code of the cause',
      labelNames: ['outcome'] as const,
      registers: [registry],
    });
    const seconds = new Histogram({
      name: 'tocsin_webhook_attempt_seconds',
      help: 'How long receivers took to answer',
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15],
      registers: [registry],
    });
    book.onAttempt(({ cause, durationMs }) => {
      attempts.inc({ outcome: cause?.code ?? 'delivered' });
      seconds.observe(durationMs / 1000);
    });
  }

  private countSubscriptions(): void {
    const { registry, subscriptions, book, duty } = this.parts;
    const counted: Gauge<'status'> = new Gauge({
      name: 'tocsin_subscriptions',
      help: 'Webhooks by status, where they are delivered from; held ones wait for somebody to resume them',
      labelNames: ['status'] as const,
      registers: [registry],
      collect: () => {
        for (const status of ['active', 'degraded', 'paused', 'held']) counted.set({ status }, 0);
        if (!duty.isHeld) return;
        for (const each of subscriptions.list()) counted.inc({ status: deliveryStatus(each, book.waiting(each.id)) });
      },
    });
  }

  private measureLags(): void {
    const { clock } = this.parts;
    this.ofEach(
      'tocsin_webhook_lag_events',
      `Events that are not delivered yet, counted to about ${COUNTED_MAX}`,
      (lag) => lag.events,
    );
    this.ofEach(
      'tocsin_webhook_lag_seconds',
      'Age of the oldest event that is not delivered yet, or 0',
      ({ oldestMs }) => (oldestMs === undefined ? 0 : Math.max(0, clock.nowMs() - oldestMs) / 1000),
    );
  }

  private ofEach(name: string, help: string, read: (lag: Lag) => number): void {
    const gauge: Gauge<'subscription'> = new Gauge({
      name,
      help: `${help}; of the ${LAGS_MAX} webhooks that are furthest behind`,
      labelNames: ['subscription'] as const,
      registers: [this.parts.registry],
      collect: async () => {
        this.measuring ??= this.furthestBehind().finally(() => (this.measuring = undefined));
        const lags = await this.measuring;
        gauge.reset();
        for (const [subscription, lag] of lags) gauge.set({ subscription }, read(lag));
      },
    });
  }

  private async furthestBehind(): Promise<Lags> {
    const { subscriptions, duty } = this.parts;
    if (!duty.isHeld) return [];
    const age = (lag: Lag): number => lag.oldestMs ?? Number.MAX_SAFE_INTEGER;
    try {
      const all: (readonly [string, Lag])[] = [];
      // One after the other: each may take a page of large events into memory.
      for (const each of subscriptions.list()) all.push([each.id, await this.lag.of(each, COUNTED_MAX)]);
      return all.toSorted(([, one], [, other]) => age(one) - age(other)).slice(0, LAGS_MAX);
    } catch {
      // The log cannot be read now; /readyz says so, and the other figures are told all the same.
      return [];
    }
  }
}
