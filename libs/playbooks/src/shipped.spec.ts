import { readFileSync } from 'node:fs';

import { checkScenario, listScenarios, loadScenario } from './index.js';
import { play } from './testing/play.js';

describe('The scenarios in the box', () => {
  const names = ['angers-2021', 'caen-2022', 'chalon-2021', 'saint-brevin-2023', 'saint-jean-de-maurienne-2022'];

  it('are the five attacks', () => expect(listScenarios().map(({ id }) => id)).toEqual(names));

  it.each(names)('%s has no mistake and no warning', (name) => {
    const { file } = loadScenario(name);
    const { mistakes, warnings } = checkScenario(readFileSync(file, 'utf8'), file);
    expect([...mistakes, ...warnings]).toEqual([]);
  });

  it.each(names)('%s shows what it expects when the domain plays it', (name) => {
    expect(play(loadScenario(name))).toEqual([]);
  });

  it.each(names)('%s reads the same twice', (name) => {
    expect(JSON.stringify(loadScenario(name))).toBe(JSON.stringify(loadScenario(name)));
  });
});
