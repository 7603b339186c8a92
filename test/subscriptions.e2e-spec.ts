import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  answerHeader,
  answers,
  apiSpec,
  declared,
  get,
  header,
  key,
  keyOf,
  NOBODY,
  nothingWritten,
  post,
  refused,
  said,
  send,
  status,
  that,
  type Sent,
} from './support/api-spec.js';

const api = apiSpec({ config: { webhookAllow: ['127.0.0.1'] } });

let receiver: Server;
let url: string;
beforeAll(async () => {
  receiver = createServer((request, response) => {
    request.resume();
    response.end('ok');
  });
  await new Promise<void>((resolve) => {
    receiver.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
afterAll(() => {
  receiver.closeAllConnections();
  receiver.close();
});

const subscribed = async (more: object = {}): Promise<any> => {
  const { body } = await api.send(post('/subscriptions', { name: 'SIEM', url, from: 'now', ...more }));
  return body;
};
const patch = (path: string, body: object): Sent => ({ ...post(path, body), method: 'PATCH' });

/** That each answer has its form is held against the OpenAPI document wherever something is sent. */
describe('A subscription', () => {
  it('is made with a secret that is told once, and once for each key', async () => {
    const make = post('/subscriptions', { name: 'SIEM', url, from: 'now' }, key(keyOf(1)));
    const first = await api.send(make);
    expect([first.status, first.headers['location']]).toEqual([201, `/api/v1/subscriptions/${first.body.id}`]);
    expect(first.body.secret).toMatch(/^whsec_/);
    expect((await api.send(make)).body.id).toBe(first.body.id);
    await api
      .given()
      .when(get(`/subscriptions/${first.body.id}`))
      .then(
        status(200),
        nothingWritten,
        answerHeader('etag', /^"\d+"$/),
        that(({ answer }) => expect(answer.body.secret).toBeUndefined()),
      );
    const listed = await api.send(get('/subscriptions'));
    expect(listed.body.items.map(({ id }: { id: string }) => id)).toContain(first.body.id);
  });

  it('is changed, paused, resumed, given another secret and ended', async () => {
    const { id, secret } = await subscribed();
    const path = `/subscriptions/${id}`;
    await api
      .given()
      .when(patch(path, { name: 'Autre', types: ['IncidentDeclared'] }))
      .then(status(200), answers({ name: 'Autre', types: ['IncidentDeclared'] }));
    await api
      .given()
      .when(post(`${path}/pause`, {}))
      .then(status(200), answers({ status: 'paused' }));
    await api
      .given()
      .when(post(`${path}/resume`, {}))
      .then(status(200), answers({ status: 'active' }));
    const rotated = await api.send(post(`${path}/rotate-secret`, {}));
    expect(rotated.body.secret).toMatch(/^whsec_/);
    expect(rotated.body.secret).not.toBe(secret);
    const ended = await api.send(send('DELETE', path));
    expect([ended.status, ended.text]).toEqual([204, '']);
    await api.given().when(get(path)).then(status(404), nothingWritten);
  });

  it('tests its receiver, lists what was sent, and sends again', async () => {
    const { id } = await subscribed();
    const tested = await api.send(post(`/subscriptions/${id}/test`, {}));
    expect([tested.status, tested.body.outcome, tested.body.status]).toEqual([200, 'delivered', 200]);
    await api.given(declared(), said('ContactAnssi')).told();
    const again = await api.send(post(`/subscriptions/${id}/redeliver`, { from: 'start' }));
    expect(again.status).toBe(202);
    const sent = await api.send(get(`/subscriptions/${id}/deliveries?limit=1`));
    expect([sent.status, sent.body.items.length]).toEqual([200, 1]);
  });

  it.each([
    ['our own network', { name: 'x', url: 'http://10.0.0.1/' }],
    ['no URL', { name: 'x', url: 'siem' }],
    ['another scheme', { name: 'x', url: 'file:///etc/passwd' }],
    ['an unknown event', { name: 'x', url: 'https://receiver.example/', types: ['Nothing'] }],
    ['a secret too short', { name: 'x', url: 'https://receiver.example/', secret: 'whsec_x' }],
    ['an unknown property', { name: 'x', url: 'https://receiver.example/', colour: 'red' }],
    ['no name', { url: 'https://receiver.example/' }],
  ])('to %s is refused', async (_what, body) => {
    await api
      .given()
      .when(post('/subscriptions', body))
      .then(
        nothingWritten,
        that(({ answer }) => expect([400, 403]).toContain(answer.status)),
      );
  });

  it('that is not there has no operation', async () => {
    const path = `/subscriptions/${NOBODY}`;
    const body = {};
    for (const sent of [
      get(path),
      get(`${path}/deliveries`),
      patch(path, { name: 'x' }),
      send('DELETE', path),
      post(`${path}/pause`, body),
      post(`${path}/resume`, body),
      post(`${path}/rotate-secret`, body),
      post(`${path}/redeliver`, { from: 'start' }),
    ]) {
      await api.given().when(sent).then(status(404), nothingWritten);
    }
  });

  it('is not changed by the page of another site', async () => {
    const { id } = await subscribed();
    const foreign = header('origin', 'https://evil.example');
    for (const sent of [
      send('DELETE', `/subscriptions/${id}`, foreign),
      post(`/subscriptions/${id}/pause`, {}, foreign),
      post('/subscriptions', { name: 'x', url }, foreign),
    ]) {
      await api.given().when(sent).then(refused(403, 'foreign-origin'));
    }
  });
});
