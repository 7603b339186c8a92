import { Ajv, type AnySchema } from 'ajv';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readConfig, readWorkerConfig } from '../../apps/api/src/config.js';

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

interface Service {
  readonly image: string;
  readonly profiles?: readonly string[];
  readonly user?: string;
  readonly network_mode?: string;
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly volumes?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly secrets?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const service = (name: string): Service => {
  const found = compose.services[name];
  if (!found) throw new Error(`No service ${name}`);
  return found;
};
const NODES = ['node1', 'node2', 'node3'];
const APIS = ['api-1', 'api-2'];
const WORKERS = ['worker-1', 'worker-2'];

/** Where Compose mounts secrets; here a folder with what the guide says how to make. */
const mounted = mkdtempSync(join(tmpdir(), 'tocsin-secrets-'));
beforeAll(() => writeFileSync(join(mounted, 'webhook-keys'), `${randomBytes(32).toString('base64')}\n`));
afterAll(() => rmSync(mounted, { recursive: true }));

const VALUES: Readonly<Record<string, string>> = {
  TOCSIN_EVENTSTORE_PASSWORD: 'pass%40word',
  TOCSIN_WEBHOOK_ALLOW: '10.1.0.0/16',
};
/** As Compose fills them in. */
const filledIn = (environment: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value
        .replaceAll(/\$\{(\w+):-\}/g, (_all, variable: string) => VALUES[variable] ?? '')
        .replace(/^\/run\/secrets\//, `${mounted}/`),
    ]),
  );

