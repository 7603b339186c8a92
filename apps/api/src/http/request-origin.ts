import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RequestProblem } from './problem.js';

const ALWAYS: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses requests that a browser was tricked into: those addressed to a name that is not ours (DNS rebinding), and
 * changes sent by the page of another site.
 */
export const guardOrigin = (fastify: FastifyInstance, hosts: readonly string[]): void => {
  const ours = new Set([...ALWAYS, ...hosts.map((host) => (host.includes(':') ? `[${host}]` : host.toLowerCase()))]);
  fastify.addHook('onRequest', async (request) => {
    const host = request.headers.host ?? '';
    if (!ours.has(nameOf(host))) throw new RequestProblem('foreign-host', { host: host.slice(0, 100) });
    if (!SAFE.has(request.method) && isForeign(request, host)) throw new RequestProblem('foreign-origin');
  });
};

const nameOf = (host: string): string => host.toLowerCase().replace(/:\d+$/, '');

const isForeign = ({ headers }: FastifyRequest, host: string): boolean => {
  if (headers['sec-fetch-site'] === 'cross-site') return true;
  const { origin } = headers;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== hostOf(host);
};

/** As a URL writes it, without the default port. */
const hostOf = (host: string): string => (URL.canParse(`http://${host}`) ? new URL(`http://${host}`).host : host);
