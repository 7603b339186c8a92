import { setTimeout as wait } from 'node:timers/promises';
import { Conflict, NO_STREAM, Unavailable, type EventStore, type ExpectedRevision } from '#libs/event-store';
import type { Ids } from './ids.js';

/** Streams of leases keep only their last events: they say who works now, not what happened. */
export const LEASE_STREAM_PREFIX = 'lease-';

/** The lease of those that could run the legal clocks. */
export const CLOCKS_LEASE = 'clocks';

/** The lease of those that could send the webhooks. */
export const WEBHOOKS_LEASE = 'webhooks';

export const leaseStream = (name: string): string => `${LEASE_STREAM_PREFIX}${name}`;

export interface LeaseTiming {
  /** How often the holder says that it is there. */
  readonly beatMs: number;
  /** How often the others look. */
  readonly lookMs: number;
  /** After that long without a beat, another one takes over. More than twice `beatMs`. */
  readonly takeoverMs: number;
}

/** A holder that dies is followed within `takeoverMs + 2 × lookMs`, 11 s, and what the store takes to answer. */
export const LEASE_TIMING: LeaseTiming = { beatMs: 3000, lookMs: 1000, takeoverMs: 9000 };

/** What is done by one process at a time. */
export interface Duty {
  start(): void;
  /** Resolves once nothing of it is under way. */
  stop(): Promise<void>;
}

export interface LeaseParts {
  readonly store: EventStore;
  readonly ids: Ids;
  readonly duty: Duty;
  readonly name: string;
  /** Who this process is; unique among those that may hold the lease. */
  readonly holder: string;
  /** Told what was lost, and why; the lease goes on trying. */
  readonly onFailure: (error: unknown) => void;
  /** False when this process could not do the duty if it had it: it leaves the lease to another one. Default: it can. */
  readonly isAble?: () => boolean;
  readonly timing?: LeaseTiming;
  /** Milliseconds that only grow; clocks of different machines are never compared. */
  readonly monotonicMs?: () => number;
}

/**
 * Lets one of several processes do a duty: it holds the lease that the others see it renew in the store. Each renewal is
 * an append at the revision of the last one, so a holder that was taken for dead learns it from a conflict. Holding the
 * lease only saves work: what a stale holder decides is refused by the incident's own revision.
 */
export class Lease {
  private readonly timing: LeaseTiming;
  private readonly monotonicMs: () => number;
  private timer: NodeJS.Timeout | undefined;
  private beat: Promise<void> = Promise.resolve();
  private stopped = true;
  private holding = false;
  /** Revision that was last seen, and when it was first seen. */
  private seen: { readonly revision: ExpectedRevision; readonly atMs: number } | undefined;

  constructor(private readonly parts: LeaseParts) {
    this.timing = parts.timing ?? LEASE_TIMING;
    this.monotonicMs = parts.monotonicMs ?? (() => performance.now());
  }

  get isHeld(): boolean {
    return this.holding;
  }

  start(): void {
    this.stopped = false;
    this.schedule(0);
  }

  /** Gives the lease back, so that another process need not wait. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.beat;
    await this.giveBack().catch(this.parts.onFailure);
  }

  private schedule(waitMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.beat = this.work().finally(() => this.schedule(this.holding ? this.timing.beatMs : this.timing.lookMs));
    }, waitMs);
    this.timer.unref();
  }

  private async work(): Promise<void> {
    try {
      if (this.parts.isAble?.() === false) await this.giveBack();
      else await (this.holding ? this.renew() : this.watch());
    } catch (error) {
      this.parts.onFailure(error);
      // Nobody can tell this process that it was replaced: it stops before the others may start.
      if (this.holding && this.leftMs() <= 0) await this.lose();
    }
  }

  /** For how long this process may go on without an answer. */
  private leftMs(): number {
    const silentMs = this.monotonicMs() - (this.seen?.atMs ?? 0);
    return this.timing.takeoverMs - this.timing.beatMs - silentMs;
  }

  private async giveBack(): Promise<void> {
    if (!this.holding) return;
    await this.lose();
    await this.append('LeaseReleased');
  }

  private async renew(): Promise<void> {
    const enough = new AbortController();
    try {
      // The store may try for longer than that.
      await Promise.race([this.append('LeaseRenewed'), this.silence(enough.signal)]);
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      await this.lose();
    } finally {
      enough.abort();
    }
  }

  private async silence(signal: AbortSignal): Promise<never> {
    await wait(Math.max(0, this.leftMs()) + 1, undefined, { signal });
    throw new Unavailable(`The lease ${this.stream} could not be renewed in time`);
  }

  private async watch(): Promise<void> {
    const [last] = await this.parts.store.readStream(this.stream, { direction: 'backward', max: 1 });
    const revision = last?.revision ?? NO_STREAM;
    const nowMs = this.monotonicMs();
    if (this.seen?.revision !== revision) this.seen = { revision, atMs: nowMs };
    const free =
      last === undefined || last.type === 'LeaseReleased' || nowMs - this.seen.atMs >= this.timing.takeoverMs;
    if (!free || this.stopped) return;
    try {
      await this.append('LeaseTaken');
    } catch (error) {
      if (error instanceof Conflict) return;
      throw error;
    }
    // Told too late, another one may have it already; the next look finds out.
    if (this.stopped || this.leftMs() <= 0) return;
    this.holding = true;
    this.parts.duty.start();
  }

  private async lose(): Promise<void> {
    this.holding = false;
    await this.parts.duty.stop();
  }

  private async append(type: 'LeaseTaken' | 'LeaseRenewed' | 'LeaseReleased'): Promise<void> {
    const { store, ids, holder } = this.parts;
    const askedMs = this.monotonicMs();
    const event = { id: ids.next(), type, data: { holder }, meta: { schemaVersion: 1 } };
    const { revision } = await store.append(this.stream, this.seen?.revision ?? NO_STREAM, [event]);
    this.seen = { revision, atMs: askedMs };
  }

  private get stream(): string {
    return leaseStream(this.parts.name);
  }
}
