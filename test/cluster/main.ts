/**
 * `npm run cluster-trial -- --store esdb://… --kill-command '…'`: two replicas and two workers on a cluster of yours, under
 * load, while the command kills its leader again and again. Ends with 1 when anything broke.
 *
 * The command kills the leader, starts it again, and returns when the cluster is whole: all nodes alive and caught up. A
 * connection string with a password is better in TOCSIN_STORE than in `--store`: npm repeats its arguments, and the system
 * shows them. Without `--store` and `--kill-command`, on the twin. See docs/guides/cluster.md.
 */
import { parseArgs } from 'node:util';
import { seeded } from '../support/random.js';
import { blowByCommand, killOf, killOfHolder, killOfTwin, type Blow } from './blows.js';
import { Cluster } from './cluster.js';
import { Deliveries, webhookEnvironment } from './deliveries.js';
import { runTrial, TAKEOVER_MS } from './trial.js';

const FAULTY_SHARE = 0.3;

const { values } = parseArgs({
  options: {
    store: { type: 'string' },
    'kill-command': { type: 'string' },
    kills: { type: 'string', default: '6' },
    rate: { type: 'string', default: '200' },
    incidents: { type: 'string', default: '100' },
    /** Under load between the end of a blow and the next one. */
    pause: { type: 'string', default: '10' },
    /** Everything is also sent to a receiver that fails three requests in ten. */
    webhooks: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const [kills, perSecond, pauseSeconds, seed] = [values.kills, values.rate, values.pause, values.seed].map(Number) as [
  number,
  number,
  number,
  number,
];
const { 'kill-command': command } = values;
const store = values.store ?? (command === undefined ? undefined : process.env['TOCSIN_STORE']);
const environment: Record<string, string> = {};
const cluster = new Cluster({ ...(store !== undefined && { store }), environment });
const random = seeded(seed);
if (values.webhooks) Object.assign(environment, webhookEnvironment(cluster.folder));
const leader: Blow[] =
  command !== undefined ? [blowByCommand(command, 'the leader')] : store === undefined ? [killOfTwin(cluster)] : [];
const leaders = Array.from({ length: kills }, () => leader).flat();
const blows = [
  ...leaders.slice(0, Math.ceil(kills / 2)),
  killOfHolder(cluster, TAKEOVER_MS),
  ...(values.webhooks ? [killOfHolder(cluster, TAKEOVER_MS, 'webhooks')] : []),
  killOf(cluster, 'api-1'),
  ...leaders.slice(Math.ceil(kills / 2)),
];
process.stderr.write(`seed ${seed}, ${perSecond} commands/s, ${blows.length} blows\n`);
try {
  await cluster.start();
  const report = await runTrial({
    cluster,
    random,
    ...(values.webhooks && { deliveries: new Deliveries(cluster, random, FAULTY_SHARE) }),
    perSecond,
    incidents: Number(values.incidents),
    blows,
    between: perSecond * pauseSeconds,
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  if (report.broken.length > 0) process.exitCode = 1;
} finally {
  await cluster.dispose();
}
