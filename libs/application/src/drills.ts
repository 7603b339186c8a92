import type { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { Scenario } from '#libs/playbooks';
import type { CommandAnswer } from './execute-command.js';
import { playScenario, type PlayOptions } from './play-scenario.js';

/** Drills that take their time, at once. */
export const DRILLS_MAX = 8;
/** Longer timers would fire at once. */
const TIMER_MS_MAX = 2_147_483_647;

/** Too many drills run already. */
export class TooManyDrills extends Error {
  override readonly name = 'TooManyDrills';
}

/** Plays scenarios in the background at a pace that people can follow. A stop of the server ends them where they are. */
export class Drills {
  private readonly running = new Set<Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /**
   * Records the first entry, then goes on by itself.
   * @param speed how many times faster than it happened.
   * @returns the answer to the first entry. @throws {TooManyDrills}
   */
  start(scenario: Scenario, speed: number, options: PlayOptions): Promise<CommandAnswer> {
    if (this.running.size >= DRILLS_MAX) throw new TooManyDrills(`${DRILLS_MAX} drills are running`);
    return new Promise((resolve, reject) => {
      const play = playScenario(this.commands, this.queries, scenario, {
        ...options,
        pause: (sinceMs) => this.pause(sinceMs / speed),
        onEntry: (_event, answer) => resolve(answer),
      });
      const run = play
        .then(() => undefined)
        .catch((error: unknown) => {
          reject(error);
          if (!this.stopping.signal.aborted) this.onFailure(error);
        })
        .finally(() => this.running.delete(run));
      this.running.add(run);
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort(new Error('The server stops'));
    await Promise.allSettled(this.running);
  }

  private async pause(waitMs: number): Promise<void> {
    const { signal } = this.stopping;
    for (let leftMs = waitMs; leftMs > 0; leftMs -= TIMER_MS_MAX) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(done, Math.min(leftMs, TIMER_MS_MAX));
        signal.addEventListener('abort', stop, { once: true });
        function done(): void {
          signal.removeEventListener('abort', stop);
          resolve();
        }
        function stop(): void {
          clearTimeout(timer);
          reject(signal.reason as Error);
        }
      });
    }
    signal.throwIfAborted();
  }
}
