import { shippedCatalogue } from '#libs/application';
import {
  answerHeader,
  answers,
  apiSpec,
  get,
  nothingWritten,
  post,
  refused,
  status,
  that,
} from './support/api-spec.js';

const api = apiSpec({ catalogue: shippedCatalogue() });

describe('A drill', () => {
  it.each(['angers-2021', 'caen-2022', 'chalon-2021', 'saint-brevin-2023', 'saint-jean-de-maurienne-2022'])(
    '%s is played into an incident that says that it is an exercise',
    async (scenario) => {
      await api
        .given()
        .when(post('/exercises', { scenario }))
        .then(
          status(201),
          answers({
            scenario,
            incidentId: expect.any(String),
            revision: expect.any(Number),
            position: expect.any(String),
          }),
          answerHeader('location', /^\/api\/v1\/incidents\/[0-9a-f-]{36}$/),
          answerHeader('etag', /^"\d+"$/),
          that(async ({ answer, api: own }) => {
            const shown = await own.send(get(`/incidents/${answer.body.incidentId}?await=${answer.body.position}`));
            expect(shown.body).toMatchObject({ exercise: true, scenario });
            const board = await own.send(get('/incidents?exercise=true&limit=1'));
            expect(board.body.items[0].incidentId).toBe(answer.body.incidentId);
          }),
        );
    },
  );

  it('stands still after its last entry: no clock runs on', async () => {
    const { body } = await api.send(post('/exercises', { scenario: 'chalon-2021' }));
    const path = `/incidents/${body.incidentId}/obligations`;
    const before = await api.send(get(path));
    api.clock.advanceMinutes(60 * 24 * 365);
    await api.settle();
    expect((await api.send(get(path))).body).toEqual(before.body);
  });

  it('of a scenario that is not there is refused', () =>
    api
      .given()
      .when(post('/exercises', { scenario: '../../etc/passwd' }))
      .then(refused(404, 'unknown-scenario')));

  it.each([
    ['nothing', {}],
    ['a number', { scenario: 3 }],
    ['another speed', { scenario: 'chalon-2021', speed: 'slow' }],
    ['more', { scenario: 'chalon-2021', colour: 'red' }],
  ])('told %s is refused', async (_what, body) => {
    await api.given().when(post('/exercises', body)).then(refused(400, 'invalid'));
  });

  it('whose key was used for another one is refused', async () => {
    const key = '0190a000-0000-7000-8000-00000000beef';
    const played = (scenario: string) => ({ ...post('/exercises', { scenario }), headers: { 'idempotency-key': key } });
    const first = await api.send(played('caen-2022'));
    const again = await api.send(played('angers-2021'));
    expect([first.status, again.status, again.body.code]).toEqual([201, 422, 'idempotency-key-reused']);
  });

  it('in another format is refused', () =>
    api
      .given()
      .when({ method: 'POST', path: '/exercises', headers: { 'content-type': 'text/plain' }, raw: '{"scenario":"x"}' })
      .then(refused(415, 'unsupported-media-type')));

  it('is read without writing', () => api.given().when(get('/scenarios')).then(status(200), nothingWritten));
});
