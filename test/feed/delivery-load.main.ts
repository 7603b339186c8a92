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
const { p99, worst } = report.besideADeadOne;
process.stdout.write(
  `${report.broken.length === 0 ? 'Every event arrived, in order per incident and under one id' : 'NOT KEPT, see "broken"'}.\n` +
    `Beside a dead receiver another one waited ${p99} ms (p99), ${worst} ms at worst; goal: p99 less than 1000 ms.\n`,
);
process.exitCode = report.broken.length === 0 ? 0 : 1;
