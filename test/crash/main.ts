/**
 * `npm run crash -- --cycles 10000 --power-cuts 100000 --seed 7`: the proofs of test/crash at any length.
 * Each number is of what it names; left out, that proof is not run. Ends with 1 at the first loss.
 */
import { parseArgs } from 'node:util';
import { killLoop } from './kill-loop.js';
import { powerCuts } from './power-cut.js';
import { cannotRecord } from './record-disk.js';

const { values } = parseArgs({
  options: {
    cycles: { type: 'string' },
    'power-cuts': { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const seed = Number(values.seed);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const every = (step: number, what: string) => (done: number) => {
  if (done % step === 0) say(`${done} ${what}`);
};

say(`seed ${seed}`);
if (values.cycles !== undefined) {
  const { cycles, acknowledged, stored } = await killLoop({
    cycles: Number(values.cycles),
    seed,
    onCycle: every(500, 'kills'),
  });
  say(`${cycles} kills, ${acknowledged} appends acknowledged, ${stored} events stored, 0 lost`);
}
if (values['power-cuts'] !== undefined) {
  const reason = cannotRecord();
  if (reason !== undefined) throw new Error(`No power can be cut here: ${reason}`);
  const { states, acknowledged, failures } = await powerCuts({
    states: Number(values['power-cuts']),
    seed,
    onState: every(5000, 'power cuts'),
  });
  for (const failure of failures) say(failure);
  say(`${states} power cuts, ${acknowledged} acknowledged events looked for, ${failures.length} states broken`);
  if (failures.length > 0) process.exitCode = 1;
}
