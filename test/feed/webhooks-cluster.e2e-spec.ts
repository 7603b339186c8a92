import { jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { StoredEvent } from '#libs/event-store';
import { APIS, Cluster, WORKERS, type Member } from '../cluster/cluster.js';
import { webhookEnvironment } from '../cluster/deliveries.js';
import { seeded } from '../support/random.js';
import { EventStream } from './feed-server.js';
import { Receiver } from './receiver.js';

jest.setTimeout(180_000);

/** A worker that dies is followed within this time, and its lanes then have a retry to wait for. */
const TAKEOVER_MS = 30_000;
const READY_MS = 15_000;

/** An incident then begins with one event of interest, and each note is one. */
const TYPES = ['IncidentDeclared', 'LogbookEntryRecorded'];

const receiver = new Receiver();
const environment: Record<string, string> = {};
const cluster = new Cluster({ environment });

beforeAll(async () => {
  Object.assign(environment, webhookEnvironment(cluster.folder));
  await receiver.start();
  await cluster.start();
});
afterAll(async () => {
  await cluster.dispose();
  await receiver.stop();
});
beforeEach(() => {
  receiver.behave = () => 204;
});

const declare = async (api: Member, title: string): Promise<string> => {
  const { status, body } = await cluster.post(api, '/incidents', { title, playbook: 'none' });
  expect(status).toBe(201);
  return body.incidentId;
};
const note = async (api: Member, incident: string, text: string): Promise<void> => {
  const path = `/incidents/${incident}/commands/RecordLogbookEntry`;
  expect(await cluster.post(api, path, { kind: 'fact', text })).toMatchObject({ status: 200 });
};
const subscribe = async (api: Member, more: object = {}, key: string = randomUUID()): Promise<any> => {
  const body = { name: 'CSIRT', url: receiver.url, payload: 'full', from: 'now', types: TYPES, ...more };
  const answer = await cluster.post(api, '/subscriptions', body, key);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body;
};
const act = (api: Member, id: string, path: string, body?: object) =>
  cluster.of(api).send('POST', `/api/v1/subscriptions/${id}/${path}`, body);
const at = async (api: Member, id: string): Promise<any> =>
  (await cluster.get(api, `/api/v1/subscriptions/${id}`)).body;
const attempts = async (api: Member, id: string, search = ''): Promise<any[]> =>
  (await cluster.get(api, `/api/v1/subscriptions/${id}/deliveries${search}`)).body.items;
const remove = (id: string) => cluster.of('api-1').send('DELETE', `/api/v1/subscriptions/${id}`);

/** Until the log says of a subscription what is awaited: that is what the next worker goes on from. */
const untilNoted = (id: string, holds: (figures: any) => boolean): Promise<void> =>
  cluster.until(`the log tells how far ${id} got`, TAKEOVER_MS, (events) => {
    const last = events.findLast(({ stream }) => stream === `deliveries-${id}`);
    return holds((last?.data['figures'] as object | undefined) ?? {});
  });
/** What came of an incident, in order: its title, then texts. */
const ofIncident = (incident: string): string[] =>
  receiver.all
    .filter(({ event }) => event.subject === incident)
    .map(({ event }) => event.data.title ?? event.data.text);
const everything = async (): Promise<readonly StoredEvent[]> => {
  const events: StoredEvent[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await cluster.store.readAll(after ? { after } : {});
    events.push(...page.events);
    if (page.atHead) return events;
    after = page.position;
  }
};

it('A live stream that breaks goes on at another replica', async () => {
  const open = (api: Member, headers: Record<string, string> = {}) =>
    EventStream.open(`${cluster.of(api).url}/api/v1/events?after=now`, headers);
  const first = await open('api-1');
  await first.until(({ caughtUp }) => caughtUp === 1);
  const incident = await declare('api-2', 'Vu en direct');
  await first.until(({ events }) => events.some(({ subject }) => subject === incident));
  first.close();
  await note('api-1', incident, 'pendant l’absence');
  const second = await open('api-2', { 'last-event-id': first.lastEventId });
  await second.until(({ events }) => events.some(({ data }) => data.text === 'pendant l’absence'));
  const seen = [...first.events, ...second.events].filter(({ subject }) => subject === incident);
  expect(seen.map(({ sequence }) => Number(sequence))).toEqual(seen.map((_, index) => index));
  second.close();
});

describe('Webhooks of two api replicas and two workers', () => {
  it('are sent by one worker, whichever replica made them, and every replica tells how that went', async () => {
    await cluster.holder(READY_MS, 'webhooks');
    const held = await Promise.all(
      WORKERS.map(async (worker) => (await cluster.get(worker, '/readyz')).body.leases.webhooks),
    );
    expect(held.toSorted()).toEqual(['held', 'standing-by']);
    const { id, secret } = await subscribe('api-1');
    expect(await at('api-2', id)).toMatchObject({ id, status: 'active' });
    const incident = await declare('api-2', 'Sur l’autre');
    await receiver.until(({ all }) => all.some(({ event }) => event.subject === incident));
    const { text, headers } = receiver.all.find(({ event }) => event.subject === incident)!;
    expect(new Webhook(secret).verify(text, headers)).toMatchObject({ subject: incident });
    await untilNoted(id, ({ delivered }) => delivered >= 1);
    for (const api of APIS) {
      expect(await at(api, id)).toMatchObject({
        delivery: { delivered: expect.any(Number), waiting: { incidents: 0 } },
      });
      const [last] = await attempts(api, id, '?limit=1');
      expect(last).toMatchObject({ outcome: 'delivered', incidentId: incident, response: { body: '' } });
      expect(await attempts(api, id, '?outcome=failed')).toEqual([]);
    }
    expect((await cluster.get('api-2', '/api/v1/subscriptions')).body.items).toHaveLength(1);
    const figures = await Promise.all(
      WORKERS.map(async (worker) => (await fetch(`${cluster.of(worker).url}/metrics`)).text()),
    );
    expect(figures.map((text) => /^tocsin_subscriptions\{status="active"\} (\d)$/m.exec(text)?.[1]).toSorted()).toEqual(
      ['0', '1'],
    );
    await remove(id);
  });

  it('have one secret, told again to the same key on another replica, and nowhere in the log', async () => {
    const key = randomUUID();
    const both = await Promise.all(APIS.map((api) => subscribe(api, {}, key)));
    expect(new Set(both.map(({ id, secret }) => `${id} ${secret}`)).size).toBe(1);
    const [{ id, secret }] = both;
    const rotated = (await act('api-2', id, 'rotate-secret')).body.secret;
    expect(rotated).toMatch(/^whsec_/);
    const incident = await declare('api-1', 'Deux signatures');
    await receiver.until(() => ofIncident(incident).length > 0);
    const { text, headers } = receiver.all.find(({ event }) => event.subject === incident)!;
    for (const each of [secret, rotated]) expect(new Webhook(each).verify(text, headers)).toBeTruthy();
    const log = JSON.stringify(await everything());
    for (const each of [secret, rotated]) expect(log).not.toContain(each.slice('whsec_'.length));
    await remove(id);
    const [last] = await cluster.store.readStream(`webhook-keys-${id}`, { direction: 'backward', max: 1 });
    expect(last?.data).toEqual({ keys: [] });
  });

  it('are tested, paused, resumed and redelivered from any replica', async () => {
    const { id } = await subscribe('api-1');
    expect((await act('api-2', id, 'test')).body).toMatchObject({ outcome: 'delivered', kind: 'test', status: 204 });
    expect((await act('api-1', id, 'pause')).body.status).toBe('paused');
    const incident = await declare('api-2', 'En pause');
    expect((await act('api-2', id, 'test')).body).toMatchObject({ kind: 'test' });
    expect(ofIncident(incident)).toEqual([]);
    expect((await act('api-2', id, 'resume')).body.status).toBe('active');
    await receiver.until(() => ofIncident(incident).length === 1);
    const [{ eventId }] = (await cluster.get('api-1', `/api/v1/incidents/${incident}/events`)).body.items;
    expect((await act('api-2', id, 'redeliver', { eventId })).status).toBe(202);
    await receiver.until(({ all }) => all.some(({ headers }) => headers['webhook-replay'] === 'true'));
    expect(ofIncident(incident)).toEqual(['En pause', 'En pause']);
    await remove(id);
  });

  it('go on where they were when the worker that sends them is killed', async () => {
    const { id } = await subscribe('api-1');
    const [healthy, poison] = [await declare('api-1', 'Sain'), await declare('api-2', 'Refusé')];
    receiver.behave = ({ event }) => (event.data.text === 'jamais' ? 500 : 204);
    await note('api-1', poison, 'jamais');
    await note('api-2', healthy, 'avant');
    await untilNoted(id, ({ delivered, failed }) => delivered >= 3 && failed >= 1);
    const before = receiver.all.length;
    const holder = await cluster.holder(READY_MS, 'webhooks');
    await cluster.kill(holder);
    await note('api-1', healthy, 'après');
    await receiver.until(({ all }) => new Set(all.slice(before).map(({ event }) => event.data.text)).size === 2);
    // Nothing of what was noted as received comes again, and the refused one keeps its number and its count.
    expect(ofIncident(healthy)).toEqual(['Sain', 'avant', 'après']);
    const refused = receiver.all.filter(({ event }) => event.data.text === 'jamais');
    expect(new Set(refused.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(refused.map(({ event }) => event.deliveryseq)).size).toBe(1);
    await untilNoted(id, ({ failed }) => failed >= 2);
    const [last] = await attempts('api-2', id, '?outcome=failed&limit=1');
    expect(last.attempt).toBeGreaterThanOrEqual(2);
    await cluster.startMember(holder);
    await remove(id);
  });

  it('arrive at least once and in order per incident while any process is killed', async () => {
    const random = seeded(Number(process.env['TOCSIN_CLUSTER_SEED'] ?? 1));
    const { id } = await subscribe('api-2');
    receiver.all.length = 0;
    receiver.behave = (_received, response) => {
      const roll = random.between(0, 99);
      if (roll < 5) return 500;
      return roll < 10 ? void response.socket?.resetAndDestroy() : 204;
    };
    const incidents = new Map<string, string[]>();
    for (let n = 0; n < 8; n += 1) incidents.set(await declare(APIS[n % 2] ?? 'api-1', `${n}`), [`${n}`]);
    const write = async (round: number): Promise<void> => {
      for (let n = 0; n < 80; n += 1) {
        const [incident, texts] = [...incidents][n % 8]!;
        texts.push(`${round} ${n}`);
        await note('api-1', incident, `${round} ${n}`);
      }
    };
    for (let kill = 0; kill < 2; kill += 1) {
      const writing = write(kill);
      await receiver.until(({ all }) => new Set(all.map(({ event }) => event.id)).size > 8 + 80 * kill + 30);
      const holder = await cluster.holder(READY_MS, 'webhooks');
      await cluster.kill(holder);
      await writing;
      await cluster.startMember(holder);
    }
    receiver.behave = () => 204;
    await act('api-1', id, 'resume');
    await receiver.until(() =>
      [...incidents].every(([each, texts]) => new Set(ofIncident(each)).size === texts.length),
    );
    for (const [each, texts] of incidents) {
      let next = 0;
      for (const text of ofIncident(each)) {
        expect(texts.indexOf(text)).toBeLessThanOrEqual(next);
        if (texts[next] === text) next += 1;
      }
    }
    const ids = new Map<string, string>();
    for (const { event } of receiver.all) {
      const place = `${event.subject} ${event.sequence}`;
      expect(ids.get(place) ?? event.id).toBe(event.id);
      ids.set(place, event.id);
    }
    await remove(id);
  });

  it('are said to stand still, in every replica, when no worker sends them, and every replica goes on serving', async () => {
    const said = (api: Member, ok: boolean) =>
      cluster.untilAnswered(api, '/readyz', TAKEOVER_MS, ({ body }) => body.webhooks.ok === ok);
    await Promise.all(WORKERS.map((worker) => cluster.kill(worker)));
    for (const api of APIS) {
      expect(await said(api, false)).toMatchObject({
        status: 200,
        body: {
          status: 'ready',
          webhooks: {
            sent: false,
            runIn: 'workers',
            warning: 'webhooks-stand-still',
            cause: expect.stringMatching(/TOCSIN_WEBHOOK_KEYS_FILE/),
          },
        },
      });
      expect(await cluster.figure(api, 'tocsin_webhooks_run')).toBe('0');
    }
    await Promise.all(WORKERS.map((worker) => cluster.startMember(worker)));
    for (const api of APIS) {
      const { body } = await said(api, true);
      expect(body.webhooks).toEqual({
        ok: true,
        sent: true,
        runIn: 'workers',
        heldBy: expect.stringMatching(/\/\d+\//),
      });
      expect(await cluster.figure(api, 'tocsin_webhooks_run')).toBe('1');
    }
  });
});
