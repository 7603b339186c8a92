import { OutcomeUnknown } from '#libs/event-store';
import { Busy } from './problems.js';

/** A caller has an answer within this time, whatever the log does: shorter than the patience of gateways (30 to 60 s). */
export const COMMAND_MS_MAX = 15_000;
/** Commands under way in one process; with more, a log that is slow would only make late answers. */
export const COMMANDS_UNDER_WAY_MAX = 2048;

export interface CommandLimitOptions {
  readonly msMax?: number;
  readonly underWayMax?: number;
  /** Calls `then` after the time. @returns how to stop that. */
  readonly schedule?: (ms: number, then: () => void) => () => void;
}

/** What one command has left, and what may have become of it. */
export class CommandTime {
  private over = false;
  private sent = false;

  get mayBeWritten(): boolean {
    return this.sent;
  }

  /** Its caller has been answered. */
  end(): void {
    this.over = true;
  }

  /** @throws {Busy} when nobody waits for the command any more: then it is not begun anew. */
  check(): void {
    if (this.over) throw new Busy('The time of the command is over');
  }

  /** From here on the log may have it: by an append of ours, or of an earlier request with the same key. */
  mayWrite(): void {
    this.check();
    this.sent = true;
  }
}

/** Bounds how long callers wait for commands, and how many commands wait for the log. */
export class CommandLimit {
  private readonly msMax: number;
  private readonly underWayMax: number;
  private readonly schedule: NonNullable<CommandLimitOptions['schedule']>;
  private underWay = 0;

  constructor(options: CommandLimitOptions = {}) {
    this.msMax = options.msMax ?? COMMAND_MS_MAX;
    this.underWayMax = options.underWayMax ?? COMMANDS_UNDER_WAY_MAX;
    this.schedule = options.schedule ?? byTimer;
  }

  /**
   * What the work gives, within the time. Work that takes longer counts as under way until it is done.
   * @throws {Busy} too many are under way, or the time is over and nothing was sent to the log.
   * @throws {OutcomeUnknown} the time is over, and it may be written.
   */
  run<T>(work: (time: CommandTime) => Promise<T>): Promise<T> {
    if (this.underWay >= this.underWayMax) return Promise.reject(new Busy(`${this.underWay} commands are under way`));
    this.underWay += 1;
    const time = new CommandTime();
    return new Promise((resolve, reject) => {
      const cancel = this.schedule(this.msMax, () => {
        time.end();
        const said = `The log has not answered a command for ${this.msMax} ms`;
        reject(time.mayBeWritten ? new OutcomeUnknown(said) : new Busy(said));
      });
      work(time)
        .then(resolve, reject)
        .finally(() => {
          this.underWay -= 1;
          cancel();
        });
    });
  }
}

const byTimer = (ms: number, then: () => void): (() => void) => {
  const timer = setTimeout(then, ms).unref();
  return () => clearTimeout(timer);
};
