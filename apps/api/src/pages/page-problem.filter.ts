import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from '../http/problem-details.filter.js';
import { internalProblem, problemOf } from '../http/problem.js';
import { renderPage } from './page.js';
import { readerOf } from './page-reader.js';
import { PagesPort } from './pages.port.js';
import { OneOfEach } from './page-query.js';
import { ProblemPageView } from './problem.page.js';

/** Whoever looks at a page is answered by a page, also when it went wrong; a bug is logged whole. */
@Catch()
export class PageProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Pages');

  constructor(private readonly port: PagesPort) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const reader = readerOf(
      this.port,
      request,
      new OneOfEach().transform(request.query as Readonly<Record<string, unknown>>),
    );
    const known = problemOf(error, reader.language);
    if (!known) this.logger.error(String(error), error instanceof Error ? error.stack : undefined);
    const { status, code, detail, errors = [] } = known ?? internalProblem(reader.language);
    if (status === 503 || status === 429) reply.header('Retry-After', '1');
    void reply
      .status(status)
      .header('Content-Type', 'text/html; charset=utf-8')
      .header('Vary', 'Accept, Accept-Language, Cookie')
      .send(renderPage(ProblemPageView({ reader, refusal: { status, code, detail, errors } })));
  }
}

/** What no controller answered for: an address that does not exist, a request that is not read. */
@Catch()
export class UnansweredFilter implements ExceptionFilter {
  constructor(private readonly pages: PageProblemFilter) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const [request, reply] = [http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>()];
    if (wantsPage(request)) this.pages.answer(error, request, reply);
    else sendProblem(error, request, reply);
  }
}

/** Browsers name HTML; programs do not, or ask below `/api`. */
const wantsPage = ({ url, headers }: FastifyRequest): boolean =>
  !/^\/api(?:[/?]|$)/.test(url) && /\btext\/html\b/.test(headers.accept ?? '');
