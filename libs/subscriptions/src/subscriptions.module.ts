import {
  Logger,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
  type Provider,
} from '@nestjs/common';
import { join } from 'node:path';
import { Clock, Ids, Incidents, Lease, WEBHOOKS_LEASE, type Duty } from '#libs/application';
import { EventStore } from '#libs/event-store';
import { EventStreams } from './feed/event-streams.js';
import { Feed } from './feed/feed.js';
import { IncidentFacts } from './feed/incident-facts.js';
import { LiveTail } from './feed/live-tail.js';
import { LogMarks } from './feed/log-marks.js';
import { Couriers } from './webhooks/couriers.js';
import { DeliveryBook } from './webhooks/delivery-book.js';
import { DeliveryLedger } from './webhooks/delivery-ledger.js';
import { DeliveryRecords, OwnRecords, SharedRecords } from './webhooks/delivery-records.js';
import { FindDelivery } from './webhooks/find-delivery.js';
import { guardedPost, type Post } from './webhooks/guarded-post.js';
import { SealedSecrets } from './webhooks/sealed-secrets.js';
import { SecretFile } from './webhooks/secret-file.js';
import { SigningSecrets } from './webhooks/signing-secrets.js';
import { Subscriptions } from './webhooks/subscriptions.js';
import { TargetPolicy } from './webhooks/target-policy.js';

export interface SubscriptionsOptions {
  /** Absent: this process alone delivers, and keeps what that takes in its folder. */
  readonly cluster?: ClusterOptions;
  /** Folder of the signing keys and of how far each delivery has got. */
  readonly folder: string;
  /** Hosts and address ranges that a webhook may reach although they are private (TOCSIN_WEBHOOK_ALLOW). */
  readonly allow: readonly string[];
  /** From 0 to 1; tests choose it. */
  readonly chance?: () => number;
  /** How a message is sent; tests choose it. */
  readonly post?: Post;
}

/** Several processes share the subscriptions: all that they must agree on is in the log. */
export interface ClusterOptions {
  /** What seals signing keys, the first one, and opens them; empty: no subscription can be made here. */
  readonly sealingKeys: readonly Buffer[];
  /** Name of this process, when it may deliver: one at a time does, by a lease in the store. */
  readonly leasedBy?: string;
}

/** What starts and stops deliveries, and whether this process makes them. */
export abstract class WebhooksDuty {
  /** False while another process makes them. */
  abstract readonly isHeld: boolean;
  abstract start(): void;
  abstract stop(): Promise<void>;
}

/** What leaves Tocsin by itself: the feed, its streams, and the webhooks. */
@Module({})
export class SubscriptionsModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly tail: LiveTail,
    private readonly streams: EventStreams,
    private readonly subscriptions: Subscriptions,
    private readonly book: DeliveryBook,
    private readonly duty: WebhooksDuty,
  ) {}

  static forRoot(options: SubscriptionsOptions): DynamicModule {
    const failed = failures(new Logger('Subscriptions'));
    return {
      module: SubscriptionsModule,
      global: true,
      providers: [...feed(failed), ...webhooks(options, failed), ...deliveries(options, failed)],
      exports: [
        Feed,
        LiveTail,
        EventStreams,
        TargetPolicy,
        DeliveryBook,
        DeliveryRecords,
        FindDelivery,
        Subscriptions,
        Couriers,
        WebhooksDuty,
      ],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.tail.start();
    await this.subscriptions.start();
    this.duty.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.streams.stop();
    await this.duty.stop();
    this.book.close();
    await this.subscriptions.stop();
    await this.tail.stop();
  }
}

type Failures = (what: string) => (error: unknown) => void;

const failures =
  (logger: Logger): Failures =>
  (what) =>
  (error) =>
    logger.error(`${what}: ${String(error)}`);

