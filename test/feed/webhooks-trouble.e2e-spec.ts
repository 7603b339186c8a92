import { jest } from '@jest/globals';
import { Couriers, DeliveryBook } from '#libs/subscriptions';
import { FeedServer } from './feed-server.js';
import { Receiver } from './receiver.js';

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
const book = (): DeliveryBook => server.app.get(DeliveryBook, { strict: false });
const subscribe = async (): Promise<any> =>
  (await server.send('POST', '/subscriptions', { name: 'CSIRT', url: receiver.url, payload: 'full', from: 'now' }))
    .body;
const texts = (): string[] => receiver.all.flatMap(({ event }) => event.data.text ?? []);

/** The disk is full for as long as `times` says; real calls follow. @returns resolves once it was. */
const full = (method: 'advance' | 'passed' | 'failed', times = 1): Promise<void> =>
  new Promise((resolve) => {
    const spy = jest.spyOn(book(), method);
    for (let n = 1; n <= times; n += 1)
      spy.mockImplementationOnce(() => {
        if (n === times) resolve();
        throw new Error('database or disk is full');
      });
  });

describe('When the record of deliveries cannot be written', () => {
  it('no event is left out: what was read and not written down is read again', async () => {
    const incident = await server.declare();
    await subscribe();
    await couriers().idle();
    const failed = full('advance');
    await server.note(incident, 'pendant la panne');
    await failed;
    await server.note(incident, 'après la panne');
    await receiver.until(() => texts().includes('après la panne'));
    expect(texts()).toEqual(['pendant la panne', 'après la panne']);
  });

  it('a message is sent again after a moment, not in a rush, and the process lives', async () => {
    const incident = await server.declare();
    await subscribe();
    await couriers().idle();
    const failed = Promise.all([full('passed', 2), full('failed', 2)]);
    await server.note(incident, 'reçu, pas noté');
    await failed;
    await couriers().idle();
    await receiver.until(() => texts().length === 3);
    await couriers().idle();
    expect(texts()).toEqual(['reçu, pas noté', 'reçu, pas noté', 'reçu, pas noté']);
  });
});

describe('Redeliveries that are asked for while nothing can be sent', () => {
  it('are refused in words before one of them would be forgotten, and all arrive once it is resumed', async () => {
    const incident = await server.declare();
    const { id } = await subscribe();
    const [{ eventId }] = (await server.send('GET', `/incidents/${incident}/events`)).body.items;
    const redeliver = () => server.send('POST', `/subscriptions/${id}/redeliver`, { eventId });
    await server.send('POST', `/subscriptions/${id}/pause`, {});
    for (let n = 0; n < 100; n += 1) expect((await redeliver()).status).toBe(202);
    expect(await redeliver()).toMatchObject({ status: 429, body: { code: 'too-many-redeliveries' } });
    await server.send('POST', `/subscriptions/${id}/resume`, {});
    await receiver.until(({ all }) => all.length === 100);
    expect(new Set(receiver.all.map(({ headers }) => headers['webhook-replay']))).toEqual(new Set(['true']));
    await couriers().idle();
    expect((await redeliver()).status).toBe(202);
  });
});
