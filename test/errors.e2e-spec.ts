import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import {
  answerHeader,
  answers,
  apiSpec,
  by,
  declared,
  get,
  header,
  ifMatch,
  key,
  language,
  mustBeProblem,
  newEvents,
  NOBODY,
  nothingWritten,
  post,
  problem,
  raw,
  refused,
  said,
  send,
  status,
  that,
  type Expectation,
  type Sent,
} from './support/api-spec.js';

const api = apiSpec();

const refuses = (what: string, sent: Sent, ...expectations: Expectation[]): void => {
  it(what, async () => {
    await api
      .given(declared())
      .when(sent)
      .then(...expectations);
  });
};

const deep = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('A problem', () => {
  const wrong = said('AssessSeverity', { level: 'blue' });

  refuses('is told in French to who says nothing', wrong, refused(400, 'invalid', { title: 'Demande incorrecte' }));
  refuses(
    'names its own address, without the query',
    get('/incidents?limit=none'),
    refused(400, 'invalid-parameter', { instance: '/api/v1/incidents' }),
  );
  refuses(
    'lists each mistake with its path in the body',
    said('ShutDownSystems', { scope: 'none', systems: [{ name: 'AD', mode: 'off' }, { mode: 'suspended' }], x: 1 }),
    refused(400, 'invalid'),
    that(({ answer }) =>
      expect(answer.body.errors.map(({ path }: { path: string }) => path).toSorted()).toEqual([
        'scope',
        'systems[0].mode',
        'systems[1].name',
        'x',
      ]),
    ),
    that(({ answer }) => {
      for (const { message } of answer.body.errors) expect(message).toMatch(/\S/);
    }),
  );

  it.each([
    ['en', 'Bad request', 'en'],
    ['en-GB,fr;q=0.5', 'Bad request', 'en'],
    ['fr;q=0.2, en;q=0.9', 'Bad request', 'en'],
    ['fr', 'Demande incorrecte', 'fr'],
    ['de', 'Demande incorrecte', 'fr'],
    ['*', 'Demande incorrecte', 'fr'],
    ['en;q=0', 'Demande incorrecte', 'fr'],
    [';;;,q=', 'Demande incorrecte', 'fr'],
    ['en;q=9e999', 'Demande incorrecte|Bad request', 'fr|en'],
  ])('answers Accept-Language "%s"', async (tag, title, spoken) => {
    await api
      .given(declared())
      .when({ ...wrong, headers: { 'accept-language': tag } })
      .then(
        refused(400, 'invalid'),
        answers({ title: expect.stringMatching(new RegExp(`^(${title})$`)) }),
        answerHeader('content-language', new RegExp(`^(${spoken})$`)),
      );
  });

  it('says the same code in both languages, in other words', async () => {
    const [fr, en] = [await api.send(get('/incidents/x')), await api.send(get('/incidents/x', language('en')))];
    expect(fr.body.code).toBe(en.body.code);
    expect(fr.body.detail).not.toBe(en.body.detail);
  });

  refuses('tells a step that is not there as 400', said('AssignStep', { step: 'x' }), refused(400, 'unknown-step'));

  it('tells a closed incident as 409, with what to do', async () => {
    await api
      .given(declared(), said('CloseIncident'))
      .when(said('AssessSeverity', { level: 'minor' }))
      .then(
        refused(409, 'incident-closed'),
        that(({ answer }) => expect(answer.body.detail).toContain('ReopenIncident')),
      );
  });
});

