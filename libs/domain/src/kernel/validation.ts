import { validateSync, type ValidationError } from 'class-validator';

import { fieldsOf, type Broken, type Class, type Field } from './fields.js';
import { instantMs, isInstant, type OccurredAt } from './instant.js';

export interface FieldError {
  /** Where, as in the body that was sent: `systems[2].mode`. Empty for the whole. */
  readonly path: string;
  readonly broken: Broken;
}

export type Read<T> =
  { readonly value: T; readonly errors?: never } | { readonly value?: never; readonly errors: readonly FieldError[] };

const FACT_AHEAD_MS_MAX = 24 * 3_600_000;
export const ERRORS_MAX = 50;

/**
 * Reads untrusted JSON as the data of `type`: every field checked, unknown ones refused, bare times made whole.
 * @param nowMs the clock against which a fact "in the far future" is judged.
 * @returns plain JSON with the declared fields only, or what is wrong and where.
 */
export const readInput = <T extends object>(type: Class<T>, input: unknown, nowMs: number): Read<T> => {
  if (!isObject(input)) return { errors: [{ path: '', broken: { code: 'not-object' } }] };
  const broken = validateSync(hydrate(type, input), { forbidUnknownValues: false, stopAtFirstError: false });
  const refused = [...unknownProperties(type, input, ''), ...broken.flatMap((error) => flatten(error, ''))];
  if (refused.length > 0) return { errors: refused.slice(0, ERRORS_MAX) };
  const errors: FieldError[] = [];
  const value = tidy(type, input, '', nowMs, errors) as T;
  return errors.length > 0 ? { errors } : { value };
};

/** Looked for here because class-validator overlooks names that every object inherits, such as `constructor`. */
const unknownProperties = (type: Class, input: Record<string, unknown>, before: string): FieldError[] => {
  const fields = new Map(fieldsOf(type).map((field) => [field.name, field]));
  return Object.entries(input).flatMap(([key, value]): FieldError[] => {
    const path = before ? `${before}.${key}` : key;
    const field = fields.get(key);
    if (!field) return [{ path, broken: { code: 'unknown-property' } }];
    const { of } = field;
    if (!of) return [];
    if (isObject(value)) return unknownProperties(of(), value, path);
    const items: readonly unknown[] = field.list && Array.isArray(value) ? value : [];
    return items.flatMap((item, index) => (isObject(item) ? unknownProperties(of(), item, `${path}[${index}]`) : []));
  });
};

/** class-validator finds its rules on the prototype, so plain objects become instances, nested ones too. */
const hydrate = (type: Class, input: Record<string, unknown>): object => {
  const instance = new type();
  for (const { name, of } of fieldsOf(type)) {
    if (!Object.hasOwn(input, name)) continue;
    Object.assign(instance, { [name]: of ? hydrateItems(of(), input[name]) : input[name] });
  }
  return instance;
};

/** A list within a list is not what any field takes: it is emptied rather than followed, however deep it goes. */
const hydrateItems = (type: Class, value: unknown): unknown => {
  const one = (item: unknown): unknown => (isObject(item) ? hydrate(type, item) : Array.isArray(item) ? [] : item);
  return Array.isArray(value) ? value.map(one) : one(value);
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const flatten = (error: ValidationError, before: string): FieldError[] => {
  const path = /^\d+$/.test(error.property)
    ? `${before}[${error.property}]`
    : before
      ? `${before}.${error.property}`
      : error.property;
  const contexts = error.contexts ?? {};
  const children = contexts['isArray'] ? [] : (error.children ?? []).flatMap((child) => flatten(child, path));
  if (children.length > 0) return children;
  const first = contexts['required'] ?? contexts['isArray'] ?? Object.values(contexts)[0] ?? { code: 'not-object' };
  return [{ path, broken: first as Broken }];
};

/** Keeps declared fields in declared order, completes times, and checks what needs the clock or two times at once. */
const tidy = (
  type: Class,
  input: Record<string, unknown>,
  before: string,
  nowMs: number,
  errors: FieldError[],
): object => {
  const output: Record<string, unknown> = {};
  for (const field of fieldsOf(type)) {
    const value = input[field.name];
    if (value === undefined) continue;
    const path = before ? `${before}.${field.name}` : field.name;
    output[field.name] =
      field.list && Array.isArray(value)
        ? value.map((item, index) => tidyValue(field, item, `${path}[${index}]`, nowMs, errors))
        : tidyValue(field, value, path, nowMs, errors);
  }
  const { from, to } = output;
  if (isInstant(from) && isInstant(to) && instantMs(to) < instantMs(from))
    errors.push({ path: before ? `${before}.to` : 'to', broken: { code: 'to-before-from' } });
  return output;
};

const tidyValue = (field: Field, value: unknown, path: string, nowMs: number, errors: FieldError[]): unknown => {
  if (value === null) return null;
  if (field.of) return tidy(field.of(), value as Record<string, unknown>, path, nowMs, errors);
  const tooLate = (instant: string): boolean => instantMs(instant) > nowMs + FACT_AHEAD_MS_MAX;
  if (field.kind === 'instant' && field.past && tooLate(value as string))
    errors.push({ path, broken: { code: 'far-future' } });
  if (field.kind !== 'when') return value;
  const when = toOccurredAt(value as string | OccurredAt);
  if (tooLate(when.at) || (when.until !== undefined && tooLate(when.until)))
    errors.push({ path, broken: { code: 'far-future' } });
  if (when.until !== undefined && instantMs(when.until) < instantMs(when.at))
    errors.push({ path, broken: { code: 'until-before-at' } });
  return when;
};

const toOccurredAt = (
  when: string | { at: string; until?: string; precision?: OccurredAt['precision'] },
): OccurredAt =>
  typeof when === 'string'
    ? { at: when, precision: 'minute' }
    : {
        at: when.at,
        ...(when.until === undefined ? {} : { until: when.until }),
        precision: when.precision ?? 'minute',
      };
