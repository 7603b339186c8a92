import { MILESTONES, type StepDefinition } from '#libs/domain';

import { checkPlaybook, loadPlaybooks, loadRules } from './index.js';

const playbookOf = (id: string) => loadPlaybooks().find((playbook) => playbook.id === id)!;

const step = (id: string, more = ''): string => `  - id: ${id}
    title: { fr: Étape, en: Step }
    why: { fr: Parce que, en: Because }
    how: { fr: Ainsi, en: So }
    evidence: { fr: Trace, en: Trace }
    roles: [dgs]
    phase: one
${more}`;
const valid = (...steps: string[]): string => `id: own
version: 1
title: { fr: Fiche, en: Playbook }
kinds: [other]
phases: [{ id: one, title: { fr: Une, en: One } }]
steps:
${steps.join('')}`;
const said = (text: string): string[] =>
  checkPlaybook(text, 'p.yaml').mistakes.map(({ line, code }) => `${line} ${code}`);

describe('The playbooks in the box', () => {
  it('are two, for the kinds of the contract', () =>
    expect(loadPlaybooks().map(({ id, kinds }) => [id, kinds])).toEqual([
      ['collectivite-rancongiciel', ['ransomware', 'intrusion', 'other', 'unknown']],
      ['compte-compromis', ['account_takeover']],
    ]));

  it('have the 44 steps S01 to S44 in order', () =>
    expect(playbookOf('collectivite-rancongiciel').steps.map(({ id }) => id)).toEqual(
      Array.from({ length: 44 }, (_, index) => `S${String(index + 1).padStart(2, '0')}`),
    ));

  it.each(loadPlaybooks().map((playbook) => [playbook.id, playbook] as const))(
    '%s has each milestone once, in the order of display',
    (_id, { steps }) => expect(steps.flatMap(({ milestone }) => milestone ?? [])).toEqual(MILESTONES),
  );

  it('block only for evidence, mandate and awareness', () => {
    const hard = ({ id, requires }: StepDefinition): string[] =>
      requires.map((each) => `${id} ${each.step} ${each.gate}`);
    expect(playbookOf('collectivite-rancongiciel').steps.flatMap(hard)).toEqual([
      'S23 S21 mandate',
      'S27 S26 awareness',
      'S28 S27 awareness',
      'S41 S13 evidence',
      'S42 S13 evidence',
    ]);
  });

  it('show a step for every rule but the later reports of NIS 2', () => {
    const named = new Set(playbookOf('collectivite-rancongiciel').steps.flatMap(({ obligation }) => obligation ?? []));
    const without = loadRules().flatMap(({ id }) => (named.has(id) ? [] : [id]));
    expect(without).toEqual(['nis2-notification', 'nis2-final']);
  });

  it('fit in one event', () => {
    for (const playbook of loadPlaybooks()) expect(JSON.stringify(playbook).length).toBeLessThan(128 * 1024);
  });

  it('read the same twice', () =>
    expect(JSON.stringify(loadPlaybooks({}))).toBe(JSON.stringify(loadPlaybooks({ extraFolder: '/nowhere' }))));
});

describe('A playbook', () => {
  it('is read, with what is left out filled in', () =>
    expect(checkPlaybook(valid(step('A1', '    target: 15 min\n')), 'p.yaml').playbook).toMatchObject({
      version: '1',
      steps: [{ id: 'A1', after: [], requires: [], perOrganisation: false, targetHours: 0.25, spreadRisk: 'none' }],
    }));

  it.each([
    ['an unknown key', '    afer: []\n', '14 unknown-key'],
    ['an unknown step', '    after: [A9]\n', '14 unknown-step'],
    ['an unknown step in requires', '    requires: [{ step: A9, gate: mandate }]\n', '14 unknown-step'],
    ['an unknown gate', '    requires: [{ step: A2, gate: budget }]\n', '14 not-one-of'],
    ['a step that waits for itself', '    after: [A1]\n', '7 cycle'],
    ['a bad duration', '    target: soon\n', '14 bad-duration'],
    ['an unknown fact', '    when: { fact: ransom, in: [received] }\n', '14 unknown-fact'],
    ['a value that the fact never has', '    when: { not: { fact: ransomDemand, in: [maybe] } }\n', '14 not-one-of'],
    ['a condition of two forms', '    when: { fact: nis2, in: [yes], event: ComplaintFiled }\n', '14 bad-condition'],
    ['an unknown event', '    completedBy: [{ event: ComplaintFilled }]\n', '14 unknown-event'],
    ['an unknown event to review on', '    reviewOn: [DataExfiltrated]\n', '14 unknown-event'],
    ['an unknown milestone', '    milestone: complaint\n', '14 not-one-of'],
    ['an unknown rule', '    obligation: cnil-notificaton\n', '14 unknown-rule'],
    ['a flag that is none', '    perOrganisation: oui\n', '14 not-flag'],
  ])('says %s, with its line', (_what, more, expected) => {
    expect(said(valid(step('A1', more), step('A2')))).toEqual([expected]);
  });

  it('names the ring of steps that wait for one another', () => {
    const text = valid(
      step('A1', '    after: [A3]\n'),
      step('A2', '    after: [A1]\n'),
      step('A3', '    requires: [{ step: A2, gate: evidence }]\n'),
    );
    const { mistakes } = checkPlaybook(text, 'p.yaml');
    expect(mistakes.map(({ line, message }) => [line, message.en])).toEqual([
      [7, 'These steps wait for one another: A1 → A3 → A2 → A1.'],
    ]);
  });

  it('says all mistakes at once, top to bottom', () => {
    const text = valid(
      step('A1', '    afer: []\n').replace(', en: Step', ''),
      step('A1'),
      step('A3', '    after: [A4]\n'),
    )
      .replace('kinds: [other]', 'kinds: [ransomwear]')
      .replace('phase: one', 'phase: two');
    expect(said(text)).toEqual([
      '4 not-one-of',
      '8 missing-translation',
      '13 unknown-phase',
      '14 unknown-key',
      '15 duplicate',
      '29 unknown-step',
    ]);
  });

  it('guesses what was meant', () => {
    const { mistakes } = checkPlaybook(valid(step('A1', '    afer: []\n')), 'p.yaml');
    expect(mistakes[0]?.message).toEqual({
      fr: 'La clé «\u00a0afer\u00a0» n’existe pas ici. Vouliez-vous dire «\u00a0after\u00a0»\u00a0?',
      en: 'There is no key "afer" here. Did you mean "after"?',
    });
  });
});

describe('A playbook that no incident could adopt', () => {
  const steps = (count: number, more = ''): string[] => Array.from({ length: count }, (_, n) => step(`A${n}`, more));
  const sentence = (text: string): string | undefined => checkPlaybook(text, 'p.yaml').mistakes[0]?.message.en;

  it('has more steps than 500', () => {
    expect(said(valid(...steps(500)))).toEqual([]);
    expect(said(valid(...steps(501)))).toEqual(['6 too-many-steps']);
    expect(sentence(valid(...steps(501)))).toMatch(/501 steps, and at most 500/);
  });

  it('is too long to be pinned, and says which texts to shorten', () => {
    const wordy = `    target: 4 h\n    roles: [${'a-long-name-of-a-role, '.repeat(60)}dgs]\n`;
    const long = valid(...steps(400, wordy)).replaceAll('    roles: [dgs]\n', '');
    expect(said(long)).toEqual(['6 too-long-to-pin']);
    expect(sentence(long)).toMatch(/an incident can take only 524288 along: shorten/);
  });
});
