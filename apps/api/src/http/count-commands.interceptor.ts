import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { isIncidentCommandType } from '#libs/domain';
import type { FastifyRequest } from 'fastify';
import { tap, type Observable } from 'rxjs';
import { Metrics } from '../metrics.js';
import { problemOf } from './problem.js';

/** Counts the commands that were answered, by name and outcome. */
@Injectable()
export class CountCommandsInterceptor implements NestInterceptor {
  constructor(private readonly metrics: Metrics) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const command = commandOf(context.switchToHttp().getRequest<FastifyRequest>());
    const count = (outcome: string): void => this.metrics.commands.inc({ command, outcome });
    return next.handle().pipe(
      tap({
        next: () => count('ok'),
        error: (error: unknown) => count(problemOf(error, 'en')?.code ?? 'internal'),
      }),
    );
  }
}

const commandOf = ({ params }: FastifyRequest): string => {
  const { command } = params as { readonly command?: string };
  if (command === undefined) return 'DeclareIncident';
  return isIncidentCommandType(command) ? command : 'unknown';
};
