import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { checkPlaybook, checkRules, checkScenario } from './index.js';
import { dataFolder } from './folders.js';
import { play } from './testing/play.js';

const guides = join(dataFolder('rules'), '../../../docs/guides');
const examplesOf = (name: string): string[] =>
  [...readFileSync(join(guides, name), 'utf8').matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml]) => yaml!);

describe('The examples of the guides', () => {
  it('of a scenario can be played', () => {
    const [example] = examplesOf('writing-a-scenario.md');
    const { scenario, mistakes, warnings } = checkScenario(example!, 'guide.yaml');
    expect([mistakes, warnings]).toEqual([[], []]);
    expect(play(scenario!)).toEqual([]);
  });

  it('of a playbook and a rule can be loaded', () => {
    const [playbook, , rules] = examplesOf('fr/ecrire-un-playbook.md');
    expect(checkPlaybook(playbook!, 'guide.yaml').mistakes).toEqual([]);
    expect(checkRules(rules!, 'guide.yaml').mistakes).toEqual([]);
  });
});
