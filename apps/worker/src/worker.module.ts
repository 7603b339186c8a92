import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { join } from 'node:path';
import { ApplicationModule, type ApplicationOptions } from '#libs/application';
import { ClockProcess, ClocksDuty, ClocksModule } from '#libs/clocks';
import { EventStore, EventStoreModule } from '#libs/event-store';
import { ProjectionRunner, ReadModelsModule } from '#libs/read-models';
import { SubscriptionsModule, WebhooksDuty } from '#libs/subscriptions';
import { leaseHolder, webhooksInCluster } from '../../api/src/background.js';
import type { Config } from '../../api/src/config.js';
import { Health, type LeaseState } from '../../api/src/health.js';
import { OperationsController } from '../../api/src/http/operations.controller.js';
import { ProblemDetailsFilter } from '../../api/src/http/problem-details.filter.js';
import { metrics } from '../../api/src/metrics.providers.js';
import { storeOptions } from '../../api/src/store-options.js';

/**
 * Composition root of a worker: what works by itself on a cluster, each duty by the one process that holds its lease, and
 * of HTTP only what an operator asks.
 */
@Module({})
export class WorkerModule {
  static forRoot(config: Config, parts: ApplicationOptions): DynamicModule {
    const { webhookKeys: sealingKeys, webhookAllow: allow, data: folder } = config;
    const leasedBy = leaseHolder();
    const sends = sealingKeys.length > 0;
    return {
      module: WorkerModule,
      imports: [
        EventStoreModule.forRoot(storeOptions(config)),
        ApplicationModule.forRoot(parts),
        ReadModelsModule.forRoot({ file: join(config.data, 'views.db') }),
        ClocksModule.forRoot({ leasedBy }),
        SubscriptionsModule.forRoot({ folder, allow, cluster: { sealingKeys, ...(sends ? { leasedBy } : {}) } }),
      ],
      controllers: [OperationsController],
      providers: [
        { provide: APP_FILTER, useClass: ProblemDetailsFilter },
        {
          provide: Health,
          useFactory: (
            store: EventStore,
            runner: ProjectionRunner,
            clocks: ClockProcess,
            clocksDuty: ClocksDuty,
            webhooksDuty: WebhooksDuty,
          ) =>
            new Health(config, store, runner, {
              clocks: () => clocks.health(),
              leases: () => ({ clocks: stateOf(clocksDuty), ...(sends ? { webhooks: stateOf(webhooksDuty) } : {}) }),
              webhooks: () => webhooksInCluster(config),
            }),
          inject: [EventStore, ProjectionRunner, ClockProcess, ClocksDuty, WebhooksDuty],
        },
        ...metrics,
      ],
    };
  }
}

const stateOf = ({ isHeld }: ClocksDuty | WebhooksDuty): LeaseState => (isHeld ? 'held' : 'standing-by');
