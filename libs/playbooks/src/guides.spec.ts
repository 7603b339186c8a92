import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { RuleDefinition } from '#libs/domain';

import { checkPlaybook, checkRules, checkScenario, loadRules } from './index.js';
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

describe('The pages on legal clocks', () => {
  const words = {
    'legal-clocks.md': { months: 'month', workingDays: 'working days', none: 'no term in figures' },
    'fr/delais-legaux.md': { months: 'mois', workingDays: 'jours ouvrés', none: 'sans délai chiffré' },
  };

  it.each(Object.entries(words))('%s names every rule in the box with its term, and no other', (page, say) => {
    const termOf = ({ term }: RuleDefinition): string => {
      if (!term) return say.none;
      if ('hours' in term) return `${term.hours} h`;
      return 'months' in term ? `${term.months} ${say.months}` : `${term.workingDays} ${say.workingDays}`;
    };
    const named = new Set<string>();
    const headingOf = (rule: RuleDefinition): string => {
      const { id, version } = rule;
      const name = named.has(id) ? `\`${id}\` (${version})` : `\`${id}\``;
      named.add(id);
      return `${name} · ${termOf(rule)}`;
    };
    const headings = [...readFileSync(join(guides, page), 'utf8').matchAll(/^### (.*)$/gm)].map(([, text]) => text);
    expect(headings.toSorted()).toEqual(loadRules().map(headingOf).toSorted());
  });

  it.each(Object.keys(words))('%s tells each warning of each rule', (page) => {
    const sections = readFileSync(join(guides, page), 'utf8').split(/^(?=### )/m);
    for (const { id, warnHoursBefore } of loadRules().filter(({ warnHoursBefore: hours }) => hours.length > 0)) {
      // Rules that stand together share the section under the last of their headings.
      const from = sections.findIndex((section) => section.startsWith(`### \`${id}\``));
      const section = sections.slice(from).find((each) => each.includes('- **'));
      expect(section).toContain(warnHoursBefore.map((hours) => `${hours} h`).join(', '));
    }
  });
});
