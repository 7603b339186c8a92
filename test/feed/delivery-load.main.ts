/** `npm run deliveries -- <number> [kills] [seed]`: as many deliveries, three in ten faulty, the sender killed on the way. */
import { runDeliveryLoad } from './delivery-load.js';

const [deliveries = 100_000, kills = 10, seed = Date.now() % 100_000] = process.argv.slice(2).map(Number);
process.stderr.write(`${deliveries} deliveries, ${kills} kills, seed ${seed}\n`);
const report = await runDeliveryLoad({
  deliveries,
  kills,
  seed,
  onProgress: (received) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${received} / ${deliveries}`);
  },
});
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
process.exitCode = report.broken.length === 0 ? 0 : 1;
