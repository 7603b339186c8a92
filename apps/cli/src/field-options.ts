import { Option } from 'commander';
import {
  answerLabel,
  CommandEnvelope,
  fieldLabel,
  fieldsOf,
  incidentCommands,
  IncidentDeclaration,
  PRECISIONS,
  StatementEnvelope,
  type Class,
  type CommandName,
  type Field,
} from '#libs/domain';
import { EXIT, Failure } from './io.js';
import type { Language, Say } from './language.js';
import { sayIn } from './language.js';
import { readTime } from './times.js';

/** A field of a command as an option of the command line. */
export interface FieldOption {
  readonly flags: string;
  /** Name of the parsed value, as commander has it. */
  readonly attribute: string;
  readonly description: string;
  readonly list: boolean;
  /** Of every command, beside its own data. */
  readonly common: boolean;
  /** Where the value goes in the body. */
  readonly path: readonly string[];
  readonly read: (text: string) => unknown;
}

/** `attackType` as `--attack-type`. */
export const flagOf = (path: readonly string[]): string =>
  `--${path.map((name) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)).join('-')}`;

const attributeOf = (flag: string): string =>
  flag.slice(2).replaceAll(/-(\w)/g, (_match, letter: string) => letter.toUpperCase());

/** The options of a command: those of its own data first, then what every command may carry. */
export const fieldOptions = (command: CommandName, language: Language, nowMs: () => number): FieldOption[] => {
  const [data, envelope] =
    command === 'DeclareIncident'
      ? [IncidentDeclaration, StatementEnvelope]
      : [incidentCommands[command], CommandEnvelope];
  const maker = new OptionMaker(command, language, nowMs);
  const own = maker.optionsOf(data, []);
  const taken = new Set(own.flatMap(({ path }) => (path.length === 1 ? path : [])));
  const common = maker
    .optionsOf(envelope, [])
    .filter(({ path }) => !taken.has(path[0] ?? ''))
    .map((option) => ({ ...option, common: true }));
  const flags = new Set(own.map(({ attribute }) => attribute));
  return [...own, ...common.filter(({ attribute }) => !flags.has(attribute))].map((option) =>
    option.path[0] === 'organisations' && !flags.has('organisation')
      ? { ...option, flags: option.flags.replace('--organisations', '--organisation, --organisations') }
      : option,
  );
};

export const toOption = ({ flags, description, list }: FieldOption): Option => {
  const option = new Option(flags, description);
  if (list) option.argParser((text: string, before: readonly string[] = []) => [...before, text]);
  return option;
};

/** The body that the options say, on top of what `--data` gave. @throws {Failure} a value that cannot be read. */
export const bodyOf = (
  options: readonly FieldOption[],
  values: Readonly<Record<string, unknown>>,
  base: Readonly<Record<string, unknown>>,
): Record<string, unknown> => {
  const body = structuredClone(base) as Record<string, unknown>;
  for (const { attribute, list, path, read } of options) {
    const value = values[attribute];
    if (value === undefined) continue;
    put(body, path, list ? (value as string[]).map(read) : value === true ? true : read(value as string));
  }
  return body;
};

const put = (body: Record<string, unknown>, [name = '', ...rest]: readonly string[], value: unknown): void => {
  const before = body[name];
  if (rest.length > 0) {
    if (typeof before !== 'object' || before === null) body[name] = {};
    put(body[name] as Record<string, unknown>, rest, value);
  } else if (isPlain(before) && isPlain(value)) body[name] = { ...before, ...value };
  else body[name] = value;
};

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

class OptionMaker {
  private readonly say: Say;

  constructor(
    private readonly command: CommandName,
    private readonly language: Language,
    private readonly nowMs: () => number,
  ) {
    this.say = sayIn(language);
  }

  optionsOf(type: Class, before: readonly string[]): FieldOption[] {
    return fieldsOf(type).flatMap((field) => this.optionsOfField(field, before));
  }

  /** An object becomes one option for its name and one for each other field of it; a list of objects, one repeated option. */
  private optionsOfField(field: Field, before: readonly string[]): FieldOption[] {
    const path = [...before, field.name];
    const of = field.of?.();
    if (!of || field.list) return [this.option(field, path, this.reader(field, path))];
    const parts = fieldsOf(of);
    const named = parts.find(({ name }) => name === 'name');
    if (!named) return parts.flatMap((part) => this.optionsOfField(part, path));
    const hasRole = parts.some(({ name }) => name === 'role');
    const readName = (text: string): unknown => {
      if (text.startsWith('{')) return parseJson(text, flagOf(path), this.say);
      const [name = '', role = ''] = hasRole ? text.split(/;(.*)/s).map((part) => part.trim()) : [text];
      return { name, ...(role ? { role } : {}) };
    };
    const whole = this.option(
      field,
      path,
      readName,
      hasRole ? this.say('nom;rôle', 'name;role') : this.say('nom', 'name'),
    );
    const rest = parts.filter(({ name }) => name !== 'name' && name !== 'role');
    return [whole, ...rest.flatMap((part) => this.optionsOfField(part, path))];
  }

