import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  registerDecorator,
  ValidateBy,
  ValidateIf,
  ValidateNested,
  type ValidationOptions,
} from 'class-validator';

import { isInstant, isTimeZone, PRECISIONS } from './instant.js';

/**
 * Each decorator below declares a field once: what class-validator checks, and the description from which
 * JSON Schema, OpenAPI, the forms and the command line are built.
 */
export type Class<T extends object = object> = new () => T;

export type FieldKind =
  | 'text'
  | 'choice'
  | 'boolean'
  | 'integer'
  | 'number'
  | 'instant'
  | 'when'
  | 'object'
  | 'organisation'
  | 'pattern'
  | 'any';

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  readonly required: boolean;
  readonly list: boolean;
  readonly nullable: boolean;
  readonly values?: readonly string[];
  readonly charsMax?: number;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly of?: () => Class;
  /** The time may not lie more than a day ahead of the clock: it dates a fact, not an intention. */
  readonly past: boolean;
}

export const TEXT_CHARS_MAX = 10_000;
export const TITLE_CHARS_MAX = 200;
export const LIST_ITEMS_MAX = 200;

const declared = new Map<object, Field[]>();

/** The fields of a class, inherited ones first, in the order in which they were written. */
export const fieldsOf = (type: Class): readonly Field[] => {
  const parent = Object.getPrototypeOf(type.prototype);
  const inherited = parent && parent !== Object.prototype ? fieldsOf(parent.constructor as Class) : [];
  return [...inherited, ...(declared.get(type.prototype) ?? [])];
};

interface FieldOptions {
  readonly optional?: true;
  readonly nullable?: true;
  /** A list of such values instead of one. */
  readonly list?: true;
}

/** Code and arguments of a broken rule; the sentence is made where the reader's language is known. */
export type Broken =
  | { readonly code: 'not-text' | 'blank' | 'bad-unicode' | 'not-boolean' | 'not-integer' | 'not-number' | 'not-list' }
  | { readonly code: 'not-instant' | 'not-when' | 'not-object' | 'not-time-zone' | 'unknown-property' | 'required' }
  | { readonly code: 'until-before-at' | 'far-future' | 'to-before-from' }
  | { readonly code: 'too-long' | 'too-many' | 'too-small' | 'too-large'; readonly limit: number }
  | { readonly code: 'not-one-of'; readonly values: readonly string[] }
  | { readonly code: 'bad-format'; readonly pattern: string }
  | { readonly code: 'title-or-kind' };

type Rule = (options: ValidationOptions) => PropertyDecorator;

/** class-validator hands a context on only where there is a message too. */
const broken = (context: Broken): ValidationOptions => ({ context, message: context.code });

const field =
  (
    description: Partial<Field> & { kind: FieldKind },
    options: FieldOptions,
    rules: readonly [Rule, Broken][],
  ): PropertyDecorator =>
  (prototype, property) => {
    const name = String(property);
    const list = options.list ?? false;
    const fields = declared.get(prototype) ?? [];
    declared.set(prototype, fields);
    fields.push({
      required: !options.optional,
      nullable: options.nullable ?? false,
      list,
      past: false,
      ...description,
      name,
    });

    ValidateIf((_object, value) => value !== undefined || !options.optional)(prototype, property);
    if (options.nullable) ValidateIf((_object, value) => value !== null)(prototype, property);
    registerDecorator({
      name: 'required',
      target: prototype.constructor,
      propertyName: name,
      options: broken({ code: 'required' }),
      validator: { validate: (value) => value !== undefined && value !== null },
    });
    if (list) {
      IsArray(broken({ code: 'not-list' }))(prototype, property);
      ArrayMaxSize(LIST_ITEMS_MAX, broken({ code: 'too-many', limit: LIST_ITEMS_MAX }))(prototype, property);
    }
    for (const [rule, context] of rules) rule({ ...broken(context), each: list })(prototype, property);
  };

const by =
  (name: string, validate: (value: unknown) => boolean): Rule =>
  (options) =>
    ValidateBy({ name, validator: { validate } }, options);

const textRules = (charsMax: number): [Rule, Broken][] => [
  [IsString, { code: 'not-text' }],
  [by('isFilled', (value) => typeof value !== 'string' || /\S/u.test(value)), { code: 'blank' }],
  [by('isWellFormed', (value) => typeof value !== 'string' || isWellFormed(value)), { code: 'bad-unicode' }],
  [(options) => MaxLength(charsMax, options), { code: 'too-long', limit: charsMax }],
];

