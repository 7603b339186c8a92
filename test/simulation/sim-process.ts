import { CommandBus } from '@nestjs/cqrs';
import {
  AnswerLog,
  Clock,
  ExecuteCommand,
  ExecuteCommandHandler,
  Ids,
  Incidents,
  shippedCatalogue,
  type CommandAnswer,
} from '#libs/application';
import { ClockProcess } from '#libs/clocks';
import { DueIncidents, openViews, ProjectionRunner, projections, Views, type ViewsDatabase } from '#libs/read-models';
import type { Random } from '../support/random.js';
import { SimStore, type SimLog } from './sim-log.js';

export class SimClock extends Clock {
  constructor(public ms: number) {
    super();
  }

  override nowMs(): number {
    return this.ms;
  }
}

/** Ids that a seed replays, in the layout of version 7. */
export class SimIds extends Ids {
  constructor(private readonly chance: Random) {
    super();
  }

  override next(): string {
    const hex = (digits: number): string =>
      Array.from({ length: digits }, () => this.chance.between(0, 16).toString(16)).join('');
    return `${hex(8)}-${hex(4)}-7${hex(3)}-8${hex(3)}-${hex(12)}`;
  }
}

const catalogue = shippedCatalogue();

/** One process: the real command handler, views and clocks on the simulated log. Made again after each crash. */
export class SimProcess {
  readonly store: SimStore;
  readonly runner: ProjectionRunner;
  readonly clocks: ClockProcess;
  private readonly handler: ExecuteCommandHandler;

  constructor(
    log: SimLog,
    readonly views: ViewsDatabase,
    clock: SimClock,
    ids: SimIds,
    chance: Random,
  ) {
    this.store = new SimStore(log, chance);
    this.handler = new ExecuteCommandHandler(
      this.store,
      new Incidents(this.store),
      new AnswerLog(this.store, ids),
      catalogue,
      clock,
      ids,
    );
    this.runner = new ProjectionRunner(this.store, views, projections, () => undefined);
    const bus = { execute: (command: ExecuteCommand) => this.handler.execute(command) } as unknown as CommandBus;
    this.clocks = new ClockProcess(bus, new DueIncidents(new Views(views)), this.runner, clock, () => undefined);
  }

  async start(): Promise<void> {
    await this.orCrash(this.runner.start());
    if (!this.store.isCrashed) this.clocks.start();
  }

  /** @returns undefined when the process died before it could answer. */
  execute(command: ExecuteCommand): Promise<CommandAnswer | undefined> {
    return this.orCrash(this.handler.execute(command));
  }

  /** Lets the clocks work until they have nothing to do, or the process is dead. */
  async settle(): Promise<void> {
    this.clocks.wake();
    await this.orCrash(this.clocks.idle());
  }

  /** What a power cut leaves: nothing of the process runs on. */
  kill(): void {
    this.store.crash();
    void this.clocks.stop();
  }

  /** A promise of a crashed process never settles; turns of the event loop without progress tell so. */
  private async orCrash<Result>(work: Promise<Result>): Promise<Result | undefined> {
    let settled = false;
    const outcome = work.finally(() => {
      settled = true;
    });
    const dead = (async (): Promise<undefined> => {
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        if (settled || this.store.isCrashed) return undefined;
      }
    })();
    return Promise.race([outcome, dead.then(() => (settled ? outcome : undefined))]);
  }
}

export const memoryViews = (): ViewsDatabase => openViews(':memory:', projections);
