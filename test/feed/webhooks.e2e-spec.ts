import { jest } from '@jest/globals';
import { CloudEvent, HTTP } from 'cloudevents';
import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { Couriers } from '#libs/subscriptions';
import { FeedServer, START_MS } from './feed-server.js';
import { Receiver } from './receiver.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

jest.setTimeout(60_000);

let server: FeedServer;
let receiver: Receiver;

beforeEach(async () => {
  server = new FeedServer({ TOCSIN_WEBHOOK_ALLOW: '127.0.0.0/8' });
  receiver = new Receiver();
  await Promise.all([server.start(), receiver.start()]);
});
afterEach(async () => {
  await server.stop();
  await receiver.stop();
});

const couriers = (): Couriers => server.app.get(Couriers, { strict: false });
/** Lets everything that can be done now be done. */
const settle = async (): Promise<void> => {
  await server.store.head();
  couriers().wake();
  await couriers().idle();
};
const later = async (ms: number): Promise<void> => {
  server.clock.ms += ms;
  await settle();
};
const subscribe = async (more: object = {}): Promise<any> => {
  const body = { name: 'CSIRT', url: receiver.url, ...more };
  const answer = await server.send('POST', '/subscriptions', body);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body;
};
const at = async (id: string): Promise<any> => (await server.send('GET', `/subscriptions/${id}`)).body;
const deliveries = async (id: string, search = ''): Promise<any> =>
  (await server.send('GET', `/subscriptions/${id}/deliveries${search}`)).body;
const types = (): string[] => receiver.all.map(({ event }) => event.type.replace(/^fr\.tocsin\.|\.v\d+$/g, ''));

