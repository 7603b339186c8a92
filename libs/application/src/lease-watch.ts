import { NO_STREAM, type EventStore, type ExpectedRevision } from '#libs/event-store';
import { LEASE_TIMING, leaseStream, type LeaseTiming } from './lease.js';

/** Longer than it takes to follow a holder that died, so that no takeover is called a silence. */
export const LEASE_SILENCE_MS_MAX = LEASE_TIMING.takeoverMs + 2 * LEASE_TIMING.beatMs;

/** What somebody sees of a lease who does not want it. */
export interface LeaseSight {
  /** Who wrote the last beat; absent when the lease was given back, or nobody ever had it. */
  readonly holder?: string;
  /** Since the look before. */
  readonly moved: boolean;
  /** For how long the lease has not moved, as far as was looked. */
  readonly silentMs: number;
}

/**
 * Sees from outside whether anybody does a duty: a lease moves for as long as its holder lives. Between two looks only
 * our own monotonic clock counts, as in {@link Lease}.
 */
export class LeaseWatch {
  private seen: { readonly revision: ExpectedRevision; readonly atMs: number } | undefined;
  private last: LeaseSight = { moved: false, silentMs: 0 };
  private timer: NodeJS.Timeout | undefined;
  private stopped = true;

  constructor(
    private readonly store: Pick<EventStore, 'readStream'>,
    private readonly name: string,
    private readonly timing: LeaseTiming = LEASE_TIMING,
    private readonly monotonicMs: () => number = () => performance.now(),
  ) {}

  /** As of the last look that the store answered: while it does not, nobody can tell. */
  get sight(): LeaseSight {
    return this.last;
  }

  /** False when nobody has done the duty for longer than a takeover takes. */
  get isKept(): boolean {
    return this.last.silentMs < LEASE_SILENCE_MS_MAX;
  }

  async look(): Promise<LeaseSight> {
    const [beat] = await this.store.readStream(leaseStream(this.name), { direction: 'backward', max: 1 });
    const revision = beat?.revision ?? NO_STREAM;
    const nowMs = this.monotonicMs();
    const moved = this.seen !== undefined && this.seen.revision !== revision;
    if (moved || this.seen === undefined) this.seen = { revision, atMs: nowMs };
    const holder = beat?.type === 'LeaseReleased' ? undefined : beat?.data['holder'];
    this.last = { moved, silentMs: nowMs - this.seen.atMs, ...(typeof holder === 'string' && { holder }) };
    return this.last;
  }

  /** Looks now, and at each beat from now on. */
  start(): void {
    this.stopped = false;
    void this.follow();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async follow(): Promise<void> {
    // That the store does not answer, others tell.
    await this.look().catch(() => undefined);
    if (!this.stopped) this.timer = setTimeout(() => void this.follow(), this.timing.beatMs).unref();
  }
}
