import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { languageOf } from './language.js';
import { internalProblem, problemOf } from './problem.js';

/** Every error leaves as problem details in the caller's language; a bug is logged whole and told without its insides. */
@Catch()
export class ProblemDetailsFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}

const logger = new Logger('Http');

export const sendProblem = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
  const language = languageOf(request);
  const known = problemOf(error, language);
  if (!known) {
    logger.error(
      error instanceof Error ? error.message : String(error),
      error instanceof Error ? error.stack : undefined,
    );
  }
  const found = known ?? internalProblem(language);
  const instance = request.url.split('?')[0];
  if (found.status === 503 || found.status === 429) reply.header('Retry-After', '1');
  reply
    .status(found.status)
    .header('Content-Type', 'application/problem+json; charset=utf-8')
    .header('Content-Language', language);
  reply.send(JSON.stringify({ ...found, instance }));
};
