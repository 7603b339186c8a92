import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { checkScenario, FileMistakes, loadScenario, loadShippedScenario, resolveLabels } from './index.js';

const valid = `id: essai
title: { fr: Essai, en: Trial }
sources: [Rien]
timeZone: Europe/Paris
organisations:
  - { name: Ville, kind: commune, insured: yes }
events:
  - at: 2023-05-24T12:00:00+02:00
    do: DeclareIncident
    by: Ana;dsi
    data: { title: Essai, organisations: [{ name: Ville }] }
  - at: 2023-05-24T13:00:00+02:00
    do: NotifyCnil
    by: Ana;dsi
    as: cnil
    data: { kind: initial, organisations: [Ville] }
  - at: 2023-05-24T13:00:00+02:00
    do: SupersedeFact
    by: Ana;dsi
    data: { eventId: "@cnil", reason: erreur, instead: { do: NotifyCnil, data: { kind: single } } }
expect:
  - { at: 2023-05-24T14:00:00+02:00, path: /milestones/cnilNotified/state, equals: done }
`;
const said = (text: string): string[] =>
  checkScenario(text, 's.yaml').mistakes.map(({ line, code }) => `${line} ${code}`);
const changed = (before: string, after: string): string => {
  expect(valid).toContain(before);
  return valid.replace(before, after);
};

describe('A scenario', () => {
  it('is read with its lines, and gives an organisation what the file says of it', () => {
    const { scenario, mistakes, warnings } = checkScenario(valid, 's.yaml');
    expect([mistakes, warnings]).toEqual([[], []]);
    expect(scenario?.events[0]).toEqual({
      line: 8,
      at: '2023-05-24T12:00:00+02:00',
      command: 'DeclareIncident',
      by: { name: 'Ana', role: 'dsi' },
      data: {
        title: 'Essai',
        organisations: [{ name: 'Ville', kind: 'commune', insured: 'yes', timeZone: 'Europe/Paris' }],
      },
    });
    expect(scenario?.events[1]).toMatchObject({ label: 'cnil', line: 12 });
    expect(scenario?.expect[0]).toEqual({
      line: 22,
      at: '2023-05-24T14:00:00+02:00',
      path: '/milestones/cnilNotified/state',
      test: { equals: 'done' },
    });
  });

  it('takes an organisation by its name alone', () =>
    expect(
      checkScenario(changed('[{ name: Ville }]', '[Ville]'), 's.yaml').scenario?.events[0]?.data['organisations'],
    ).toEqual([{ timeZone: 'Europe/Paris', name: 'Ville', kind: 'commune', insured: 'yes' }]));

  it('keeps the digits of a text that is written without quotes, in a correction as well', () => {
    const text = changed('kind: commune,', 'kind: commune, siren: 217400012, population: 4200,')
      .replace('{ kind: initial,', '{ kind: initial, reference: 0123,')
      .replace('{ kind: single }', '{ kind: single, reference: 1e3 }');
    const { scenario, mistakes } = checkScenario(text, 's.yaml');
    expect(mistakes).toEqual([]);
    expect(scenario?.organisations[0]).toMatchObject({ siren: '217400012', population: 4200 });
    expect(scenario?.events[1]?.data).toMatchObject({ reference: '0123' });
    expect(scenario?.events[2]?.data).toMatchObject({ instead: { data: { reference: '1e3' } } });
  });

  it('gets the ids of facts in place of labels, and leaves other words alone', () =>
    expect(
      resolveLabels({ eventId: '@cnil', text: 'à @cnil', list: ['@cnil', '@other'] }, new Map([['cnil', 'id-1']])),
    ).toEqual({ eventId: 'id-1', text: 'à @cnil', list: ['id-1', '@other'] }));

  it.each([
    ['an unknown key', 'sources:', 'source:', '3 unknown-key'],
    ['a missing translation', ', en: Trial', '', '2 missing-translation'],
    ['an unknown time zone', 'Europe/Paris', 'Europe/Pari', '4 bad-time-zone'],
    ['an unknown kind of organisation', 'kind: commune', 'kind: comune', '6 bad-value'],
    ['an unknown command', 'do: NotifyCnil\n', 'do: NotifyCnl\n', '13 unknown-command'],
    ['an unknown property', '{ kind: initial,', '{ kin: initial, kind: initial,', '16 unknown-key'],
    ['a value that does not exist', 'kind: initial', 'kind: first', '16 bad-value'],
    ['a missing property', 'kind: initial, ', '', '16 missing-key'],
    ['a time without offset', '13:00:00+02:00\n    do: Notify', '13:00:00\n    do: Notify', '12 bad-time'],
    ['a time that goes back', '13:00:00+02:00\n    do: Super', '11:00:00+02:00\n    do: Super', '17 time-goes-back'],
    ['an unknown organisation', 'organisations: [Ville] }', 'organisations: [Vile] }', '16 unknown-organisation'],
    ['an unknown label', '"@cnil"', '"@cni"', '20 unknown-label'],
    ['a mistake in what replaces a fact', 'data: { kind: single }', 'data: { kind: x }', '20 bad-value'],
    ['an unknown replacement', 'instead: { do: NotifyCnil', 'instead: { do: NotifyCnl', '20 unknown-command'],
    ['an author without a name', 'by: Ana;dsi\n    as', 'by: ";dsi"\n    as', '14 bad-author'],
    ['a path that is none', 'path: /', 'path: ', '22 bad-pointer'],
    ['an expectation that compares nothing', ', equals: done', '', '22 one-comparison'],
    ['an expectation that compares twice', 'equals: done', 'equals: done, absent: true', '22 one-comparison'],
    ['an expectation before the start', '2023-05-24T14', '2023-05-24T11', '22 before-the-start'],
    ['a YAML tag', 'id: essai', 'id: !!js/function essai', '1 tag'],
    ['an alias', 'Essai, en', '&a Essai, en', '2 alias'],
    ['the same key twice', 'id: essai', 'id: essai\nid: essai2', '2 syntax'],
    ['a second document', 'expect:', '---\nexpect:', '21 syntax'],
    ['broken YAML', 'sources: [Rien]', 'sources: [Rien', '4 syntax'],
  ])('says %s, with its line', (_what, before, after, expected) => {
    expect(said(changed(before, after))).toContain(expected);
  });

  it('must be declared first, once', () => {
    expect(said(changed('DeclareIncident', 'ContactAnssi'))).toContain('9 not-declared-first');
    const twice = changed(
      'do: NotifyCnil\n    by: Ana;dsi\n    as: cnil\n    data: { kind: initial, organisations: [Ville] }',
      'do: DeclareIncident\n    as: cnil\n    data: { title: Encore }',
    );
    expect(said(twice)).toEqual(['13 declared-twice']);
  });

  it('may not use a label before it is defined, nor in its own event', () => {
    const early = valid.replace('    as: cnil\n', '').replace('do: SupersedeFact', 'do: SupersedeFact\n    as: cnil');
    expect(said(early)).toEqual(['20 label-of-itself']);
    const later = `${valid.replace('    as: cnil\n', '').split('expect:')[0]}  - { at: 2023-05-24T13:30:00+02:00, do: CloseCrisisCell, as: cnil }\n`;
    expect(said(later)).toEqual(['19 label-used-early']);
  });

  it('may not define a label twice', () =>
    expect(said(changed('do: SupersedeFact', 'do: SupersedeFact\n    as: cnil'))).toContain('19 duplicate'));

  it('says all mistakes at once, top to bottom', () => {
    const text = valid
      .replace(', en: Trial', '')
      .replace('kind: initial', 'kind: first')
      .replace('"@cnil"', '"@cni"')
      .replace('equals: done', 'equal: done');
    expect(said(text)).toEqual([
      '2 missing-translation',
      '16 bad-value',
      '20 unknown-label',
      '22 unknown-key',
      '22 one-comparison',
    ]);
  });

  it('warns of what it probably does not check', () => {
    const typo = changed('cnilNotified', 'cnilNotifed');
    const { scenario, warnings } = checkScenario(typo, 's.yaml');
    expect(scenario).toBeDefined();
    expect(warnings.map(({ line, message }) => [line, message.en])).toEqual([
      [
        22,
        'The status view has no "cnilNotifed": this expectation probably checks nothing. Did you mean "cnilNotified"?',
      ],
    ]);
  });

  it('refuses bombs at once', () => {
    const bomb = [
      'a: &a [x]',
      ...'bcdefghij'
        .split('')
        .map((letter, index) => `${letter}: &${letter} [${`*${'abcdefghij'[index]},`.repeat(9)}]`),
    ];
    expect(said(bomb.join('\n'))).toContain('1 alias');
    expect(said('['.repeat(100_000))).toEqual(['1 too-deep']);
    expect(said(`a: ${'- '.repeat(100_000)}`)).not.toEqual([]);
    expect(said('x'.repeat(2 * 1024 * 1024))).toEqual(['1 too-big']);
    expect(said('')).toEqual(['1 not-map']);
  });

  it('keeps a key named __proto__ out of harm', () =>
    expect(said(changed('{ kind: initial,', '{ __proto__: { kind: initial }, kind: initial,'))).toContain(
      '16 unknown-key',
    ));
});

