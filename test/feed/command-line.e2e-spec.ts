import { jest } from '@jest/globals';
import { signedHeaders, newKeys } from '#libs/subscriptions';
import { Terminal } from '../support/terminal.js';
import { FeedServer } from './feed-server.js';

jest.setTimeout(60_000);
const server = new FeedServer();
let terminal: Terminal;
beforeAll(async () => {
  await server.start();
  terminal = new Terminal();
});
afterAll(async () => {
  terminal.leave();
  await server.stop();
});

/** Types a command that goes on until what it said so far is enough. */
const until = (argv: string[], enough: (out: string) => boolean) => {
  const stop = new AbortController();
  let out = '';
  return terminal.type(argv, {
    signal: stop.signal,
    onOut: (text) => {
      out += text;
      if (enough(out)) stop.abort();
    },
  });
};

describe('tocsin follow', () => {
  it('says what happened, a line each, in the language of the reader', async () => {
    const incident = await server.declare({ title: 'Mairie chiffrée', kind: 'ransomware' });
    await server.note(incident, 'Écran noir');
    const said = await until(['follow', '--server', server.url], (out) => out.includes('Écran noir'));
    expect(said.exit).toBe(0);
    expect(said.out).toMatch(/^\S+Z {2}\S{6} {2}Incident déclaré\u00a0: Mairie chiffrée$/m);
  });

  it('gives programs one JSON object a line, and goes on from its checkpoint', async () => {
    const file = terminal.file('position', '');
    const events = (out: string): any[] =>
      out
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    const base = ['follow', '--json', '--server', server.url, '--checkpoint', file];
    const all = (await server.send('GET', '/events?limit=500')).body;
    const first = await until([...base, '--from', 'start'], (out) => out.split('\n').length > all.length);
    expect(events(first.out)).toEqual(all);
    expect(terminal.read('position').trim()).toMatch(/^p\d+$/);
    await server.note(all[0].subject, 'plus tard');
    const second = await until(base, (out) => out.includes('plus tard'));
    expect(events(second.out).length).toBeLessThanOrEqual(2);
  });

  it('refuses a position of another log in a sentence, and says where to look when nobody is there', async () => {
    const wrong = await terminal.type(['follow', '--server', server.url, '--from', 'p999999']);
    expect(wrong).toMatchObject({ exit: 2, out: '' });
    expect(wrong.err).toContain('une position donnée par ce serveur');
    const alone = await terminal.type(['follow']);
    expect(alone.exit).toBe(3);
    expect(alone.err).toContain('tocsin serve');
  });
});

describe('tocsin webhook-listen', () => {
  it('shows each message and whether it is genuine', async () => {
    const keys = newKeys('key');
    const body = '{"id":"1"}';
    const stop = new AbortController();
    let [out, err] = ['', ''];
    const listening = terminal.type(['webhook-listen', '--port', '0', '--secret', keys.secret], {
      signal: stop.signal,
      onOut: (text) => (out += text),
      onErr: (text) => (err += text),
    });
    const url = await waitFor(() => /http:\/\/\S+/.exec(err)?.[0]);
    // The terminal's clock stands still.
    const nowMs = Date.parse('2026-11-25T12:00:00+01:00');
    const send = (sent: string, atMs: number) =>
      fetch(url, { method: 'POST', body: sent, headers: signedHeaders('1', atMs, body, [keys]) });
    expect((await send(body, nowMs)).status).toBe(204);
    await send('{"id":"2"}', nowMs);
    await send(body, nowMs - 6 * 60_000);
    stop.abort();
    expect((await listening).exit).toBe(0);
    expect(out.match(/signature valable|SIGNATURE FAUSSE/g)).toEqual([
      'signature valable',
      'SIGNATURE FAUSSE',
      'SIGNATURE FAUSSE',
    ]);
  });
});

const waitFor = async <Value>(look: () => Value | undefined): Promise<Value> => {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
};
