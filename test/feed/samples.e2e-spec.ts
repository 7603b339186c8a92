import { jest } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Couriers } from '#libs/subscriptions';
import { FeedServer } from './feed-server.js';

jest.setTimeout(120_000);

const samples = join(import.meta.dirname, '..', '..', 'docs', 'guides', 'integrations', 'samples');
const server = new FeedServer({ TOCSIN_WEBHOOK_ALLOW: '127.0.0.1' });
beforeAll(async () => {
  // The samples look at the real time, as receivers do.
  server.clock.ms = Date.now();
  await server.start();
});
afterAll(() => server.stop());

/** Told aloud, so that nobody takes a missing program for a passing test. */
const itWith = (program: string, ...argv: string[]) => {
  const present = spawnSync(program, argv, { stdio: 'ignore' }).status === 0;
  if (!present) process.stderr.write(`${program} is absent here: its sample is not tried.\n`);
  return present ? it : it.skip;
};

const tryReceiver = async (program: string, file: string): Promise<void> => {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const child: ChildProcess = spawn(program, [join(samples, file)], {
    env: { ...process.env, NODE_OPTIONS: '', TOCSIN_WEBHOOK_SECRET: secret, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    const { value: first } = await lines.next();
    const url = /http:\S+/.exec(String(first))?.[0] ?? '';
    const incident = await server.declare({ title: 'Essai', kind: 'ransomware' });
    const body = { name: file, url, secret, incidents: [incident] };
    const { body: subscription } = await server.send('POST', '/subscriptions', body);
    await server.note(incident, 'pour l’exemple');
    const stored = (await server.send('GET', `/incidents/${incident}/events`)).body.items;
    for (const { eventId, type } of stored) {
      const { value } = await lines.next();
      expect(value).toBe(`${eventId} fr.tocsin.${type}.v1 ${incident}`);
    }
    // A repeat is taken for one, and the number of lines shows it: the next line is of the next event.
    const [{ eventId }] = stored;
    await server.send('POST', `/subscriptions/${subscription.id}/redeliver`, { eventId });
    await server.app.get(Couriers, { strict: false }).idle();
    await server.note(incident, 'ensuite');
    expect((await lines.next()).value).toContain('LogbookEntryRecorded');
    const forged = await fetch(url, {
      method: 'POST',
      body: '{}',
      headers: {
        'webhook-id': 'x',
        'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
        'webhook-signature': 'v1,AAAA',
      },
    });
    expect(forged.status).toBe(401);
    await server.send('DELETE', `/subscriptions/${subscription.id}`);
  } finally {
    child.kill();
    await once(child, 'close');
  }
};

describe('The samples of docs/guides/integrations', () => {
  it('receiver.ts checks, takes in and answers', () => tryReceiver(process.execPath, 'receiver.ts'));

  itWith('python3', '--version')('receiver.py does the same', () => tryReceiver('python3', 'receiver.py'));

  itWith('curl', '--version')('pull.sh takes in every event, and goes on from there the next time', async () => {
    const position = join(server.folder, 'position.txt');
    const pull = async (): Promise<any[]> => {
      const child = spawn('sh', [join(samples, 'pull.sh'), server.url, position], {
        env: { ...process.env, PULL_ONCE: 'yes' },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let out = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
      const [status] = await once(child, 'close');
      expect(status).toBe(0);
      return out
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    };
    const incident = await server.declare();
    const feed = (await server.send('GET', '/events?limit=500')).body;
    expect(await pull()).toEqual(feed);
    expect(await pull()).toEqual([]);
    await server.note(incident, 'plus tard');
    expect((await pull()).map(({ data }) => data.text)).toEqual(['plus tard']);
    expect(readFileSync(position, 'utf8').trim()).toBe(await server.store.head());
  });
});
