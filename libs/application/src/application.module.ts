import { Logger, Module, type BeforeApplicationShutdown, type DynamicModule, type Provider } from '@nestjs/common';
import { CommandBus, CqrsModule, QueryBus } from '@nestjs/cqrs';
import { EventStore } from '#libs/event-store';
import { AnswerLog } from './answer-log.js';
import { Catalogue } from './catalogue.js';
import { Clock } from './clock.js';
import { CommandLimit } from './command-limit.js';
import { Drills } from './drills.js';
import { ExecuteCommandHandler } from './execute-command.js';
import { Ids } from './ids.js';
import { Incidents } from './incidents.js';
import { GetIncidentHandler, GetRawEventsHandler } from './queries.js';

export interface ApplicationOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly catalogue: Catalogue;
  /** How long callers wait, and how many may, where a test chooses it. */
  readonly limit?: CommandLimit;
}

/** What the outside may ask for: commands and queries of incidents, on the event store that is in use. */
@Module({})
export class ApplicationModule implements BeforeApplicationShutdown {
  constructor(private readonly drills: Drills) {}

  static forRoot({ clock, ids, catalogue, limit = new CommandLimit() }: ApplicationOptions): DynamicModule {
    const shared: Provider[] = [
      { provide: Clock, useValue: clock },
      { provide: Ids, useValue: ids },
      { provide: Catalogue, useValue: catalogue },
      { provide: CommandLimit, useValue: limit },
      { provide: Incidents, useFactory: (store: EventStore) => new Incidents(store), inject: [EventStore] },
      { provide: AnswerLog, useFactory: (store: EventStore) => new AnswerLog(store, ids), inject: [EventStore] },
    ];
    const logger = new Logger('Drills');
    const drills: Provider = {
      provide: Drills,
      useFactory: (commands: CommandBus, queries: QueryBus) =>
        new Drills(commands, queries, (error) => logger.error(`A drill stopped: ${String(error)}`)),
      inject: [CommandBus, QueryBus],
    };
    return {
      module: ApplicationModule,
      global: true,
      imports: [CqrsModule.forRoot()],
      providers: [...shared, drills, ExecuteCommandHandler, GetIncidentHandler, GetRawEventsHandler],
      exports: [CqrsModule, Clock, Ids, Catalogue, Incidents, AnswerLog, Drills],
    };
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.drills.stop();
  }
}
