import type { FastifyInstance } from 'fastify';

const CONTENT_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/** Swagger UI sets styles from its script. */
const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Nothing may be framed, sniffed, cached or fetched from elsewhere. */
export const setSecurityHeaders = (fastify: FastifyInstance): void => {
  fastify.addHook('onSend', async (request, reply) => {
    reply.headers(securityHeaders(request.url));
    if (!reply.hasHeader('cache-control')) reply.header('Cache-Control', 'no-store');
  });
};

/** For answers that are written without the framework too. */
export const securityHeaders = (url: string): Readonly<Record<string, string>> => ({
  'Content-Security-Policy': url.startsWith('/api/docs') ? DOCS_POLICY : CONTENT_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
});
