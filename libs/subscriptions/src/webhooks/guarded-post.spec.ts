import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import { guardedPost, POST_LIMITS, type Resolve } from './guarded-post.js';
import { TargetPolicy } from './target-policy.js';

/** A receiver on this machine that counts who connects. */
class Sink {
  connections = 0;
  answer: (path: string) => { status: number; headers?: Record<string, string>; body?: string } = () => ({
    status: 204,
  });
  private readonly sockets = new Set<Socket>();
  readonly server: Server = createServer((request, response) => {
    request.resume().on('end', () => {
      const { status, headers = {}, body = '' } = this.answer(request.url ?? '');
      response.writeHead(status, headers).end(body);
    });
  });

  async listen(host: string, port = 0): Promise<number> {
    this.server.on('connection', (socket) => {
      this.connections += 1;
      this.sockets.add(socket);
    });
    this.server.listen(port, host);
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

const sinks: Sink[] = [];
const sink = async (host = '127.0.0.1', port = 0): Promise<{ sink: Sink; port: number }> => {
  const each = new Sink();
  sinks.push(each);
  return { sink: each, port: await each.listen(host, port) };
};

afterEach(async () => {
  for (const each of sinks.splice(0)) await each.close();
});

const outgoing = (url: string) => ({ url, headers: { 'content-type': 'text/plain' }, body: 'x' });
const answersWith =
  (...lists: string[][]): Resolve & { asked?: number } =>
  async () =>
    (lists.length > 1 ? lists.shift() : lists[0])!.map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }));

/** Names that a resolver of the attacker gives, with what it answers. */
const names: [string, string[]][] = [
  ['loopback.example', ['127.0.0.1']],
  ['loopback-two.example', ['127.8.9.10']],
  ['any.example', ['0.0.0.0']],
  ['six.example', ['::1']],
  ['unspecified-six.example', ['::']],
  ['mapped.example', ['::ffff:127.0.0.1']],
  ['compatible.example', ['::127.0.0.1']],
  ['nat64.example', ['64:ff9b::7f00:1']],
  ['nat64-local.example', ['64:ff9b:1::7f00:1']],
  ['six-to-four.example', ['2002:7f00:1::']],
  ['teredo.example', ['2001:0:7f00:1::']],
  ['link-local.example', ['169.254.169.254']],
  ['link-local-six.example', ['fe80::1']],
  ['unique-local.example', ['fd00::1']],
  ['site-local.example', ['fec0::1']],
  ['ten.example', ['10.0.0.1']],
  ['seventeen.example', ['172.16.0.1']],
  ['one-nine-two.example', ['192.168.1.1']],
  ['carrier.example', ['100.64.0.1']],
  ['documentation.example', ['203.0.113.1']],
  ['benchmark.example', ['198.18.0.1']],
  ['broadcast.example', ['255.255.255.255']],
  ['multicast.example', ['224.0.0.1']],
  ['reserved.example', ['240.0.0.1']],
  ['mixed.example', ['8.8.8.8', '127.0.0.1']],
  ['mixed-six.example', ['2606:4700::1111', '::1']],
  ['metadata.example', ['fd00:ec2::254']],
  ['not-an-address.example', ['localhost']],
];

const literals = (port: number): string[] => [
  `http://127.0.0.1:${port}/`,
  `https://127.0.0.1:${port}/`,
  'https://127.0.0.1/',
  'https://127.1/',
  'https://127.0.1/',
  'https://0/',
  'https://0.0.0.0/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0x7f.0.0.1/',
  'https://0177.0.0.1/',
  'https://017700000001/',
  'https://127.0.0.1./',
  'https://[::1]/',
  'https://[::]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[::127.0.0.1]/',
  'https://[64:ff9b::127.0.0.1]/',
  'https://[2002:7f00:1::]/',
  'https://[fe80::1]/',
  'https://[fd00::1]/',
  'https://10.0.0.1/',
  'https://172.31.255.255/',
  'https://192.168.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://100.100.100.200/',
  'https://①②⑦.⓪.⓪.①/',
  'https://user:pass@127.0.0.1/',
  'https://public.example@127.0.0.1/',
  `https://public.example:${port}/`,
  'ftp://127.0.0.1/',
  'file:///etc/passwd',
  'gopher://127.0.0.1/',
  'http://public.example/',
  'not a url',
];

