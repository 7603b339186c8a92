import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { internalProblem, problemOf } from '../http/problem.js';
import { renderPage } from './page.js';
import { readerOf } from './page-reader.js';
import { PagesPort } from './pages.port.js';
import type { PageQuery } from './page-query.js';
import { ProblemPageView } from './problem.page.js';

/** Whoever looks at a page is answered by a page, also when it went wrong; a bug is logged whole. */
@Catch()
export class PageProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Pages');

  constructor(private readonly port: PagesPort) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reader = readerOf(this.port, request, request.query as PageQuery);
    const known = problemOf(error, reader.language);
    if (!known) this.logger.error(String(error), error instanceof Error ? error.stack : undefined);
    const { status, code, detail, errors = [] } = known ?? internalProblem(reader.language);
    const reply = http.getResponse<FastifyReply>();
    if (status === 503 || status === 429) reply.header('Retry-After', '1');
    void reply
      .status(status)
      .header('Content-Type', 'text/html; charset=utf-8')
      .header('Vary', 'Accept-Language, Cookie')
      .send(renderPage(ProblemPageView({ reader, refusal: { status, code, detail, errors } })));
  }
}
