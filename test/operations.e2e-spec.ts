import { readFileSync } from 'node:fs';
import { ProjectionRunner } from '#libs/read-models';
import { ConfigError, readConfig, readWorkerConfig } from '../apps/api/src/config.js';
import {
  answerHeader,
  answers,
  apiSpec,
  declared,
  get,
  nothingWritten,
  status,
  that,
  storeKind,
} from './support/api-spec.js';

const api = apiSpec();

describe('Operations', () => {
  it('healthz says that the process lives', () =>
    api
      .given()
      .when(get('//healthz'))
      .then(status(200), answers({ status: 'ok' }), nothingWritten));

  it('readyz says each part, with lag', async () => {
    await api.given(declared()).told();
    await api.settle();
    await api
      .given()
      .when(get('//readyz'))
      .then(
        status(200),
        answers({
          status: 'ready',
          access: 'open',
          store: { kind: storeKind, ok: true, head: await api.store.head() },
          views: { ok: true, lag: 'none', position: await api.store.head() },
          clocks: { ok: true },
          disk: { ok: expect.any(Boolean), freeBytes: expect.any(Number) },
        }),
      );
  });

  it('metrics are Prometheus text, without a name of an incident', async () => {
    await api.given(declared({ title: 'Secret de la mairie' })).told();
    await api
      .given()
      .when(get('//metrics'))
      .then(
        status(200),
        answerHeader('content-type', /^text\/plain/),
        that(({ answer }) => {
          expect(answer.text).toMatch(/^tocsin_commands_total/m);
          expect(answer.text).toMatch(/^tocsin_views_caught_up 1$/m);
          expect(answer.text).toMatch(/^tocsin_views_events_projected \d+$/m);
          expect(answer.text).not.toContain('Secret');
        }),
      );
  });

  it('metrics count the commands by outcome', async () => {
    const count = async (): Promise<number> =>
      Number(
        /^tocsin_commands_total\{command="DeclareIncident",outcome="ok"\} (\d+)$/m.exec(
          (await api.send(get('//metrics'))).text,
        )?.[1] ?? 0,
      );
    const before = await count();
    await api.send(declared());
    await api.send(declared({}));
    expect(await count()).toBe(before + 1);
  });

  it('version is that of package.json', () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    return api
      .given()
      .when(get('/version'))
      .then(status(200), answers({ name: 'tocsin', version, api: 'v1' }));
  });
});

describe('A server whose views stand still', () => {
  const broken = apiSpec();
  it('says so in readyz, and still takes commands', async () => {
    const runner = broken.app.get(ProjectionRunner, { strict: false });
    await runner.stop();
    Object.assign(runner, { failure: 'The disk of the views is gone' });
    await broken
      .given()
      .when(get('//readyz'))
      .then(
        status(503),
        answers({ status: 'not-ready', views: { ok: false, cause: 'The disk of the views is gone' } }),
      );
    await broken.given().when(declared()).then(status(201));
  });
});

describe('The configuration', () => {
  it('has defaults for all', () => {
    expect(readConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      store: { kind: 'sqlite' },
      access: 'open',
      language: 'fr',
      hosts: [],
      logLevel: 'info',
    });
  });

  it('is read from the environment', () => {
    expect(
      readConfig({
        TOCSIN_DATA: '/srv/tocsin',
        TOCSIN_HOST: '::1',
        TOCSIN_PORT: '0',
        TOCSIN_STORE: 'esdb://localhost:2113?tls=false',
        TOCSIN_ACCESS: 'open',
        TOCSIN_LANG: 'en',
        TOCSIN_HOSTS: 'Tocsin.caen.fr, mairie.local',
        TOCSIN_LOG_LEVEL: 'debug',
      }),
    ).toMatchObject({
      data: '/srv/tocsin',
      host: '::1',
      port: 0,
      store: { kind: 'eventstoredb', connectionString: 'esdb://localhost:2113?tls=false' },
      language: 'en',
      hosts: ['tocsin.caen.fr', 'mairie.local'],
      logLevel: 'debug',
    });
  });

  it.each([
    ['TOCSIN_PORT', 'abc'],
    ['TOCSIN_PORT', '65536'],
    ['TOCSIN_PORT', '-1'],
    ['TOCSIN_PORT', '80.5'],
    ['TOCSIN_PORT', ''],
    ['TOCSIN_HOST', 'a b'],
    ['TOCSIN_HOST', ''],
    ['TOCSIN_HOST', 'http://localhost'],
    ['TOCSIN_STORE', 'postgres://x'],
    ['TOCSIN_STORE', 'esdb://'],
    ['TOCSIN_WEBHOOK_KEYS_FILE', '/nowhere/webhook.keys'],
    ['TOCSIN_WEBHOOK_KEYS_FILE', import.meta.filename],
    ['TOCSIN_ACCESS', 'everyone'],
    ['TOCSIN_LANG', 'de'],
    ['TOCSIN_HOSTS', 'good.fr, ba d/.fr'],
    ['TOCSIN_LOG_LEVEL', 'loud'],
  ])('%s="%s" stops the start with a sentence that names it, in both languages', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(ConfigError);
    try {
      readConfig({ [name]: value });
    } catch (error) {
      expect((error as Error).message).toContain(name);
      expect((error as Error).message).toMatch(/ \/ /);
    }
  });

  it('refuses open access beyond this machine', () => {
    for (const host of ['0.0.0.0', '192.168.1.10', '::', 'tocsin.caen.fr']) {
      expect(() => readConfig({ TOCSIN_HOST: host, TOCSIN_ACCESS: 'open' })).toThrow(/TOCSIN_ACCESS=open/);
    }
    for (const host of ['127.0.0.1', '127.0.0.2', '::1', 'localhost'])
      expect(readConfig({ TOCSIN_HOST: host }).host).toBe(host);
  });

  it('of a worker wants a cluster, and lets its health be asked from anywhere', () => {
    const cluster = { TOCSIN_STORE: 'esdb://localhost:2113?tls=false' };
    expect(readWorkerConfig({ ...cluster, TOCSIN_HOST: '0.0.0.0' })).toMatchObject({ host: '0.0.0.0', port: 3001 });
    expect(readWorkerConfig(cluster).data).toMatch(/data.worker$/);
    expect(() => readWorkerConfig({})).toThrow(/TOCSIN_STORE/);
    expect(() => readWorkerConfig({ ...cluster, TOCSIN_HOST: 'a b' })).toThrow(/TOCSIN_HOST/);
  });

  it('never repeats a connection string, which may hold a password', () => {
    expect(() => readConfig({ TOCSIN_STORE: 'esdbx://admin:changeit@host' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('changeit') }),
    );
  });
});
