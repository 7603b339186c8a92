import { EventStoreDBClient } from '@eventstore/db-client';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { seeded } from '../support/random.js';
import { ServerProcess, WORKER_MAIN } from '../support/server-process.js';
import { killOf, killOfTwin } from './blows.js';
import { APIS, Cluster, MEMBERS, WORKERS, type Member } from './cluster.js';
import { SETTLE_MS } from './load.js';
import { runTrial, TAKEOVER_MS } from './trial.js';

const SEED = Number(process.env['TOCSIN_CLUSTER_SEED'] ?? 1);
const KILLS = Number(process.env['TOCSIN_CLUSTER_KILLS'] ?? 6);
const HOUR_MS = 3_600_000;

/** A lease that does not move is called so within 15 s, by a look every 3 s. */
const SILENCE_MS = 25_000;

const other = (api: Member): Member => (api === 'api-1' ? 'api-2' : 'api-1');
const declaration = (title: string, detectedHoursAgo = 1) => ({
  title,
  playbook: 'none',
  detectedAt: new Date(Date.now() - detectedHoursAgo * HOUR_MS).toISOString(),
  organisations: [{ name: 'Valmont', insured: 'yes' }],
});
const entry = (text: string) => ({ kind: 'fact', text });

describe('Two api replicas and two workers on one store', () => {
  const cluster = new Cluster();

  beforeAll(async () => cluster.start(), 60_000);
  afterAll(async () => cluster.dispose(), 30_000);

  const declare = async (api: Member, title: string, hoursAgo?: number): Promise<string> => {
    const { status, body } = await cluster.post(api, '/incidents', declaration(title, hoursAgo));
    expect(status).toBe(201);
    return body.incidentId;
  };

  it('say who does what: no clocks in a replica, and one of the workers holds their lease', async () => {
    await cluster.holder(TAKEOVER_MS);
    for (const api of APIS) {
      const { status, body } = await cluster.get(api, '/readyz');
      expect(status).toBe(200);
      expect(body).toMatchObject({ clocks: { ok: true, runIn: 'workers' }, webhooks: { sent: false } });
      expect(body.clocks.warning).toBeUndefined();
      expect(await cluster.figure(api, 'tocsin_webhooks_run')).toBeUndefined();
      expect(body.leases).toBeUndefined();
    }
    const states = [];
    for (const worker of WORKERS) {
      const { status, body } = await cluster.get(worker, '/readyz');
      expect(status).toBe(200);
      states.push(body.leases.clocks);
    }
    expect(states.toSorted()).toEqual(['held', 'standing-by']);
  });

  it('offer in a worker what an operator asks, and nothing else', async () => {
    expect((await cluster.get('worker-1', '/healthz')).body).toEqual({ status: 'ok' });
    expect((await cluster.get('worker-1', '/api/v1/version')).body).toMatchObject({ name: 'tocsin' });
    expect((await cluster.get('worker-1', '/api/v1/incidents')).status).toBe(404);
    const figures = await Promise.all(
      WORKERS.map(async (worker) => (await fetch(`${cluster.of(worker).url}/metrics`)).text()),
    );
    const held = figures.map((text) => /^tocsin_lease_held\{duty="clocks"\} (\d)$/m.exec(text)?.[1]);
    expect(held.toSorted()).toEqual(['0', '1']);
  });

  it('refuse a webhook whose secret nobody could seal, and say what to give them', async () => {
    const refused = await cluster.post('api-1', '/subscriptions', { name: 'SIEM', url: 'https://example.org/' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'no-webhook-keys' } });
    expect(refused.body.detail).toContain('TOCSIN_WEBHOOK_KEYS_FILE');
    expect((await cluster.get('api-2', '/api/v1/subscriptions')).body).toEqual({ items: [] });
  });

  it('keep of the stream of a lease only its end', async () => {
    const admin = EventStoreDBClient.connectionString(cluster.twin.connectionString);
    const credentials = { username: 'insecure', password: 'insecure' };
    await cluster.until('a beat after the first', TAKEOVER_MS, (events) =>
      events.some(({ type }) => type === 'LeaseRenewed'),
    );
    expect((await admin.getStreamMetadata('lease-clocks', { credentials })).metadata?.maxCount).toBe(10);
    await admin.dispose();
  });

  it('read on one replica what was written on the other', async () => {
    for (const api of APIS) {
      const { body } = await cluster.post(api, '/incidents', declaration(`Déclaré sur ${api}`));
      const board = await cluster.get(other(api), `/api/v1/incidents?await=${body.position}`);
      expect(board.status).toBe(200);
      expect(board.body.items).toContainEqual(expect.objectContaining({ incidentId: body.incidentId }));
      const feed = await cluster.get(other(api), `/api/v1/events?incident=${body.incidentId}`);
      expect(feed.body.map(({ id }: { id: string }) => id)).toEqual(
        expect.arrayContaining(body.events.map(({ eventId }: { eventId: string }) => eventId)),
      );
    }
  });

  it('take commands on the same incident at the same time, each once', async () => {
    const incident = await declare('api-1', 'À quatre mains');
    const texts = Array.from({ length: 24 }, (_, n) => `note ${n}`);
    const path = `/incidents/${incident}/commands/RecordLogbookEntry`;
    await Promise.all(
      texts.map((text, n) => {
        const key = randomUUID();
        // Too busy for the moment is an answer, too; the same key again.
        return settled(() => cluster.post(APIS[n % 2] ?? 'api-1', path, entry(text), key));
      }),
    );
    const events = (await cluster.store.readStream(`incident-${incident}`)).filter(
      ({ type }) => type === 'LogbookEntryRecorded',
    );
    expect(events.map(({ data }) => data['text']).toSorted()).toEqual(texts.toSorted());
  });

  it('give the first answer to a key that comes again elsewhere, also when both come at once', async () => {
    const [key, body] = [randomUUID(), declaration('Une seule fois')];
    const both = await Promise.all(APIS.map((api) => cluster.post(api, '/incidents', body, key)));
    const again = await cluster.post('api-2', '/incidents', body, key);
    for (const { status, body: answer } of both) {
      expect(status).toBe(201);
      expect(answer).toEqual(again.body);
    }
    const reused = await cluster.post('api-1', '/incidents', declaration('Autre chose'), key);
    expect(reused.status).toBe(422);
    const command = `/incidents/${again.body.incidentId}/commands/RecordLogbookEntry`;
    const entryKey = randomUUID();
    const first = await cluster.post('api-1', command, entry('une'), entryKey);
    expect((await cluster.post('api-2', command, entry('une'), entryKey)).body).toEqual(first.body);
    const written = await cluster.store.readStream(`incident-${again.body.incidentId}`);
    expect(written.filter(({ type }) => type === 'LogbookEntryRecorded')).toHaveLength(1);
  });

  it(`lose and double nothing while any of them is killed, ${KILLS} times, and the store (seed ${SEED})`, async () => {
    const random = seeded(SEED);
    // Each of them once, then whoever.
    const victims = Array.from({ length: KILLS }, (_, kill) => MEMBERS[kill] ?? random.pick(MEMBERS));
    const blows = [...victims.map((member) => killOf(cluster, member)), killOfTwin(cluster)];
    const { broken, ...report } = await runTrial({ cluster, random, perSecond: 40, incidents: 8, blows, between: 40 });
    expect(broken).toEqual([]);
    expect(report.noticed).toBeGreaterThan(0);
    process.stdout.write(`${JSON.stringify(report)}\n`);
  }, 180_000);

  it('have the clocks go on within 15 s when the worker that runs them is killed', async () => {
    const holder = await cluster.holder(TAKEOVER_MS);
    const dueBefore = await missedCount(cluster);
    await cluster.kill(holder);
    const startedAt = performance.now();
    await declare('api-1', 'Échéance déjà passée', 100);
    await cluster.until(
      'the other worker notices the missed term',
      TAKEOVER_MS,
      (events) => missedIn(events) > dueBefore,
    );
    process.stdout.write(`the other worker took over in ${Math.round(performance.now() - startedAt)} ms\n`);
    await cluster.startMember(holder);
    await cluster.untilNoticed(TAKEOVER_MS);
  }, 60_000);

  it('hand the clocks over at once when their worker is stopped', async () => {
    const holder = await cluster.holder(TAKEOVER_MS);
    expect(await cluster.stop(holder)).toBe(0);
    await cluster.until('the lease is given back, and taken', TAKEOVER_MS, (events) => {
      const beats = events.filter(({ stream }) => stream === 'lease-clocks').map(({ type }) => type);
      const released = beats.lastIndexOf('LeaseReleased');
      return released >= 0 && beats[released + 1] === 'LeaseTaken';
    });
    await cluster.startMember(holder);
  }, 60_000);

  it('say in every replica that no clock runs when no worker does, and go on serving', async () => {
    const said = (api: Member, ok: boolean): Promise<unknown> =>
      cluster.untilAnswered(api, '/readyz', SILENCE_MS, ({ body }) => body.clocks.ok === ok);
    await Promise.all(WORKERS.map((worker) => cluster.kill(worker)));
    for (const api of APIS) {
      expect(await said(api, false)).toMatchObject({
        status: 200,
        body: {
          status: 'ready',
          clocks: { warning: 'clocks-stand-still', cause: expect.stringMatching(/npm run worker/) },
        },
      });
      expect(await cluster.figure(api, 'tocsin_clocks_run')).toBe('0');
    }
    await Promise.all(WORKERS.map((worker) => cluster.startMember(worker)));
    for (const api of APIS) {
      expect(await said(api, true)).toMatchObject({ body: { clocks: { heldBy: expect.stringMatching(/\/\d+\//) } } });
      expect(await cluster.figure(api, 'tocsin_clocks_run')).toBe('1');
    }
    await cluster.untilNoticed(TAKEOVER_MS);
  }, 90_000);

  it.each([
    ['worker', 'worker', WORKER_MAIN],
    ['replica', 'worker', WORKER_MAIN],
    ['worker', 'replica', undefined],
  ] as const)(
    'refuse, in the folder of a %s, a second process: a %s',
    async (owner, _what, main) => {
      const folder = cluster.folderOf(owner === 'worker' ? 'worker-1' : 'api-1');
      const second = ServerProcess.start(folder, cluster.environment, main);
      await expect(second).rejects.toThrow(/Another process keeps its views in .+TOCSIN_DATA/s);
      expect((await cluster.get(owner === 'worker' ? 'worker-1' : 'api-1', '/readyz')).status).toBe(200);
    },
    60_000,
  );

  it('go on when the store is killed and comes back', async () => {
    const incident = await declare('api-1', 'Panne du journal');
    await cluster.twin.kill();
    const key = randomUUID();
    const path = `/incidents/${incident}/commands/RecordLogbookEntry`;
    const sending = cluster.post('api-1', path, entry('pendant la panne'), key);
    await cluster.twin.start();
    let answer = await sending;
    expect([200, 503]).toContain(answer.status);
    if (answer.status === 503)
      answer = await settled(() => cluster.post('api-2', path, entry('pendant la panne'), key));
    const read = await settled(() => cluster.get('api-2', `/api/v1/incidents?await=${answer.body.position}`));
    expect(read.body.items).toContainEqual(expect.objectContaining({ incidentId: incident }));
    const written = await cluster.store.readStream(`incident-${incident}`);
    expect(written.filter(({ data }) => data['text'] === 'pendant la panne')).toHaveLength(1);
    await declare('api-2', 'Échéance passée, après la panne', 100);
    await cluster.untilNoticed(TAKEOVER_MS);
  }, 90_000);
});

const missedIn = (events: readonly { readonly type: string }[]): number =>
  events.filter(({ type }) => type === 'DeadlineMissed').length;

const missedCount = async (cluster: Cluster): Promise<number> =>
  missedIn([...(await cluster.incidents()).values()].flat());

/** Sends again until there is an answer that is a success; nothing else may be wrong. */
const settled = async <Answer extends { readonly status: number }>(send: () => Promise<Answer>): Promise<Answer> => {
  const end = performance.now() + SETTLE_MS;
  for (;;) {
    // A broken connection: that process was killed.
    const answer = await send().catch(() => undefined);
    if (answer && answer.status < 300) return answer;
    if (answer && answer.status !== 503) throw new Error(`Answered ${answer.status}: ${JSON.stringify(answer)}`);
    if (performance.now() > end) throw new Error(`No success within ${SETTLE_MS} ms`);
    await pause(20);
  }
};
