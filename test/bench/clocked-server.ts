import { Clock } from '#libs/application';
import { instantMs } from '#libs/domain';
import { readConfig } from '../../apps/api/src/config.js';
import { createApp, standardParts } from '../../apps/api/src/create-app.js';
import { NoopModule } from './noop.module.js';

/** Runs on from a moment that the benchmark chooses. */
class ShiftedClock extends Clock {
  private readonly startedMs = Date.now();

  constructor(private readonly fromMs: number) {
    super();
  }

  override nowMs(): number {
    return this.fromMs + Date.now() - this.startedMs;
  }
}

/** The server on a log of the benchmark; its parent learns the port and closes the channel to stop it. */
const config = readConfig({ ...process.env, TOCSIN_PORT: '0', TOCSIN_LOG_LEVEL: 'error' });
const clock = new ShiftedClock(instantMs(process.env['BENCH_NOW'] ?? ''));
const app = await createApp(config, { ...standardParts(config), clock, modules: [NoopModule] });
await app.listen(0, config.host);
process.once('disconnect', () => void app.close().then(() => process.exit(0)));
process.send?.({ url: await app.getUrl() });
