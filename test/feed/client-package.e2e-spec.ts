import { jest } from '@jest/globals';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FeedServer } from './feed-server.js';
import { Receiver } from './receiver.js';

jest.setTimeout(120_000);

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);
const json = (file: string): any => JSON.parse(readFileSync(file, 'utf8'));

describe('The package tocsin-client', () => {
  const server = new FeedServer({ TOCSIN_WEBHOOK_ALLOW: '127.0.0.1' });
  const receiver = new Receiver();
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-client-'));
  const environment = { ...process.env, NODE_OPTIONS: '' };
  let files: string[];

  beforeAll(async () => {
    // Its own script builds it; the one that runs this test was told to run none.
    const packing = ['pack', '--json', '--ignore-scripts=false', '--pack-destination', folder];
    const packed = execFileSync('npm', packing, { cwd: join(root, 'libs', 'client'), encoding: 'utf8' });
    const [{ filename, files: inside }] = JSON.parse(packed.slice(packed.indexOf('[\n')));
    files = inside.map(({ path }: { path: string }) => path);
    writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }');
    const installing = ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', `./${filename}`];
    execFileSync('npm', installing, { cwd: folder, env: environment, stdio: 'pipe' });
    await Promise.all([server.start(), receiver.start()]);
  });
  afterAll(async () => {
    await server.stop();
    await receiver.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('holds what was built of it, its licence and its page, needs no other package, and has the version of Tocsin', () => {
    expect(files.filter((file) => !/^dist\/[\w-]+\.(js|d\.ts)$/.test(file)).toSorted()).toEqual([
      'LICENSE',
      'README.md',
      'package.json',
    ]);
    expect(files).toEqual(expect.arrayContaining(['dist/index.js', 'dist/index.d.ts']));
    const own = json(join(folder, 'node_modules', 'tocsin-client', 'package.json'));
    expect(own).toMatchObject({ type: 'module', version: json(join(root, 'package.json')).version });
    expect([own.dependencies, own.peerDependencies]).toEqual([undefined, undefined]);
  });

  it('works in a plain JavaScript program, as its page shows', async () => {
    const page = readFileSync(join(root, 'libs', 'client', 'README.md'), 'utf8');
    const [, example = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
    expect(example).toContain("'http://127.0.0.1:3000'");
    // Nobody waits for the end of an example that follows for ever.
    const program = example
      .replace('http://127.0.0.1:3000', server.url)
      .replace(
        "checkpoint: (position) => console.log('go on from', position),",
        'checkpoint: () => undefined, onCaughtUp: () => process.exit(0),',
      );
    writeFileSync(join(folder, 'example.js'), program);
    const { stdout } = await run(process.execPath, ['example.js'], { cwd: folder, env: environment });
    const lines = stdout.trim().split('\n');
    const events = (await server.send('GET', '/events?type=IncidentDeclared,LogbookEntryRecorded')).body;
    expect(lines).toEqual(events.map(({ id, type, subject }: any) => `${id} ${type} ${subject}`));
    expect(lines).toHaveLength(2);
  });

  it('has types that a strict TypeScript program compiles with, and that program runs webhooks', async () => {
    const program = `
import { fetchTransport, ProblemError, TocsinClient, verifyWebhook, type FeedEvent, type Webhook } from 'tocsin-client';

const client = new TocsinClient(fetchTransport(process.argv[2] ?? ''), { language: 'en' });
const { id, secret = '' } = await client.subscribe({ name: 'SIEM', url: process.argv[3] ?? '', from: 'now' });
const test = await client.testSubscription(id);
const paused: Webhook = await client.pauseSubscription(id);
await client.changeSubscription(id, { types: ['IncidentDeclared'] });
const { status }: { status: string } = await client.resumeSubscription(id);
const rotated = await client.rotateSecret(id);
const { items, summary } = await client.deliveries(id, { outcome: 'delivered', limit: 5 });
await client.unsubscribe(id);
const gone = await client.subscription(id).catch((error: unknown) => (error instanceof ProblemError ? error.code : ''));
const event: Partial<FeedEvent> = { id: 'x' };
const headers = new Headers();
const genuine: boolean = await verifyWebhook(secret, headers, '{}', Date.now());
console.log(JSON.stringify([test.outcome, paused.status, status, rotated.secret === secret, items.length, summary !== '', gone, event.id, genuine]));
`;
    writeFileSync(join(folder, 'consumer.ts'), program);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          module: 'nodenext',
          target: 'ES2022',
          lib: ['ES2023', 'DOM'],
          types: ['node'],
          typeRoots: [join(root, 'node_modules', '@types')],
          strict: true,
          exactOptionalPropertyTypes: true,
          skipLibCheck: false,
          noEmit: false,
        },
        files: ['consumer.ts'],
      }),
    );
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    await run(process.execPath, [tsc, '-p', folder], { env: environment }).catch((error: { stdout?: string }) => {
      throw new Error(error.stdout);
    });
    const argv = ['consumer.js', server.url, receiver.url];
    const { stdout } = await run(process.execPath, argv, { cwd: folder, env: environment });
    expect(JSON.parse(stdout)).toEqual([
      'delivered',
      'paused',
      'active',
      false,
      1,
      true,
      'unknown-subscription',
      'x',
      false,
    ]);
  });
});
