import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AnswerLog,
  Clock,
  decodeAll,
  ExecuteCommand,
  ExecuteCommandHandler,
  Incidents,
  RandomIds,
  shippedCatalogue,
} from '#libs/application';
import { foldIncident, instantMs, instantOf, readDeclarationBody, type IncidentEvent } from '#libs/domain';
import { SqliteEventStore } from '../../libs/event-store/src/sqlite/sqlite-event-store.js';
import { seeded, type Random } from '../support/random.js';
import { spawnTypescript } from '../support/typescript-child.js';
import type { ClockWorkerOptions } from './clock-worker.js';

const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2026-03-27T08:00:00Z');
const INCIDENTS = 12;
/** Long enough for every term of the shipped rules that has one. */
const SPAN_MS = 12 * 24 * HOUR_MS;

export interface ClocksKilled {
  readonly kills: number;
  readonly notices: number;
  readonly missed: number;
}

/**
 * Kills the process that runs the clocks again and again while warnings and terms fall due, lets the last one finish, and
 * holds the log to it: each warning and each missed term exactly once, none before its time, in due order.
 * @throws with the seed.
 */
export const killClocks = async ({
  kills,
  seed,
}: {
  readonly kills: number;
  readonly seed: number;
}): Promise<ClocksKilled> => {
  const random = seeded(seed);
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-clocks-'));
  try {
    await declareIncidents(folder, random);
    const stepMs = SPAN_MS / kills;
    for (let kill = 0; kill < kills; kill += 1) {
      // The next one starts a little before or well after the moment at which the last one died.
      const startMs = START_MS + kill * stepMs - (random.chance(0.2) ? 5 * HOUR_MS : 0);
      await runUntilKilled({ folder, startMs, speed: stepMs / 60 }, random);
    }
    const endMs = START_MS + SPAN_MS + HOUR_MS;
    const incidents = await finish(folder, endMs);
    const total = { kills, notices: 0, missed: 0 };
    for (const events of incidents) {
      const { notices, missed } = checkNotices(events, endMs);
      total.notices += notices;
      total.missed += missed;
    }
    rmSync(folder, { recursive: true });
    return total;
  } catch (cause) {
    throw new Error(`Seed ${seed}: ${(cause as Error).message}; the data are kept in ${folder}`, { cause });
  }
};

class StandingClock extends Clock {
  constructor(private readonly ms: number) {
    super();
  }

  override nowMs(): number {
    return this.ms;
  }
}

const openHandler = (folder: string, nowMs: number) => {
  const [store, ids] = [SqliteEventStore.open({ file: join(folder, 'log.db') }), new RandomIds()];
  const incidents = new Incidents(store);
  const handler = new ExecuteCommandHandler(
    store,
    incidents,
    new AnswerLog(store, ids),
    shippedCatalogue(),
    new StandingClock(nowMs),
    ids,
  );
  return { store, handler };
};

const declareIncidents = async (folder: string, random: Random): Promise<void> => {
  const { store, handler } = openHandler(folder, START_MS);
  for (let n = 0; n < INCIDENTS; n += 1) {
    const detectedAt = instantOf(START_MS - random.between(0, 40) * HOUR_MS);
    const organisations = [{ name: 'Valmont', insured: random.chance(0.5) ? 'yes' : 'unknown' }];
    const read = readDeclarationBody(
      { title: `Incident ${n}`, playbook: 'none', detectedAt, organisations },
      instantOf(START_MS),
    );
    if (read.errors) throw new Error(JSON.stringify(read.errors));
    await handler.execute(
      new ExecuteCommand(undefined, { ...read.value, type: 'DeclareIncident', actor: { id: 'test', name: 'test' } }),
    );
  }
  await store.close();
};

const runUntilKilled = async (options: ClockWorkerOptions, random: Random): Promise<void> => {
  const child = spawnTypescript(new URL('clock-worker.ts', import.meta.url), [JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
  const closed = once(child, 'close');
  const isOpen = child.stdout ? once(child.stdout, 'data') : Promise.resolve();
  await Promise.race([isOpen, closed]);
  // The moment of the kill is what this proof is about: chance sets it.
  await sleep(random.next() * 60);
  child.kill('SIGKILL');
  await closed;
  if (err !== '') throw new Error(`the worker failed: ${err}`);
};

/** Lets a last process catch up with everything, and reads the incidents. */
const finish = async (folder: string, nowMs: number): Promise<IncidentEvent[][]> => {
  const { store, handler } = openHandler(folder, nowMs);
  const { events } = await store.readAll({ filter: { streamPrefixes: ['incident-'] } });
  const ids = [...new Set(events.map(({ stream }) => stream.slice('incident-'.length)))];
  for (const id of ids) {
    for (;;) {
      const answer = await handler.execute(
        new ExecuteCommand(id, { type: 'NoticeDeadlines', actor: { id: 'test', name: 'test' } }),
      );
      if (answer.events.length === 0) break;
    }
  }
  const histories: IncidentEvent[][] = [];
  for (const id of ids) histories.push(decodeAll(await store.readStream(`incident-${id}`)));
  await store.close();
  return histories;
};

/** @throws when a warning or a missed term is missing, doubled, early or out of order. */
export const checkNotices = (
  events: readonly IncidentEvent[],
  nowMs: number,
): { readonly notices: number; readonly missed: number } => {
  const said = new Map<string, number>();
  let missed = 0;
  let lastDueMs = 0;
  for (const event of events) {
    if (event.type !== 'DeadlineApproaching' && event.type !== 'DeadlineMissed') continue;
    const { organisation, rule, dueAt, noticedAt } = event.data;
    const hours = event.type === 'DeadlineApproaching' ? event.data.hoursBefore : 0;
    const dueMs = instantMs(dueAt) - hours * HOUR_MS;
    if (instantMs(noticedAt) < dueMs) throw new Error(`${rule} was noticed before it was due`);
    if (dueMs < lastDueMs) throw new Error(`${rule} was noticed out of order`);
    lastDueMs = dueMs;
    if (event.type === 'DeadlineMissed') missed += 1;
    const key = [organisation, rule, dueAt, hours].join('|');
    said.set(key, (said.get(key) ?? 0) + 1);
  }
  for (const [key, count] of said) if (count !== 1) throw new Error(`${key} was recorded ${count} times`);
  for (const { organisation, rule, dueAt, provisional, warnHoursBefore, startAt, setAt } of Object.values(
    foldIncident(events).obligations,
  )) {
    if (dueAt === undefined || instantMs(dueAt) >= nowMs) continue;
    const expected = warnHoursBefore.filter(
      (hours) => instantMs(dueAt) - hours * HOUR_MS > instantMs(startAt) && instantMs(dueAt) > instantMs(setAt),
    );
    for (const hours of [...expected, ...(provisional ? [] : [0])]) {
      if (!said.has([organisation, rule, dueAt, hours].join('|')))
        throw new Error(`${rule}: nothing recorded ${hours} h before ${dueAt}`);
    }
  }
  return { notices: said.size, missed };
};
