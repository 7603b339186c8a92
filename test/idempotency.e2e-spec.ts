import {
  answers,
  apiSpec,
  declared,
  get,
  key,
  keyOf,
  language,
  newEvents,
  nothingWritten,
  post,
  refused,
  said,
  status,
  type Answer,
  type Sent,
  type Told,
} from './support/api-spec.js';

const api = apiSpec();

/** Each test has keys of its own. */
let used = 0;
const fresh = (): string => keyOf((used += 1));

const repeated = async (sent: Sent, told?: Told, times = 1): Promise<Answer> => {
  const first = await api.send(sent, told);
  const head = await api.store.head();
  for (let n = 0; n < times; n += 1) {
    const again = await api.send(sent, told);
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(again.headers['etag']).toBe(first.headers['etag']);
    expect(again.headers['location']).toBe(first.headers['location']);
  }
  expect(await api.store.head()).toBe(head);
  return first;
};

describe('A request with a key', () => {
  it('declares once', async () => {
    const first = await repeated(declared({ title: 'Panne' }, key(fresh())), undefined, 3);
    expect(first.status).toBe(201);
  });

  it('commands once, and gives the first answer although the incident went on', async () => {
    const told = await api.given(declared()).told();
    const sent = said('ContactAnssi', { channel: 'phone' }, key(fresh()));
    const first = await api.send(sent, told);
    await api.send(said('FileComplaint', { filedWith: 'police' }), told);
    const again = await api.send(sent, told);
    expect(again.body).toEqual(first.body);
    expect(again.body.revision).toBe(1);
  });

  it('is known by a key in any case and in quotes', async () => {
    const told = await api.given(declared()).told();
    const uuid = fresh();
    const first = await api.send(said('ContactAnssi', {}, key(uuid)), told);
    for (const form of [uuid.toUpperCase(), `"${uuid}"`]) {
      const again = await api.send(said('ContactAnssi', {}, key(form)), told);
      expect(again.body).toEqual(first.body);
    }
  });

  it('does not mind the order of the properties of its body', async () => {
    const told = await api.given(declared()).told();
    const uuid = fresh();
    const first = await api.send(said('ContactAnssi', { channel: 'phone', answer: 'ok' }, key(uuid)), told);
    const again = await api.send(said('ContactAnssi', { answer: 'ok', channel: 'phone' }, key(uuid)), told);
    expect(again.body).toEqual(first.body);
  });

  it('repeats what it warned of, in the language of who asks', async () => {
    const told = await api.given(declared()).told();
    const sent = said('CloseCrisisCell', {}, key(fresh()));
    const first = await repeated(sent, told);
    expect(first.body).toMatchObject({ events: [], warnings: [{ code: 'nothing-to-end' }] });
    const english = await api.send({ ...sent, headers: { ...sent.headers, ...language('en')(sent).headers } }, told);
    expect(english.body.warnings[0].code).toBe('nothing-to-end');
    expect(english.body.warnings[0].detail).not.toBe(first.body.warnings[0].detail);
  });

  it('that wrote no event is remembered too: it still writes none when it would now', async () => {
    const told = await api.given(declared(), said('AssessSeverity', { level: 'minor' })).told();
    const sent = said('AssessSeverity', { level: 'minor' }, key(fresh()));
    const first = await api.send(sent, told);
    expect(first.body.events).toEqual([]);
    await api.send(said('AssessSeverity', { level: 'major' }), told);
    const again = await api.send(sent, told);
    expect(again.body).toEqual(first.body);
    const { body } = await api.send(get('/incidents/:id'), told);
    expect(body.facts.severity.value).toBe('major');
  });

  it('that was refused may be sent again once it is right', async () => {
    const uuid = fresh();
    const told = await api.given(declared()).told();
    expect((await api.send(said('AssessSeverity', { level: 'blue' }, key(uuid)), told)).status).toBe(400);
    expect((await api.send(said('AssessSeverity', { level: 'minor' }, key(uuid)), told)).status).toBe(200);
  });

  it('starts a drill once', async () => {
    const first = await repeated(post('/exercises', { scenario: 'chalon-2021' }, key(fresh())));
    expect(first.status).toBe(201);
  });
});

