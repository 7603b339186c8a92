import { jest } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startEventServer, type EventServer } from '../support/event-server.js';
import { FeedServer } from './feed-server.js';

jest.setTimeout(120_000);

let events: EventServer;
let server: FeedServer;
beforeAll(async () => {
  events = await startEventServer();
  server = new FeedServer(events.environment);
  await server.start();
});
afterAll(async () => {
  await server.stop();
  await events.close();
});

const sample = join(import.meta.dirname, '..', '..', 'docs', 'guides', 'integrations', 'samples', 'eventstoredb.ts');

describe('On EventStoreDB', () => {
  it('the feed gives the same by pages and live, and resumes from its positions', async () => {
    const incident = await server.declare();
    const stream = await server.follow();
    await stream.until(({ caughtUp }) => caughtUp === 1);
    await server.note(incident, 'en direct');
    await stream.until(({ events }) => events.some(({ data }) => data.text === 'en direct'));
    const { body } = await server.send('GET', '/events?limit=500');
    expect(stream.events).toEqual(body);
    const [first] = body;
    const rest = await server.send('GET', `/events?limit=500&after=${encodeURIComponent(first.position)}`);
    expect(rest.body).toEqual(body.slice(1));
    stream.close();
  });

  it('the sample reads the same events with the official client, and goes on from its checkpoint', async () => {
    const read = async (count: number): Promise<string[]> => {
      const child: ChildProcess = spawn(process.execPath, ['--no-warnings', sample], {
        env: {
          ...process.env,
          NODE_OPTIONS: '',
          ESDB: events.connectionString,
          CHECKPOINT: join(server.folder, 'checkpoint.json'),
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const lines: string[] = [];
      for await (const line of createInterface({ input: child.stdout! })) {
        lines.push(line);
        if (lines.length === count) break;
      }
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
      return lines;
    };
    const feed = async (): Promise<string[]> =>
      (await server.send('GET', '/events?limit=500')).body.map(
        ({ id, type, subject }: any) => `${id} ${type} ${subject}`,
      );
    const before = await feed();
    expect(await read(before.length)).toEqual(before);
    const incident = await server.declare();
    await server.note(incident, 'ensuite');
    const fresh = (await feed()).slice(before.length);
    // The last event may come again: it was written out before its checkpoint was kept.
    const again = await read(fresh.length);
    expect([...before.slice(-1), ...fresh]).toEqual(expect.arrayContaining(again));
  });
});
