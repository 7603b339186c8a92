import { instantMs, instantOf } from '#libs/domain';
import { Clock, Ids } from '#libs/application';

/** A Monday, no public holiday near. */
export const START = '2026-03-02T08:00:00.000Z';

/** Stands still until it is told to move. */
export class TestClock extends Clock {
  private ms: number;

  constructor(start: string = START) {
    super();
    this.ms = instantMs(start);
  }

  override nowMs(): number {
    return this.ms;
  }

  get now(): string {
    return instantOf(this.ms);
  }

  set(instant: string): void {
    this.ms = instantMs(instant);
  }

  advanceMinutes(minutes: number): void {
    this.ms += minutes * 60_000;
  }
}

/** The same ids in every run: 1, 2, 3 in the layout of version 7. */
export class CountingIds extends Ids {
  private given = 0;

  override next(): string {
    this.given += 1;
    return `0190a000-0000-7000-8000-${this.given.toString(16).padStart(12, '0')}`;
  }
}

/** A UUID for the n-th idempotency key of a test. */
export const keyOf = (n: number): string => `0190bbbb-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

/** A UUID that nothing has. */
export const NOBODY = '0190ffff-0000-7000-8000-ffffffffffff';
