import {
  Logger,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Incidents } from '#libs/application';
import { EventStore } from '#libs/event-store';
import { EventStreams } from './feed/event-streams.js';
import { Feed } from './feed/feed.js';
import { IncidentFacts } from './feed/incident-facts.js';
import { LiveTail } from './feed/live-tail.js';

/** What leaves Tocsin by itself: the feed and its streams. */
@Module({})
export class SubscriptionsModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly tail: LiveTail,
    private readonly streams: EventStreams,
  ) {}

  static forRoot(): DynamicModule {
    const logger = new Logger('Subscriptions');
    return {
      module: SubscriptionsModule,
      global: true,
      providers: [
        {
          provide: Feed,
          useFactory: (store: EventStore, incidents: Incidents) => new Feed(store, new IncidentFacts(store, incidents)),
          inject: [EventStore, Incidents],
        },
        {
          provide: LiveTail,
          useFactory: (feed: Feed) =>
            new LiveTail(feed, (error) => logger.error(`The live streams stand still: ${String(error)}`)),
          inject: [Feed],
        },
        {
          provide: EventStreams,
          useFactory: (feed: Feed, tail: LiveTail) => new EventStreams(feed, tail),
          inject: [Feed, LiveTail],
        },
      ],
      exports: [Feed, LiveTail, EventStreams],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.tail.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.streams.stop();
    await this.tail.stop();
  }
}
