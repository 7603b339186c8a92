import { loadavg } from 'node:os';
import type { StoredEvent } from '#libs/event-store';
import type { Random } from '../support/random.js';
import { quantile } from '../bench/client.js';
import { APIS, type Cluster } from './cluster.js';
import type { Blow, BlowFigures } from './blows.js';
import type { Deliveries, DeliveryFigures } from './deliveries.js';
import { Load, SETTLE_MS } from './load.js';

/** A worker that dies is followed within this time; what is due is noticed within it, too. */
export const TAKEOVER_MS = 15_000;

export interface TrialOptions {
  readonly cluster: Cluster;
  readonly random: Random;
  readonly perSecond: number;
  /** Declared before the first command. */
  readonly incidents: number;
  readonly blows: readonly Blow[];
  /** All events are sent to a receiver too; its secret is rotated in the middle of the blows. */
  readonly deliveries?: Deliveries;
  /** Acknowledgements between the end of a blow and the next one. */
  readonly between: number;
  readonly onProgress?: (line: string) => void;
}

interface BlowReport extends BlowFigures {
  readonly name: string;
  readonly tookMs: number;
  readonly longestGapMs: number;
}

export interface TrialReport {
  readonly acknowledged: number;
  readonly seconds: number;
  /** Acknowledged, with the time of the blows in it. */
  readonly perSecond: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly slowest: Load['slowest'];
  /** Between two acknowledgements: through the whole load, and after each blow. */
  readonly longestGapMs: number;
  readonly blows: readonly BlowReport[];
  readonly incidents: number;
  readonly noticed: number;
  readonly webhooks?: DeliveryFigures;
  readonly load: number;
  /** What must not be: empty when all held. */
  readonly broken: readonly string[];
}

/** Sends commands through blows to the cluster, and then looks for each one in the store, the views and the clocks. */
export const runTrial = async (options: TrialOptions): Promise<TrialReport> => {
  const { cluster, blows, onProgress = () => undefined } = options;
  const start = await cluster.store.head();
  const load = new Load(cluster, options.random, options.perSecond, options.incidents);
  const broken: string[] = [];
  const struck: BlowReport[] = [];
  const startedMs = performance.now();
  const { deliveries } = options;
  await deliveries?.start();
  load.start();
  try {
    await load.untilAcknowledged(options.between);
    for (const [index, { name, strike }] of blows.entries()) {
      if (index === Math.floor(blows.length / 2)) await deliveries?.rotate();
      const atMs = performance.now();
      const figures = await strike();
      const tookMs = performance.now() - atMs;
      await load.untilAcknowledged(options.between);
      const longestGapMs = Math.round(load.longestGapMs(atMs, performance.now()));
      struck.push({ name, tookMs: Math.round(tookMs), longestGapMs, ...figures });
      onProgress(JSON.stringify(struck.at(-1)));
    }
  } catch (error) {
    // What was acknowledged until then is looked for all the same.
    broken.push(`a blow failed: ${(error as Error).message}`);
  } finally {
    await load.stop();
  }
  const endedMs = performance.now();
  onProgress(`${load.acknowledged.length} commands acknowledged; looking for each of them`);
  broken.push(...load.wrong);
  await cluster
    .untilNoticed(TAKEOVER_MS, start)
    .catch((error: unknown) => broken.push(`clocks: ${(error as Error).message}`));
  const incidents = await cluster.incidents(start);
  broken.push(
    ...lostOrDoubled(load, incidents),
    ...(await behind(cluster, load, incidents.size)),
    ...cluster.diedAlone,
  );
  const sent = await deliveries?.settle(incidents);
  await deliveries?.stop();
  broken.push(...(sent?.broken ?? []));
  for (const { takeoverMs = 0 } of struck)
    if (takeoverMs > TAKEOVER_MS) broken.push(`the lease was taken over only after ${takeoverMs} ms`);
  return {
    acknowledged: load.acknowledged.length,
    seconds: Math.round((endedMs - startedMs) / 1000),
    perSecond: Math.round((load.acknowledged.length * 1000) / (endedMs - startedMs)),
    answers: Object.fromEntries([...load.answers].map(([status, count]) => [String(status), count])),
    latencyMs: {
      p50: Math.round(quantile(load.latenciesMs, 0.5)),
      p99: Math.round(quantile(load.latenciesMs, 0.99)),
      max: Math.round(Math.max(...load.latenciesMs)),
    },
    slowest: load.slowest,
    longestGapMs: Math.round(load.longestGapMs(startedMs, endedMs)),
    blows: struck,
    incidents: incidents.size,
    noticed: [...incidents.values()].flat().filter(({ type }) => type.startsWith('Deadline')).length,
    ...(sent && { webhooks: sent.figures }),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    broken,
  };
};

/** Every acknowledged event is in its stream, every command is there once, also one that nobody acknowledged. */
const lostOrDoubled = (load: Load, incidents: ReadonlyMap<string, readonly StoredEvent[]>): string[] => {
  const broken: string[] = [];
  const times = new Map<string, number>();
  const ids = new Map<string, string>();
  for (const event of [...incidents.values()].flat()) {
    if (ids.has(event.id)) broken.push(`event ${event.id} is there twice`);
    ids.set(event.id, event.stream);
    const text = event.data['text'] ?? (event.type === 'IncidentDeclared' ? event.data['title'] : undefined);
    if (typeof text === 'string') times.set(text, (times.get(text) ?? 0) + 1);
  }
  for (const { incident, text, eventIds } of load.acknowledged) {
    for (const id of eventIds) if (ids.get(id) !== `incident-${incident}`) broken.push(`event ${id} is lost`);
    if (!times.has(text)) broken.push(`command ${text} is lost`);
  }
  for (const [text, count] of times) if (count > 1) broken.push(`command ${text} was done ${count} times`);
  return broken;
};

/** Every replica shows all of it. */
const behind = async (cluster: Cluster, { position }: Load, incidents: number): Promise<string[]> => {
  const broken: string[] = [];
  for (const api of APIS) {
    let [shown, next] = [0, ''];
    do {
      const path = `/api/v1/incidents?limit=500&await=${position}${next}`;
      // “View behind” means: ask again.
      const asked = cluster.untilAnswered(api, path, SETTLE_MS, ({ status }) => status === 200);
      const answer = await asked.catch((error: unknown) => `${api} does not catch up: ${(error as Error).message}`);
      if (typeof answer === 'string') return [...broken, answer];
      const { body } = answer;
      shown += body.items.length;
      next = body.next === undefined ? '' : `&cursor=${encodeURIComponent(body.next)}`;
    } while (next !== '');
    if (shown < incidents) broken.push(`${api} shows ${shown} of ${incidents} incidents`);
  }
  return broken;
};
