import { jest } from '@jest/globals';
import { runStreamSoak } from './stream-soak.js';

jest.setTimeout(300_000);

// 500 clients and 2,000 reconnects at 200 events/s: TOCSIN_SOAK=full npm test -- test/feed/stream-soak
const full = process.env['TOCSIN_SOAK'] === 'full';
const options = full
  ? { clients: 500, stalled: 25, reconnects: 2000, events: 2000, eventsPerSecond: 200 }
  : { clients: 60, stalled: 3, reconnects: 200, events: 400, eventsPerSecond: 200 };

it(`${options.clients} live clients, some of them deaf, miss nothing and see nothing twice through ${options.reconnects} reconnects`, async () => {
  const report = await runStreamSoak(options);
  if (full) process.stderr.write(`${JSON.stringify(report)}\n`);
  expect(report.broken).toEqual([]);
  expect(report.reconnects).toBe(options.reconnects);
});
