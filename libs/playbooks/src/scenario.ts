import { basename, join } from 'node:path';

import { isMap, isScalar, type Node } from 'yaml';

import {
  CommandEnvelope,
  fieldsOf,
  incidentCommands,
  incidentCommandTypes,
  IncidentDeclaration,
  instantMs,
  isIncidentCommandType,
  isInstant,
  isTimeZone,
  MILESTONES,
  OrganisationInput,
  readCommandBody,
  readDeclarationBody,
  readInput,
  sentenceOf,
  StatementEnvelope,
  type Broken,
  type Class,
  type IncidentCommandType,
  type Instant,
  type LocalText,
} from '#libs/domain';

import { asWritten } from './as-written.js';
import { nearest } from './did-you-mean.js';
import { isPointer, segmentsOf, type Expectation, type Test } from './expectation.js';
import { dataFolder } from './folders.js';
import { FileMistakes, sentences, type Mistake } from './mistakes.js';
import { isWritten, nodeAt, plain, readTextFile, Section, yamlFilesOf, YamlFile } from './yaml-file.js';

export type ScenarioCommand = 'DeclareIncident' | IncidentCommandType;
export type JsonObject = { readonly [key: string]: unknown };

export interface ScenarioEvent {
  readonly line: number;
  /** When it is recorded: the clock of the scenario. */
  readonly at: Instant;
  readonly command: ScenarioCommand;
  readonly by?: { readonly name: string; readonly role?: string };
  /** Later data may say `@label` for the id of the fact that this event records. */
  readonly label?: string;
  /** The body as over HTTP; without `occurredAt` the fact is of the moment `at`. `@label` still stands in it. */
  readonly data: JsonObject;
}

export interface Scenario {
  readonly file: string;
  readonly id: string;
  readonly title: LocalText;
  readonly sources: readonly string[];
  readonly timeZone: string;
  readonly organisations: readonly JsonObject[];
  readonly events: readonly ScenarioEvent[];
  readonly expect: readonly Expectation[];
}

export interface CheckedScenario {
  /** Absent when there are mistakes. */
  readonly scenario?: Scenario;
  readonly mistakes: readonly Mistake[];
  /** Probably not meant so, but it can be run. */
  readonly warnings: readonly Mistake[];
}

const SCENARIO_KEYS = ['id', 'title', 'sources', 'timeZone', 'organisations', 'events', 'expect'];
const EVENT_KEYS = ['at', 'do', 'by', 'as', 'data'];
const EXPECT_KEYS = ['at', 'path', 'equals', 'in', 'absent'];
const LABEL = /^@([A-Za-z0-9][A-Za-z0-9_-]{0,63})$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Stands for a label while the data is checked. */
const SOME_ID = '00000000-0000-4000-8000-000000000000';

/** Against which facts are judged while the time of recording is itself mistaken. */
const LATEST: Instant = '9999-12-31T23:59:59Z';

const commandNames: readonly ScenarioCommand[] = ['DeclareIncident', ...incidentCommandTypes];

export const scenariosFolder = (): string => dataFolder('scenarios');

/** The scenarios in the box, by name. */
export const listScenarios = (folder = scenariosFolder()): { id: string; title: LocalText; file: string }[] =>
  yamlFilesOf(folder).map((file) => {
    const { id, title } = loadScenarioFile(file);
    return { id, title, file };
  });

/**
 * A scenario of the box by its name, or any file by its path: for people at a command line. What comes over HTTP goes
 * to {@link loadShippedScenario}, which opens no other file.
 * @throws FileMistakes listing all that is wrong.
 */
export const loadScenario = (nameOrPath: string): Scenario =>
  /[/\\]|\.ya?ml$/.test(nameOrPath) ? loadScenarioFile(nameOrPath) : loadShippedScenario(nameOrPath);

/** @throws FileMistakes when the box holds no scenario of this name. */
export const loadShippedScenario = (name: string, folder = scenariosFolder()): Scenario => {
  const file = join(folder, `${name}.yaml`);
  const files = yamlFilesOf(folder);
  if (files.includes(file) && basename(name) === name) return loadScenarioFile(file);
  const names = files.map((path) => basename(path).replace(/\.ya?ml$/, ''));
  throw new FileMistakes([
    { file: name, line: 1, code: 'no-file', message: sentences['no-file'](name, nearest(name, names)) },
  ]);
};

