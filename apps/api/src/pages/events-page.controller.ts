import { Controller, Get, Header, Query, Req, UseFilters } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { EventsPageView } from './events.page.js';
import { renderPage } from './page.js';
import { PageProblemFilter } from './page-problem.filter.js';
import { OneOfEach, type PageQuery } from './page-query.js';
import { readerOf } from './page-reader.js';
import { PagesPort } from './pages.port.js';

/** The events that Tocsin publishes, in words. */
@Controller('evenements')
@UseFilters(PageProblemFilter)
export class EventsPageController {
  constructor(private readonly port: PagesPort) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  events(@Query(OneOfEach) query: PageQuery, @Req() request: FastifyRequest): string {
    const reader = readerOf(this.port, request, query);
    return renderPage(EventsPageView({ reader }));
  }
}