describe('The same key for something else is refused', () => {
  const uuid = fresh();

  it('another body of a command', () =>
    api
      .given(declared(), said('ContactAnssi', { channel: 'phone' }, key(uuid)))
      .when(said('ContactAnssi', { channel: 'email' }, key(uuid)))
      .then(refused(422, 'idempotency-key-reused')));

  it('another command on the same incident', () => {
    const its = fresh();
    return api
      .given(declared(), said('ContactAnssi', {}, key(its)))
      .when(said('OpenCrisisCell', {}, key(its)))
      .then(refused(422, 'idempotency-key-reused'));
  });

  it('another declaration', () => {
    const its = fresh();
    return api
      .given(declared({ title: 'a' }, key(its)))
      .when(declared({ title: 'b' }, key(its)))
      .then(refused(422, 'idempotency-key-reused'));
  });

  it('another body of a command that changed nothing', () => {
    const its = fresh();
    return api
      .given(declared(), said('CloseCrisisCell', {}, key(its)))
      .when(said('CloseCrisisCell', { note: 'x' }, key(its)))
      .then(refused(422, 'idempotency-key-reused'));
  });
});

describe('A hundred repeats at once', () => {
  const atOnce = (sent: Sent, told?: Told): Promise<Answer[]> =>
    Promise.all(Array.from({ length: 100 }, () => api.send(sent, told)));

  it('of a declaration have one effect and one answer', async () => {
    const head = await api.store.head();
    const answered = await atOnce(declared({ title: 'Une seule fois' }, key(fresh())));
    expect(new Set(answered.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answered[0]?.status).toBe(201);
    expect((await api.log(head)).map(({ type }) => type)).toEqual(['IncidentDeclared']);
  });

  it('of a command have one effect and one answer', async () => {
    const told = await api.given(declared()).told();
    const head = await api.store.head();
    const answered = await atOnce(said('ContactAnssi', {}, key(fresh())), told);
    expect(new Set(answered.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect((await api.log(head)).map(({ type }) => type)).toEqual(['AnssiContacted']);
  });

  it('of a command that changes nothing are remembered once', async () => {
    const told = await api.given(declared()).told();
    const head = await api.store.head();
    const answered = await atOnce(said('CloseCrisisCell', {}, key(fresh())), told);
    expect(new Set(answered.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect((await api.log(head)).map(({ type }) => type)).toEqual(['RequestAnswered']);
  });

  it('with other bodies among them: one is taken, its repeats get its answer, the others 422', async () => {
    const told = await api.given(declared()).told();
    const uuid = fresh();
    const head = await api.store.head();
    const answered = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        api.send(said('ContactAnssi', { answer: n % 2 === 0 ? 'oui' : 'non' }, key(uuid)), told),
      ),
    );
    for (const code of [200, 422]) expect(answered.filter(({ status }) => status === code)).toHaveLength(50);
    expect(await api.log(head)).toHaveLength(1);
  });
});

describe('After a restart', () => {
  it('a repeat still gets the first answer and writes nothing', async () => {
    const [declare, act, nothing] = [declared({ title: 'Avant' }, key(fresh())), key(fresh()), key(fresh())];
    const first = await api.send(declare);
    const told: Told = { incidentId: first.body.incidentId, eventOf: () => '' };
    const acted = await api.send(said('ContactAnssi', {}, act), told);
    const none = await api.send(said('EndWorkaround', { service: 'État civil' }, nothing), told);
    await api.send(said('OpenCrisisCell'), told);
    await api.restart();
    const head = await api.store.head();
    expect((await api.send(declare)).body).toEqual(first.body);
    expect((await api.send(said('ContactAnssi', {}, act), told)).body).toEqual(acted.body);
    expect((await api.send(said('EndWorkaround', { service: 'État civil' }, nothing), told)).body).toEqual(none.body);
    expect((await api.send(said('ContactAnssi', { answer: 'x' }, act), told)).status).toBe(422);
    expect(await api.store.head()).toBe(head);
  });
});

describe('Without a key', () => {
  it('an act is recorded each time', () =>
    api
      .given(declared(), said('ContactAnssi'))
      .when(said('ContactAnssi'))
      .then(status(200), newEvents('AnssiContacted')));
  it('a statement is recorded once', () =>
    api
      .given(declared(), said('AssessSeverity', { level: 'major' }))
      .when(said('AssessSeverity', { level: 'major' }))
      .then(status(200), nothingWritten, answers({ events: [] })));
});