const loadScenarioFile = (file: string): Scenario => {
  const { scenario, mistakes } = checkScenario(readTextFile(file), file);
  if (!scenario) throw new FileMistakes(mistakes);
  return scenario;
};

/**
 * Reads a scenario and says all that is wrong with it.
 * @param file how to call it in what is said: it is not opened.
 */
export const checkScenario = (text: string, file: string): CheckedScenario => {
  const source = new YamlFile(text, file);
  const warnings: Mistake[] = [];
  if (!source.root) return { mistakes: source.mistakes, warnings };
  const scenario = new ScenarioReader(source, source.root, warnings).read();
  return source.mistakes.length > 0 || !scenario
    ? { mistakes: source.mistakes, warnings }
    : { scenario, mistakes: [], warnings };
};

/** Replaces each `@label` of `data` by the id that the map has for it; other strings stay. */
export const resolveLabels = <Data>(data: Data, ids: ReadonlyMap<string, string>): Data =>
  mapStrings(data, (text) => {
    const label = LABEL.exec(text)?.[1];
    return (label === undefined ? undefined : ids.get(label)) ?? text;
  }) as Data;

const mapStrings = (value: unknown, map: (text: string) => string): unknown => {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, map));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, map)]));
};

class ScenarioReader {
  private readonly root: Section;
  private readonly attributes = new Map<string, JsonObject>();
  /** Line on which each label is defined, anywhere in the file. */
  private readonly labels = new Map<string, number>();
  private readonly labelsSoFar = new Set<string>();
  private readonly inIncident = new Set<string>();
  private declaredLine: number | undefined;

  constructor(
    private readonly source: YamlFile,
    node: ConstructorParameters<typeof Section>[1],
    private readonly warnings: Mistake[],
  ) {
    this.root = new Section(source, node, SCENARIO_KEYS);
  }

  read(): Scenario | undefined {
    const { root } = this;
    const id = root.id('id');
    const title = root.localText('title');
    const sources = root.texts('sources');
    const timeZone = this.timeZone();
    this.readOrganisations(timeZone);
    const events = this.readEvents();
    const expect = this.readExpectations(events[0]);
    this.warnOfUnusedOrganisations();
    if (id === undefined || title === undefined) return undefined;
    const organisations = [...this.attributes.values()];
    const file = this.source.file;
    return { file, id, title, sources, timeZone: timeZone ?? 'Europe/Paris', organisations, events, expect };
  }

  private timeZone(): string | undefined {
    const name = this.root.optionalText('timeZone');
    return name === undefined || isTimeZone(name) ? name : this.root.report('timeZone', 'bad-time-zone', name);
  }

  private readOrganisations(timeZone: string | undefined): void {
    const lines = new Map<string, number>();
    for (const item of this.root.items('organisations')) {
      const input = withName(asWritten(item, OrganisationInput));
      const { value, errors = [] } = readInput(OrganisationInput, input, 0);
      for (const error of errors) this.reportData(item, error, fieldNames(OrganisationInput));
      if (!value) continue;
      const before = lines.get(value.name);
      if (before !== undefined) this.source.report(item, 'duplicate', value.name, before);
      lines.set(value.name, this.source.line(item));
      this.attributes.set(value.name, { ...(timeZone === undefined ? {} : { timeZone }), ...value });
    }
  }

  private readEvents(): ScenarioEvent[] {
    const { root, source } = this;
    if (!root.has('events')) root.missing('events');
    const items = root.items('events');
    if (root.has('events') && items.length === 0 && !root.plain('events'))
      root.report('events', 'empty-list', 'events');
    const sections = items.flatMap((item) => Section.of(source, item, 'events', EVENT_KEYS, item) ?? []);
    this.collectLabels(sections);
    let previous: Instant | undefined;
    return sections.flatMap((section) => {
      const event = this.readEvent(section, previous);
      previous = event.at ?? previous;
      return event.at !== undefined && event.command !== undefined ? [event as ScenarioEvent] : [];
    });
  }

