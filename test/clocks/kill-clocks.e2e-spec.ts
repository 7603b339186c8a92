import { killClocks } from './kill-clocks.js';

const KILLS = Number(process.env['TOCSIN_CLOCK_KILLS'] ?? 30);

describe('Clocks whose process is killed', () => {
  it(`record each warning and each missed term exactly once, in due order, through ${KILLS} kills`, async () => {
    const { kills, notices, missed } = await killClocks({ kills: KILLS, seed: 1 });
    expect(kills).toBe(KILLS);
    expect(missed).toBeGreaterThan(0);
    process.stdout.write(
      `${kills} kills of the clocks, ${notices} notices, ${missed} missed terms, each recorded once\n`,
    );
  }, 600_000);
});
