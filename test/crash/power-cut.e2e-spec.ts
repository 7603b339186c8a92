import { powerCuts } from './power-cut.js';
import { cannotRecord } from './record-disk.js';

const STATES = 2000;
const MUTANT_STATES = 100;

const reason = cannotRecord();
const itOnRecordedDisks = reason === undefined ? it : it.skip;
const skipped = reason === undefined ? '' : ` (skipped: ${reason})`;

describe('A log whose power is cut', () => {
  itOnRecordedDisks(
    `has all that was acknowledged, and is whole, in ${STATES} states of the disk (H2)${skipped}`,
    async () => {
      const { states, acknowledged, failures } = await powerCuts({ states: STATES, seed: 1 });
      expect(failures).toEqual([]);
      expect(states).toBe(STATES);
      process.stdout.write(
        `${states} disks after a power cut, ${acknowledged} acknowledged events looked for, 0 lost\n`,
      );
    },
    240_000,
  );

  // The proof has teeth: the same states, of a store that does not wait for the disk.
  for (const [mutant, fault] of [
    ['unsyncedCommits', 'no commit is fsynced (synchronous=NORMAL and nothing else)'],
    ['impatient', 'an append is acknowledged when its fsync begins'],
  ] as const) {
    itOnRecordedDisks(
      `is seen to lose events when ${fault}${skipped}`,
      async () => {
        const { failures } = await powerCuts({ states: MUTANT_STATES, seed: 1, mutant });
        const lost = failures.filter((failure) => failure.includes('acknowledged but lost'));
        expect(lost.length).toBeGreaterThan(MUTANT_STATES / 20);
      },
      60_000,
    );
  }
});