  private collectLabels(sections: readonly Section[]): void {
    for (const section of sections) {
      const label = section.plain('as');
      if (typeof label !== 'string') continue;
      const before = this.labels.get(label);
      if (before !== undefined) section.report('as', 'duplicate', label, before);
      else this.labels.set(label, section.line('as'));
    }
  }

  private readEvent(section: Section, previous: Instant | undefined): Partial<ScenarioEvent> {
    const at = this.time(section);
    if (at !== undefined && previous !== undefined && instantMs(at) < instantMs(previous)) {
      section.report('at', 'time-goes-back', previous);
    }
    const command = this.command(section);
    const by = this.author(section);
    const label = this.label(section);
    const data = command === undefined ? {} : this.data(section, command, at, label);
    if (label !== undefined) this.labelsSoFar.add(label);
    return {
      line: section.line(),
      at,
      command,
      ...(by === undefined ? {} : { by }),
      ...(label === undefined ? {} : { label }),
      data,
    };
  }

  private time(section: Section): Instant | undefined {
    const at = section.text('at');
    return at === undefined || isInstant(at) ? at : section.report('at', 'bad-time', at);
  }

  private command(section: Section): ScenarioCommand | undefined {
    const name = section.text('do');
    if (name === undefined) return undefined;
    if (name === 'DeclareIncident') {
      if (this.declaredLine !== undefined) section.report('do', 'declared-twice', this.declaredLine);
      this.declaredLine ??= section.line('do');
      return name;
    }
    if (this.declaredLine === undefined) {
      section.report('do', 'not-declared-first');
      this.declaredLine = section.line('do'); // said once
    }
    return isIncidentCommandType(name)
      ? name
      : section.report('do', 'unknown-command', name, nearest(name, commandNames));
  }

  private author(section: Section): ScenarioEvent['by'] {
    const text = section.optionalText('by', 400);
    if (text === undefined) return undefined;
    const [name = '', role = ''] = text.split(/;(.*)/s).map((part) => part.trim());
    if (name === '') return section.report('by', 'bad-author');
    return role === '' ? { name } : { name, role };
  }

  private label(section: Section): string | undefined {
    const label = section.optionalText('as');
    return label === undefined || LABEL.test(`@${label}`) ? label : section.report('as', 'bad-id', label);
  }

  private data(
    section: Section,
    command: ScenarioCommand,
    at: Instant | undefined,
    label: string | undefined,
  ): JsonObject {
    const node = section.value('data');
    if (section.has('data') && !isMap(node) && !(isScalar(node) && node.value === null)) {
      section.report('data', 'not-map', 'data');
      return {};
    }
    const place = isMap(node) ? (node as Node) : section.node;
    this.checkLabels(place, label);
    const data = this.withAttributes(command, bodyAsWritten(node, command));
    this.checkData(place, '', command, data, at);
    return data;
  }

  /** `@label` must be defined by an earlier event. */
  private checkLabels(node: unknown, own: string | undefined): void {
    if (isMap(node)) for (const pair of node.items) this.checkLabels(pair.value, own);
    else if (typeof node === 'object' && node !== null && 'items' in node) {
      for (const item of (node as { items: unknown[] }).items) this.checkLabels(item, own);
    } else if (isScalar(node) && typeof node.value === 'string') {
      const label = LABEL.exec(node.value)?.[1];
      if (label === undefined || this.labelsSoFar.has(label)) return;
      const line = this.labels.get(label);
      if (line === undefined)
        this.source.report(node as Node, 'unknown-label', label, nearest(label, this.labels.keys()));
      else if (label === own) this.source.report(node as Node, 'label-of-itself', label);
      else this.source.report(node as Node, 'label-used-early', label, line);
    }
  }

