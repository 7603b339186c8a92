import { validateSync, type ValidationError } from 'class-validator';

import { fieldsOf, type Broken, type Class, type Field } from './fields.js';
import { instantMs, type OccurredAt } from './instant.js';

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
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return { errors: [{ path: '', broken: { code: 'not-object' } }] };
  }
  const broken = validateSync(hydrate(type, input as Record<string, unknown>), {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: false,
    stopAtFirstError: false,
  });
  if (broken.length > 0) return { errors: broken.flatMap((error) => flatten(error, '')).slice(0, ERRORS_MAX) };
  const errors: FieldError[] = [];
  const value = tidy(type, input as Record<string, unknown>, '', nowMs, errors) as T;
  return errors.length > 0 ? { errors } : { value };
};

/** class-validator finds its rules on the prototype, so plain objects become instances, nested ones too. */
const hydrate = (type: Class, input: Record<string, unknown>): object => {
  const instance = new type();
  const fields = new Map(fieldsOf(type).map((field) => [field.name, field]));
  for (const [key, value] of Object.entries(input)) {
    const of = fields.get(key)?.of?.();
    const hydrated = of ? mapObjects(value, (item) => hydrate(of, item)) : value;
    Object.defineProperty(instance, key, { value: hydrated, enumerable: true, writable: true, configurable: true });
  }
  return instance;
};

const mapObjects = (value: unknown, map: (item: Record<string, unknown>) => unknown): unknown => {
  if (Array.isArray(value)) return value.map((item) => mapObjects(item, map));
  return typeof value === 'object' && value !== null ? map(value as Record<string, unknown>) : value;
};

const flatten = (error: ValidationError, before: string): FieldError[] => {
  const path = /^\d+$/.test(error.property)
    ? `${before}[${error.property}]`
    : before
      ? `${before}.${error.property}`
      : error.property;
  if (error.constraints?.['whitelistValidation']) return [{ path, broken: { code: 'unknown-property' } }];
  const contexts = error.contexts ?? {};
  const first = contexts['required'] ?? contexts['isArray'] ?? Object.values(contexts)[0];
  const own: FieldError[] = first && !error.children?.length ? [{ path, broken: first as Broken }] : [];
  return [...own, ...(error.children ?? []).flatMap((child) => flatten(child, path))];
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
    const items = field.list && Array.isArray(value) ? value : [value];
    const tidied = items.map((item, index) =>
      tidyValue(field, item, field.list ? `${path}[${index}]` : path, nowMs, errors),
    );
    output[field.name] = field.list ? tidied : tidied[0];
  }
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
  if (tooLate(when.at)) errors.push({ path, broken: { code: 'far-future' } });
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
