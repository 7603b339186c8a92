import { jest } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustBeIntact, readLog } from './support/intact-log.js';
import { ServerProcess, type HttpAnswer } from './support/server-process.js';
import { keyOf } from './support/test-parts.js';

jest.setTimeout(60_000);

const COMMANDS = 1000;
const INCIDENTS = 10;

let folder: string;
let server: ServerProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-crash-'));
});
afterEach(async () => {
  await server?.kill();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const start = async (env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> => {
  server = await ServerProcess.start(folder, env);
  return server;
};

const declare = async (to: ServerProcess, count: number): Promise<string[]> => {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, n) =>
      to.send('POST', '/api/v1/incidents', { title: `Commune ${n}`, playbook: 'none' }),
    ),
  );
  return answers.map(({ body }) => body.incidentId as string);
};

/** Sends command `n` of a wave; every command has its own text and key. */
const command = (to: ServerProcess, incidents: readonly string[], wave: number, n: number): Promise<HttpAnswer> =>
  to.send(
    'POST',
    `/api/v1/incidents/${incidents[n % incidents.length]}/commands/RecordLogbookEntry`,
    { kind: 'fact', text: `${wave}/${n}` },
    { 'idempotency-key': keyOf(wave * COMMANDS + n) },
  );

interface Wave {
  readonly acknowledged: ReadonlyMap<number, HttpAnswer>;
  readonly broken: number;
}

/** Sends all commands of a wave at once, and calls `after` once so many were acknowledged. */
const wave = async (
  to: ServerProcess,
  incidents: readonly string[],
  number: number,
  acks: number,
  after: () => void,
): Promise<Wave> => {
  const acknowledged = new Map<number, HttpAnswer>();
  const outcomes = await Promise.allSettled(
    Array.from({ length: COMMANDS }, async (_, n) => {
      const answer = await command(to, incidents, number, n);
      if (answer.status === 200) acknowledged.set(n, answer);
      if (acknowledged.size === acks) after();
      return answer;
    }),
  );
  return { acknowledged, broken: outcomes.filter(({ status }) => status === 'rejected').length };
};

/** Texts of the entries of a wave. */
const textsOf = (events: Awaited<ReturnType<typeof readLog>>, number: number): string[] =>
  events
    .filter(({ type }) => type === 'LogbookEntryRecorded')
    .map(({ data }) => String(data['text']))
    .filter((each) => each.startsWith(`${number}/`));

describe('A server that is killed in the middle of a thousand commands', () => {
  it('comes back with exactly the acknowledged ones, each once, in order, the chain intact', async () => {
    let running = await start();
    const incidents = await declare(running, INCIDENTS);
    for (const [number, acks] of [50, 600].entries()) {
      const kill = running.kill.bind(running);
      const { acknowledged, broken } = await wave(running, incidents, number, acks, () => void kill());
      await kill();
      expect(acknowledged.size).toBeGreaterThanOrEqual(acks);
      expect(broken).toBeGreaterThan(0);

      const events = await readLog(folder);
      mustBeIntact(events);
      const byId = new Map(events.map((event) => [event.id, event]));
      for (const [n, { body }] of acknowledged) {
        for (const { eventId, type, revision } of body.events)
          expect(byId.get(eventId)).toMatchObject({ type, revision });
        expect(byId.get(body.events[0].eventId)?.data['text']).toBe(`${number}/${n}`);
        expect(byId.get(body.events.at(-1).eventId)?.position).toBe(body.position);
      }
      const texts = textsOf(events, number);
      expect(new Set(texts).size).toBe(texts.length);

      running = await start();
      const again = running;
      const repeated = await Promise.all(
        Array.from({ length: COMMANDS }, (_, n) => command(again, incidents, number, n)),
      );
      expect(repeated.map(({ status }) => status)).toEqual(Array(COMMANDS).fill(200));
      for (const [n, { body }] of acknowledged) expect(repeated[n]?.body).toEqual(body);
    }
    await running.kill();
    const whole = await readLog(folder);
    mustBeIntact(whole);
    for (const number of [0, 1]) {
      expect(textsOf(whole, number).toSorted()).toEqual(
        Array.from({ length: COMMANDS }, (_, n) => `${number}/${n}`).toSorted(),
      );
    }
  });
});

describe('A server that is asked to stop', () => {
  it('in the middle of a thousand commands loses none that it acknowledged', async () => {
    const running = await start();
    const incidents = await declare(running, INCIDENTS);
    const { acknowledged } = await wave(running, incidents, 0, 200, () => void running.stop());
    const exit = await running.stop();
    expect(exit.stderr).toBe('');
    expect([exit.code, exit.signal]).toEqual([0, null]);
    const events = await readLog(folder);
    mustBeIntact(events);
    const stored = new Set(events.map(({ id }) => id));
    for (const { body } of acknowledged.values()) expect(stored.has(body.events[0].eventId)).toBe(true);
  });

  it('exits in time although connections stay open, idle ones and half sent ones', async () => {
    const running = await start();
    await declare(running, 1);
    const { port } = new URL(running.url);
    const [idle, half] = [connect(Number(port), '127.0.0.1'), connect(Number(port), '127.0.0.1')];
    for (const socket of [idle, half]) socket.on('error', () => undefined);
    half.write(
      'POST /api/v1/incidents HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"title"',
    );
    await running.send('GET', '/healthz');
    const started = performance.now();
    const exit = await running.stop('SIGINT');
    expect([exit.code, exit.signal, exit.stderr]).toEqual([0, null, '']);
    expect(performance.now() - started).toBeLessThan(3000);
    for (const socket of [idle, half]) socket.destroy();
  });
});

describe('A server that cannot start', () => {
  const refusal = async (env: Readonly<Record<string, string>>): Promise<string> => {
    try {
      await start(env);
      return 'started';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('says which setting is wrong, in one sentence and without a stack', async () => {
    const said = await refusal({ TOCSIN_LANG: 'de' });
    expect(said).toMatch(/^TOCSIN_LANG="de"/);
    expect(said.trim().split('\n')).toHaveLength(1);
  });

  it('because another one has the log, says so and leaves it alone', async () => {
    const first = await start();
    const said = await refusal({});
    expect(said).not.toBe('started');
    expect(said).not.toMatch(/ {4}at /);
    expect((await first.send('POST', '/api/v1/incidents', { title: 'x' })).status).toBe(201);
    await first.kill();
  });
});