const feed = (failed: Failures): Provider[] => [
  {
    provide: Feed,
    useFactory: (store: EventStore, incidents: Incidents) => new Feed(store, new IncidentFacts(store, incidents)),
    inject: [EventStore, Incidents],
  },
  {
    provide: LiveTail,
    useFactory: (from: Feed) => new LiveTail(from, failed('The live streams stand still')),
    inject: [Feed],
  },
  {
    provide: EventStreams,
    useFactory: (from: Feed, tail: LiveTail) => new EventStreams(from, tail),
    inject: [Feed, LiveTail],
  },
];

/** Subscriptions and their keys: what every process of a cluster has. */
const webhooks = ({ cluster, folder, allow }: SubscriptionsOptions, failed: Failures): Provider[] => [
  { provide: TargetPolicy, useFactory: () => new TargetPolicy(allow) },
  {
    provide: SigningSecrets,
    useFactory: (store: EventStore, ids: Ids) =>
      cluster ? new SealedSecrets(store, ids, cluster.sealingKeys) : new SecretFile(join(folder, 'webhook-keys.json')),
    inject: [EventStore, Ids],
  },
  {
    provide: Subscriptions,
    useFactory: (from: Feed, secrets: SigningSecrets, clock: Clock, ids: Ids) =>
      new Subscriptions(from, secrets, clock, ids, failed('Subscriptions cannot be followed')),
    inject: [Feed, SigningSecrets, Clock, Ids],
  },
  {
    provide: DeliveryBook,
    useFactory: () => new DeliveryBook(cluster ? ':memory:' : join(folder, 'deliveries.db')),
  },
  {
    provide: DeliveryRecords,
    useFactory: (book: DeliveryBook, store: EventStore) =>
      cluster ? new SharedRecords(book, store) : new OwnRecords(book),
    inject: [DeliveryBook, EventStore],
  },
  {
    provide: FindDelivery,
    useFactory: (from: Feed, book: DeliveryBook) => new FindDelivery(from, book, new LogMarks(from.store)),
    inject: [Feed, DeliveryBook],
  },
];

const deliveries = ({ cluster, chance = Math.random, post }: SubscriptionsOptions, failed: Failures): Provider[] => [
  {
    provide: Couriers,
    useFactory: (
      from: Feed,
      tail: LiveTail,
      subscriptions: Subscriptions,
      book: DeliveryBook,
      policy: TargetPolicy,
      clock: Clock,
      ids: Ids,
    ): Couriers => {
      const onFailure = failed('A delivery could not be made');
      const ledger =
        cluster &&
        new DeliveryLedger({ store: from.store, ids, book, onLost: (id: string) => couriers.lost(id), onFailure });
      const couriers = new Couriers(
        { feed: from, subscriptions, book, ledger, clock, chance, post: post ?? guardedPost(policy), onFailure },
        tail,
      );
      return couriers;
    },
    inject: [Feed, LiveTail, Subscriptions, DeliveryBook, TargetPolicy, Clock, Ids],
  },
  {
    provide: WebhooksDuty,
    useFactory: (couriers: Couriers, store: EventStore, ids: Ids): WebhooksDuty => {
      if (!cluster) return new Delivering(couriers);
      const { leasedBy: holder } = cluster;
      if (holder === undefined) return new Delivering(undefined);
      const onFailure = failed('The lease of the deliveries could not be kept');
      return new Delivering(new Lease({ store, ids, duty: couriers, name: WEBHOOKS_LEASE, holder, onFailure }));
    },
    inject: [Couriers, EventStore, Ids],
  },
];

class Delivering extends WebhooksDuty {
  constructor(private readonly duty: (Duty & { readonly isHeld?: boolean }) | undefined) {
    super();
  }

  /** Without a lease there is nobody else. */
  get isHeld(): boolean {
    return this.duty !== undefined && (this.duty.isHeld ?? true);
  }

  start(): void {
    this.duty?.start();
  }

  async stop(): Promise<void> {
    await this.duty?.stop();
  }
}