describe('A webhook', () => {
  it('brings every event from the start on, in order, numbered, each with the id that the feed gives', async () => {
    const incident = await server.declare();
    await server.note(incident, 'avant');
    await subscribe({ payload: 'full' });
    await server.note(incident, 'après');
    await settle();
    const feed = (await server.send('GET', '/events?limit=500')).body;
    expect(receiver.all.map(({ event: { deliveryseq: _s, previousposition: _p, ...event } }) => event)).toEqual(feed);
    expect(receiver.ids).toEqual(feed.map(({ id }: any) => id));
    expect(receiver.all.map(({ event }) => event.deliveryseq)).toEqual(feed.map((_: any, n: number) => String(n + 1)));
    const positions = feed.map(({ position }: any) => position);
    expect(receiver.all.map(({ event }) => event.previousposition)).toEqual(['start', ...positions.slice(0, -1)]);
    expect(receiver.all.map(({ headers }) => headers['webhook-delivery-seq'])).toEqual(
      feed.map((_: any, n: number) => String(n + 1)),
    );
  });

  it('is accepted by the libraries of Standard Webhooks and CloudEvents', async () => {
    server.clock.ms = Date.now();
    const { secret, publicKey } = await subscribe();
    await server.declare();
    await settle();
    const { text, headers } = receiver.all[0]!;
    expect(new Webhook(secret).verify(text, headers)).toEqual(JSON.parse(text));
    expect(() => new Webhook(secret).verify(text.replace('1.0', '1.1'), headers)).toThrow('No matching signature');
    const parsed = HTTP.toEvent({ headers: { ...headers }, body: text }) as CloudEvent<unknown>;
    expect(parsed.validate()).toBe(true);

    const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`;
    const v1a = headers['webhook-signature']!.split(' ').find((each) => each.startsWith('v1a,'))!;
    const key = createPublicKey({
      key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(publicKey.slice(5), 'base64')]),
      format: 'der',
      type: 'spki',
    });
    expect(verify(null, Buffer.from(content), key, Buffer.from(v1a.slice(4), 'base64'))).toBe(true);
  });

  it('is thin unless asked otherwise: what happened is read from Tocsin', async () => {
    await subscribe();
    const incident = await server.declare();
    await settle();
    const { event } = receiver.all[0]!;
    expect(event).toMatchObject({ type: 'fr.tocsin.IncidentDeclared.v1', subject: incident });
    expect(event.data).toBeUndefined();
    expect(JSON.stringify(event)).not.toContain('local');
    const read = await server.send('GET', event.dataref.replace('/api/v1', ''));
    expect(read.body.items.map(({ eventId }: any) => eventId)).toEqual([event.id]);
  });

  it('filters by type, incident and body, and keeps exercises inside', async () => {
    await subscribe({ types: ['LogbookEntryRecorded'], organisations: ['Ville A'] });
    const real = await server.declare({ title: 'Vrai', organisations: [{ name: 'Ville A' }, { name: 'Ville B' }] });
    const drill = await server.declare({ title: 'Exercice', exercise: true, organisations: [{ name: 'Ville A' }] });
    await server.note(drill, 'exercice');
    await server.note(real, 'pour les deux');
    await server.say(real, 'RecordLogbookEntry', { kind: 'fact', text: 'pour B', organisations: ['Ville B'] });
    await settle();
    expect(receiver.all.map(({ event }) => event.subject)).toEqual([real]);
  });

  it('sends exercises where they are wanted, and says that they are', async () => {
    await subscribe({ exercise: 'only' });
    await server.declare();
    const drill = await server.declare({ title: 'Exercice', exercise: true });
    await settle();
    expect(receiver.all.map(({ event }) => [event.subject, event.exercise])).toEqual([[drill, true]]);
  });

  it('begins now when asked to', async () => {
    await server.declare();
    await subscribe({ from: 'now' });
    const second = await server.declare();
    await settle();
    expect(new Set(receiver.all.map(({ event }) => event.subject))).toEqual(new Set([second]));
  });
});

describe('A receiver that fails', () => {
  it('is tried again after 5 s, 5 min, 30 min … with the same id and number, then its messages are held', async () => {
    receiver.behave = () => 500;
    const { id } = await subscribe({ types: ['IncidentDeclared'] });
    await server.declare();
    await settle();
    const delays = [
      5 * SECOND,
      5 * MINUTE,
      30 * MINUTE,
      2 * HOUR,
      5 * HOUR,
      10 * HOUR,
      14 * HOUR,
      20 * HOUR,
      24 * HOUR,
    ];
    for (const [index, delay] of delays.entries()) {
      expect(receiver.all).toHaveLength(index + 1);
      await later(delay - 1);
      expect(receiver.all).toHaveLength(index + 1);
      await later(1);
    }
    expect(receiver.all).toHaveLength(10);
    expect(new Set(receiver.ids).size).toBe(1);
    expect(new Set(receiver.all.map(({ event }) => event.deliveryseq))).toEqual(new Set(['1']));
    expect(new Set(receiver.all.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(10);
    await later(1000 * HOUR);
    expect(receiver.all).toHaveLength(10);
    expect(await at(id)).toMatchObject({
      status: 'held',
      delivery: { failed: 10, lastCause: { code: 'receiver-error' } },
    });
    expect((await at(id)).summary).toMatch(/Envois retenus depuis le .* Rien n’est perdu/);
  });

  it('gets everything in order when it is resumed after a month, and its page says what happened', async () => {
    const { id } = await subscribe();
    const incidents = [await server.declare(), await server.declare()];
    await settle();
    const before = receiver.all.length;
    const port = Number(new URL(receiver.url).port);
    await receiver.stop();
    for (let day = 0; day < 30; day += 1) {
      for (const incident of incidents) await server.note(incident, `jour ${day}`);
      await later(24 * HOUR);
    }
    expect(await at(id)).toMatchObject({ status: 'held', delivery: { lastCause: { code: 'connection-refused' } } });
    const page = await deliveries(id, '?outcome=failed');
    // The schedule takes 75 hours; this clock moves by a day at a time.
    expect(page.summary).toMatch(
      /^Envois retenus depuis le \d+ mars 2026 à \d\d:\d\d \(heure de Paris\)\. Le destinataire refuse la connexion : son service est sans doute arrêté\. 60 événements attendent, le plus ancien du 2 mars 2026 à 09:00 \(heure de Paris\)\. Rien n’est perdu : corrigez, puis reprenez ; tout partira dans l’ordre\.$/,
    );
    const english = await server.send('GET', `/subscriptions/${id}`, undefined, { 'accept-language': 'en' });
    expect(english.body.summary).toMatch(/^Deliveries held since \d+ March 2026 at .* 60 events wait, the oldest of /);
    expect(page.delivery.lag).toEqual({ events: 60, more: false, oldestAt: '2026-03-02T08:00:00.000Z' });
    expect(page.items[0]).toMatchObject({
      outcome: 'failed',
      attempt: 10,
      cause: { code: 'connection-refused', text: expect.stringContaining('sans doute arrêté') },
      request: { headers: { 'webhook-signature': '…' } },
    });

    receiver = new Receiver();
    await receiver.start(port);
    await server.send('POST', `/subscriptions/${id}/resume`);
    await settle();
    const feed = (await server.send('GET', '/events?limit=500')).body;
    for (const incident of incidents) {
      const sent = feed.filter(({ subject }: any) => subject === incident).map(({ id }: any) => id);
      const got = receiver.all.filter(({ event }) => event.subject === incident).map(({ event }) => event.id);
      expect(got).toEqual(sent.slice(-30));
    }
    expect(receiver.all).toHaveLength(feed.length - before);
    const numbers = receiver.all.map(({ event }) => Number(event.deliveryseq)).toSorted((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: feed.length - before }, (_, index) => before + index + 1));
    expect(await at(id)).toMatchObject({ status: 'active', delivery: { waiting: { incidents: 0 } } });
  });

  it('delays one incident only when it refuses the events of one, then holds that one alone', async () => {
    const { id } = await subscribe();
    const poison = await server.declare();
    const healthy = await server.declare();
    receiver.behave = ({ event }) => (event.subject === poison ? 422 : 204);
    await settle();
    receiver.all.length = 0;
    await server.note(poison, 'jamais');
    for (let hour = 0; hour < 90; hour += 3) {
      await server.note(healthy, `heure ${hour}`);
      await later(3 * HOUR);
    }
    const texts = receiver.all.filter(({ event }) => event.subject === healthy);
    expect(texts).toHaveLength(30);
    expect(receiver.all.filter(({ event }) => event.subject === poison).length).toBeLessThanOrEqual(10);
    // Each attempt comes up to three hours after it was due, for that is how this clock goes.
    for (let more = 0; more < 12 && (await at(id)).delivery.waiting.held === 0; more += 1) await later(3 * HOUR);
    expect(await at(id)).toMatchObject({ status: 'degraded', delivery: { waiting: { incidents: 1, held: 1 } } });
    receiver.behave = () => 204;
    await server.send('POST', `/subscriptions/${id}/resume`);
    await settle();
    expect(await at(id)).toMatchObject({ status: 'active' });
    const [first] = receiver.all.filter(({ event }) => event.subject === poison).slice(-2);
    expect(Number(first!.event.sequence)).toBeLessThan(2);
  });

  it('is left alone for as long as it asks (429, Retry-After)', async () => {
    await subscribe({ types: ['IncidentDeclared'] });
    receiver.behave = (_received, response) => void response.writeHead(429, { 'retry-after': '120' }).end();
    await server.declare();
    await settle();
    const first = receiver.all.length;
    receiver.behave = () => 204;
    await server.declare();
    await later(119 * SECOND);
    expect(receiver.all).toHaveLength(first);
    await later(1 * SECOND);
    expect(types()).toEqual(['IncidentDeclared', 'IncidentDeclared', 'IncidentDeclared']);
  });

  it('is held at once when it says that it is gone (410), and loses nothing', async () => {
    receiver.behave = () => 410;
    const { id } = await subscribe({ types: ['IncidentDeclared'] });
    await server.declare();
    await settle();
    expect(await at(id)).toMatchObject({ status: 'held' });
    receiver.behave = () => 204;
    await server.declare();
    await later(HOUR);
    expect(receiver.all).toHaveLength(1);
    await server.send('POST', `/subscriptions/${id}/resume`);
    await settle();
    expect(receiver.all).toHaveLength(3);
  });

  it('does not delay another receiver', async () => {
    const other = new Receiver();
    await other.start();
    receiver.behave = () => undefined;
    await subscribe();
    await subscribe({ url: other.url });
    const incident = await server.declare();
    await server.note(incident, 'vite');
    await other.until(({ all }) => all.some(({ event }) => event.type.includes('LogbookEntryRecorded')));
    await other.stop();
    expect(receiver.all.length).toBeGreaterThan(0);
  });

  it('is told apart by what it answers', async () => {
    const { id } = await subscribe({ types: ['IncidentDeclared'] });
    const behaviours: [any, string][] = [
      [
        (_: unknown, response: any) => void response.writeHead(302, { location: 'http://127.0.0.1/x' }).end(),
        'redirect',
      ],
      [() => 401, 'unauthorised'],
      [() => 404, 'refused-by-receiver'],
      [() => 503, 'receiver-error'],
      [(_: unknown, response: any) => void response.socket.resetAndDestroy(), 'reset'],
      [(_: unknown, response: any) => void response.socket.end('what?\r\n\r\n'), 'not-http'],
    ];
    await server.declare();
    for (const [behave] of behaviours) {
      receiver.behave = behave;
      await later(25 * HOUR);
    }
    const { items } = await deliveries(id);
    expect(
      items
        .map(({ cause }: any) => cause.code)
        .toReversed()
        .slice(-behaviours.length),
    ).toEqual(behaviours.map(([, code]) => code));
    expect(items.every(({ cause }: any) => /^.{20,}\.$/u.test(cause.text))).toBe(true);
  });

  it('keeps at most 2 kB of what was sent and answered', async () => {
    receiver.behave = (_received, response) => void response.writeHead(500).end('n'.repeat(10_000));
    const { id } = await subscribe({ payload: 'full', types: ['LogbookEntryRecorded'] });
    await server.note(await server.declare(), 't'.repeat(9000));
    await settle();
    const [attempt] = (await deliveries(id)).items;
    expect(attempt.response.body).toHaveLength(2048);
    expect(attempt.request.body).toHaveLength(2049);
  });
});

describe('What an operator sees', () => {
  const figures = async (): Promise<Map<string, number>> => {
    const { payload } = await server.app.inject({ method: 'GET', url: '/metrics', headers: { host: 'localhost' } });
    const lines = payload.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(lines.map((line) => [line.replace(/ [^ ]*$/, ''), Number(line.replace(/^.* /, ''))]));
  };

  it('counts attempts by outcome, subscriptions by status, and how far each is behind', async () => {
    const [good, bad] = [
      await subscribe(),
      await subscribe({ url: 'http://127.0.0.1:1/', types: ['IncidentDeclared'] }),
    ];
    await server.declare();
    await settle();
    server.clock.ms += 3 * SECOND;
    const delivered = receiver.all.length;
    expect(Object.fromEntries(await figures())).toMatchObject({
      'tocsin_webhook_attempts_total{outcome="delivered"}': delivered,
      'tocsin_webhook_attempts_total{outcome="connection-refused"}': 1,
      tocsin_webhook_attempt_seconds_count: delivered + 1,
      'tocsin_subscriptions{status="active"}': 1,
      'tocsin_subscriptions{status="degraded"}': 1,
      'tocsin_subscriptions{status="held"}': 0,
      [`tocsin_webhook_lag_events{subscription="${good.id}"}`]: 0,
      [`tocsin_webhook_lag_events{subscription="${bad.id}"}`]: 1,
      [`tocsin_webhook_lag_seconds{subscription="${good.id}"}`]: 0,
      [`tocsin_webhook_lag_seconds{subscription="${bad.id}"}`]: 3,
    });
    await server.send('POST', `/subscriptions/${good.id}/pause`);
    await server.declare();
    await server.declare();
    server.clock.ms += 60 * SECOND;
    const since = await figures();
    expect(since.get('tocsin_subscriptions{status="paused"}')).toBe(1);
    expect(since.get(`tocsin_webhook_lag_seconds{subscription="${good.id}"}`)).toBe(60);
    const { lag } = (await at(good.id)).delivery;
    expect(lag).toMatchObject({
      events: delivered * 2,
      more: false,
      oldestAt: new Date(START_MS + 3000).toISOString(),
    });
    await server.send('DELETE', `/subscriptions/${bad.id}`);
    expect([...(await figures()).keys()].filter((name) => name.includes(bad.id))).toEqual([]);
  });

  it('counts clients of the live feed', async () => {
    const stream = await server.follow('?after=now');
    await stream.until(({ caughtUp }) => caughtUp === 1);
    expect((await figures()).get('tocsin_stream_clients')).toBe(1);
    expect((await figures()).get('tocsin_stream_slow_clients_total')).toBe(0);
    stream.close();
    while ((await figures()).get('tocsin_stream_clients') !== 0) await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('A restart of Tocsin', () => {
  it('goes on where deliveries were', async () => {
    const { id } = await subscribe();
    const incident = await server.declare();
    await settle();
    const before = receiver.all.length;
    receiver.behave = () => 500;
    await server.note(incident, 'un');
    await settle();
    await server.restart();
    receiver.behave = () => 204;
    await server.note(incident, 'deux');
    await later(5 * SECOND);
    const got = receiver.all.slice(before);
    expect(got.map(({ event }) => [event.sequence, event.deliveryseq])).toEqual([
      [String(before), String(before + 1)],
      [String(before), String(before + 1)],
      [String(before + 1), String(before + 2)],
    ]);
    expect(await at(id)).toMatchObject({ delivery: { lastDeliverySeq: before + 2 } });
  });

  it('cuts requests under way, and sends them again with the same id', async () => {
    await subscribe({ types: ['IncidentDeclared'] });
    receiver.behave = () => undefined;
    await server.declare();
    await receiver.until(({ all }) => all.length === 1);
    await server.restart();
    await receiver.until(({ all }) => all.length === 2);
    receiver.behave = () => 204;
    expect(receiver.ids[0]).toBe(receiver.ids[1]);
  });

  it('goes on from what the log says of its progress when the record of deliveries is lost', async () => {
    const { rmSync } = await import('node:fs');
    const { id } = await subscribe();
    const incident = await server.declare();
    await settle();
    await later(10 * MINUTE);
    const before = receiver.all.length;
    expect((await server.store.readStream(`subscription-${id}`)).at(-1)?.type).toBe('SubscriptionProgressed');
    await server.app.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(server.folder, `deliveries.db${suffix}`), { force: true });
    await server.start();
    await server.note(incident, 'ensuite');
    await settle();
    expect(receiver.all.slice(before).map(({ event }) => event.deliveryseq)).toEqual([String(before + 1)]);
  });

  it('begins again from the start of the subscription when the record of deliveries is lost', async () => {
    const { rmSync } = await import('node:fs');
    await subscribe({ types: ['IncidentDeclared'] });
    await server.declare();
    await settle();
    await server.app.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(server.folder, `deliveries.db${suffix}`), { force: true });
    await server.start();
    await settle();
    expect(receiver.ids[0]).toBe(receiver.ids[1]);
    expect(receiver.all).toHaveLength(2);
  });
});

describe('What somebody does with a subscription', () => {
  it('is an event of its stream, without any secret', async () => {
    const { id, secret } = await subscribe();
    const act = (path: string, body?: object) => server.send('POST', `/subscriptions/${id}/${path}`, body);
    const incident = await server.declare();
    await settle();
    expect(
      (await server.send('PATCH', `/subscriptions/${id}`, { name: 'SOC', types: ['IncidentDeclared'] })).status,
    ).toBe(200);
    expect((await act('pause')).body.status).toBe('paused');
    expect((await act('resume')).body.status).toBe('active');
    const rotated = (await act('rotate-secret')).body.secret;
    expect((await act('test')).body).toMatchObject({ outcome: 'delivered', kind: 'test', status: 204 });
    const [{ eventId }] = (await server.send('GET', `/incidents/${incident}/events`)).body.items;
    expect((await act('redeliver', { eventId })).status).toBe(202);
    expect((await server.send('DELETE', `/subscriptions/${id}`)).status).toBe(204);
    const stored = await server.store.readStream(`subscription-${id}`);
    expect(stored.map(({ type }) => type)).toEqual([
      'SubscriptionCreated',
      'SubscriptionChanged',
      'SubscriptionPaused',
      'SubscriptionResumed',
      'SubscriptionSecretRotated',
      'SubscriptionTested',
      'SubscriptionRedeliveryAsked',
      'SubscriptionDeleted',
    ]);
    expect(stored.every(({ meta }) => (meta['actor'] as any).name === 'local')).toBe(true);
    const log = JSON.stringify((await server.store.readAll()).events);
    for (const each of [secret, rotated]) expect(log).not.toContain(each.slice('whsec_'.length));
    expect(readFileSync(join(server.folder, 'webhook-keys.json'), 'utf8')).not.toContain('whsec_');
    expect((await server.send('GET', `/subscriptions/${id}`)).status).toBe(404);
  });

  it('keeps the keys where only the owner reads them, and shows the secret once', async () => {
    const { id, secret } = await subscribe();
    expect(secret).toMatch(/^whsec_/);
    expect(statSync(join(server.folder, 'webhook-keys.json')).mode & 0o077).toBe(0);
    expect(JSON.stringify(await at(id))).not.toContain('whsec_');
    expect(JSON.stringify((await server.send('GET', '/subscriptions')).body)).not.toContain('whsec_');
  });

  it('signs with both secrets for a day after a rotation', async () => {
    const { id, secret: first } = await subscribe({ types: ['IncidentDeclared'] });
    const { secret: second } = (await server.send('POST', `/subscriptions/${id}/rotate-secret`)).body;
    const signatures = (): string[] => receiver.all.at(-1)!.headers['webhook-signature']!.split(' ');
    server.clock.ms = Date.now();
    await server.declare();
    await settle();
    expect(signatures()).toHaveLength(2);
    await server.send('POST', `/subscriptions/${id}/rotate-secret`);
    const { secret: third } = (await server.send('POST', `/subscriptions/${id}/rotate-secret`)).body;
    await server.declare();
    await settle();
    expect(signatures().map((each) => each.split(',')[0])).toEqual(['v1', 'v1', 'v1a', 'v1a']);
    const { text, headers } = receiver.all.at(-1)!;
    expect(new Webhook(third).verify(text, headers)).toBeTruthy();
    for (const old of [first, second]) expect(() => new Webhook(old).verify(text, headers)).toThrow();
  });

  it('pauses: nothing is sent, and nothing is lost', async () => {
    const { id } = await subscribe({ types: ['IncidentDeclared'] });
    await server.send('POST', `/subscriptions/${id}/pause`);
    await server.declare();
    await settle();
    expect(receiver.all).toEqual([]);
    await server.send('POST', `/subscriptions/${id}/resume`);
    await settle();
    expect(receiver.all).toHaveLength(1);
  });

  it('redelivers one event, from a position, or since a time: same ids, marked as replays, numbers unchanged', async () => {
    const { id } = await subscribe();
    const incident = await server.declare();
    server.clock.ms += HOUR;
    const since = new Date(server.clock.ms).toISOString();
    await server.note(incident, 'un');
    await server.note(incident, 'deux');
    await settle();
    const all = receiver.ids;
    const [first] = receiver.all;
    const again = async (body: object): Promise<string[]> => {
      receiver.all.length = 0;
      const answer = await server.send('POST', `/subscriptions/${id}/redeliver`, body);
      expect(answer).toMatchObject({ status: 202, body: { redeliveryId: expect.any(String) } });
      await receiver.until((each) => each.all.length > 0);
      await settle();
      expect(receiver.all.every(({ headers }) => headers['webhook-replay'] === 'true')).toBe(true);
      return receiver.ids;
    };
    expect(await again({ eventId: all[1] })).toEqual([all[1]]);
    expect(await again({ from: 'start' })).toEqual(all);
    expect(await again({ from: first!.event.position })).toEqual(all.slice(1));
    expect(await again({ since })).toEqual(all.slice(-2));
    receiver.all.length = 0;
    await server.note(incident, 'trois');
    await settle();
    expect(receiver.all.map(({ event }) => event.deliveryseq)).toEqual([String(all.length + 1)]);
  });

  it('gives the first answer to a repeated key, with the same secret, and writes nothing more', async () => {
    const key = { 'idempotency-key': '0190bbbb-0000-7000-8000-000000000001' };
    const body = { name: 'CSIRT', url: receiver.url };
    const first = await server.send('POST', '/subscriptions', body, key);
    await server.restart();
    const second = await server.send('POST', '/subscriptions', body, key);
    expect(second.body).toEqual(first.body);
    expect((await server.send('GET', '/subscriptions')).body.items).toHaveLength(1);
    expect(await server.send('POST', '/subscriptions', { ...body, name: 'Autre' }, key)).toMatchObject({ status: 422 });
    const log = JSON.stringify((await server.store.readAll()).events);
    expect(log).not.toContain(first.body.secret.slice('whsec_'.length));
  });

  it('gives the first answer to a repeated key although deliveries, and other changes, went on', async () => {
    const key = (n: number) => ({ 'idempotency-key': `0190bbbb-0000-7000-8000-00000000001${n}` });
    const make = () => server.send('POST', '/subscriptions', { name: 'CSIRT', url: receiver.url }, key(1));
    const { body: made, headers } = await make();
    const path = `/subscriptions/${made.id}`;
    const pause = () => server.send('POST', `${path}/pause`, undefined, key(2));
    const { body: paused } = await pause();
    await server.send('POST', `${path}/resume`);
    await server.declare();
    await settle();
    expect(receiver.all).not.toEqual([]);
    const again = await make();
    expect([again.status, again.body, again.headers['etag']]).toEqual([201, made, headers['etag']]);
    expect((await pause()).body).toEqual(paused);
    expect((await server.send('GET', path)).body.status).toBe('active');
    await server.send('DELETE', path);
    const { secret: _gone, ...rest } = made;
    expect(await make()).toMatchObject({ status: 201, body: rest });
  });

  it('is deleted also by a client that names JSON with every request', async () => {
    const { id } = await subscribe();
    const json = { host: 'localhost', 'content-type': 'application/json' };
    const url = `/api/v1/subscriptions/${id}`;
    expect((await server.app.inject({ method: 'DELETE', url, headers: json })).statusCode).toBe(204);
  });

  it('takes a secret of the receiver', async () => {
    const secret = `whsec_${randomBytes(24).toString('base64')}`;
    expect((await subscribe({ secret })).secret).toBe(secret);
  });

  it.each([
    [{ url: 'https://example.com' }, 'invalid', 'name'],
    [{ name: 'x', url: 'nope' }, 'refused-target', 'url'],
    [{ name: 'x', url: 'https://10.0.0.1/' }, 'refused-target', 'url'],
    [{ name: 'x', url: 'https://user:pass@example.com/' }, 'refused-target', 'url'],
    [{ name: 'x', url: 'https://example.com/', types: ['Nothing'] }, 'invalid-parameter', 'types'],
    [{ name: 'x', url: 'https://example.com/', secret: 'abc' }, 'invalid-parameter', 'secret'],
    [{ name: 'x', url: 'https://example.com/', from: 'p999999' }, 'invalid-parameter', 'position'],
    [{ name: 'x', url: 'https://example.com/', incidents: ['1'] }, 'invalid', 'incidents'],
    [{ name: 'x', url: 'https://example.com/', colour: 'red' }, 'invalid', 'colour'],
  ])('refuses %j with %s', async (body, code, where) => {
    const answer = await server.send('POST', '/subscriptions', body);
    expect(answer).toMatchObject({ status: 400, body: { code } });
    expect(JSON.stringify(answer.body)).toContain(where);
  });

  it('answers 404 to what does not exist', async () => {
    const nobody = '0190ffff-0000-7000-8000-ffffffffffff';
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/deliveries'],
      ['POST', '/pause'],
      ['POST', '/test'],
    ] as const)
      expect(await server.send(method, `/subscriptions/${nobody}${path}`)).toMatchObject({ status: 404 });
    const { id } = await subscribe();
    expect(await server.send('POST', `/subscriptions/${id}/redeliver`, { eventId: nobody })).toMatchObject({
      status: 404,
      body: { code: 'unknown-delivery' },
    });
    expect(await server.send('POST', `/subscriptions/${id}/redeliver`, {})).toMatchObject({ status: 400 });
  });
});
