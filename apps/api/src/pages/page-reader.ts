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
    address: request.method === 'GET' ? request.url : pageAt(request.url.split('?')[0] ?? '/'),
    newKey: randomUUID,
    ...(pen ? { pen } : {}),
  });
};

/** A form is sent where no page can be asked for: its reader goes on at the page that it came from. */
export const pageAt = (path: string): string => (/^\/(?:incidents|exercises|pen)$/.test(path) ? '/' : path);