describe('A POST that cannot be turned against our own network', () => {
  it('makes no connection for any of 60 and more targets', async () => {
    const { sink: four, port } = await sink('0.0.0.0');
    const { sink: six } = await sink('::1', port).catch(() => ({ sink: four }));
    const table = new Map(names);
    const resolve: Resolve = (name) => answersWith(table.get(name) ?? ['127.0.0.1'])(name);
    const post = guardedPost(new TargetPolicy(), { resolve });
    const targets = [
      ...literals(port),
      ...names.map(([name]) => `https://${name}/`),
      'https://localhost/',
      'https://localhost.localdomain/',
    ];
    expect(targets.length).toBeGreaterThanOrEqual(60);
    for (const url of targets) {
      const sent = await post(outgoing(url));
      expect({ url, sent }).toMatchObject({ url, sent: { refused: expect.any(String) } });
    }
    expect([four.connections, six.connections]).toEqual([0, 0]);
  });

  it('refuses the addresses of this machine, public or not', async () => {
    const policy = new TargetPolicy([], () => ['8.8.4.4']);
    const post = guardedPost(policy, { resolve: answersWith(['8.8.4.4']) });
    expect(await post(outgoing('https://us.example/'))).toMatchObject({ refused: 'private-address' });
  });

  it('connects to the address that was judged, though the name changes its mind (DNS rebinding)', async () => {
    const { sink: allowed, port } = await sink('127.0.0.2');
    const { sink: secret } = await sink('127.0.0.1', port);
    let asked = 0;
    const resolve: Resolve = async () => {
      asked += 1;
      return [{ address: asked === 1 ? '127.0.0.2' : '127.0.0.1', family: 4 }];
    };
    const post = guardedPost(new TargetPolicy(['127.0.0.2/32']), { resolve });
    expect(await post(outgoing(`http://rebinding.example:${port}/`))).toMatchObject({ status: 204 });
    expect({ asked, allowed: allowed.connections, secret: secret.connections }).toEqual({
      asked: 1,
      allowed: 1,
      secret: 0,
    });
    expect(await post(outgoing(`http://rebinding.example:${port}/`))).toMatchObject({ refused: 'private-address' });
    expect(secret.connections).toBe(0);
  });

  it('does not follow a redirect, and says where it led', async () => {
    const { sink: secret, port: inside } = await sink('127.0.0.1');
    const { sink: outside, port } = await sink('127.0.0.2');
    outside.answer = () => ({ status: 307, headers: { location: `http://127.0.0.1:${inside}/admin` } });
    const post = guardedPost(new TargetPolicy(['127.0.0.2']));
    expect(await post(outgoing(`http://127.0.0.2:${port}/`))).toMatchObject({
      status: 307,
      location: `http://127.0.0.1:${inside}/admin`,
    });
    expect(secret.connections).toBe(0);
  });

  it('uses no proxy of the environment', async () => {
    const { sink: proxy, port: proxyPort } = await sink();
    const { port } = await sink('127.0.0.2');
    const before = { ...process.env };
    Object.assign(process.env, { HTTP_PROXY: `http://127.0.0.1:${proxyPort}`, NODE_USE_ENV_PROXY: '1' });
    try {
      const post = guardedPost(new TargetPolicy(['127.0.0.2']));
      expect(await post(outgoing(`http://127.0.0.2:${port}/`))).toMatchObject({ status: 204 });
    } finally {
      process.env = before;
    }
    expect(proxy.connections).toBe(0);
  });

  it('keeps 2 kB of an answer, and does not wait for the end of a long one', async () => {
    const { sink: long, port } = await sink();
    long.answer = () => ({ status: 200, body: 'é'.repeat(1_000_000) });
    const post = guardedPost(new TargetPolicy(['127.0.0.0/8']));
    const sent = await post(outgoing(`http://127.0.0.1:${port}/`));
    expect(sent).toMatchObject({ status: 200 });
    expect(Buffer.byteLength((sent as { body: string }).body)).toBeLessThanOrEqual(POST_LIMITS.keptBytes + 3);
  });

  it('gives up in time on a receiver that says nothing, and on a name that is never resolved', async () => {
    const { sink: silent, port } = await sink();
    silent.server.removeAllListeners('request');
    const limits = { ...POST_LIMITS, totalMs: 50 };
    const post = guardedPost(new TargetPolicy(['127.0.0.1']), { limits });
    expect(await post(outgoing(`http://127.0.0.1:${port}/`))).toMatchObject({ failed: 'timeout' });
    const nameless = guardedPost(new TargetPolicy(), { limits, resolve: () => new Promise(() => undefined) });
    expect(await nameless(outgoing('https://slow.example/'))).toMatchObject({ failed: 'timeout' });
  });

  it('holds one thread for a name that nobody answers for, however many messages wait for it', async () => {
    let asked = 0;
    let answer: (addresses: { address: string; family: number }[]) => void = () => undefined;
    const resolve: Resolve = () => {
      asked += 1;
      return new Promise((done) => (answer = done));
    };
    const post = guardedPost(new TargetPolicy(), { resolve });
    const sent = Array.from({ length: 8 }, () => post(outgoing('https://slow.example/')));
    answer([{ address: '10.0.0.1', family: 4 }]);
    for (const each of await Promise.all(sent)) expect(each).toMatchObject({ refused: 'private-address' });
    expect(asked).toBe(1);
    const again = post(outgoing('https://slow.example/'));
    answer([{ address: '10.0.0.1', family: 4 }]);
    await again;
    expect(asked).toBe(2);
  });

  it('says in a word why a connection failed', async () => {
    const { sink: gone, port } = await sink();
    await gone.close();
    sinks.length = 0;
    const post = guardedPost(new TargetPolicy(['127.0.0.1']));
    expect(await post(outgoing(`http://127.0.0.1:${port}/`))).toMatchObject({ failed: 'connection-refused' });
    const { port: plain } = await sink();
    expect(await post(outgoing(`https://127.0.0.1:${plain}/`))).toMatchObject({ failed: 'certificate' });
  });
});

describe('What the operator allows', () => {
  it.each([
    ['intranet.ville.fr', 'http://intranet.ville.fr:8080/', true],
    ['intranet.ville.fr', 'http://autre.ville.fr:8080/', false],
    ['10.1.0.0/16', 'http://10.1.2.3:8080/', true],
    ['10.1.0.0/16', 'http://10.2.2.3:8080/', false],
    ['10.1.0.0/16', 'https://10.2.2.3/', false],
    ['fd00::/8', 'http://[fd00::1]:8080/', true],
    ['10.1.0.0/16', 'http://10.1.2.3:8080/', true],
  ])('%s: %s', (entry, url, allowed) => {
    const policy = new TargetPolicy([entry]);
    const check = () => {
      const checked = policy.checkUrl(url);
      if (!checked.hostname.endsWith('.fr')) return;
      policy.checkAddress('10.9.9.9', checked);
    };
    if (allowed) expect(check).not.toThrow();
    else expect(check).toThrow();
  });

  it('refuses what is neither a name nor a range', () => {
    for (const entry of ['10.1.0.0/99', '1234', 'a b', '*.ville.fr', ''])
      expect(() => new TargetPolicy([entry])).toThrow(RangeError);
  });
});
