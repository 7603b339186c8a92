import { jest } from '@jest/globals';
import { STREAM_LIMITS } from '#libs/subscriptions';
import { runStreamSoak } from './stream-soak.js';

jest.setTimeout(300_000);

/** An event of the soak, as it is sent. */
const FRAME_BYTES_MAX = 16 * 1024;

// How long an event takes to its clients is measured by npm run bench -- streams.
// 500 clients and 2,000 reconnects at 200 events/s: TOCSIN_SOAK=full npm test -- test/feed/stream-soak
const full = process.env['TOCSIN_SOAK'] === 'full';
const options = full
  ? { clients: 500, stalled: 25, reconnects: 2000, events: 2000, eventsPerSecond: 200, textChars: 2000 }
  : { clients: 60, stalled: 3, reconnects: 200, events: 700, eventsPerSecond: 200, textChars: 9900 };

it(`${options.clients} live clients, some of them deaf, miss nothing, see nothing twice and keep little waiting through ${options.reconnects} reconnects`, async () => {
  const report = await runStreamSoak(options);
  if (full) process.stderr.write(`${JSON.stringify(report)}\n`);
  expect(report.broken).toEqual([]);
  expect(report.reconnects).toBe(options.reconnects);
  expect(report.bytesWaitingMost).toBeLessThanOrEqual(STREAM_LIMITS.bufferBytes + FRAME_BYTES_MAX);
  // The deaf ones did make something wait.
  expect(report.bytesWaitingMost).toBeGreaterThan(0);
});
