import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { languageOf } from './language.js';
import { internalProblem, problemOf } from './problem.js';

/** Every error leaves as problem details in the caller's language; a bug is logged whole and told without its insides. */
@Catch()
export class ProblemDetailsFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const language = languageOf(request);
    const known = problemOf(error, language);
    if (!known)
      this.logger.error(
        error instanceof Error ? error.message : String(error),
        error instanceof Error ? error.stack : undefined,
      );
    const found = known ?? internalProblem(language);
    const instance = request.url.split('?')[0];
    if (found.status === 503 || found.status === 429) reply.header('Retry-After', '1');
    reply
      .status(found.status)
      .header('Content-Type', 'application/problem+json; charset=utf-8')
      .header('Content-Language', language);
    reply.send(JSON.stringify({ ...found, instance }));
  }
}
