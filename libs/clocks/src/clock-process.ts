import type { CommandBus } from '@nestjs/cqrs';
import { instantOf } from '#libs/domain';
import { CLOCKS, ExecuteCommand, UnknownIncident, type Clock } from '#libs/application';
import type { DueIncidents, ProjectionRunner } from '#libs/read-models';

/** Incidents noticed in one round before the queue is looked at again. */
export const ROUND_INCIDENTS_MAX = 256;
/** The wall clock may be set, and a laptop may sleep: no wait is longer than this. */
export const WAIT_MS_MAX = 30_000;
/** After a failure; doubled each time up to {@link WAIT_MS_MAX}. */
const RETRY_MS_MIN = 200;

export interface ClockProcessHealth {
  readonly ok: boolean;
  readonly nextAt?: string;
  readonly cause?: string;
}

/**
 * Records warnings and missed terms when they fall due: late after a stop, never twice, never lost.
 * What is due is found by an index of the views, which move with their checkpoint; whether it is still due is decided on
 * the incident itself, so a second process, a repeat or a stale view records nothing.
 */
export class ClockProcess {
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private running = false;
  private again = false;
  private stopped = true;
  private failures = 0;
  private cause: string | undefined;
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly commands: CommandBus,
    private readonly due: DueIncidents,
    private readonly views: ProjectionRunner,
    private readonly clock: Clock,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  start(): void {
    this.stopped = false;
    this.stopListening = this.views.onMoved(() => this.wake());
    this.wake();
  }

  /** Looks now: the views moved, or the clock did. */
  wake(): void {
    if (this.stopped) return;
    if (this.running) {
      this.again = true;
      return;
    }
    clearTimeout(this.timer);
    this.running = true;
    this.round = this.work().finally(() => {
      this.running = false;
      if (this.again) {
        this.again = false;
        this.wake();
      } else this.sleep();
    });
  }

  /** Waits for the round under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.stopListening();
    clearTimeout(this.timer);
    await this.round;
    clearTimeout(this.timer);
  }

  /** Resolves when nothing is due any more and no round is under way. */
  async idle(): Promise<void> {
    while (this.running) await this.round;
  }

  health(): ClockProcessHealth {
    const nextMs = this.stopped ? undefined : this.due.nextMs();
    return {
      ok: this.cause === undefined,
      ...(nextMs === undefined ? {} : { nextAt: instantOf(nextMs) }),
      ...(this.cause === undefined ? {} : { cause: this.cause }),
    };
  }

  private async work(): Promise<void> {
    try {
      while (!this.stopped) {
        const due = this.due.dueBy(this.clock.nowMs(), ROUND_INCIDENTS_MAX);
        let recorded = 0;
        for (const { incidentId } of due) {
          if (this.stopped) return;
          recorded += await this.notice(incidentId);
        }
        // Nothing new: the views have still to see what was recorded; they will wake this process.
        if (recorded === 0) break;
      }
      this.failures = 0;
      this.cause = undefined;
    } catch (error) {
      this.failures += 1;
      this.cause = error instanceof Error ? error.message : String(error);
      this.onFailure(error);
    }
  }

  private async notice(incidentId: string): Promise<number> {
    const { position } = this.views.lag();
    const command = { type: 'NoticeDeadlines' as const, actor: CLOCKS, ...(position ? { logPosition: position } : {}) };
    try {
      const answer = await this.commands.execute(new ExecuteCommand(incidentId, command));
      if (answer.events.length > 0) await this.views.reach(answer.position);
      return answer.events.length;
    } catch (error) {
      if (error instanceof UnknownIncident) return 0;
      throw error;
    }
  }

  private sleep(): void {
    if (this.stopped) return;
    const nextMs = this.due.nextMs();
    const untilNext = nextMs === undefined ? WAIT_MS_MAX : nextMs - this.clock.nowMs() + 1;
    const retry = RETRY_MS_MIN * 2 ** Math.min(this.failures, 8);
    const waitMs = Math.min(
      WAIT_MS_MAX,
      Math.max(this.failures > 0 ? retry : 1, untilNext <= 0 ? RETRY_MS_MIN : untilNext),
    );
    this.timer = setTimeout(() => this.wake(), waitMs);
    this.timer.unref();
  }
}
