import { jest } from '@jest/globals';
import { runDeliveryLoad } from './delivery-load.js';

jest.setTimeout(300_000);

// 100,000 of them: npm run deliveries
it('5,000 deliveries arrive, each at least once, in order per incident and under one id, though three in ten fail and the sender is killed', async () => {
  const report = await runDeliveryLoad({ deliveries: 5000, kills: 3, seed: 7 });
  expect(report.broken).toEqual([]);
  expect(report.deliveries).toBeGreaterThanOrEqual(5000);
  expect(report.faults['kill -9 restart']).toBe(3);
  expect(Object.values(report.faults).every((count) => count > 0)).toBe(true);
  expect(report.faulty).toBeGreaterThan(0.15);
});
