import { ClocksSimulation } from './clocks.simulation.js';

const FIRST = Number(process.env['TOCSIN_SIM_SEED'] ?? 1);
const SEEDS = Number(process.env['TOCSIN_SIM_SEEDS'] ?? 300);

describe('Incidents and clocks on virtual time', () => {
  it(`keep every promise through crashes, repeats, two workers and clock jumps, for ${SEEDS} seeds from ${FIRST}`, async () => {
    for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
      try {
        await new ClocksSimulation(seed).run();
      } catch (error) {
        throw new Error(
          `Seed ${seed} (again: TOCSIN_SIM_SEED=${seed} TOCSIN_SIM_SEEDS=1 npm test -- simulation): ${String(error)}`,
          { cause: error },
        );
      }
    }
  }, 3_600_000);
});
