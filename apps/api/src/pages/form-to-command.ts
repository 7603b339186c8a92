import {
  CommandEnvelope,
  fieldsOf,
  incidentCommands,
  IncidentDeclaration,
  isIncidentCommandType,
  StatementEnvelope,
  type Class,
  type CommandName,
  type Field,
} from '#libs/domain';
import { instantOfWall } from './wall-time.js';

/** What a browser sends of a form: a repeated name is a list. */
export type RawForm = Readonly<Record<string, string | readonly string[] | undefined>>;
type Body = Record<string, unknown>;

export const dataClassOf = (command: CommandName): Class =>
  command === 'DeclareIncident' ? IncidentDeclaration : incidentCommands[command];

export const envelopeClassOf = (command: CommandName): Class =>
  command === 'DeclareIncident' ? StatementEnvelope : CommandEnvelope;

/** Fields of a command as its form has them: its own, then those of the envelope that it does not define itself. */
export const formFields = (command: CommandName): readonly Field[] => {
  const own = fieldsOf(dataClassOf(command));
  const names = new Set(own.map(({ name }) => name));
  return [...own, ...fieldsOf(envelopeClassOf(command)).filter(({ name }) => !names.has(name))];
};

/**
 * The JSON body of a command, from the fields of its form. What is left empty is left out; what cannot be understood is
 * passed on as it was typed, so that validation says where and why.
 * @param timeZone in which times without an offset were typed.
 */
export const formToCommand = (command: CommandName, form: RawForm, timeZone: string): Body =>
  readObject(formFields(command), compactRows(form), '', timeZone);

const readObject = (fields: readonly Field[], form: RawForm, before: string, timeZone: string): Body => {
  const body: Body = {};
  for (const field of fields) {
    const value = readField(field, form, before === '' ? field.name : `${before}.${field.name}`, timeZone);
    if (value !== undefined) body[field.name] = value;
  }
  return body;
};

const readField = (field: Field, form: RawForm, path: string, timeZone: string): unknown => {
  if (field.kind === 'object') return readNested(field, form, path, timeZone);
  if (field.kind === 'any') return readReplacement(form, path, timeZone);
  if (field.kind === 'when') return readWhen(form, path, timeZone);
  const written = field.list ? lines(form[path]) : [one(form[path])].filter((text) => text !== '');
  if (written.length === 0) return undefined;
  const values = written.map((text) => readText(field, text, timeZone));
  return field.list ? values : values[0];
};

const readText = (field: Field, text: string, timeZone: string): unknown => {
  switch (field.kind) {
    case 'boolean':
      return ['true', 'on', 'yes'].includes(text) ? true : text === 'false' || text === 'no' ? false : text;
    case 'integer':
    case 'number': {
      const digits = text.replaceAll(/[\s\u00a0\u202f]/g, '').replace(',', '.');
      return /^-?\d+(\.\d+)?$/.test(digits) ? Number(digits) : text;
    }
    case 'instant':
      return instantOfWall(text, timeZone) ?? text;
    default:
      return text;
  }
};

const readNested = (field: Field, form: RawForm, path: string, timeZone: string): unknown => {
  const fields = field.of ? fieldsOf(field.of()) : [];
  if (!field.list) {
    const value = readObject(fields, form, path, timeZone);
    return Object.keys(value).length > 0 || field.required ? value : undefined;
  }
  const rows = rowsOf(form, path).map((index) => readObject(fields, form, `${path}[${index}]`, timeZone));
  return rows.length > 0 || field.required ? rows : undefined;
};

const readWhen = (form: RawForm, path: string, timeZone: string): unknown => {
  const [at, until, precision] = ['at', 'until', 'precision'].map((part) => one(form[`${path}.${part}`]));
  if (!at) return until ? { at: '', until } : undefined;
  return {
    at: instantOfWall(at, timeZone) ?? at,
    ...(until ? { until: instantOfWall(until, timeZone) ?? until } : {}),
    ...(precision ? { precision } : {}),
  };
};

/** Data of the command that another field of the same group names (`instead.do`, `instead.data`). */
const readReplacement = (form: RawForm, path: string, timeZone: string): unknown => {
  const command = one(form[path.replace(/[^.]+$/, 'do')]);
  if (!isIncidentCommandType(command)) return undefined;
  const data = readObject(fieldsOf(incidentCommands[command]), form, path, timeZone);
  return Object.keys(data).length > 0 ? data : undefined;
};

const one = (value: RawForm[string]): string => {
  const text = typeof value === 'string' ? value : (value?.find((each) => each !== '') ?? '');
  return text.replaceAll(/\r\n?/g, '\n').trim();
};

/** Check boxes send their name again and again; a text area has one item on each line. */
const lines = (value: RawForm[string]): string[] =>
  (typeof value === 'string' ? [value] : (value ?? []))
    .flatMap((text) => text.split(/\r\n?|\n/))
    .map((line) => line.trim())
    .filter((line) => line !== '');

const ROW = /^(.*?)\[(\d{1,3})\](.*)$/;

/** Numbers of the rows of a list that the form has, in order. */
export const rowsOf = (form: RawForm, path: string): number[] => {
  const numbers = Object.keys(form).flatMap((name) => {
    const row = ROW.exec(name);
    return row?.[1] === path ? [Number(row[2])] : [];
  });
  return [...new Set(numbers)].toSorted((left, right) => left - right);
};

/** The form without rows that were left empty, the others numbered from 0: errors then point at the row that is shown. */
export const compactRows = (form: RawForm): RawForm => {
  const filled = new Map<string, Set<number>>();
  for (const [name, value] of Object.entries(form)) {
    const row = ROW.exec(name);
    if (!row || one(value) === '' || HIDDEN_IN_ROW.test(name)) continue;
    const numbers = filled.get(row[1] ?? '') ?? new Set();
    numbers.add(Number(row[2]));
    filled.set(row[1] ?? '', numbers);
  }
  const entries = Object.entries(form).flatMap(([name, value]) => {
    const row = ROW.exec(name);
    if (!row) return [[name, value] as const];
    const numbers = [...(filled.get(row[1] ?? '') ?? [])].toSorted((left, right) => left - right);
    const index = numbers.indexOf(Number(row[2]));
    return index === -1 ? [] : [[`${row[1]}[${index}]${row[3]}`, value] as const];
  });
  return Object.fromEntries(entries);
};

/** A share names its organisation by itself: the row counts only once a percentage is typed. */
const HIDDEN_IN_ROW = /^shares\[\d+\]\.organisation$/;
