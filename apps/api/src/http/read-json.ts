import type { FastifyInstance } from 'fastify';
import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { RequestProblem } from './problem.js';

/**
 * Reads JSON in UTF-8: other bytes are refused rather than replaced, for what is recorded stays. An empty body is none,
 * for many clients name JSON with every request.
 */
export const readJson = (fastify: FastifyInstance): void => {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeContentTypeParser('application/json');
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) return done(null);
    if (!isUtf8(body as Buffer)) return done(new RequestProblem('not-utf-8'));
    return parse(request, body.toString('utf8'), done);
  });
  fastify.addHook('preParsing', ({ headers }, _reply, _payload, next) => {
    next(isReadable(headers) ? undefined : new RequestProblem('unsupported-encoding'));
  });
};

const isReadable = (headers: IncomingHttpHeaders): boolean => {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  return encoding === 'identity' && /^utf-?8$/i.test(charset);
};
