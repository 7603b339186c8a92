import { LEASE_SILENCE_MS_MAX, LeaseWatch } from '#libs/application';
import type { EventStore } from '#libs/event-store';

/** Name of the lease of those that could run the clocks. */
export const CLOCKS_LEASE = 'clocks';

/** Whether any worker runs the clocks, as another process sees it. */
export class ClocksWatch extends LeaseWatch {
  constructor(store: EventStore) {
    super(store, CLOCKS_LEASE);
  }

  get isKept(): boolean {
    return this.sight.silentMs < LEASE_SILENCE_MS_MAX;
  }
}