  /** An organisation may be given by its name alone, and takes what `organisations` says of it. */
  private withAttributes(command: ScenarioCommand, data: JsonObject): JsonObject {
    const describe = (input: unknown): unknown => {
      const organisation = withName(input);
      const name = (organisation as { name?: unknown } | null)?.name;
      const known = typeof name === 'string' ? this.attributes.get(name) : undefined;
      return known === undefined ? organisation : { ...known, ...(organisation as JsonObject) };
    };
    if (command === 'DeclareIncident' && Array.isArray(data['organisations'])) {
      return { ...data, organisations: data['organisations'].map(describe) };
    }
    return command === 'MarkOrganisationAffected' && 'organisation' in data
      ? { ...data, organisation: describe(data['organisation']) }
      : data;
  }

  private checkData(
    place: Node,
    before: string,
    command: ScenarioCommand,
    data: JsonObject,
    at: Instant = LATEST,
  ): void {
    const declares = command === 'DeclareIncident';
    const [type, envelope] = classesOf(command);
    const names = [...fieldNames(type), ...fieldNames(envelope)];
    const body = withSomeIds(data);
    const { errors = [] } = declares ? readDeclarationBody(body, at) : readCommandBody(command, body, at);
    for (const { path, broken } of errors) {
      this.reportData(place, { path: before === '' ? path : `${before}.${path}`, broken }, names);
    }
    for (const part of [type, envelope]) this.checkOrganisations(place, before, part, body);
    this.enter(data);
    if (command === 'SupersedeFact') this.checkInstead(place, data['instead'], at);
  }

  private checkInstead(place: Node, instead: unknown, at: Instant | undefined): void {
    if (typeof instead !== 'object' || instead === null) return;
    const { do: name, data = {} } = instead as { do?: unknown; data?: unknown };
    if (typeof name !== 'string' || typeof data !== 'object' || data === null) return;
    if (!isScenarioCommand(name)) {
      const near = nearest(name, commandNames);
      this.source.report(nodeAt(place, 'instead.do'), 'unknown-command', name, near);
      return;
    }
    this.checkData(place, 'instead.data', name, this.withAttributes(name, data as JsonObject), at);
  }

  private reportData(place: Node, { path, broken }: { path: string; broken: Broken }, names: readonly string[]): void {
    const node = nodeAt(place, path);
    const field = /[^.]*$/.exec(path)![0] || 'data';
    if (broken.code === 'unknown-property') this.source.report(node, 'unknown-key', field, nearest(field, names));
    else if (broken.code === 'required' || (broken.code !== 'title-or-kind' && !isWritten(place, path)))
      this.source.report(node, 'missing-key', field);
    else this.source.report(node, 'bad-value', field, { fr: sentenceOf(broken, 'fr'), en: sentenceOf(broken, 'en') });
  }

  /** Organisations that the data names must be in the incident by now. */
  private checkOrganisations(place: Node, before: string, type: Class, input: unknown): void {
    if (typeof input !== 'object' || input === null) return;
    for (const field of fieldsOf(type)) {
      const value = (input as Record<string, unknown>)[field.name];
      const path = before === '' ? field.name : `${before}.${field.name}`;
      const items = Array.isArray(value) ? value : [value];
      items.forEach((item, index) => {
        const itemPath = field.list ? `${path}[${index}]` : path;
        if (field.of) this.checkOrganisations(place, itemPath, field.of(), item);
        if (field.kind !== 'organisation' || typeof item !== 'string' || UUID.test(item)) return;
        if (this.inIncident.has(item)) return;
        this.source.report(nodeAt(place, itemPath), 'unknown-organisation', item, nearest(item, this.inIncident));
      });
    }
  }

  private enter(data: JsonObject): void {
    const entering = [data['organisation'], ...(Array.isArray(data['organisations']) ? data['organisations'] : [])];
    for (const organisation of entering) {
      const name = (organisation as { name?: unknown } | null | undefined)?.name;
      if (typeof name === 'string') this.inIncident.add(name);
    }
  }

  private warnOfUnusedOrganisations(): void {
    const items = this.root.items('organisations');
    for (const [index, name] of [...this.attributes.keys()].entries()) {
      const item = items[index];
      if (!this.inIncident.has(name) && item) this.warn(item, 'unused-organisation', name);
    }
  }

  private warn(node: Node, code: 'unused-organisation' | 'unknown-view-path', name: string, near?: string): void {
    this.warnings.push(this.source.mistake(node, code, name, near));
  }

