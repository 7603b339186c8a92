import {
  ATTACK_KINDS,
  GATES,
  MILESTONES,
  PLAYBOOK_BYTES_MAX,
  PLAYBOOK_STEPS_MAX,
  SPREAD_RISKS,
  type AttackKind,
  type LocalText,
  type PlaybookDefinition,
  type StepDefinition,
} from '#libs/domain';

import { conditionOf, eventTypesOf, readEventMatches } from './conditions.js';
import { nearest } from './did-you-mean.js';
import { DURATION_UNITS, hoursOf } from './durations.js';
import { dataFolder } from './folders.js';
import { FileMistakes, sentences, type Mistake } from './mistakes.js';
import { loadRules } from './rule-loader.js';
import { readTextFile, Section, yamlFilesOf, YamlFile } from './yaml-file.js';

export const playbooksFolder = (): string => dataFolder('playbooks');

export interface CheckedPlaybook {
  /** Absent when there are mistakes. */
  readonly playbook?: PlaybookDefinition;
  readonly mistakes: readonly Mistake[];
}

const PLAYBOOK_KEYS = ['id', 'version', 'title', 'kinds', 'phases', 'steps'];
const STEP_KEYS = [
  'id',
  'title',
  'why',
  'how',
  'evidence',
  'roles',
  'phase',
  'milestone',
  'after',
  'requires',
  'when',
  'perOrganisation',
  'target',
  'completedBy',
  'reviewOn',
  'obligation',
  'spreadRisk',
];

const loaded = new Map<string, readonly PlaybookDefinition[]>();

/**
 * The playbooks in the box, and those of `extraFolder`: there, the same id replaces the one in the box. Those of
 * `extraFolder` come first, so that its default for a kind of incident wins. Read once for each folder.
 * @param extraRules folder of further rules whose ids the steps may name.
 * @throws FileMistakes listing all that is wrong in all files.
 */
export const loadPlaybooks = ({
  extraFolder,
  extraRules,
}: { readonly extraFolder?: string; readonly extraRules?: string } = {}): readonly PlaybookDefinition[] => {
  const key = JSON.stringify([extraFolder, extraRules]);
  const known = loaded.get(key);
  if (known) return known;
  const ruleIds = new Set(
    loadRules(extraRules === undefined ? {} : { extraFolder: extraRules }).map((rule) => rule.id),
  );
  const own = extraFolder === undefined ? [] : readFolder(extraFolder, ruleIds);
  const replaced = new Set(own.map(({ id }) => id));
  const playbooks = [...own, ...readFolder(playbooksFolder(), ruleIds).filter(({ id }) => !replaced.has(id))];
  loaded.set(key, playbooks);
  return playbooks;
};

const readFolder = (folder: string, ruleIds: ReadonlySet<string>): PlaybookDefinition[] => {
  const files = yamlFilesOf(folder);
  const checked = files.map((file) => checkPlaybook(readTextFile(file), file, { ruleIds }));
  const mistakes = checked.flatMap((each) => each.mistakes);
  const playbooks = checked.flatMap((each) => each.playbook ?? []);
  for (const [index, { id }] of playbooks.entries()) {
    if (playbooks.findIndex((each) => each.id === id) < index && mistakes.length === 0) {
      const message = sentences.duplicate(id, 1);
      throw new FileMistakes([{ file: files[index]!, line: 1, code: 'duplicate', message }]);
    }
  }
  if (mistakes.length > 0) throw new FileMistakes(mistakes);
  return playbooks;
};

/**
 * Reads a playbook and says all that is wrong with it.
 * @param ruleIds obligations that a step may name; the rules in the box unless given.
 */
export const checkPlaybook = (
  text: string,
  file: string,
  { ruleIds = new Set(loadRules().map(({ id }) => id)) }: { readonly ruleIds?: ReadonlySet<string> } = {},
): CheckedPlaybook => {
  const source = new YamlFile(text, file);
  if (!source.root) return { mistakes: source.mistakes };
  const root = new Section(source, source.root, PLAYBOOK_KEYS);
  const playbook = readPlaybook(root, ruleIds);
  if (playbook) refuseWhatCannotBePinned(root, playbook);
  return source.mistakes.length > 0 || !playbook
    ? { mistakes: source.mistakes }
    : { playbook, mistakes: source.mistakes };
};

const readPlaybook = (root: Section, ruleIds: ReadonlySet<string>): PlaybookDefinition | undefined => {
  const id = root.id('id');
  const version = root.version('version');
  const title = root.localText('title');
  const kinds = readKinds(root);
  const phases = readPhases(root);
  if (!root.has('steps')) root.missing('steps');
  const sections = root.items('steps').flatMap((item) => Section.of(root.source, item, 'steps', STEP_KEYS, item) ?? []);
  if (root.has('steps') && sections.length === 0) root.report('steps', 'empty-list', 'steps');
  const lines = stepLines(sections);
  const phaseIds = phases.map((phase) => phase.id);
  const steps = sections.flatMap((section) => readStep(section, { steps: [...lines.keys()], phaseIds, ruleIds }) ?? []);
  reportCycle(root, sections, lines);
  return id && version && title ? { id, version, title, kinds, phases, steps } : undefined;
};

/** What no incident could adopt is refused here, not in the first hour of an attack. */
const refuseWhatCannotBePinned = (root: Section, playbook: PlaybookDefinition): void => {
  const { length } = playbook.steps;
  if (length > PLAYBOOK_STEPS_MAX) root.report('steps', 'too-many-steps', length, PLAYBOOK_STEPS_MAX);
  const bytes = Buffer.byteLength(JSON.stringify(playbook));
  if (bytes > PLAYBOOK_BYTES_MAX) root.report('steps', 'too-long-to-pin', bytes, PLAYBOOK_BYTES_MAX);
};

