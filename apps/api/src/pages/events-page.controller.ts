import { Controller, Get, Header, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { EventsPageView } from './events.page.js';
import { renderPage } from './page.js';
import { languageAsked, type PageQuery } from './page-query.js';
import { PagesPort } from './pages.port.js';
import { penOf } from './pen.js';
import { DEFAULT_ZONE, Reader } from './reader.js';

/** The events that Tocsin publishes, in words. */
@Controller('evenements')
export class EventsPageController {
  constructor(private readonly port: PagesPort) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  events(@Query() query: PageQuery, @Req() request: FastifyRequest): string {
    const pen = penOf(request);
    const reader = new Reader({
      ...languageAsked(query, request),
      now: this.port.now(),
      timeZone: DEFAULT_ZONE,
      openAccess: this.port.openAccess,
      version: this.port.version,
      address: request.url,
      newKey: randomUUID,
      ...(pen ? { pen } : {}),
    });
    return renderPage(EventsPageView({ reader }));
  }
}
