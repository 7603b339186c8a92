import { isUtf8 } from 'node:buffer';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  visit,
  type Document,
  type Node,
  type Pair,
  type YAMLError,
  type YAMLMap,
} from 'yaml';

import type { LocalText } from '#libs/domain';

import { nearest } from './did-you-mean.js';
import { FileMistakes, sentences, type Mistake, type MistakeCode } from './mistakes.js';

export const FILE_BYTES_MAX = 1024 * 1024;
/** The parser recurses, so a file of brackets alone would exhaust the stack. */
export const NESTING_MAX = 64;
const MISTAKES_MAX = 200;

type Facts<Code extends MistakeCode> = Parameters<(typeof sentences)[Code]>;

/** A file being read: its root, the line of every node, and all that was found wrong so far. */
export class YamlFile {
  readonly root: YAMLMap | undefined;
  private readonly found: Mistake[] = [];
  private readonly lines = new LineCounter();

  constructor(
    text: string,
    readonly file: string,
  ) {
    this.root = this.parse(text);
  }

  get mistakes(): readonly Mistake[] {
    return this.found.toSorted((a, b) => a.line - b.line).slice(0, MISTAKES_MAX);
  }

  report<Code extends MistakeCode>(where: Node | number, code: Code, ...facts: Facts<Code>): undefined {
    this.found.push(this.mistake(where, code, ...facts));
  }

  mistake<Code extends MistakeCode>(where: Node | number, code: Code, ...facts: Facts<Code>): Mistake {
    const sentence = sentences[code] as (...given: Facts<Code>) => LocalText;
    return {
      file: this.file,
      line: typeof where === 'number' ? where : this.line(where),
      code,
      message: sentence(...facts),
    };
  }

  line(node: Node): number {
    return this.lineAt(node.range?.[0] ?? 0);
  }

  private lineAt(offset: number): number {
    return Math.max(1, this.lines.linePos(offset).line);
  }

  private parse(text: string): YAMLMap | undefined {
    if (Buffer.byteLength(text) > FILE_BYTES_MAX) return this.report(1, 'too-big', FILE_BYTES_MAX);
    if (isTooDeep(text)) return this.report(1, 'too-deep');
    const [document, second] = parseYaml(text, this.lines);
    if (!document?.contents) return this.report(1, 'not-map', this.file);
    if (second) this.report(this.lineAt(second.range[0]), 'syntax', severalDocuments);
    for (const error of document.errors) this.report(this.lineAt(error.pos[0]), 'syntax', syntaxSentence(error));
    if (document.errors.some((error) => error.code !== 'DUPLICATE_KEY')) return undefined;

    this.refuseTagsAndAliases(document.contents);
    if (!isMap(document.contents)) return this.report(document.contents as Node, 'not-map', this.file);
    return this.found.some((mistake) => mistake.code === 'alias') ? undefined : (document.contents as YAMLMap);
  }

  private refuseTagsAndAliases(contents: Node): void {
    visit(contents, {
      Alias: (_key, node) => this.report(node, 'alias'),
      Value: (_key, node) => {
        if (node.anchor !== undefined) this.report(node, 'alias');
        const standard = isMap(node) || isSeq(node) ? undefined : 'tag:yaml.org,2002:str';
        if (node.tag !== undefined && node.tag !== standard) this.report(node, 'tag', node.tag);
      },
    });
  }
}

const parseYaml = (text: string, lineCounter: LineCounter): readonly Document.Parsed[] => {
  const documents = parseAllDocuments(text, {
    version: '1.2',
    schema: 'core',
    strict: true,
    uniqueKeys: true,
    merge: false,
    customTags: [],
    prettyErrors: false,
    logLevel: 'silent',
    lineCounter,
  });
  return Array.isArray(documents) ? documents : [];
};

/** Brackets, and indentation with dashes: whichever way a file nests. Counted roughly, before the parser sees it. */
const isTooDeep = (text: string): boolean => {
  let open = 0;
  let openMax = 0;
  for (const character of text) {
    if (character === '[' || character === '{') openMax = Math.max(openMax, ++open);
    else if ((character === ']' || character === '}') && open > 0) open--;
  }
  if (openMax > NESTING_MAX) return true;
  const dashes = /^[ \t]*(?:[-?][ \t]+){65}/m;
  const indents = new Set<number>();
  for (const [indent] of text.matchAll(/^ +/gm)) indents.add(indent.length);
  return dashes.test(text) || indents.size > NESTING_MAX * 2;
};

