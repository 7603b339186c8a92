/**
 * The process that dies: the command handler, the views and the clocks on one data folder, on a clock that runs an hour
 * in a few milliseconds. It says `open` once it works, and then nothing: what it recorded is in the log.
 */
import { CommandBus } from '@nestjs/cqrs';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  AnswerLog,
  Clock,
  ExecuteCommandHandler,
  FixedCatalogue,
  Incidents,
  RandomIds,
  type ExecuteCommand,
} from '#libs/application';
import { ClockProcess } from '#libs/clocks';
import { DueIncidents, openViews, ProjectionRunner, projections, Views } from '#libs/read-models';
import { SqliteEventStore } from '../../libs/event-store/src/sqlite/sqlite-event-store.js';

export interface ClockWorkerOptions {
  readonly folder: string;
  /** Where its clock stands when it starts. Milliseconds since 1970. */
  readonly startMs: number;
  /** How many milliseconds of its clock go by in one of the machine's. */
  readonly speed: number;
}

class FastClock extends Clock {
  private readonly began = performance.now();

  constructor(private readonly options: ClockWorkerOptions) {
    super();
  }

  override nowMs(): number {
    return Math.floor(this.options.startMs + (performance.now() - this.began) * this.options.speed);
  }
}

const options = JSON.parse(process.argv[2] ?? '{}') as ClockWorkerOptions;
const fail = (error: unknown): void => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
};
const [clock, ids] = [new FastClock(options), new RandomIds()];
const store = SqliteEventStore.open({ file: join(options.folder, 'log.db') });
const views = openViews(join(options.folder, 'views.db'), projections);
const handler = new ExecuteCommandHandler(
  store,
  new Incidents(store),
  new AnswerLog(store, ids),
  new FixedCatalogue(),
  clock,
  ids,
);
const bus = { execute: (command: ExecuteCommand) => handler.execute(command) } as unknown as CommandBus;
const runner = new ProjectionRunner(store, views, projections, fail);
const clocks = new ClockProcess(bus, new DueIncidents(new Views(views)), runner, clock, fail);
await runner.start();
clocks.start();
// The clock of this process does not fire timers: it is looked at all the time.
setInterval(() => clocks.wake(), 1);
writeSync(1, 'open\n');
