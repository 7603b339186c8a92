import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { LocalText } from '#libs/domain';
import type { Config } from './config.js';
import type { LeaseWatch, LeaseWatches } from '#libs/application';
import type { ClocksHealth, Duties, WebhooksHealth } from './health.js';

/** How the background parts of a process run. */
export interface Background {
  /** Runs the clocks and sends the webhooks. */
  readonly runs: boolean;
}

/** On one machine the server does everything; on a cluster workers do what works by itself, one of them each duty. */
export const backgroundOfServer = ({ store }: Config): Background => ({ runs: store.kind === 'sqlite' });

/** Name of this process among those that could hold a lease: readable in the log, and never that of another one. */
export const leaseHolder = (): string => `${hostname()}/${process.pid}/${randomUUID()}`;

export const NO_WEBHOOK_KEYS: LocalText = {
  fr: 'En grappe, les secrets des webhooks sont scellés dans le journal\u00a0: donnez à chaque processus le même fichier de clé (TOCSIN_WEBHOOK_KEYS_FILE, une ligne de «\u00a0openssl rand -base64 32\u00a0»).',
  en: 'In a cluster the secrets of webhooks are sealed in the log: give every process the same file of a key (TOCSIN_WEBHOOK_KEYS_FILE, a line of “openssl rand -base64 32”).',
};

/** Whether a process of a cluster can take part in webhooks, and who sends them. */
export const webhooksInCluster = ({ webhookKeys }: Config): WebhooksHealth =>
  webhookKeys.length > 0
    ? { ok: true, sent: true, runIn: 'workers' }
    : { ok: true, sent: false, cause: NO_WEBHOOK_KEYS.en };

/** What a replica says of the duties that are not its own. */
export const dutiesOfReplica = (config: Config, { clocks, webhooks }: LeaseWatches): Duties => ({
  clocks: () => clocksInWorkers(clocks),
  webhooks: () => (config.webhookKeys.length > 0 ? webhooksInWorkers(webhooks) : webhooksInCluster(config)),
});

const clocksInWorkers = ({ isKept, sight: { holder, silentMs } }: LeaseWatch): ClocksHealth => ({
  ok: isKept,
  runIn: 'workers',
  ...(isKept
    ? holder !== undefined && { heldBy: holder }
    : {
        warning: 'clocks-stand-still',
        cause: `No worker has run the legal clocks for ${Math.floor(silentMs / 1000)} s: look whether one runs (npm run worker) and reaches the store`,
      }),
});

const webhooksInWorkers = ({ isKept, sight: { holder, silentMs } }: LeaseWatch): WebhooksHealth => ({
  ok: isKept,
  sent: isKept,
  runIn: 'workers',
  ...(isKept
    ? holder !== undefined && { heldBy: holder }
    : {
        warning: 'webhooks-stand-still',
        cause: `No worker has sent webhooks for ${Math.floor(silentMs / 1000)} s: look whether one runs (npm run worker), has TOCSIN_WEBHOOK_KEYS_FILE, and reaches the store`,
      }),
});
