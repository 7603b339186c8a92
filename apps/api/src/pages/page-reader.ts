import type { FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { languageAsked, type PageQuery } from './page-query.js';
import type { PagesPort } from './pages.port.js';
import { penOf } from './pen.js';
import { DEFAULT_ZONE, Reader } from './reader.js';

/** Who asks for a page, in which words. */
export const readerOf = (port: PagesPort, request: FastifyRequest, query: PageQuery): Reader => {
  const pen = penOf(request);
  return new Reader({
    ...languageAsked(query, request),
    now: port.now(),
    timeZone: DEFAULT_ZONE,
    openAccess: port.openAccess,
    version: port.version,
    // A form is sent where no page can be asked for: its reader goes on at the page that it came from.
    address:
      request.method === 'GET'
        ? request.url
        : (request.url.split('?')[0] ?? '/').replace(/^\/(incidents|exercises|pen)$/, '/'),
    newKey: randomUUID,
    ...(pen ? { pen } : {}),
  });
};
