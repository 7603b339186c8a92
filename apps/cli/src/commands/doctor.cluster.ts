import { setTimeout as delay } from 'node:timers/promises';
import type { LocalText } from '#libs/domain';
import type { EventStore, ServerReport } from '#libs/event-store';
import type { Config } from '../../../api/src/config.js';
import type { Session } from '../session.js';
import type { Finding } from './doctor.finding.js';

/** Who examines does not wait as long as a server that starts. */
const REMOTE_MS_MAX = 5_000;
const LEASE_LOOK_MS = 250;

/** Reads only: what is written into a log stays there. */
export const remoteStoreFindings = async (
  session: Session,
  config: Config,
  connectionString: string,
): Promise<Finding[]> => {
  const { io, out } = session;
  const { say } = out;
  const check = say('Journal', 'Log');
  const { examineEventStoreDb, openEventStore } = await import('#libs/event-store');
  const ms = io.patienceMs ?? REMOTE_MS_MAX;
  let store: EventStore | undefined;
  try {
    store = await openEventStore({ store: 'eventstoredb', connectionString, timing: { connectMs: ms, readMs: ms } });
    // Read from the leader, as all that a decision rests on.
    const head = await store.head();
    const detail = say(
      `EventStoreDB répond par son nœud meneur (${head ?? 'journal vide'})`,
      `EventStoreDB answers through its leader (${head ?? 'empty log'})`,
    );
    const nodes = nodesFinding(session, await examineEventStoreDb(connectionString, ms));
    return [{ check, verdict: 'ok', detail }, nodes, ...(await dutyFindings(session, config, store))];
  } catch (error) {
    const { Unavailable } = await import('#libs/event-store');
    if (!(error instanceof Unavailable)) throw error;
    const advice = say(
      'Vérifiez TOCSIN_STORE, et que la majorité des nœuds vit (/health/live de chacun).',
      'Check TOCSIN_STORE, and that most of the nodes live (/health/live of each).',
    );
    return [{ check, verdict: 'fail', detail: error.message, advice }];
  } finally {
    await store?.close();
  }
};

/** What the nodes say of each other, which is not always what this machine can reach. */
const nodesFinding = ({ out: { say } }: Session, { version, nodes }: ServerReport): Finding => {
  const check = say('Nœuds', 'Nodes');
  const roles = {
    leader: say('meneur', 'leader'),
    follower: say('suiveur', 'follower'),
    other: say('pas prêt', 'not ready'),
  };
  const each = nodes.map(
    ({ address, isAlive, role }) => `${address} (${isAlive ? roles[role] : say('ne répond pas', 'does not answer')})`,
  );
  const detail = [`EventStoreDB ${version ?? say('de version inconnue', 'of unknown version')}`, each.join(', ')]
    .filter((part) => part !== '')
    .join(say('\u00a0: ', ': '));
  const isWhole = nodes.every(({ isAlive, role }) => isAlive && role !== 'other');
  if (isWhole) return { check, verdict: 'ok', detail };
  const advice = say(
    'Relancez le nœud, ou attendez qu’il ait rattrapé les autres\u00a0: sans la majorité des nœuds, plus rien ne s’écrit.',
    'Start the node again, or wait until it has caught up: without most of the nodes nothing is written.',
  );
  return { check, verdict: 'warn', detail, advice };
};

interface WatchedDuty {
  readonly lease: 'clocks' | 'webhooks';
  readonly check: LocalText;
  /** Before the name of the worker. */
  readonly done: LocalText;
  readonly nobody: LocalText;
  readonly advice: LocalText;
}

const CLOCKS_DUTY: WatchedDuty = {
  lease: 'clocks',
  check: { fr: 'Délais légaux', en: 'Legal clocks' },
  done: { fr: 'surveillés par', en: 'watched by' },
  nobody: { fr: 'aucun worker ne les surveille', en: 'no worker watches them' },
  advice: {
    fr: 'Lancez un worker (npm run worker)\u00a0: ce qui échoit n’est pas remarqué.',
    en: 'Start a worker (npm run worker): what falls due is not noticed.',
  },
};

const WEBHOOKS_DUTY: WatchedDuty = {
  lease: 'webhooks',
  check: { fr: 'Webhooks', en: 'Webhooks' },
  done: { fr: 'envoyés par', en: 'sent by' },
  nobody: { fr: 'aucun worker ne les envoie', en: 'no worker sends them' },
  advice: {
    fr: 'Lancez un worker (npm run worker) avec TOCSIN_WEBHOOK_KEYS_FILE\u00a0: rien ne part.',
    en: 'Start a worker (npm run worker) with TOCSIN_WEBHOOK_KEYS_FILE: nothing is sent.',
  },
};

/** Without a key here, nobody can tell whether webhooks are meant to be sent. */
const dutyFindings = (session: Session, { webhookKeys }: Config, store: EventStore): Promise<Finding[]> => {
  const duties = webhookKeys.length > 0 ? [CLOCKS_DUTY, WEBHOOKS_DUTY] : [CLOCKS_DUTY];
  return Promise.all(duties.map((duty) => leaseFinding(session, store, duty)));
};

/** A lease is held by somebody who lives when it moves while we look. */
const leaseFinding = async (
  { io, language, out: { say } }: Session,
  store: EventStore,
  duty: WatchedDuty,
): Promise<Finding> => {
  const check = duty.check[language];
  const { LEASE_SILENCE_MS_MAX, LeaseWatch } = await import('#libs/application');
  const watch = new LeaseWatch(store, duty.lease);
  const first = await watch.look();
  const giveUpAt = performance.now() + (io.patienceMs ?? LEASE_SILENCE_MS_MAX);
  while (performance.now() < giveUpAt) {
    await delay(LEASE_LOOK_MS);
    const { moved, holder } = await watch.look();
    if (moved && holder !== undefined) {
      return { check, verdict: 'ok', detail: `${duty.done[language]} ${holder}` };
    }
  }
  const was =
    first.holder === undefined ? '' : say(` (le dernier\u00a0: ${first.holder})`, ` (the last one: ${first.holder})`);
  return {
    check,
    verdict: 'warn',
    detail: `${duty.nobody[language]}${was}`,
    advice: duty.advice[language],
  };
};
