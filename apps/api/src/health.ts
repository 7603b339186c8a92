import { statfs } from 'node:fs/promises';
import type { EventStore } from '#libs/event-store';
import type { ProjectionRunner, ViewsLag } from '#libs/read-models';
import type { Config } from './config.js';

/** Below this the disk may be full before somebody notices. */
const DISK_BYTES_LOW = 200 * 1024 * 1024;

export interface Readiness {
  readonly status: 'ready' | 'not-ready';
  readonly access: Config['access'];
  readonly store: { readonly kind: string; readonly ok: boolean; readonly head?: string; readonly cause?: string };
  readonly views: {
    readonly ok: boolean;
    readonly lag: 'none' | 'catching-up';
    readonly position?: string;
    readonly cause?: string;
  };
  readonly clocks: ClocksHealth;
  /** Absent where this process does what is to be done, and nobody else could. */
  readonly leases?: Readonly<Record<string, LeaseState>>;
  /** Absent where this process alone sends them. */
  readonly webhooks?: WebhooksHealth;
  readonly disk: { readonly ok: boolean; readonly freeBytes: number };
}

/** What the clocks of this process say of themselves. */
export interface ClocksHealth {
  readonly ok: boolean;
  /** Where they run, when that is not here: then `ok` does not make this process unready. */
  readonly runIn?: 'workers';
  /** The worker that runs them, as it names itself. */
  readonly heldBy?: string;
  readonly nextAt?: string;
  /** What somebody should do something about although this process is ready. */
  readonly warning?: 'clocks-stand-still';
  readonly cause?: string;
}

/** Whether this process does a duty now, or is there to take it over. */
export type LeaseState = 'held' | 'standing-by';

export interface WebhooksHealth {
  readonly ok: boolean;
  readonly sent: boolean;
  /** Who sends them, when that is not this process: then `ok` does not make this process unready. */
  readonly runIn?: 'workers';
  /** The worker that sends them, as it names itself. */
  readonly heldBy?: string;
  /** What somebody should do something about although this process is ready. */
  readonly warning?: 'webhooks-stand-still';
  readonly cause?: string;
}

/** What works by itself, as seen from one process. */
export interface Duties {
  readonly clocks: () => ClocksHealth;
  readonly leases?: () => Readonly<Record<string, LeaseState>>;
  readonly webhooks?: () => WebhooksHealth;
}

/** Whether this process can do its work, part by part. */
export class Health {
  constructor(
    private readonly config: Config,
    private readonly store: EventStore,
    private readonly runner: ProjectionRunner,
    private readonly duties: Duties,
  ) {}

  views(): ViewsLag {
    return this.runner.lag();
  }

  clocks(): ClocksHealth {
    return this.duties.clocks();
  }

  /** Undefined where this process alone sends them. */
  webhooks(): WebhooksHealth | undefined {
    return this.duties.webhooks?.();
  }

  leases(): Readonly<Record<string, LeaseState>> | undefined {
    return this.duties.leases?.();
  }

  async readiness(): Promise<Readiness> {
    const [store, disk] = await Promise.all([this.storeHealth(), this.diskHealth()]);
    const { position, caughtUp, failure } = this.views();
    const views = {
      ok: caughtUp && failure === undefined,
      lag: caughtUp && position === store.head ? ('none' as const) : ('catching-up' as const),
      ...(position === undefined ? {} : { position }),
      ...(failure === undefined ? {} : { cause: failure }),
    };
    const clocks = this.clocks();
    const leases = this.leases();
    const webhooks = this.webhooks();
    const ready = store.ok && views.ok && (clocks.ok || clocks.runIn !== undefined);
    return {
      status: ready ? 'ready' : 'not-ready',
      access: this.config.access,
      store,
      views,
      clocks,
      ...(leases && { leases }),
      ...(webhooks && { webhooks }),
      disk,
    };
  }

  private async storeHealth(): Promise<Readiness['store']> {
    const { kind } = this.config.store;
    try {
      const head = await this.store.head();
      return { kind, ok: true, ...(head === undefined ? {} : { head }) };
    } catch (error) {
      return { kind, ok: false, cause: error instanceof Error ? error.message : String(error) };
    }
  }

  private async diskHealth(): Promise<Readiness['disk']> {
    const { bavail, bsize } = await statfs(this.config.data);
    const freeBytes = bavail * bsize;
    return { ok: freeBytes > DISK_BYTES_LOW, freeBytes };
  }
}