describe('An address that is not there', () => {
  refuses('incident that nobody declared', get(`/incidents/${NOBODY}`), refused(404, 'unknown-incident'));
  refuses('incident id that is no UUID', get('/incidents/42'), refused(404, 'unknown-incident'));
  refuses('incident id with a quote', get("/incidents/'%20OR%201=1"), refused(404, 'unknown-incident'));
  refuses(
    'command on nobody',
    post(`/incidents/${NOBODY}/commands/StartStep`, { step: 'x' }),
    refused(404, 'unknown-incident'),
  );
  refuses('command on no UUID', post('/incidents/42/commands/CloseIncident', {}), refused(404, 'unknown-incident'));
  refuses('command that does not exist', said('DropTables'), refused(404, 'unknown-command'));
  refuses('command named as every object has', said('constructor'), refused(404, 'unknown-command'));
  refuses('command named __proto__', said('__proto__'), refused(404, 'unknown-command'));
  refuses('declaration as a command', said('DeclareIncident', { title: 'x' }), refused(404, 'unknown-command'));
  refuses('what only the clocks may do', said('NoticeDeadlines'), refused(404, 'unknown-command'));
  refuses('page', get('/nothing'), refused(404, 'not-found'));
  refuses('page above the API', get('//../../etc/passwd'), refused(404, 'not-found'));
  refuses('path that is no UTF-8', get('/incidents/%ff'), refused(400, 'bad-request'));
  refuses('path of half an escape', get('/incidents/%'), refused(400, 'bad-request'));
  refuses('path of NUL', get('/incidents/%00'), refused(404, 'unknown-incident'));
  refuses('very long path', get(`/incidents/${'a'.repeat(8000)}`), refused(404, 'unknown-incident'));

  const fetched = async (target: string, accept: string): Promise<string> => {
    const { port } = await api.listen();
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nAccept: ${accept}\r\nConnection: close\r\n\r\n`);
    return text(socket);
  };

  it.each(['..%2f..%2fpackage.json', '%2e%2e/%2e%2e/package.json', '../../etc/passwd', '%00', '%5c..%5c', '.', '/'])(
    'file of the documentation: %s',
    async (file) => {
      expect(await fetched(`/api/docs/${file}`, '*/*')).toMatch(/^HTTP\/1\.1 404 [^]*"code":"not-found"/);
    },
  );

  it.each(['//', '///', '/\\', '//evil.example/x', '/.//evil.example/x'])(
    'page that is ours, and links to nowhere else: %s',
    async (target) => {
      const page = await fetched(target, 'text/html');
      expect(page).toMatch(/^HTTP\/1\.1 404 [^]*<html lang="fr">/);
      expect(page).not.toMatch(/(?:href|action)="\/[/\\]/);
    },
  );

  it.each([
    ['GET', '/incidents/:id/commands/CloseIncident', 'POST'],
    ['OPTIONS', '/incidents/:id/commands/CloseIncident', 'POST'],
    ['PUT', '/incidents', 'GET, HEAD, POST'],
    ['DELETE', '/incidents/:id?x=1', 'GET, HEAD'],
    ['POST', '/events', 'GET, HEAD'],
    ['PUT', '/subscriptions/x', 'DELETE, GET, HEAD, PATCH'],
  ])('that takes no %s: %s', async (method, path, allowed) => {
    await api
      .given(declared())
      .when(send(method, path))
      .then(refused(405, 'method-not-allowed'), nothingWritten, answerHeader('allow', allowed));
  });

  it('HEAD and OPTIONS change nothing and are no error of ours', async () => {
    for (const method of ['HEAD', 'OPTIONS']) {
      await api
        .given(declared())
        .when(send(method, '/incidents/:id'))
        .then(
          nothingWritten,
          that(({ answer }) => expect(answer.status).toBeLessThan(500)),
        );
    }
  });
});

describe('A body that cannot be read', () => {
  const severity = (text: string | Buffer, type?: string): Sent =>
    send('POST', '/incidents/:id/commands/AssessSeverity', raw(text, type));
  const declaration = (text: string | Buffer, type?: string): Sent => send('POST', '/incidents', raw(text, type));

  refuses('cut JSON', severity('{"level": "min'), refused(400, 'malformed-json'));
  refuses('no JSON at all', severity('level=minor'), refused(400, 'malformed-json'));
  refuses('empty declaration', declaration(''), refused(400, 'invalid'));
  refuses('Latin-1', declaration(Buffer.from('{"title":"\xe9"}', 'latin1')), refused(400, 'not-utf-8'));
  refuses('half of a character', declaration(Buffer.from('{"title":"\xc3"}', 'latin1')), refused(400, 'not-utf-8'));
  refuses(
    'Latin-1 that says so',
    declaration(Buffer.from('{"title":"\xe9"}', 'latin1'), 'application/json; charset=ISO-8859-1'),
    refused(415, 'unsupported-encoding'),
  );
  refuses(
    'compressed',
    send('POST', '/incidents', raw(gzipSync('{"title":"x"}')), header('content-encoding', 'gzip')),
    refused(415, 'unsupported-encoding'),
  );
  refuses('NaN', severity('{"level": NaN}'), refused(400, 'malformed-json'));
  refuses('NUL bytes', severity(Buffer.from([0, 0, 0])), refused(400, 'malformed-json'));
  refuses('JSON null', declaration('null'), refused(400, 'invalid'));
  refuses('JSON list', declaration('[]'), refused(400, 'invalid'));
  refuses('JSON text', declaration('"title"'), refused(400, 'invalid'));
  refuses('JSON number', severity('1e999'), refused(400, 'invalid'));
  refuses('JSON null for a command', severity('null'), refused(400, 'invalid'));
  refuses('__proto__', severity('{"level":"minor","__proto__":{"x":1}}'), refused(400, 'malformed-json'));
  refuses('constructor', severity('{"level":"minor","constructor":{"prototype":{}}}'), refused(400, 'malformed-json'));
  refuses('inherited name', severity('{"level":"minor","toString":1}'), refused(400, 'invalid'));
  refuses('deep nesting', severity(`{"level":${deep(20_000)}}`), refused(400, 'invalid'));
  refuses(
    'deep nesting of objects',
    severity(`{"source":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`),
    refused(400, 'invalid'),
  );
  refuses(
    'huge list',
    declaration(JSON.stringify({ title: 'x', organisations: Array.from({ length: 30_000 }, () => ({})) })),
    refused(400, 'invalid'),
  );
  refuses(
    'many unknown properties',
    declaration(JSON.stringify(Object.fromEntries(Array.from({ length: 9000 }, (_, n) => [`p${n}`, n])))),
    refused(400, 'invalid'),
  );
  refuses('form', declaration('title=x', 'application/x-www-form-urlencoded'), refused(415, 'unsupported-media-type'));
  refuses('text', declaration('{"title":"x"}', 'text/plain'), refused(415, 'unsupported-media-type'));
  refuses('multipart', declaration('--x--', 'multipart/form-data; boundary=x'), refused(415, 'unsupported-media-type'));
  refuses('XML', declaration('<title/>', 'application/xml'), refused(415, 'unsupported-media-type'));
  refuses('media type of garbage', declaration('{}', 'json;;;='), refused(415, 'unsupported-media-type'));
  refuses('body without a media type', declaration('{"title":"x"}', ''), refused(415, 'unsupported-media-type'));
  refuses(
    '2 MB',
    declaration(JSON.stringify({ title: 'x', note: 'x'.repeat(2_000_000) })),
    refused(413, 'body-too-large'),
  );
  refuses(
    'one byte over 256 KiB',
    declaration(`{"title":"x"}${' '.repeat(256 * 1024 - 12)}`),
    refused(413, 'body-too-large'),
  );
  refuses(
    'declared length over the limit',
    { ...declaration('{}'), headers: { 'content-type': 'application/json', 'content-length': '99999999' } },
    refused(413, 'body-too-large'),
  );

  it('takes 256 KiB to the byte, and names JSON in any case', async () => {
    await api
      .given()
      .when(declaration(`{"title":"x"}${' '.repeat(256 * 1024 - 13)}`))
      .then(status(201));
    for (const type of ['Application/JSON; charset=utf-8', 'application/json;charset="UTF-8"'])
      await api.given().when(declaration('{"title":"x"}', type)).then(status(201));
    await api.given().when(declaration('\ufeff{"title":"x"}')).then(status(201));
  });

  it('takes a command without a body as one without data', async () => {
    await api
      .given(declared())
      .when(send('POST', '/incidents/:id/commands/ContactAnssi'))
      .then(status(200), newEvents('AnssiContacted'));
  });

  it('takes an empty body as none, for many clients name JSON with every request', async () => {
    await api
      .given(declared())
      .when(send('POST', '/incidents/:id/commands/ContactAnssi', raw('')))
      .then(status(200), newEvents('AnssiContacted'));
  });

  it('is refused when it claims a command that needs data', async () => {
    for (const changes of [[], [raw('')]])
      await api
        .given(declared())
        .when(send('POST', '/incidents/:id/commands/AssessSeverity', ...changes))
        .then(refused(400, 'invalid'));
  });
});

describe('A value that is not what the field takes', () => {
  const bad = (what: string, body: object, path: string, command = 'AssessSeverity'): void =>
    refuses(
      what,
      said(command, body),
      refused(400, 'invalid'),
      that(({ answer }) => expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path)),
    );

  bad('missing', {}, 'level');
  bad('null', { level: null }, 'level');
  bad('number for a choice', { level: 3 }, 'level');
  bad('list for a choice', { level: ['minor'] }, 'level');
  bad('object for a choice', { level: { toString: 'minor' } }, 'level');
  bad('unknown property', { level: 'minor', colour: 'red' }, 'colour');
  bad('number for a text', { level: 'minor', note: 3 }, 'note');
  bad('blank text', { level: 'minor', note: ' \n' }, 'note');
  bad('text of 10,001 characters', { level: 'minor', note: 'x'.repeat(10_001) }, 'note');
  bad('lone surrogate', { level: 'minor', note: 'a\ud800' }, 'note');
  bad('revision that is no number', { level: 'minor', expects: '0' }, 'expects');
  bad('negative revision', { level: 'minor', expects: -1 }, 'expects');
  bad('half a revision', { level: 'minor', expects: 0.5 }, 'expects');
  bad('organisations that are no list', { level: 'minor', organisations: 'Caen' }, 'organisations');
  bad('201 organisations', { level: 'minor', organisations: Array(201).fill('Caen') }, 'organisations');
  bad('organisation that is a number', { level: 'minor', organisations: [1] }, 'organisations');
  bad('time without offset', { level: 'minor', occurredAt: '2026-03-02T08:00:00' }, 'occurredAt');
  bad('30 February', { level: 'minor', occurredAt: '2026-02-30T08:00:00Z' }, 'occurredAt');
  bad('time in words', { level: 'minor', occurredAt: 'hier soir' }, 'occurredAt');
  bad('time as a number', { level: 'minor', occurredAt: 1_772_000_000_000 }, 'occurredAt');
  bad('far future', { level: 'minor', occurredAt: '2026-03-04T08:00:00Z' }, 'occurredAt');
  bad(
    'until before at',
    { level: 'minor', occurredAt: { at: '2026-03-02T08:00:00Z', until: '2026-03-02T07:00:00Z' } },
    'occurredAt',
  );
  bad(
    'until in the far future',
    { level: 'minor', occurredAt: { at: '2026-03-02T08:00:00Z', until: '2027-03-02T07:00:00Z' } },
    'occurredAt',
  );
  bad(
    'unknown precision',
    { level: 'minor', occurredAt: { at: '2026-03-02T08:00:00Z', precision: 'second' } },
    'occurredAt',
  );
  bad('when with more in it', { level: 'minor', occurredAt: { at: '2026-03-02T08:00:00Z', x: 1 } }, 'occurredAt');
  bad('when without a time', { level: 'minor', occurredAt: { precision: 'day' } }, 'occurredAt');
  bad('source without a kind', { level: 'minor', source: { name: 'Ouest-France' } }, 'source.kind');
  bad('event id that is no UUID', { eventId: 'x', reason: 'y' }, 'eventId', 'SupersedeFact');
  bad(
    'SIREN of eight digits',
    { organisation: { name: 'x', siren: '12345678' }, relation: 'partner' },
    'organisation.siren',
    'MarkOrganisationAffected',
  );
  bad(
    'SIREN as a number',
    { organisation: { name: 'x', siren: 123456789 }, relation: 'partner' },
    'organisation.siren',
    'MarkOrganisationAffected',
  );
  bad(
    'time zone of nowhere',
    { organisation: { name: 'x', timeZone: 'Europe/Caen' }, relation: 'partner' },
    'organisation.timeZone',
    'MarkOrganisationAffected',
  );
  bad('hash of 63 digits', { name: 'x', sha256: 'a'.repeat(63) }, 'sha256', 'RecordEvidence');
  bad(
    'percent over 100',
    { shares: [{ organisation: 'Collectivité', percent: 101 }] },
    'shares[0].percent',
    'AgreeCostShare',
  );
  bad(
    'window that ends before it begins',
    { from: '2026-03-01T08:00:00Z', to: '2026-03-01T07:00:00Z', precision: 'hour' },
    'to',
    'EstimateAttackWindow',
  );

  refuses('title of 201 characters', declared({ title: 'x'.repeat(201) }), refused(400, 'invalid'));
  refuses('neither title nor kind', declared({ note: 'x' }), refused(400, 'invalid'));
  refuses('blank title', declared({ title: '   ' }), refused(400, 'invalid'));
  refuses(
    '201 organisations declared',
    declared({ title: 'x', organisations: Array.from({ length: 201 }, (_, n) => ({ name: `${n}` })) }),
    refused(400, 'invalid'),
  );
  refuses(
    'unknown organisation',
    said('AssessSeverity', { level: 'minor', organisations: ['Rouen'] }),
    refused(400, 'unknown-organisation', { errors: [{ path: 'organisations[0]' }] }),
  );
  refuses('unknown event', said('SupersedeFact', { eventId: NOBODY, reason: 'x' }), refused(400, 'unknown-event'));
  refuses('unknown playbook', said('AdoptPlaybook', { playbook: 'x' }), refused(400, 'unknown-playbook'));

  it('takes what lies at the limits', async () => {
    await api
      .given()
      .when(
        declared({
          title: 'é'.repeat(200),
          organisations: Array.from({ length: 200 }, (_, n) => ({ name: `Commune ${n}` })),
        }),
      )
      .then(status(201), newEvents('IncidentDeclared'));
    await api
      .given(declared())
      .when(said('RecordLogbookEntry', { kind: 'fact', text: '𝄞'.repeat(5000), note: "'; DROP TABLE events; --" }))
      .then(status(200));
  });
});

describe('A header that cannot be read', () => {
  const minor = { level: 'minor' };
  refuses('If-Match without quotes', said('AssessSeverity', minor, ifMatch('0')), refused(400, 'invalid-header'));
  refuses('If-Match of words', said('AssessSeverity', minor, ifMatch('"latest"')), refused(400, 'invalid-header'));
  refuses(
    'If-Match of many digits',
    said('AssessSeverity', minor, ifMatch(`"${'9'.repeat(30)}"`)),
    refused(400, 'invalid-header'),
  );
  refuses('Idempotency-Key that is no UUID', said('AssessSeverity', minor, key('abc')), refused(400, 'invalid-header'));
  refuses('empty Idempotency-Key', said('AssessSeverity', minor, key('')), refused(400, 'invalid-header'));
  refuses(
    'Idempotency-Key that is no UUID on a declaration',
    declared({ title: 'x' }, key('1')),
    refused(400, 'invalid-header'),
  );
  refuses('actor without a name', said('AssessSeverity', minor, by(';dsi')), refused(400, 'invalid-header'));
  refuses(
    'actor of 201 characters',
    said('AssessSeverity', minor, by('x'.repeat(201))),
    refused(400, 'invalid-header'),
  );
  refuses(
    'actor with a line break',
    said('AssessSeverity', minor, by('Ana%0d%0aX: 1')),
    refused(400, 'invalid-header'),
  );
  refuses('actor that is no UTF-8', said('AssessSeverity', minor, by('%ff')), refused(400, 'invalid-header'));

  it('a very long header is refused or ignored, never a crash', async () => {
    await api
      .given(declared())
      .when(get('/incidents/:id', header('accept-language', 'fr,'.repeat(5000))))
      .then(status(200), nothingWritten);
  });
});

describe('A parameter that cannot be read', () => {
  const list = [
    '/incidents',
    '/obligations',
    '/services',
    '/incidents/:id/timeline',
    '/incidents/:id/events',
    '/incidents/:id/steps',
    '/incidents/:id/services',
    '/incidents/:id/obligations',
    '/commands',
    '/playbooks',
    '/rules',
    '/scenarios',
  ];
  for (const path of list) {
    for (const query of [
      'limit=0',
      'limit=501',
      'limit=-1',
      'limit=1.5',
      'limit=x',
      'limit=1&limit=2',
      'colour=red',
      '__proto__=1',
      'constructor=x',
    ]) {
      refuses(`${path}?${query}`, get(`${path}?${query}`), refused(400, 'invalid-parameter'));
    }
  }
  it.each([
    '/incidents?status=blue',
    '/incidents?exercise=perhaps',
    '/incidents?cursor=%27',
    '/incidents?cursor=abc',
    `/incidents?organisation=${'x'.repeat(1001)}`,
    '/incidents/:id?asOf=yesterday',
    '/incidents/:id?asOf=2026-02-30T00:00:00Z',
    '/incidents/:id?asOf=-1',
    '/incidents/:id?axis=time',
    '/incidents/:id/events?after=-1',
    '/incidents/:id/events?after=x',
    '/incidents/:id/timeline?after=x',
    '/incidents/:id/timeline?after=-5',
    '/incidents/:id/timeline?after=1_2',
    '/incidents/:id/timeline?axis=occurred&after=5',
    '/incidents/:id/steps?cursor=-5',
    '/incidents/:id/obligations?cursor=1_2',
    '/incidents/:id/diff',
    '/incidents/:id/diff?from=x!',
    '/incidents/:id/diff?from=0&to=x!',
    '/incidents/:id/services?status=blue',
    '/incidents/:id/obligations?state=blue',
    '/incidents/:id/steps?state=blue',
    '/obligations?state=blue',
    '/obligations?before=tomorrow',
    '/obligations?cursor=x',
    '/obligations?cursor=5',
    '/services?status=blue',
    '/services?cursor=x',
    '/services?cursor=5',
    '/rules?cursor=x',
  ])('%s', async (path) => {
    await api.given(declared()).when(get(path)).then(refused(400, 'invalid-parameter'));
  });

  it.each(['/healthz', '/readyz', '/metrics'])('%s says nothing of parameters', async (path) => {
    await api
      .given()
      .when(get(`/${path}?x=1`))
      .then(
        nothingWritten,
        that(({ answer }) => expect(answer.status).toBeLessThan(500)),
      );
  });
});

describe('A request that a browser was tricked into', () => {
  refuses('foreign Host', declared({ title: 'x' }, header('host', 'evil.example')), refused(421, 'foreign-host'));
  refuses(
    'foreign Host on a read',
    get('/incidents', header('host', 'evil.example:3000')),
    refused(421, 'foreign-host'),
  );
  refuses(
    'Host that looks like ours',
    get('/incidents', header('host', 'localhost.evil.example')),
    refused(421, 'foreign-host'),
  );
  refuses(
    'foreign Origin',
    declared({ title: 'x' }, header('origin', 'https://evil.example')),
    refused(403, 'foreign-origin'),
  );
  refuses('Origin null', declared({ title: 'x' }, header('origin', 'null')), refused(403, 'foreign-origin'));
  refuses(
    'Origin of another port',
    declared({ title: 'x' }, header('origin', 'http://localhost:9999')),
    refused(403, 'foreign-origin'),
  );
  refuses(
    'cross-site',
    declared({ title: 'x' }, header('sec-fetch-site', 'cross-site')),
    refused(403, 'foreign-origin'),
  );
  refuses(
    'cross-site command',
    said('CloseIncident', {}, header('sec-fetch-site', 'cross-site')),
    refused(403, 'foreign-origin'),
  );

  it('our own pages may', async () => {
    for (const name of ['localhost', '127.0.0.1', '[::1]', 'LOCALHOST']) {
      await api
        .given()
        .when(
          declared(
            { title: 'x' },
            header('host', `${name}:3000`),
            header('origin', `http://${name.toLowerCase()}:3000`),
            header('sec-fetch-site', 'same-origin'),
          ),
        )
        .then(status(201));
    }
  });

  it('a read from elsewhere is answered, and no page may see it', async () => {
    await api
      .given()
      .when(get('/incidents', header('origin', 'https://evil.example'), header('sec-fetch-site', 'cross-site')))
      .then(
        status(200),
        answerHeader('access-control-allow-origin', undefined),
        answerHeader('cross-origin-resource-policy', 'same-origin'),
      );
  });

  it('every answer, errors too, forbids framing, sniffing and scripts', async () => {
    for (const path of ['/incidents', '/nothing', '//healthz', '/incidents/x']) {
      await api
        .given()
        .when(get(path))
        .then(
          answerHeader('content-security-policy', /default-src 'none'.*frame-ancestors 'none'/),
          answerHeader('x-content-type-options', 'nosniff'),
          answerHeader('referrer-policy', 'same-origin'),
          answerHeader('cache-control', 'no-store'),
        );
    }
  });
});

