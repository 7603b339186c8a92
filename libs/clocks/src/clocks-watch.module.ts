import {
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { EventStore } from '#libs/event-store';
import { ClocksWatch } from './clocks-watch.js';

/** For a process that does not run the clocks, so that somebody notices when nobody does. */
@Module({})
export class ClocksWatchModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly watch: ClocksWatch) {}

  static forRoot(): DynamicModule {
    return {
      module: ClocksWatchModule,
      providers: [
        { provide: ClocksWatch, useFactory: (store: EventStore) => new ClocksWatch(store), inject: [EventStore] },
      ],
      exports: [ClocksWatch],
    };
  }

  onApplicationBootstrap(): void {
    this.watch.start();
  }

  beforeApplicationShutdown(): void {
    this.watch.stop();
  }
}