  private readExpectations(first: ScenarioEvent | undefined): Expectation[] {
    return this.root.items('expect').flatMap((item) => {
      const section = Section.of(this.source, item, 'expect', EXPECT_KEYS, item);
      if (!section) return [];
      const at = this.time(section);
      if (at !== undefined && first !== undefined && instantMs(at) < instantMs(first.at)) {
        section.report('at', 'before-the-start');
      }
      const path = this.pointer(section);
      const test = this.test(section);
      return at === undefined || path === undefined || test === undefined
        ? []
        : [{ line: section.line(), at, path, test }];
    });
  }

  private pointer(section: Section): string | undefined {
    const path = section.text('path');
    if (path === undefined) return undefined;
    if (!isPointer(path)) return section.report('path', 'bad-pointer', path);
    const [top = '', below] = segmentsOf(path);
    const known = VIEW_KEYS[top];
    if (known === undefined) this.warn(section.place('path'), 'unknown-view-path', top, nearest(top, VIEW_NAMES));
    else if (below !== undefined && known.length > 0 && !known.includes(below)) {
      this.warn(section.place('path'), 'unknown-view-path', below, nearest(below, known));
    }
    return path;
  }

  private test(section: Section): Test | undefined {
    const given = ['equals', 'in', 'absent'].filter((key) => section.has(key));
    if (given.length !== 1 || (given[0] === 'absent' && section.plain('absent') !== true)) {
      return section.report(given[0] ?? 'path', 'one-comparison');
    }
    if (given[0] === 'absent') return { absent: true };
    if (given[0] === 'equals') return { equals: section.plain('equals') };
    const values = section.items('in').map(plain);
    return values.length > 0 || !Array.isArray(section.plain('in'))
      ? { in: values }
      : section.report('in', 'empty-list', 'in');
  }
}

/** Keys of the status view, and of those of its blocks whose keys are fixed. */
const VIEW_KEYS: Readonly<Record<string, readonly string[]>> = {
  incidentId: [],
  revision: [],
  position: [],
  title: [],
  kind: [],
  status: [],
  exercise: [],
  playbook: ['id', 'version'],
  organisations: [],
  milestones: MILESTONES,
  facts: [
    'attackType',
    'severity',
    'attackWindow',
    'ransomDemand',
    'ransomPolicy',
    'dataExfiltration',
    'breachRisk',
    'backups',
    'eta',
    'judicialInvestigation',
  ],
  services: [],
  crisisCell: ['open', 'location', 'since'],
  restoration: [],
  steps: ['todo', 'inProgress', 'done', 'unknown', 'notApplicable', 'blocked'],
  obligations: ['open', 'met', 'late', 'missed', 'waived'],
  nextActions: [],
};
const VIEW_NAMES = Object.keys(VIEW_KEYS);

/** What the body of a command is read into: its data, and what every command takes. */
const classesOf = (command: ScenarioCommand): readonly [data: Class, envelope: Class] =>
  command === 'DeclareIncident'
    ? [IncidentDeclaration, StatementEnvelope]
    : [incidentCommands[command], CommandEnvelope];

const bodyAsWritten = (node: unknown, command: ScenarioCommand): JsonObject => {
  const body = (asWritten(node, ...classesOf(command)) ?? {}) as JsonObject;
  const instead = isMap(node) ? node.get('instead') : undefined;
  if (!isMap(instead) || !instead.has('data')) return body;
  const replacement = instead.get('do');
  if (!isScenarioCommand(replacement)) return body;
  const data = bodyAsWritten(instead.get('data'), replacement);
  return { ...body, instead: { ...(body['instead'] as JsonObject), data } };
};

const isScenarioCommand = (name: unknown): name is ScenarioCommand =>
  typeof name === 'string' && (name === 'DeclareIncident' || isIncidentCommandType(name));

const fieldNames = (type: Class): string[] => fieldsOf(type).map((field) => field.name);

const withName = (input: unknown): unknown => (typeof input === 'string' ? { name: input } : input);

const withSomeIds = (data: JsonObject): JsonObject =>
  mapStrings(data, (text) => (LABEL.test(text) ? SOME_ID : text)) as JsonObject;
