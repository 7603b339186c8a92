import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { RequestProblem } from './problem.js';
import { SubscriptionsController } from './subscriptions.controller.js';

/** Where nobody sends webhooks, a subscription that is taken and never served would be a false promise. */
@Injectable()
export class NoWebhooksGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { method } = context.switchToHttp().getRequest<FastifyRequest>();
    const promises = context.getClass() === SubscriptionsController && !['GET', 'HEAD', 'DELETE'].includes(method);
    if (promises) throw new RequestProblem('no-webhooks-in-cluster');
    return true;
  }
}
