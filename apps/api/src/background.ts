import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { LocalText } from '#libs/domain';
import type { Config } from './config.js';
import type { ClocksWatch } from '#libs/clocks';
import type { ClocksHealth, Duties } from './health.js';

/** How the background parts of a process run. */
export interface Background {
  /** Runs the clocks and sends the webhooks. */
  readonly runs: boolean;
}

/** On one machine the server does everything; on a cluster workers do what works by itself, one of them each duty. */
export const backgroundOfServer = ({ store }: Config): Background => ({ runs: store.kind === 'sqlite' });

/** Name of this process among those that could hold a lease: readable in the log, and never that of another one. */
export const leaseHolder = (): string => `${hostname()}/${process.pid}/${randomUUID()}`;

export const NO_WEBHOOKS_IN_CLUSTER: LocalText = {
  fr: 'En grappe (TOCSIN_STORE=esdb://…), les webhooks ne sont pas encore envoyés : lisez GET /api/v1/events, par pages ou en direct, qui ne perd rien.',
  en: 'In a cluster (TOCSIN_STORE=esdb://…) webhooks are not sent yet: read GET /api/v1/events, by pages or live, which loses nothing.',
};

export const CLUSTER_WEBHOOKS = { ok: true, sent: false, cause: NO_WEBHOOKS_IN_CLUSTER.en };

/** What a replica says of the duties that are not its own. */
export const dutiesOfReplica = (watch: ClocksWatch): Duties => ({
  clocks: () => clocksInWorkers(watch),
  webhooks: CLUSTER_WEBHOOKS,
});

const clocksInWorkers = ({ isKept, sight: { holder, silentMs } }: ClocksWatch): ClocksHealth => ({
  ok: isKept,
  runIn: 'workers',
  ...(isKept
    ? holder !== undefined && { heldBy: holder }
    : {
        warning: 'clocks-stand-still',
        cause: `No worker has run the legal clocks for ${Math.floor(silentMs / 1000)} s: look whether one runs (npm run worker) and reaches the store`,
      }),
});