  private option(field: Field, path: readonly string[], read: FieldOption['read'], takes?: string): FieldOption {
    const flag = flagOf(path);
    return {
      // A flag may stand alone: it then says yes.
      flags: field.kind === 'boolean' ? `${flag} [${this.takes(field)}]` : `${flag} <${takes ?? this.takes(field)}>`,
      attribute: attributeOf(flag),
      description: this.describe(field, path),
      list: field.list,
      common: false,
      path,
      read,
    };
  }

  private takes(field: Field): string {
    const names: Record<Field['kind'], string> = {
      text: this.say('texte', 'text'),
      choice: this.say('valeur', 'value'),
      boolean: this.say('oui|non', 'yes|no'),
      integer: this.say('nombre', 'number'),
      number: this.say('nombre', 'number'),
      instant: this.say('date', 'time'),
      when: this.say('date', 'time'),
      object: field.list ? this.say('nom | clé=valeur,… | json', 'name | key=value,… | json') : 'json',
      organisation: this.say('organisme', 'organisation'),
      pattern: this.say('texte', 'text'),
      any: 'json',
    };
    return names[field.kind];
  }

  private describe(field: Field, path: readonly string[]): string {
    const label = fieldLabel(this.command, path.join('.'));
    const parts = [label[this.language]];
    if (field.required && path.length === 1) parts.push(this.say('[obligatoire]', '[required]'));
    if (field.list) parts.push(this.say('[se répète]', '[may be repeated]'));
    if (field.values) parts.push(`: ${this.valuesOf(field)}`);
    if (field.of && field.list) parts.push(`: ${this.keysOf(field.of())}`);
    if (field.kind === 'when' && path.join() === 'occurredAt')
      parts.push(
        this.say(
          ': 2021-01-16T02:00:00+01:00, "2021-01-16 02:00" ou 02:00 (heure de Paris), suivi de ~day, ~night… si c’est approximatif',
          ': 2021-01-16T02:00:00+01:00, "2021-01-16 02:00" or 02:00 (Paris time), followed by ~day, ~night… if it is approximate',
        ),
      );
    if (label.hint) parts.push(`(${label.hint[this.language]})`);
    return parts.join(' ').replaceAll(/ : /g, this.say('\u00a0: ', ': '));
  }

  private valuesOf({ name, values = [] }: Field): string {
    return values
      .map((value) => {
        const label = answerLabel(name, value)[this.language];
        return label.toLowerCase() === value.toLowerCase() ? value : `${value} (${label})`;
      })
      .join(', ');
  }

  private keysOf(type: Class): string {
    return fieldsOf(type)
      .map(({ name, values }) => (values ? `${name}=${values.join('|')}` : name))
      .join(', ');
  }

  private reader(field: Field, path: readonly string[]): FieldOption['read'] {
    const flag = flagOf(path);
    return (text) => (field.nullable && text === 'null' ? null : this.read(field, text, flag));
  }

  private read(field: Field, text: string, flag: string): unknown {
    switch (field.kind) {
      case 'boolean':
        return this.boolean(text, flag);
      case 'integer':
      case 'number':
        // What is no number is sent as it is: the server says what is wrong with it, in the words of the field.
        return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
      case 'instant':
        return readTime(text, this.nowMs()) ?? text;
      case 'when':
        return this.when(text, flag);
      case 'object':
        return this.object(field, text, flag);
      case 'any':
        return parseJson(text, flag, this.say);
      default:
        return text;
    }
  }

  private boolean(text: string, flag: string): boolean {
    if (['oui', 'yes', 'true'].includes(text.toLowerCase())) return true;
    if (['non', 'no', 'false'].includes(text.toLowerCase())) return false;
    throw new Failure(EXIT.usage, this.say(`${flag} attend oui ou non.`, `${flag} takes yes or no.`));
  }

  private when(text: string, flag: string): unknown {
    if (text.startsWith('{')) return parseJson(text, flag, this.say);
    const [times = '', precision] = text.split('~');
    const [at = '', until] = times.split('/').map((each) => readTime(each.trim(), this.nowMs()) ?? each);
    if (precision !== undefined && !(PRECISIONS as readonly string[]).includes(precision)) {
      const all = PRECISIONS.join(', ');
      throw new Failure(
        EXIT.usage,
        this.say(`${flag}\u00a0: après «\u00a0~\u00a0», écrivez ${all}.`, `${flag}: after "~" write one of ${all}.`),
      );
    }
    if (precision === undefined && until === undefined) return at;
    return { at, ...(until === undefined ? {} : { until }), ...(precision === undefined ? {} : { precision }) };
  }

  private object(field: Field, text: string, flag: string): unknown {
    if (text.startsWith('{')) return parseJson(text, flag, this.say);
    const parts = field.of ? fieldsOf(field.of()) : [];
    if (!/^\w+=/.test(text)) return { [parts[0]?.name ?? 'name']: text };
    const pairs = text.split(/,(?=\w+=)/).map((pair) => {
      const [key = '', ...rest] = pair.split('=');
      const part = parts.find(({ name }) => name === key);
      const value = rest.join('=');
      return [key, part ? this.read(part, value, flag) : value] as const;
    });
    return Object.fromEntries(pairs);
  }
}

export const parseJson = (text: string, what: string, say: Say): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new Failure(
      EXIT.usage,
      say(`${what}\u00a0: JSON illisible (${why}).`, `${what}: unreadable JSON (${why}).`),
      {
        cause,
      },
    );
  }
};
