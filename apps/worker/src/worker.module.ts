import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { join } from 'node:path';
import { ApplicationModule, type ApplicationOptions } from '#libs/application';
import { ClockProcess, ClocksDuty, ClocksModule } from '#libs/clocks';
import { EventStore, EventStoreModule } from '#libs/event-store';
import { ProjectionRunner, ReadModelsModule } from '#libs/read-models';
import { CLUSTER_WEBHOOKS, leaseHolder } from '../../api/src/background.js';
import type { Config } from '../../api/src/config.js';
import { Health } from '../../api/src/health.js';
import { OperationsController } from '../../api/src/http/operations.controller.js';
import { ProblemDetailsFilter } from '../../api/src/http/problem-details.filter.js';
import { Metrics } from '../../api/src/metrics.js';
import { storeOptions } from '../../api/src/store-options.js';

/**
 * Composition root of a worker: what works by itself on a cluster, each duty by the one process that holds its lease, and
 * of HTTP only what an operator asks.
 */
@Module({})
export class WorkerModule {
  static forRoot(config: Config, parts: ApplicationOptions): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        EventStoreModule.forRoot(storeOptions(config)),
        ApplicationModule.forRoot(parts),
        ReadModelsModule.forRoot({ file: join(config.data, 'views.db') }),
        ClocksModule.forRoot({ leasedBy: leaseHolder() }),
      ],
      controllers: [OperationsController],
      providers: [
        { provide: APP_FILTER, useClass: ProblemDetailsFilter },
        {
          provide: Health,
          useFactory: (store: EventStore, runner: ProjectionRunner, clocks: ClockProcess, duty: ClocksDuty) =>
            new Health(config, store, runner, {
              clocks: () => clocks.health(),
              leases: () => ({ clocks: duty.isHeld ? 'held' : 'standing-by' }),
              webhooks: CLUSTER_WEBHOOKS,
            }),
          inject: [EventStore, ProjectionRunner, ClockProcess, ClocksDuty],
        },
        { provide: Metrics, useFactory: (health: Health) => new Metrics(health), inject: [Health] },
      ],
    };
  }
}
