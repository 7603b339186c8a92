import {
  answerHeader,
  answers,
  apiSpec,
  declared,
  get,
  ifMatch,
  newEvents,
  NOBODY,
  nothingWritten,
  post,
  refused,
  said,
  status,
  that,
} from './support/api-spec.js';

const api = apiSpec();
const minor = { level: 'minor' };
const missed = (types: readonly string[]) =>
  answers({
    expected: 0,
    actual: types.length,
    missed: types.map((type, n) => expect.objectContaining({ type, revision: n + 1 })),
  });

describe('The revision of an incident', () => {
  it('is the ETag of a declaration, of a command and of every view of the incident', async () => {
    const given = api.given(declared(), said('AssessSeverity', minor));
    const told = await given.told();
    for (const path of ['', '/steps', '/obligations', '/services', '/timeline', '/diff?from=0', '/events?limit=1']) {
      const answer = await api.send(get(`/incidents/:id${path}`), told);
      expect([path, answer.headers['etag']]).toEqual([path, '"1"']);
    }
    await api
      .given()
      .when(declared())
      .then(status(201), answerHeader('etag', '"0"'), answers({ revision: 0 }));
    await api
      .given(declared())
      .when(said('AssessSeverity', minor))
      .then(answerHeader('etag', '"1"'), answers({ revision: 1 }));
  });

  it('is that of the moment asked for', () =>
    api
      .given(declared(), said('AssessSeverity', minor))
      .when(get('/incidents/:id?asOf=0'))
      .then(status(200), answerHeader('etag', '"0"'), answers({ revision: 0 })));
});

describe('A conditional command', () => {
  it('is taken from a writer who saw the latest incident', () =>
    api
      .given(declared())
      .when(said('AssessSeverity', minor, ifMatch(0)))
      .then(status(200), newEvents('SeverityAssessed')));

  it('is refused to a writer who saw an older incident, writes nothing, and lists what was missed', () =>
    api
      .given(declared(), said('AssessSeverity', minor), said('ContactAnssi'))
      .when(said('FileComplaint', { filedWith: 'police' }, ifMatch(0)))
      .then(
        refused(412, 'stale-revision'),
        missed(['SeverityAssessed', 'AnssiContacted']),
        that(({ answer }) => {
          for (const { eventId, recordedAt } of answer.body.missed) {
            expect(eventId).toMatch(/^[0-9a-f-]{36}$/);
            expect(recordedAt).toMatch(/Z$/);
          }
        }),
      ));

  it('may say it in its body', () =>
    api
      .given(declared(), said('AssessSeverity', minor))
      .when(said('ContactAnssi', { expects: 0 }))
      .then(refused(412, 'stale-revision'), missed(['SeverityAssessed'])));

  it('lets the header count when both are there', () =>
    api
      .given(declared())
      .when(said('ContactAnssi', { expects: 7 }, ifMatch(0)))
      .then(status(200), newEvents('AnssiContacted')));

  it('is refused when it expects what is not there yet', () =>
    api
      .given(declared())
      .when(said('ContactAnssi', {}, ifMatch(5)))
      .then(refused(412, 'stale-revision', { missed: [] })));

  it('is refused also when it would change nothing', () =>
    api
      .given(declared(), said('AssessSeverity', minor), said('ContactAnssi'))
      .when(said('AssessSeverity', minor, ifMatch(1)))
      .then(refused(412, 'stale-revision')));

  it('takes * and a weak tag', async () => {
    await api
      .given(declared())
      .when(said('ContactAnssi', {}, ifMatch('*')))
      .then(status(200));
    await api
      .given(declared())
      .when(said('ContactAnssi', {}, ifMatch('W/"0"')))
      .then(status(200));
  });
});

describe('Writers at once', () => {
  it('without a condition are all taken, each at a revision of its own', async () => {
    const told = await api.given(declared()).told();
    const answered = await Promise.all(
      Array.from({ length: 60 }, (_, n) => api.send(said('RecordLogbookEntry', { kind: 'fact', text: `${n}` }), told)),
    );
    expect(answered.map(({ status }) => status)).toEqual(Array(60).fill(200));
    expect(answered.map(({ body }) => body.revision).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 60 }, (_, n) => n + 1),
    );
    const { body } = await api.send(get('/incidents/:id/events?limit=500'), told);
    expect(body.items.map((item: { revision: number }) => item.revision)).toEqual(
      Array.from({ length: 61 }, (_, n) => n),
    );
  });

  it('on one revision have one winner', async () => {
    const told = await api.given(declared()).told();
    const answered = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        api.send(said('RecordLogbookEntry', { kind: 'fact', text: `${n}` }, ifMatch(0)), told),
      ),
    );
    expect(answered.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answered.filter(({ status }) => status === 412)).toHaveLength(39);
    for (const { body } of answered.filter(({ status }) => status === 412)) {
      expect(body).toMatchObject({ code: 'stale-revision', missed: [{ type: 'LogbookEntryRecorded', revision: 1 }] });
    }
  });

  it('who state the same have one effect', async () => {
    const told = await api.given(declared()).told();
    const answered = await Promise.all(Array.from({ length: 30 }, () => api.send(said('AssessSeverity', minor), told)));
    expect(answered.map(({ status }) => status)).toEqual(Array(30).fill(200));
    expect(answered.filter(({ body }) => body.events.length === 1)).toHaveLength(1);
    for (const { body } of answered) expect(body.revision).toBe(1);
  });
});

describe('A command that changes nothing', () => {
  it('answers 200 without events, at the revision where the incident is', () =>
    api
      .given(declared(), said('AssessSeverity', minor))
      .when(said('AssessSeverity', minor))
      .then(status(200), nothingWritten, answers({ events: [], revision: 1 }), answerHeader('etag', '"1"')));

  it('is refused all the same on an incident that is not there', () =>
    api
      .given()
      .when(post(`/incidents/${NOBODY}/commands/CloseCrisisCell`, {}))
      .then(refused(404, 'unknown-incident')));
});
