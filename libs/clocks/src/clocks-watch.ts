import { CLOCKS_LEASE, LEASE_SILENCE_MS_MAX, LeaseWatch } from '#libs/application';
import type { EventStore } from '#libs/event-store';

/** Whether any worker runs the clocks, as another process sees it. */
export class ClocksWatch extends LeaseWatch {
  constructor(store: EventStore) {
    super(store, CLOCKS_LEASE);
  }

  get isKept(): boolean {
    return this.sight.silentMs < LEASE_SILENCE_MS_MAX;
  }
}