describe('Opening a scenario', () => {
  const file = (content: string | Uint8Array): string => {
    const path = join(mkdtempSync(join(tmpdir(), 'scenario-')), 'own.yaml');
    writeFileSync(path, content);
    return path;
  };

  it('takes a name of the box or the path of a file', () => {
    expect(loadScenario('caen-2022').id).toBe('caen-2022');
    expect(loadScenario(file(valid)).id).toBe('essai');
  });

  it('guesses the name', () =>
    expect(() => loadScenario('caen-2021')).toThrow(/Vouliez-vous dire «\u00a0caen-2022\u00a0»/));

  it('opens nothing outside the box for those who may only name one', () => {
    for (const name of ['../rules/nis2', '/etc/passwd', '..', '', '../scenarios/caen-2022']) {
      expect(() => loadShippedScenario(name)).toThrow(FileMistakes);
    }
  });

  it('says that a file is missing, or not text', () => {
    expect(() => loadScenario('./nowhere.yaml')).toThrow(/introuvable/);
    expect(() => loadScenario(file(new Uint8Array([0x69, 0x64, 0x3a, 0xff])))).toThrow(/UTF-8/);
  });

  it('says the lines in the message', () =>
    expect(() => loadScenario(file(valid.replace('sources:', 'source:')))).toThrow(/own\.yaml, ligne 3\u00a0: /));
});
