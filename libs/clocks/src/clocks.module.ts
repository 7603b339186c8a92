import {
  Logger,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Clock, CLOCKS_LEASE, Ids, Lease } from '#libs/application';
import { EventStore } from '#libs/event-store';
import { DueIncidents, ProjectionRunner, Views } from '#libs/read-models';
import { ClockProcess } from './clock-process.js';

export interface ClocksOptions {
  /** Name of this process, when several could run the clocks: then one of them does, by a lease in the store. */
  readonly leasedBy?: string;
}

/** What starts and stops the clocks of a process, and whether it is the one that runs them. */
export abstract class ClocksDuty {
  /** False while another process runs them. */
  abstract readonly isHeld: boolean;
}

/**
 * Runs the legal clocks in this process, or waits to run them in the place of another one. Not global: the hooks of global
 * modules run first, and the clocks must not start before the command bus knows its handlers.
 */
@Module({})
export class ClocksModule {
  static forRoot({ leasedBy }: ClocksOptions = {}): DynamicModule {
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
        {
          provide: ClocksDuty,
          useFactory: (clocks: ClockProcess, runner: ProjectionRunner, store: EventStore, ids: Ids) =>
            new RunningClocks(
              leasedBy === undefined
                ? clocks
                : new Lease({
                    store,
                    ids,
                    holder: leasedBy,
                    duty: clocks,
                    name: CLOCKS_LEASE,
                    // What is due is found in the views.
                    isAble: () => runner.lag().failure === undefined,
                    onFailure: (error) => logger.warn(`The lease of the clocks could not be kept: ${String(error)}`),
                  }),
            ),
          inject: [ClockProcess, ProjectionRunner, EventStore, Ids],
        },
      ],
      exports: [ClockProcess, ClocksDuty],
    };
  }
}

class RunningClocks extends ClocksDuty implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly duty: Pick<Lease, 'start' | 'stop'> & { readonly isHeld?: boolean }) {
    super();
  }

  /** Without a lease there is nobody else. */
  get isHeld(): boolean {
    return this.duty.isHeld ?? true;
  }

  onApplicationBootstrap(): void {
    this.duty.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.duty.stop();
  }
}
