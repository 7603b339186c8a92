import {
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
  Logger,
} from '@nestjs/common';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { EventStore } from '#libs/event-store';
import {
  GetBoardHandler,
  GetCurrentIncidentsHandler,
  GetObligationsHandler,
  GetServicesHandler,
} from './incident-board/incident-board.query.js';
import { GetTimelineHandler } from './incident-timeline/incident-timeline.query.js';
import { projections } from './projections.js';
import { ProjectionRunner } from './projection-runner.js';
import { openViews } from './views-database.js';
import { lockViews } from './views-lock.js';
import { Views } from './views.js';

export interface ReadModelsOptions {
  /** Path of the views, or `:memory:`. */
  readonly file: string;
}

/** The views of this process and the runner that keeps them. */
@Module({})
export class ReadModelsModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly runner: ProjectionRunner,
    private readonly views: Views,
  ) {}

  static forRoot({ file }: ReadModelsOptions): DynamicModule {
    const logger = new Logger('Views');
    return {
      module: ReadModelsModule,
      global: true,
      providers: [
        {
          provide: Views,
          useFactory: () => {
            if (file === ':memory:') return new Views(openViews(file, projections));
            mkdirSync(dirname(file), { recursive: true });
            const unlock = lockViews(file);
            return new Views(openViews(file, projections), unlock);
          },
        },
        {
          provide: ProjectionRunner,
          useFactory: (store: EventStore, views: Views) =>
            new ProjectionRunner(store, views.db, projections, (error) =>
              logger.error(`The views stand still: ${String(error)}`),
            ),
          inject: [EventStore, Views],
        },
        GetBoardHandler,
        GetCurrentIncidentsHandler,
        GetServicesHandler,
        GetObligationsHandler,
        GetTimelineHandler,
      ],
      exports: [Views, ProjectionRunner],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.runner.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.runner.stop();
    this.views.close();
  }
}
