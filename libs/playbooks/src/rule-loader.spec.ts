import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { RuleDefinition } from '#libs/domain';

import { checkRules, FileMistakes, loadRules } from './index.js';

const ruleOf = (id: string, version?: string): RuleDefinition =>
  loadRules().find((rule) => rule.id === id && (version === undefined || rule.version === version))!;

const valid = `rules:
  - id: own-rule
    version: 1
    title: { fr: Règle, en: Rule }
    legalBasis: { fr: Texte, en: Text }
    to: { fr: Mairie, en: Town hall }
    starts: [{ fact: detection, provisional: true }]
    term: 5 jours ouvrés
    dischargedBy: [{ event: InsurerNotified }]
    lateRule: { fr: Rien, en: Nothing }
    warnBefore: [6 h, 2 d]
    sources: [Contrat]
`;

const said = (text: string): string[] => checkRules(text, 'r.yaml').mistakes.map(({ line, code }) => `${line} ${code}`);

describe('The rules in the box', () => {
  it('are those of the contract', () =>
    expect([...new Set(loadRules().map(({ id }) => id))].toSorted()).toEqual([
      'breach-register',
      'cnil-complement',
      'cnil-notification',
      'health-incident',
      'inform-data-subjects',
      'insurance-complaint',
      'insurer-notice',
      'nis2-early-warning',
      'nis2-final',
      'nis2-notification',
      'prosecutor-report',
    ]));

  it('give the CNIL 72 hours from awareness, provisionally from detection', () =>
    expect(ruleOf('cnil-notification', '2018')).toMatchObject({
      enabled: true,
      term: { hours: 72 },
      starts: [{ event: 'BreachAwarenessEstablished' }, { fact: 'detection', provisional: true }],
      notApplicableWhen: { fact: 'breachRisk', in: ['unlikely'] },
    }));

  it('give the complaint 72 hours from knowledge of the attack, since 24 April 2023 only, and excuse nothing', () =>
    expect(ruleOf('insurance-complaint')).toMatchObject({
      validFrom: '2023-04-24',
      term: { hours: 72 },
      starts: [{ event: 'AttackKnowledgeEstablished' }, { fact: 'detection' }],
      notApplicableWhen: { fact: 'insured', in: ['no'] },
      latenessJustifiable: false,
    }));

  it('keep NIS 2 and the Digital Omnibus switched off', () =>
    expect(loadRules().flatMap(({ id, version, enabled }) => (enabled ? [] : [`${id} ${version}`]))).toEqual([
      'nis2-early-warning 2022',
      'nis2-notification 2022',
      'nis2-final 2022',
      'cnil-notification omnibus-proposal',
    ]));

  it('never have two versions switched on at once', () => {
    const on = loadRules().flatMap(({ id, enabled }) => (enabled ? [id] : []));
    expect(on).toEqual([...new Set(on)]);
  });
});

describe('A file of rules', () => {
  it('is read', () =>
    expect(checkRules(valid, 'r.yaml').rules[0]).toMatchObject({
      version: '1',
      enabled: true,
      term: { workingDays: 5 },
      warnHoursBefore: [48, 6],
    }));

  it.each([
    ['an unknown key', ['term:', 'terme:'], '8 unknown-key'],
    ['an impossible date', ['    starts', '    validFrom: 2023-02-30\n    starts'], '7 bad-date'],
    [
      'dates in the wrong order',
      ['    starts', '    validFrom: 2024-01-01\n    validTo: 2023-01-01\n    starts'],
      '8 dates-reversed',
    ],
    ['a term that is no duration', ['5 jours ouvrés', '72 minutes'], '8 bad-duration'],
    ['a start that is no fact', ['fact: detection', 'fact: detecton'], '7 unknown-fact'],
    ['an unknown event', ['InsurerNotified', 'InsurerNotifed'], '9 unknown-event'],
    [
      'an unknown field',
      ['{ event: InsurerNotified }', '{ event: InsurerNotified, where: { insurrer: x } }'],
      '9 unknown-field',
    ],
    [
      'a value that never occurs',
      ['{ event: InsurerNotified }', '{ event: CnilNotified, where: { kind: first } }'],
      '9 not-one-of',
    ],
    ['a missing translation', ['{ fr: Texte, en: Text }', '{ fr: Texte }'], '5 missing-translation'],
    ['no way to end it', ['    dischargedBy: [{ event: InsurerNotified }]\n', ''], '2 missing-key'],
    ['a comma in unquoted text', ['{ fr: Rien, en: Nothing }', '{ fr: Rien, en: Nothing, ever }'], '10 stray-comma'],
  ])('says %s, with its line', (_what, [before, after], expected) => {
    expect(said(valid.replace(before!, after!))).toEqual([expected]);
  });

  it('may not hold the same version twice', () =>
    expect(said(valid + valid.replace('rules:\n', ''))).toEqual(['13 duplicate']));
});

describe('A folder of own rules', () => {
  const folder = (text: string): string => {
    const path = mkdtempSync(join(tmpdir(), 'rules-'));
    writeFileSync(join(path, 'own.yaml'), text);
    return path;
  };

  it('adds a rule, and replaces one of the box with the same id and version', () => {
    const text = valid.replace('own-rule', 'nis2-final').replace('version: 1', "version: '2022'");
    const rules = loadRules({ extraFolder: folder(text) });
    expect(rules).toHaveLength(loadRules().length);
    expect(rules.find(({ id }) => id === 'nis2-final')?.enabled).toBe(true);
    expect(loadRules({ extraFolder: folder(valid) })).toHaveLength(loadRules().length + 1);
  });

  it('is refused whole when it has a mistake', () => {
    const extraFolder = folder(valid.replace('term:', 'terme:'));
    expect(() => loadRules({ extraFolder })).toThrow(FileMistakes);
    expect(() => loadRules({ extraFolder })).toThrow(
      /own\.yaml, ligne 8\u00a0: .*Vouliez-vous dire «\u00a0term\u00a0»/,
    );
  });
});