const severalDocuments: LocalText = {
  fr: 'un seul document par fichier (une ligne «\u00a0---\u00a0» en commence un autre).',
  en: 'one document a file (a line "---" starts another).',
};

const FRENCH_SYNTAX: Partial<Record<YAMLError['code'], string>> = {
  DUPLICATE_KEY: 'cette clé est déjà écrite dans le même bloc.',
  TAB_AS_INDENT: 'indentez avec des espaces, pas avec des tabulations.',
  BAD_INDENT: 'l’indentation ne correspond à aucun bloc ouvert.',
  MISSING_CHAR: 'un guillemet, un crochet ou un deux-points manque.',
  MULTILINE_IMPLICIT_KEY: 'une clé tient sur une seule ligne\u00a0; mettez le texte entre guillemets.',
  BLOCK_AS_IMPLICIT_KEY: 'deux-points en trop\u00a0; mettez le texte entre guillemets.',
  BLOCK_IN_FLOW: 'un bloc est ouvert entre crochets ou accolades.',
  UNEXPECTED_TOKEN: 'ce texte est inattendu ici\u00a0; mettez-le entre guillemets.',
};

const syntaxSentence = (error: YAMLError): LocalText => ({
  fr: FRENCH_SYNTAX[error.code] ?? error.message,
  en: error.message,
});

/** Plain JSON of a node. Keys become own properties, whatever their name. */
export const plain = (node: unknown): unknown => {
  if (isMap(node)) return Object.fromEntries(node.items.map((pair) => [keyOf(pair), plain(pair.value)]));
  if (isSeq(node)) return node.items.map(plain);
  return isScalar(node) ? (node.value ?? null) : null;
};

export const keyOf = (pair: Pair): string => (isScalar(pair.key) ? String(pair.key.value) : '?');

const pairOf = (map: YAMLMap, key: string): Pair | undefined => map.items.find((pair) => keyOf(pair) === key);

/**
 * The node that `path` (`systems[2].mode`) leads to, or the nearest one above it that exists.
 * A key stands for its value: it is on the line where the reader will look.
 */
export const nodeAt = (start: Node, path: string): Node => {
  let place = start;
  let value: unknown = start;
  for (const segment of path.match(/[^.[\]]+/g) ?? []) {
    if (isMap(value)) {
      const pair = pairOf(value as YAMLMap, segment);
      if (!pair) return place;
      place = pair.key as Node;
      value = pair.value;
    } else if (isSeq(value) && value.items[Number(segment)] !== undefined) {
      value = value.items[Number(segment)];
      place = (isPair(value) ? value.key : value) as Node;
    } else return place;
  }
  return place;
};

/** False when the author wrote nothing at `path`: what is wrong with it is that it is missing. */
export const isWritten = (start: Node, path: string): boolean => {
  let value: unknown = start;
  for (const segment of path.match(/[^.[\]]+/g) ?? []) {
    if (isMap(value)) value = pairOf(value as YAMLMap, segment)?.value;
    else value = isSeq(value) ? value.items[Number(segment)] : undefined;
    if (value === undefined) return false;
  }
  return true;
};

/** What follows a comma inside `{ fr: one, two }` becomes a key without a value. */
const isStrayText = (map: YAMLMap, key: string): boolean => {
  const value = pairOf(map, key)?.value;
  return map.flow === true && (value === null || (isScalar(value) && value.value === null && !value.source));
};

/** A block of keys and values, read strictly: what is not asked for is reported. */
export class Section {
  readonly pairs: ReadonlyMap<string, Pair>;

  constructor(
    readonly source: YamlFile,
    readonly node: YAMLMap,
    keys: readonly string[],
    reportStranger: (key: string, place: Node) => void = (key, place) =>
      isStrayText(node, key)
        ? source.report(place, 'stray-comma', key)
        : source.report(place, 'unknown-key', key, nearest(key, keys)),
  ) {
    this.pairs = new Map(node.items.map((pair) => [keyOf(pair), pair]));
    for (const [key, pair] of this.pairs) if (!keys.includes(key)) reportStranger(key, pair.key as Node);
  }

  static of(source: YamlFile, node: unknown, what: string, keys: readonly string[], near: Node): Section | undefined {
    if (!isMap(node)) return source.report(isNodeWithRange(node) ? node : near, 'not-map', what);
    return new Section(source, node as YAMLMap, keys);
  }

  has(key: string): boolean {
    return this.pairs.has(key);
  }

