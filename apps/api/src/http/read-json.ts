import type { FastifyInstance } from 'fastify';
import { RequestProblem } from './problem.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads JSON in UTF-8: other bytes are refused rather than replaced, for what is recorded stays. An empty body is none,
 * for many clients name JSON with every request.
 */
export const readJson = (fastify: FastifyInstance): void => {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeContentTypeParser('application/json');
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) return done(null);
    const text = decode(body as Buffer);
    if (text === undefined) return done(new RequestProblem('not-utf-8'));
    return parse(request, text, done);
  });
  fastify.addHook('preParsing', async ({ headers }) => {
    const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
    const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8';
    if (encoding !== 'identity' || !/^utf-?8$/i.test(charset)) throw new RequestProblem('unsupported-encoding');
  });
};

const decode = (body: Buffer): string | undefined => {
  try {
    return utf8.decode(body);
  } catch {
    return undefined;
  }
};
