import { Counter, Gauge, Registry } from 'prom-client';
import type { Health } from './health.js';

/** Prometheus figures: counts and lags, no name and no text of an incident. */
export class Metrics {
  readonly registry = new Registry();
  /** `command` is a name of the table and `outcome` is `ok` or a problem code, so the series are bounded. */
  readonly commands = new Counter({
    name: 'tocsin_commands_total',
    help: 'Commands answered, by outcome',
    labelNames: ['command', 'outcome'] as const,
    registers: [this.registry],
  });

  constructor(health: Health) {
    this.gauge('tocsin_views_caught_up', '1 once the views have seen the whole log', () =>
      health.views().caughtUp ? 1 : 0,
    );
    this.gauge(
      'tocsin_views_events_projected',
      'Events folded into the views since start',
      () => health.views().eventsProjected,
    );
  }

  private gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({ name, help, registers: [this.registry], collect: () => gauge.set(read()) });
  }
}
