import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { ProjectionRunner } from '#libs/read-models';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { awaited, type RawQuery } from './parameters.js';

/** Read your writes: `?await=<position>` on any query waits, bounded, until the views have that position. */
@Injectable()
export class AwaitViewInterceptor implements NestInterceptor {
  constructor(private readonly runner: ProjectionRunner) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const position = request.method === 'GET' ? awaited((request.query ?? {}) as RawQuery) : undefined;
    if (position !== undefined) await this.runner.reach(position);
    return next.handle();
  }
}