  /** The node to point at when something is wrong with `key`. */
  place(key: string): Node {
    return (this.pairs.get(key)?.key as Node | undefined) ?? this.node;
  }

  line(key?: string): number {
    return this.source.line(key === undefined ? this.node : this.place(key));
  }

  value(key: string): unknown {
    return this.pairs.get(key)?.value;
  }

  plain(key: string): unknown {
    return plain(this.value(key));
  }

  report<Code extends MistakeCode>(key: string, code: Code, ...facts: Facts<Code>): undefined {
    return this.source.report(this.place(key), code, ...facts);
  }

  missing(key: string): undefined {
    return this.report(key, 'missing-key', key);
  }

  text(key: string, charsMax = 10_000): string | undefined {
    return this.has(key) ? this.optionalText(key, charsMax) : this.missing(key);
  }

  optionalText(key: string, charsMax = 10_000): string | undefined {
    if (!this.has(key)) return undefined;
    const value = this.plain(key);
    if (typeof value !== 'string' || !/\S/u.test(value)) return this.report(key, 'not-text', key);
    if (value.length > charsMax) {
      return this.report(key, 'bad-value', key, {
        fr: `plus de ${charsMax} caractères.`,
        en: `more than ${charsMax} characters.`,
      });
    }
    return value.trim();
  }

  localText(key: string): LocalText | undefined {
    if (!this.has(key)) return this.missing(key);
    const section = Section.of(this.source, this.value(key), key, ['fr', 'en'], this.place(key));
    if (!section) return undefined;
    for (const language of ['fr', 'en']) {
      if (!section.has(language)) this.report(key, 'missing-translation', key, language);
    }
    const [fr, en] = [section.optionalText('fr'), section.optionalText('en')];
    return fr !== undefined && en !== undefined ? { fr, en } : undefined;
  }

  choice<Value extends string>(key: string, values: readonly Value[]): Value | undefined {
    const value = this.text(key);
    if (value === undefined || values.includes(value as Value)) return value as Value | undefined;
    return this.report(key, 'not-one-of', value, values, nearest(value, values));
  }

  flag(key: string, absent: boolean): boolean {
    if (!this.has(key)) return absent;
    const value = this.plain(key);
    if (typeof value !== 'boolean') this.report(key, 'not-flag', key);
    return value === true;
  }

  id(key: string): string | undefined {
    const value = this.text(key);
    if (value === undefined || /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(value)) return value;
    return this.report(key, 'bad-id', value);
  }

  /** A version such as `1` or `2023.1`, quoted or not. */
  version(key: string): string | undefined {
    if (!this.has(key)) return this.missing(key);
    const value = this.value(key);
    const text = String(isScalar(value) ? (value.source ?? value.value) : '');
    return /^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/.test(text) ? text : this.report(key, 'bad-version', text);
  }

  /** The items of a list; none when the key is absent. */
  items(key: string): readonly Node[] {
    if (!this.has(key)) return [];
    const value = this.value(key);
    if (isSeq(value)) return value.items as Node[];
    this.report(key, 'not-list', key);
    return [];
  }

  texts(key: string): string[] {
    return this.items(key).flatMap((item) => {
      const value = plain(item);
      if (typeof value === 'string' && /\S/u.test(value)) return [value.trim()];
      this.source.report(item, 'not-text', key);
      return [];
    });
  }
}

const isNodeWithRange = (node: unknown): node is Node =>
  (isScalar(node) || isSeq(node) || isMap(node) || isAlias(node)) && Array.isArray(node.range);

/**
 * @throws FileMistakes when there is no such file, it is too big or not UTF-8.
 */
export const readTextFile = (path: string): string => {
  const refuse = <Code extends MistakeCode>(code: Code, ...facts: Facts<Code>): never => {
    const sentence = sentences[code] as (...given: Facts<Code>) => LocalText;
    throw new FileMistakes([{ file: path, line: 1, code, message: sentence(...facts) }]);
  };
  if (!existsSync(path) || !statSync(path).isFile()) return refuse('no-file', path);
  if (statSync(path).size > FILE_BYTES_MAX) return refuse('too-big', FILE_BYTES_MAX);
  const bytes = readFileSync(path);
  return isUtf8(bytes) ? bytes.toString('utf8') : refuse('not-utf8');
};

/** Paths of the YAML files of a folder, in the order of their names; none when there is no such folder. */
export const yamlFilesOf = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /\.ya?ml$/.test(name))
        .toSorted()
        .map((name) => join(folder, name))
    : [];
