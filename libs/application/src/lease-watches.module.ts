import {
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { EventStore } from '#libs/event-store';
import { LeaseWatch } from './lease-watch.js';
import { CLOCKS_LEASE, WEBHOOKS_LEASE } from './lease.js';

/** Whether any worker does each of the duties. */
export class LeaseWatches {
  readonly clocks: LeaseWatch;
  readonly webhooks: LeaseWatch;

  constructor(store: EventStore) {
    this.clocks = new LeaseWatch(store, CLOCKS_LEASE);
    this.webhooks = new LeaseWatch(store, WEBHOOKS_LEASE);
  }
}

/** For a process that does none of the duties, so that somebody notices when nobody does. */
@Module({})
export class LeaseWatchesModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly watches: LeaseWatches) {}

  static forRoot(): DynamicModule {
    return {
      module: LeaseWatchesModule,
      providers: [
        { provide: LeaseWatches, useFactory: (store: EventStore) => new LeaseWatches(store), inject: [EventStore] },
      ],
      exports: [LeaseWatches],
    };
  }

  onApplicationBootstrap(): void {
    this.watches.clocks.start();
    this.watches.webhooks.start();
  }

  beforeApplicationShutdown(): void {
    this.watches.clocks.stop();
    this.watches.webhooks.stop();
  }
}
