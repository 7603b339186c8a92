import {
  Logger,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Clock } from '#libs/application';
import { DueIncidents, ProjectionRunner, Views } from '#libs/read-models';
import { ClockProcess } from './clock-process.js';

/**
 * Runs the legal clocks in this process. Not global: the hooks of global modules run first, and the clocks must not start
 * before the command bus knows its handlers.
 */
@Module({})
export class ClocksModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly process: ClockProcess) {}

  static forRoot(): DynamicModule {
    const logger = new Logger('Clocks');
    return {
      module: ClocksModule,
      providers: [
        {
          provide: ClockProcess,
          useFactory: (commands: CommandBus, views: Views, runner: ProjectionRunner, clock: Clock) =>
            new ClockProcess(commands, new DueIncidents(views), runner, clock, (error) =>
              logger.error(`The clocks could not record: ${String(error)}`),
            ),
          inject: [CommandBus, Views, ProjectionRunner, Clock],
        },
      ],
      exports: [ClockProcess],
    };
  }

  onApplicationBootstrap(): void {
    this.process.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.process.stop();
  }
}
