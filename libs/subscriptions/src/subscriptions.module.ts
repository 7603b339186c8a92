import {
  Inject,
  Logger,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { join } from 'node:path';
import { Clock, Ids, Incidents, Lease, type Duty } from '#libs/application';
import { EventStore } from '#libs/event-store';
import { EventStreams } from './feed/event-streams.js';
import { Feed } from './feed/feed.js';
import { IncidentFacts } from './feed/incident-facts.js';
import { LiveTail } from './feed/live-tail.js';
import { Couriers } from './webhooks/couriers.js';
import { DeliveryBook } from './webhooks/delivery-book.js';
import { guardedPost, type Post } from './webhooks/guarded-post.js';
import { SecretFile } from './webhooks/secret-file.js';
import { Subscriptions } from './webhooks/subscriptions.js';
import { TargetPolicy } from './webhooks/target-policy.js';

export interface SubscriptionsOptions {
  /** False where another process delivers: subscriptions are then only managed here. */
  readonly deliver?: boolean;
  /** Name of this process, when several could deliver: then one of them does, by a lease in the store. */
  readonly leasedBy?: string;
  /** Folder of the signing keys and of how far each delivery has got. */
  readonly folder: string;
  /** Hosts and address ranges that a webhook may reach although they are private (TOCSIN_WEBHOOK_ALLOW). */
  readonly allow: readonly string[];
  /** From 0 to 1; tests choose it. */
  readonly chance?: () => number;
  /** How a message is sent; tests choose it. */
  readonly post?: Post;
}

const DUTY = Symbol('what starts and stops deliveries');

/** What leaves Tocsin by itself: the feed, its streams, and the webhooks. */
@Module({})
export class SubscriptionsModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly tail: LiveTail,
    private readonly streams: EventStreams,
    private readonly subscriptions: Subscriptions,
    private readonly book: DeliveryBook,
    @Inject(DUTY) private readonly duty: Duty | undefined,
  ) {}

  static forRoot({
    folder,
    allow,
    chance = Math.random,
    post,
    deliver = true,
    leasedBy,
  }: SubscriptionsOptions): DynamicModule {
    const logger = new Logger('Subscriptions');
    const failed =
      (what: string) =>
      (error: unknown): void =>
        logger.error(`${what}: ${String(error)}`);
    const policy = new TargetPolicy(allow);
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
          useFactory: (feed: Feed) => new LiveTail(feed, failed('The live streams stand still')),
          inject: [Feed],
        },
        {
          provide: EventStreams,
          useFactory: (feed: Feed, tail: LiveTail) => new EventStreams(feed, tail),
          inject: [Feed, LiveTail],
        },
        { provide: TargetPolicy, useValue: policy },
        { provide: DeliveryBook, useFactory: () => new DeliveryBook(join(folder, 'deliveries.db')) },
        {
          provide: Subscriptions,
          useFactory: (feed: Feed, clock: Clock, ids: Ids) =>
            new Subscriptions(
              feed,
              new SecretFile(join(folder, 'webhook-keys.json')),
              clock,
              ids,
              failed('Subscriptions cannot be followed'),
            ),
          inject: [Feed, Clock, Ids],
        },
        {
          provide: Couriers,
          useFactory: (feed: Feed, tail: LiveTail, subscriptions: Subscriptions, book: DeliveryBook, clock: Clock) =>
            new Couriers(
              {
                feed,
                subscriptions,
                book,
                clock,
                chance,
                post: post ?? guardedPost(policy),
                onFailure: failed('A delivery could not be made'),
              },
              tail,
            ),
          inject: [Feed, LiveTail, Subscriptions, DeliveryBook, Clock],
        },
        {
          provide: DUTY,
          useFactory: (couriers: Couriers, store: EventStore, ids: Ids): Duty | undefined => {
            if (!deliver) return undefined;
            if (leasedBy === undefined) return couriers;
            const onFailure = failed('The lease of the deliveries could not be kept');
            return new Lease({ store, ids, duty: couriers, name: 'webhooks', holder: leasedBy, onFailure });
          },
          inject: [Couriers, EventStore, Ids],
        },
      ],
      exports: [Feed, LiveTail, EventStreams, TargetPolicy, DeliveryBook, Subscriptions, Couriers],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.tail.start();
    await this.subscriptions.start();
    this.duty?.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.streams.stop();
    await this.duty?.stop();
    this.book.close();
    await this.subscriptions.stop();
    await this.tail.stop();
  }
}
