import { Controller, Get, Header, Res } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import type { FastifyReply } from 'fastify';
import { instance } from '../announcement.js';
import { Health } from '../health.js';
import { version } from '../version.js';

/** Prometheus figures: counts and lags, no name and no text of an incident. */
export const createMetrics = (
  health: Health,
): { readonly registry: Registry; readonly commands: Counter<'command' | 'outcome'> } => {
  const registry = new Registry();
  const commands = new Counter({
    name: 'tocsin_commands_total',
    help: 'Commands answered, by outcome',
    labelNames: ['command', 'outcome'] as const,
    registers: [registry],
  });
  registry.registerMetric(
    new Gauge({
      name: 'tocsin_views_caught_up',
      help: '1 once the views have seen the whole log',
      registers: [],
      collect() {
        this.set(health.views().caughtUp ? 1 : 0);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'tocsin_views_events_projected',
      help: 'Events folded into the views since start',
      registers: [],
      collect() {
        this.set(health.views().eventsProjected);
      },
    }),
  );
  return { registry, commands };
};

@Controller()
export class OperationsController {
  private readonly metrics: ReturnType<typeof createMetrics>;

  constructor(private readonly health: Health) {
    this.metrics = createMetrics(health);
  }

  @Get('healthz')
  alive() {
    return { status: 'ok' };
  }

  @Get('readyz')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const readiness = await this.health.readiness();
    reply.status(readiness.status === 'ready' ? 200 : 503);
    return readiness;
  }

  @Get('metrics')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  figures(): Promise<string> {
    return this.metrics.registry.metrics();
  }

  @Get('api/v1/version')
  version() {
    return { name: 'tocsin', version, api: 'v1', node: process.version, instance };
  }
}
