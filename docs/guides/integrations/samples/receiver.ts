/**
 * Receives Tocsin's webhooks: checks the signature, forgets nothing, counts nothing twice.
 *
 *   TOCSIN_WEBHOOK_SECRET=whsec_… PORT=8787 node receiver.ts
 *
 * Node 24 alone, no package. Behind the reverse proxy that gives it https.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

const key = Buffer.from((process.env['TOCSIN_WEBHOOK_SECRET'] ?? '').replace(/^whsec_/, ''), 'base64');
const BODY_BYTES_MAX = 1024 * 1024;
const TOLERANCE_S = 300;

const isGenuine = (headers: IncomingHttpHeaders, body: string): boolean => {
  const [id, timestamp] = [headers['webhook-id'], headers['webhook-timestamp']];
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= TOLERANCE_S)) return false;
  const expected = createHmac('sha256', key)
    .update(`${String(id)}.${String(timestamp)}.${body}`)
    .digest();
  // While a secret is being rotated there is more than one signature; one that fits is enough.
  return String(headers['webhook-signature'])
    .split(' ')
    .filter((each) => each.startsWith('v1,'))
    .map((each) => Buffer.from(each.slice(3), 'base64'))
    .some((each) => each.length === expected.length && timingSafeEqual(each, expected));
};

/** Ids that were taken in. Keep them where your data is: in the same transaction as what the event changes there. */
const taken = new Set<string>();

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return void response.writeHead(413).end();
    chunks.push(chunk as Buffer);
  }
  const body = Buffer.concat(chunks).toString('utf8');
  if (!isGenuine(request.headers, body)) return void response.writeHead(401).end();
  const event = JSON.parse(body);
  if (!taken.has(event.id)) {
    taken.add(event.id);
    process.stdout.write(`${event.id} ${event.type} ${event.subject}\n`);
  }
  // Only now: an answer says that the event is safe here.
  response.writeHead(204).end();
});

server.listen(Number(process.env['PORT'] ?? 8787), '127.0.0.1', () => {
  process.stdout.write(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}/\n`);
});
