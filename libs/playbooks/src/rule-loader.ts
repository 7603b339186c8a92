import type { ClockStart, RuleDefinition, Term } from '#libs/domain';

import { conditionOf, readEventMatch, readEventMatches } from './conditions.js';
import { nearest } from './did-you-mean.js';
import { hoursOf, TERM_UNITS, termOf } from './durations.js';
import { dataFolder } from './folders.js';
import { FileMistakes, type Mistake } from './mistakes.js';
import { readTextFile, Section, yamlFilesOf, YamlFile } from './yaml-file.js';

export const rulesFolder = (): string => dataFolder('rules');

export interface CheckedRules {
  /** Empty when there are mistakes. */
  readonly rules: readonly RuleDefinition[];
  readonly mistakes: readonly Mistake[];
}

const RULE_KEYS = [
  'id',
  'version',
  'title',
  'legalBasis',
  'to',
  'enabled',
  'validFrom',
  'validTo',
  'starts',
  'term',
  'dischargedBy',
  'notApplicableWhen',
  'when',
  'latenessJustifiable',
  'lateRule',
  'warnBefore',
  'sources',
];

const loaded = new Map<string, readonly RuleDefinition[]>();

/**
 * The rules in the box, and those of `extraFolder`: there, the same id and version replaces the one in the box.
 * Read once for each folder.
 * @throws FileMistakes listing all that is wrong in all files.
 */
export const loadRules = ({ extraFolder }: { readonly extraFolder?: string } = {}): readonly RuleDefinition[] => {
  const key = extraFolder ?? '';
  const known = loaded.get(key);
  if (known) return known;
  const own = extraFolder === undefined ? [] : readFolder(extraFolder);
  const replaced = new Set(own.map(keyOfRule));
  const rules = [...readFolder(rulesFolder()).filter((rule) => !replaced.has(keyOfRule(rule))), ...own];
  loaded.set(key, rules);
  return rules;
};

const keyOfRule = ({ id, version }: RuleDefinition): string => `${id}|${version}`;

const readFolder = (folder: string): RuleDefinition[] => {
  const checked = yamlFilesOf(folder).map((file) => checkRules(readTextFile(file), file));
  const mistakes = checked.flatMap((each) => each.mistakes);
  if (mistakes.length > 0) throw new FileMistakes(mistakes);
  return checked.flatMap((each) => each.rules);
};

/** Reads a file of rules (`rules:` and a list) and says all that is wrong with it. */
export const checkRules = (text: string, file: string): CheckedRules => {
  const source = new YamlFile(text, file);
  if (!source.root) return { rules: [], mistakes: source.mistakes };
  const root = new Section(source, source.root, ['rules']);
  if (!root.has('rules')) root.missing('rules');
  const lines = new Map<string, number>();
  const rules = root.items('rules').flatMap((item) => {
    const section = Section.of(source, item, 'rules', RULE_KEYS, item);
    const rule = section && readRule(section);
    if (!rule) return [];
    const before = lines.get(keyOfRule(rule));
    if (before !== undefined) section.report('id', 'duplicate', `${rule.id} ${rule.version}`, before);
    lines.set(keyOfRule(rule), section.line('id'));
    return [rule];
  });
  return source.mistakes.length > 0 ? { rules: [], mistakes: source.mistakes } : { rules, mistakes: [] };
};

const readRule = (section: Section): RuleDefinition | undefined => {
  const id = section.id('id');
  const version = section.version('version');
  const title = section.localText('title');
  const legalBasis = section.localText('legalBasis');
  const to = section.localText('to');
  const lateRule = section.localText('lateRule');
  const optional = {
    validFrom: dateOf(section, 'validFrom'),
    validTo: dateOf(section, 'validTo'),
    term: readTerm(section),
    notApplicableWhen: conditionOf(section, 'notApplicableWhen'),
    when: conditionOf(section, 'when'),
  };
  if (optional.validFrom && optional.validTo && optional.validTo <= optional.validFrom) {
    section.report('validTo', 'dates-reversed');
  }
  const rest = {
    enabled: section.flag('enabled', true),
    starts: readStarts(section),
    dischargedBy: filled(section, 'dischargedBy', readEventMatches(section, 'dischargedBy')),
    latenessJustifiable: section.flag('latenessJustifiable', false),
    warnHoursBefore: readWarnings(section),
    sources: filled(section, 'sources', section.texts('sources')),
  };
  if (!id || !version || !title || !legalBasis || !to || !lateRule) return undefined;
  return { id, version, title, legalBasis, to, lateRule, ...present(optional), ...rest };
};

const present = <Values extends object>(values: Values): { [Key in keyof Values]?: NonNullable<Values[Key]> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;

const filled = <Items extends readonly unknown[]>(section: Section, key: string, items: Items): Items => {
  if (!section.has(key)) section.missing(key);
  else if (section.items(key).length === 0) section.report(key, 'empty-list', key);
  return items;
};

const dateOf = (section: Section, key: string): string | undefined => {
  const date = section.optionalText(key);
  if (date === undefined) return undefined;
  const time = Date.parse(`${date}T00:00:00Z`);
  const exists = /^\d{4}-\d\d-\d\d$/.test(date) && !Number.isNaN(time);
  return exists && new Date(time).toISOString().startsWith(date) ? date : section.report(key, 'bad-date', date);
};

const readTerm = (section: Section): Term | undefined => {
  const text = section.optionalText('term');
  if (text === undefined) return undefined;
  return termOf(text) ?? section.report('term', 'bad-duration', text, TERM_UNITS);
};

const readStarts = (section: Section): ClockStart[] => {
  const items = filled(section, 'starts', section.items('starts'));
  return items.flatMap((item): ClockStart[] => {
    const start = Section.of(section.source, item, 'starts', ['event', 'where', 'fact', 'provisional'], item);
    if (!start) return [];
    const provisional = start.flag('provisional', false) ? { provisional: true } : {};
    if (start.has('fact') === start.has('event') || (start.has('fact') && start.has('where'))) {
      start.source.report(start.node, 'bad-condition');
      return [];
    }
    if (start.has('event')) {
      const match = readEventMatch(start);
      return match ? [{ ...match, ...provisional }] : [];
    }
    const fact = start.text('fact');
    if (fact === 'detection') return [{ fact, ...provisional }];
    if (fact !== undefined) start.report('fact', 'unknown-fact', fact, nearest(fact, ['detection']) ?? 'detection');
    return [];
  });
};

/** Whole hours, farthest first. */
const readWarnings = (section: Section): number[] =>
  section
    .texts('warnBefore')
    .flatMap((text) => {
      const hours = hoursOf(text);
      if (hours !== undefined && Number.isInteger(hours) && hours > 0) return [hours];
      section.report('warnBefore', 'bad-duration', text, ['h', 'd']);
      return [];
    })
    .toSorted((a, b) => b - a);
