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
    if (health.leases()) this.leases(health);
    else {
      this.gauge(
        'tocsin_clocks_run',
        '1 while the legal clocks run, here or in some worker; at 0 nothing is noticed',
        () => (health.clocks().ok ? 1 : 0),
      );
      this.webhooks(health);
    }
  }

  /** Absent where nobody could send them, for want of a key to seal their secrets with. */
  private webhooks(health: Health): void {
    const webhooks = health.webhooks();
    if (webhooks !== undefined && webhooks.runIn === undefined) return;
    this.gauge('tocsin_webhooks_run', '1 while webhooks are sent, here or by some worker; at 0 nothing is sent', () =>
      (health.webhooks()?.ok ?? true) ? 1 : 0,
    );
  }

  /** One series for each duty of a worker; over all workers their sum is 1, or nobody does the duty. */
  private leases(health: Health): void {
    const held: Gauge<'duty'> = new Gauge({
      name: 'tocsin_lease_held',
      help: '1 while this process does the duty, 0 while it stands by',
      labelNames: ['duty'] as const,
      registers: [this.registry],
      collect: () => {
        for (const [duty, state] of Object.entries(health.leases() ?? {})) held.set({ duty }, state === 'held' ? 1 : 0);
      },
    });
  }

  private gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({ name, help, registers: [this.registry], collect: () => gauge.set(read()) });
  }
}
