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
  readonly clocks: { readonly ok: boolean; readonly nextAt?: string; readonly cause?: string };
  readonly disk: { readonly ok: boolean; readonly freeBytes: number };
}

/** What the clocks of this process say of themselves. */
export interface ClocksHealth {
  readonly ok: boolean;
  readonly nextAt?: string;
  readonly cause?: string;
}

/** Whether this process can do its work, part by part. */
export class Health {
  constructor(
    private readonly config: Config,
    private readonly store: EventStore,
    private readonly runner: ProjectionRunner,
    private readonly clocks: () => ClocksHealth,
  ) {}

  views(): ViewsLag {
    return this.runner.lag();
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
    const ready = store.ok && views.ok && clocks.ok;
    return { status: ready ? 'ready' : 'not-ready', access: this.config.access, store, views, clocks, disk };
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