describe('docker-compose.yml', () => {
  it('is what the schema of the Compose Specification says', () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    const schema = JSON.parse(read('test/deployment/compose-spec.schema.json')) as { $schema?: string };
    // The same draft, as ajv knows it by name.
    const validate = ajv.compile({ ...schema, $schema: 'http://json-schema.org/draft-07/schema#' } as AnySchema);
    expect(validate(compose)).toBe(true);
    expect(validate({ services: { db: { image: 'x', port: ['1:1'] } } })).toBe(false);
  });

  it('starts one insecure node when nothing is asked for, and all the rest by the profile', () => {
    const plain = services.filter(([, { profiles }]) => profiles === undefined).map(([name]) => name);
    expect(plain).toEqual(['eventstoredb']);
    for (const [, { profiles }] of services) expect([undefined, ['cluster']]).toContainEqual(profiles);
  });

  it('names one version of each image', () => {
    for (const [name, { image }] of services) {
      expect([name, image]).toEqual([name, expect.stringMatching(/^[\w./-]+:\d+\.\d+\.\d+[\w.-]*$/)]);
    }
  });

  it('runs nothing as root but what makes the certificates, which has no network', () => {
    for (const [name, { user, image, network_mode }] of services) {
      if (name === 'certificates') expect({ user, network_mode }).toEqual({ user: '0:0', network_mode: 'none' });
      // Ours says so in the Dockerfile.
      else if (!image.startsWith('tocsin:')) expect([name, user]).toEqual([name, '1000:1000']);
      expect([name, service(name).cap_drop]).toEqual([name, ['ALL']]);
    }
  });

  it('publishes ports on this machine only, each once', () => {
    const published = services.flatMap(([, { ports = [] }]) => ports);
    for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    expect(new Set(published).size).toBe(published.length);
    // EventStoreDB and the replicas are reached inside only.
    for (const name of [...NODES, ...APIS, ...WORKERS]) expect(service(name).ports).toBeUndefined();
  });

  it('declares every volume and every service that it uses', () => {
    const named = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0] ?? ''));
    expect([...new Set(named)].toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
    for (const [, { depends_on = {}, networks = [] }] of services) {
      for (const name of Object.keys(depends_on)) expect(Object.keys(compose.services)).toContain(name);
      for (const name of networks) expect(Object.keys(compose.networks)).toContain(name);
    }
  });

  it('keeps the key of the authority, and the key of each node, to those who need it', () => {
    const users = (volume: string): string[] =>
      services
        .filter(([, { volumes = [] }]) => volumes.some((each) => each.startsWith(`${volume}:`)))
        .map(([name]) => name);
    expect(users('authority')).toEqual(['certificates']);
    for (const node of NODES) expect(users(`${node}-certificate`)).toEqual(['certificates', node]);
    for (const [name, { volumes = [] }] of services) {
      for (const volume of volumes) {
        if (name !== 'certificates' && /^(ca|node\d-certificate):/.test(volume)) expect(volume).toMatch(/:ro$/);
      }
    }
  });

  it.each(NODES)('has %s look for the two others, and say a name that its certificate has', (node) => {
    const { environment = {}, healthcheck, networks } = service(node);
    const seeds = NODES.filter((other) => other !== node).map((other) => `${other}:2113`);
    expect(environment['EVENTSTORE_GOSSIP_SEED']?.split(',')).toEqual(seeds);
    expect(environment['EVENTSTORE_CLUSTER_SIZE']).toBe('3');
    expect(environment['EVENTSTORE_DISCOVER_VIA_DNS']).toBe('false');
    for (const setting of ['ADVERTISE_HOST_TO_CLIENT_AS', 'NODE_HOST_ADVERTISE_AS', 'REPLICATION_HOST_ADVERTISE_AS']) {
      expect(environment[`EVENTSTORE_${setting}`]).toBe(node);
    }
    expect(environment['EVENTSTORE_ADVERTISE_NODE_PORT_TO_CLIENT_AS']).toBe('2113');
    expect(environment['EVENTSTORE_INSECURE']).toBeUndefined();
    expect(environment['EVENTSTORE_DEFAULT_ADMIN_PASSWORD']).toBe('${TOCSIN_EVENTSTORE_PASSWORD:-}');
    expect(networks).toEqual(['cluster']);
    expect(healthcheck?.test.join(' ')).toMatch(/--cacert .*https:\/\/localhost:2113\/health\/live/);
    const [script = ''] = service('certificates').command ?? [];
    expect(script).toContain(`for node in ${NODES.join(' ')};`);
    expect(script).toContain('-dns-names $$node,localhost');
  });

  it('tells every EventStoreDB to send no telemetry, and no password of its own is in the file', () => {
    for (const name of ['eventstoredb', ...NODES])
      expect(service(name).environment?.['EVENTSTORE_TELEMETRY_OPTOUT']).toBe('true');
    expect(read('docker-compose.yml')).not.toMatch(/changeit/);
  });

  it('has a health check for every service that stays', () => {
    for (const [name, { healthcheck, image }] of services) {
      if (name !== 'certificates' && !image.startsWith('tocsin:'))
        expect([name, healthcheck]).toEqual([name, expect.anything()]);
    }
    expect(read('Dockerfile')).toMatch(/^HEALTHCHECK /m);
  });

  it('starts the replicas with a configuration that they take, on loopback behind the gateway', () => {
    const ports = new Set<number>();
    for (const api of APIS) {
      expect(service(api).network_mode).toBe('service:gateway');
      const config = readConfig(filledIn(service(api).environment));
      expect(config).toMatchObject({ host: '127.0.0.1', store: { kind: 'eventstoredb' } });
      ports.add(config.port);
    }
    expect(ports.size).toBe(APIS.length);
    for (const port of ports) expect(read('docker-compose.yml')).toContain(` 127.0.0.1:${port}`);
    expect(read('docker-compose.yml')).toContain('basic_auth {');
  });

  it('starts the workers with a configuration that they take, and each with a folder of its own', () => {
    for (const worker of WORKERS) {
      const { environment, command } = service(worker);
      expect(readWorkerConfig(filledIn(environment))).toMatchObject({ host: '0.0.0.0', port: 3000 });
      expect(command).toEqual(['node', 'dist/apps/worker/src/main.js']);
    }
    const folders = [...APIS, ...WORKERS].map((name) =>
      service(name).volumes?.find((volume) => volume.endsWith(':/data')),
    );
    expect(new Set(folders).size).toBe(4);
  });

  it('gives the key that seals the secrets of webhooks to those who need it, as a file and to nobody else', () => {
    for (const [name, { secrets, environment = {} }] of services) {
      const ours = [...APIS, ...WORKERS].includes(name);
      expect([name, secrets]).toEqual([name, ours ? ['webhook-keys'] : undefined]);
      expect([name, environment['TOCSIN_WEBHOOK_KEYS_FILE']]).toEqual([
        name,
        ours ? '/run/secrets/webhook-keys' : undefined,
      ]);
    }
    for (const name of [...APIS, ...WORKERS]) {
      const config = (WORKERS.includes(name) ? readWorkerConfig : readConfig)(filledIn(service(name).environment));
      expect([name, config.webhookKeys.length, config.webhookAllow]).toEqual([name, 1, ['10.1.0.0/16']]);
    }
    const { file } = compose.secrets['webhook-keys'] ?? { file: '' };
    expect(Object.keys(compose.secrets)).toEqual(['webhook-keys']);
    // Made beside the file as the guide says, and neither kept in the repository nor sent to a build.
    const name = file.replace(/^\.\//, '');
    expect(read('docs/guides/cluster.md')).toContain(`openssl rand -base64 32 > ${name}`);
    expect(read('.gitignore').split('\n')).toContain(`/${name}`);
    expect(read('.dockerignore')).toMatch(/^\*$/m);
    expect(read('.dockerignore')).not.toContain(`!${name}`);
  });

  it('connects with TLS, by names that the certificates have, to the authority that is mounted', () => {
    for (const name of [...APIS, ...WORKERS]) {
      const url = service(name).environment?.['TOCSIN_STORE'] ?? '';
      expect(url).toMatch(/^esdb:\/\/admin:\$\{TOCSIN_EVENTSTORE_PASSWORD:-\}@node1:2113,node2:2113,node3:2113\?/);
      expect(url).not.toMatch(/tls=false|tlsVerifyCert/);
      expect(url).toContain('tlsCAFile=/certs/ca/ca.crt');
      expect(service(name).volumes).toContain('ca:/certs/ca:ro');
      for (const node of NODES) expect(service(name).depends_on?.[node]?.condition).toBe('service_healthy');
    }
  });
});

describe('The Dockerfile', () => {
  const lines = read('Dockerfile').replaceAll('\\\n', ' ').split('\n');
  const ignored = read('.dockerignore').split('\n');

  it('pins its base, installs without scripts, and ends as a user that is not root', () => {
    for (const line of lines.filter((each) => each.startsWith('FROM ')))
      expect(line).toMatch(/^FROM node:24\.\d+\.\d+-/);
    for (const line of lines.filter((each) => /npm ci/.test(each))) expect(line).toContain('--ignore-scripts');
    const users = lines.filter((each) => each.startsWith('USER '));
    expect(users.at(-1)).toBe('USER node');
    expect(lines.findIndex((each) => each.startsWith('USER '))).toBeGreaterThan(
      lines.findLastIndex((each) => each.startsWith('RUN ')),
    );
  });

  it('copies what is there, and what the context lets through', () => {
    const sources = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(/\s+/).slice(1, -1));
    expect(sources.length).toBeGreaterThan(8);
    for (const source of sources) {
      expect([source, existsSync(join(root, source))]).toEqual([source, true]);
      expect(ignored).toContain(`!${source.split('/')[0]}`);
    }
  });
});