describe('Bytes that are no request', () => {
  const live = apiSpec();

  const speak = async (...lines: string[]): Promise<string> => {
    const { port } = await live.listen();
    const socket = connect(port, '127.0.0.1');
    socket.end(`${lines.join('\r\n')}\r\n\r\n`);
    return text(socket);
  };

  it.each([
    ['no HTTP', 400, 'bad-request', ['hello']],
    ['a header line of garbage', 400, 'bad-request', ['GET /healthz HTTP/1.1', 'Host: localhost', 'a b: c\u0001']],
    [
      'two lengths',
      400,
      'bad-request',
      ['POST /api/v1/incidents HTTP/1.1', 'Host: localhost', 'Content-Length: 1', 'Content-Length: 2'],
    ],
    [
      'a length and chunks',
      400,
      'bad-request',
      ['POST /api/v1/incidents HTTP/1.1', 'Host: localhost', 'Content-Length: 1', 'Transfer-Encoding: chunked'],
    ],
    [
      'headers without end',
      431,
      'headers-too-large',
      ['GET /healthz HTTP/1.1', 'Host: localhost', `X: ${'x'.repeat(70_000)}`],
    ],
    ['no Host', 400, '', ['GET /healthz HTTP/1.1']],
    ['an empty Host', 421, 'foreign-host', ['GET /healthz HTTP/1.1', 'Host: ', 'Connection: close']],
    ['a foreign Host', 421, 'foreign-host', ['GET /healthz HTTP/1.1', 'Host: evil.example', 'Connection: close']],
  ])('%s', async (_what, statusCode, code, lines) => {
    const answer = await speak(...lines);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${statusCode} `));
    if (code === '') return;
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    const headers = Object.fromEntries(
      head
        .split('\r\n')
        .slice(1)
        .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
    );
    mustBeProblem(statusCode, headers, JSON.parse(body));
    expect(JSON.parse(body).code).toBe(code);
  });
});

describe('A further host name', () => {
  const named = apiSpec({ config: { hosts: ['tocsin.caen.fr'] } });
  it('that was configured is answered, and may be an Origin', async () => {
    await named
      .given()
      .when(declared({ title: 'x' }, header('host', 'Tocsin.Caen.fr'), header('origin', 'http://tocsin.caen.fr')))
      .then(status(201));
    await named
      .given()
      .when(get('/incidents', header('host', 'caen.fr')))
      .then(status(421), problem('foreign-host'));
  });
});

describe('A request that does not arrive whole', () => {
  const live = apiSpec({ arrivalMsMax: 100 });

  it.each([
    ['headers', 'GET /healthz HTTP/1.1\r\nHost: loc'],
    [
      'a body',
      'POST /api/v1/incidents HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
    ],
  ])('is answered instead of waited for: %s without end', async (_what, sent) => {
    const { port } = await live.listen();
    const socket = connect(port, '127.0.0.1');
    socket.write(sent);
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 408 /);
    expect(JSON.parse(body)).toMatchObject({ status: 408, code: 'request-timeout' });
  });
});