/** A lone surrogate cannot be written as UTF-8, so what was read back would differ from what was sent. */
const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

export const Text = (options: FieldOptions & { charsMax?: number } = {}): PropertyDecorator => {
  const charsMax = options.charsMax ?? TEXT_CHARS_MAX;
  return field({ kind: 'text', charsMax }, options, textRules(charsMax));
};

/** Names an organisation of the incident, by id or exact name. */
export const OrganisationRef = (options: FieldOptions = {}): PropertyDecorator =>
  field({ kind: 'organisation', charsMax: TITLE_CHARS_MAX }, options, textRules(TITLE_CHARS_MAX));

/** One of a closed list; `unknown` is added unless the list says in its own words that nobody has looked yet. */
export const OneOf = (values: readonly string[], options: FieldOptions & { exact?: true } = {}): PropertyDecorator => {
  const open = options.exact || values.includes('unknown') || values.includes('not_assessed');
  const all = open ? values : [...values, 'unknown'];
  return field({ kind: 'choice', values: all }, options, [[(o) => IsIn(all, o), { code: 'not-one-of', values: all }]]);
};

export const YesNo = (options: FieldOptions = {}): PropertyDecorator => OneOf(['yes', 'no'], options);

export const Flag = (options: FieldOptions = {}): PropertyDecorator =>
  field({ kind: 'boolean' }, options, [[IsBoolean, { code: 'not-boolean' }]]);

export const Whole = (options: FieldOptions & { min?: number; max?: number } = {}): PropertyDecorator => {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = options;
  return field({ kind: 'integer', min, max }, options, [
    [IsInt, { code: 'not-integer' }],
    [(o) => Min(min, o), { code: 'too-small', limit: min }],
    [(o) => Max(max, o), { code: 'too-large', limit: max }],
  ]);
};

export const Amount = (options: FieldOptions & { min?: number; max?: number } = {}): PropertyDecorator => {
  const { min = 0, max = 1e12 } = options;
  return field({ kind: 'number', min, max }, options, [
    [(o) => IsNumber({ allowNaN: false, allowInfinity: false }, o), { code: 'not-number' }],
    [(o) => Min(min, o), { code: 'too-small', limit: min }],
    [(o) => Max(max, o), { code: 'too-large', limit: max }],
  ]);
};

export const Pattern = (pattern: RegExp, options: FieldOptions = {}): PropertyDecorator =>
  field({ kind: 'pattern', pattern: pattern.source }, options, [
    [(o) => Matches(pattern, o), { code: 'bad-format', pattern: pattern.source }],
  ]);

export const Uuid = (options: FieldOptions = {}): PropertyDecorator =>
  Pattern(/^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/, options);

export const Sha256 = (options: FieldOptions = {}): PropertyDecorator => Pattern(/^[0-9a-fA-F]{64}$/, options);

export const TimeZone = (options: FieldOptions = {}): PropertyDecorator =>
  field({ kind: 'text', charsMax: 64 }, options, [[by('isTimeZone', isTimeZone), { code: 'not-time-zone' }]]);

/** An RFC 3339 time; `past: true` when it dates a fact. */
export const Time = (options: FieldOptions & { past?: true } = {}): PropertyDecorator =>
  field({ kind: 'instant', past: options.past ?? false }, options, [
    [by('isInstant', isInstant), { code: 'not-instant' }],
  ]);

/** A {@link OccurredAt}, or a bare RFC 3339 time that means "to the minute". */
export const When = (options: FieldOptions = {}): PropertyDecorator =>
  field({ kind: 'when', past: true }, options, [[by('isWhen', isWhen), { code: 'not-when' }]]);

const isWhen = (value: unknown): boolean => {
  if (isInstant(value)) return true;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { at, until, precision, ...rest } = value as Record<string, unknown>;
  return (
    isInstant(at) &&
    (until === undefined || isInstant(until)) &&
    (precision === undefined || PRECISIONS.includes(precision as never)) &&
    Object.keys(rest).length === 0
  );
};

export const Nested = (of: () => Class, options: FieldOptions = {}): PropertyDecorator =>
  field({ kind: 'object', of }, options, [
    [
      by('isObject', (value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
      { code: 'not-object' },
    ],
    [ValidateNested, { code: 'not-object' }],
  ]);

/** A plain JSON object whose shape depends on another field and is checked where that is known. */
export const AnyObject = (options: FieldOptions = {}): PropertyDecorator =>
  field({ kind: 'any' }, options, [
    [
      by('isObject', (value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
      { code: 'not-object' },
    ],
  ]);
