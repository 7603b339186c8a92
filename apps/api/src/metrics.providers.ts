import type { Provider } from '@nestjs/common';
import { Clock } from '#libs/application';
import { DeliveryBook, EventStreams, Feed, Subscriptions, WebhooksDuty } from '#libs/subscriptions';
import { FeedMetrics } from './feed-metrics.js';
import { Health } from './health.js';
import { Metrics } from './metrics.js';

/** What a process measures, of whichever kind it is. */
export const metrics: readonly Provider[] = [
  {
    provide: Metrics,
    useFactory: (
      health: Health,
      streams: EventStreams,
      subscriptions: Subscriptions,
      feed: Feed,
      book: DeliveryBook,
      duty: WebhooksDuty,
      clock: Clock,
    ): Metrics => {
      const all = new Metrics(health);
      void new FeedMetrics({ registry: all.registry, streams, subscriptions, feed, book, duty, clock });
      return all;
    },
    inject: [Health, EventStreams, Subscriptions, Feed, DeliveryBook, WebhooksDuty, Clock],
  },
];
