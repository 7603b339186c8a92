import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { join } from 'node:path';
import { ApplicationModule, LeaseWatches, LeaseWatchesModule, type ApplicationOptions } from '#libs/application';
import { ClockProcess, ClocksModule } from '#libs/clocks';
import { EventStore, EventStoreModule } from '#libs/event-store';
import { ProjectionRunner, ReadModelsModule } from '#libs/read-models';
import { SubscriptionsModule, type SubscriptionsOptions } from '#libs/subscriptions';
import { backgroundOfServer, dutiesOfReplica, type Background } from './background.js';
import type { Config } from './config.js';
import { Health } from './health.js';
import { metrics } from './metrics.providers.js';
import { storeOptions } from './store-options.js';
import { AwaitViewInterceptor } from './http/await-view.interceptor.js';
import { CatalogueController } from './http/catalogue.controller.js';
import { CommandsController } from './http/commands.controller.js';
import { EventCatalogueController } from './http/event-catalogue.controller.js';
import { EventsController } from './http/events.controller.js';
import { ExercisesController } from './http/exercises.controller.js';
import { IncidentsController } from './http/incidents.controller.js';
import { OperationsController } from './http/operations.controller.js';
import { SubscriptionsController } from './http/subscriptions.controller.js';
import { PagesModule } from './pages/pages.module.js';

export interface ApiParts extends ApplicationOptions {
  /** Modules beside the server's own, such as what a benchmark compares it with. */
  readonly modules?: readonly Type[];
  /** Chance and sending of webhooks, where a test or a trial chooses them. */
  readonly webhooks?: Pick<SubscriptionsOptions, 'chance' | 'post'>;
  /** What runs by itself in this process, where a test chooses it. Default: {@link backgroundOfServer}. */
  readonly background?: Background;
  /** How long a request may take to arrive, where a test does not wait for it. */
  readonly arrivalMsMax?: number;
}

/** Composition root of the server: which store, which clock, which background parts. */
@Module({})
export class ApiModule {
  static forRoot(config: Config, parts: ApiParts): DynamicModule {
    const { runs } = parts.background ?? backgroundOfServer(config);
    return {
      module: ApiModule,
      imports: [
        EventStoreModule.forRoot(storeOptions(config)),
        ApplicationModule.forRoot(parts),
        ReadModelsModule.forRoot({ file: join(config.data, 'views.db') }),
        ...(parts.modules ?? []),
        runs ? ClocksModule.forRoot() : LeaseWatchesModule.forRoot(),
        PagesModule,
        SubscriptionsModule.forRoot({
          folder: config.data,
          allow: config.webhookAllow,
          ...(runs ? {} : { cluster: { sealingKeys: config.webhookKeys } }),
          ...parts.webhooks,
        }),
      ],
      controllers: [
        CommandsController,
        IncidentsController,
        CatalogueController,
        ExercisesController,
        EventCatalogueController,
        EventsController,
        OperationsController,
        SubscriptionsController,
      ],
      providers: [
        { provide: APP_INTERCEPTOR, useClass: AwaitViewInterceptor },
        {
          provide: Health,
          useFactory: (store: EventStore, runner: ProjectionRunner, duties: ClockProcess | LeaseWatches) =>
            new Health(
              config,
              store,
              runner,
              duties instanceof ClockProcess ? { clocks: () => duties.health() } : dutiesOfReplica(config, duties),
            ),
          inject: [EventStore, ProjectionRunner, runs ? ClockProcess : LeaseWatches],
        },
        ...metrics,
      ],
    };
  }
}