const readKinds = (root: Section): AttackKind[] =>
  root.texts('kinds').flatMap((kind) => {
    if (ATTACK_KINDS.includes(kind as AttackKind)) return [kind as AttackKind];
    root.report('kinds', 'not-one-of', kind, ATTACK_KINDS, nearest(kind, ATTACK_KINDS));
    return [];
  });

const readPhases = (root: Section): { id: string; title: LocalText }[] => {
  if (!root.has('phases')) root.missing('phases');
  const lines = new Map<string, number>();
  return root.items('phases').flatMap((item) => {
    const section = Section.of(root.source, item, 'phases', ['id', 'title'], item);
    const id = section?.id('id');
    const title = section?.localText('title');
    if (!section || !id || !title) return [];
    const before = lines.get(id);
    if (before !== undefined) section.report('id', 'duplicate', id, before);
    lines.set(id, section.line('id'));
    return [{ id, title }];
  });
};

const stepLines = (sections: readonly Section[]): Map<string, number> => {
  const lines = new Map<string, number>();
  for (const section of sections) {
    const id = section.plain('id');
    if (typeof id !== 'string') continue;
    const before = lines.get(id);
    if (before !== undefined) section.report('id', 'duplicate', id, before);
    else lines.set(id, section.line('id'));
  }
  return lines;
};

interface Known {
  readonly steps: readonly string[];
  readonly phaseIds: readonly string[];
  readonly ruleIds: ReadonlySet<string>;
}

const readStep = (section: Section, known: Known): StepDefinition | undefined => {
  const id = section.id('id');
  const title = section.localText('title');
  const [why, how, evidence] = [section.localText('why'), section.localText('how'), section.localText('evidence')];
  const roles = section.texts('roles');
  if (!section.has('roles')) section.missing('roles');
  else if (roles.length === 0) section.report('roles', 'empty-list', 'roles');
  const phase = section.text('phase');
  if (phase !== undefined && !known.phaseIds.includes(phase)) {
    section.report('phase', 'unknown-phase', phase, nearest(phase, known.phaseIds));
  }
  const milestone = section.has('milestone') ? section.choice('milestone', MILESTONES) : undefined;
  const when = conditionOf(section, 'when');
  const targetHours = readTarget(section);
  const obligation = readObligation(section, known.ruleIds);
  const spreadRisk = section.has('spreadRisk') ? section.choice('spreadRisk', SPREAD_RISKS) : 'none';
  const after = section.texts('after');
  for (const step of after) checkStep(section, 'after', step, known.steps);
  const requires = readRequires(section, known.steps);
  const perOrganisation = section.flag('perOrganisation', false);
  const completedBy = readEventMatches(section, 'completedBy');
  const reviewOn = eventTypesOf(section, 'reviewOn');
  if (!id || !title || !why || !how || !evidence || !phase || !spreadRisk) return undefined;
  return {
    id,
    title,
    why,
    how,
    evidence,
    roles,
    phase,
    ...(milestone ? { milestone } : {}),
    after,
    requires,
    ...(when ? { when } : {}),
    perOrganisation,
    ...(targetHours === undefined ? {} : { targetHours }),
    completedBy,
    reviewOn,
    ...(obligation ? { obligation } : {}),
    spreadRisk,
  };
};

const readTarget = (section: Section): number | undefined => {
  const text = section.optionalText('target');
  if (text === undefined) return undefined;
  return hoursOf(text) ?? section.report('target', 'bad-duration', text, DURATION_UNITS);
};

const readObligation = (section: Section, ruleIds: ReadonlySet<string>): string | undefined => {
  const rule = section.optionalText('obligation');
  return rule === undefined || ruleIds.has(rule)
    ? rule
    : section.report('obligation', 'unknown-rule', rule, nearest(rule, ruleIds));
};

const readRequires = (section: Section, steps: readonly string[]): StepDefinition['requires'] =>
  section.items('requires').flatMap((item) => {
    const required = Section.of(section.source, item, 'requires', ['step', 'gate'], item);
    const step = required?.text('step');
    const gate = required?.choice('gate', GATES);
    if (!required || !step || !gate) return [];
    checkStep(required, 'step', step, steps);
    return [{ step, gate }];
  });

const checkStep = (section: Section, key: string, step: string, steps: readonly string[]): void => {
  if (!steps.includes(step)) section.report(key, 'unknown-step', step, nearest(step, steps));
};

/** The first ring of steps that wait for one another, soft and hard prerequisites alike. */
const reportCycle = (root: Section, sections: readonly Section[], lines: ReadonlyMap<string, number>): void => {
  const before = new Map(sections.map((section) => [section.plain('id'), waitsFor(section)]));
  const settled = new Set<string>();
  const walk = (id: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(id)) return [...path.slice(path.indexOf(id)), id];
    if (settled.has(id)) return undefined;
    for (const next of before.get(id) ?? []) {
      const ring = walk(next, [...path, id]);
      if (ring) return ring;
    }
    settled.add(id);
    return undefined;
  };
  for (const id of lines.keys()) {
    const ring = walk(id, []);
    if (!ring) continue;
    root.source.report(lines.get(ring[0]!) ?? 1, 'cycle', ring);
    return;
  }
};

/** As written, mistakes and all: they are said elsewhere. */
const waitsFor = (section: Section): string[] => {
  const [after, requires] = [section.plain('after'), section.plain('requires')];
  const required = Array.isArray(requires) ? requires.map((each) => (each as { step?: unknown } | null)?.step) : [];
  return [...(Array.isArray(after) ? after : []), ...required].filter((step) => typeof step === 'string');
};
