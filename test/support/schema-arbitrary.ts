import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { contract } from './contract.js';

type Schema = { readonly [key: string]: any };

/** Values that mean something to the server: names, ids and keys that exist. */
export interface Known {
  readonly texts: readonly string[];
  readonly uuids: readonly string[];
}

/** Around the time at which the clock of the tests stands, mostly before it. */
const instants: Arbitrary<string> = fc
  .tuple(
    fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: -90_000, max: 0 }) },
      { weight: 1, arbitrary: fc.integer({ min: -40_000_000, max: 40_000_000 }) },
    ),
    fc.constantFrom('Z', '+01:00', '-11:30', '+14:00'),
  )
  .map(([minutes, offset]) => new Date(1_772_438_400_000 + minutes * 60_000).toISOString().replace('Z', offset));

const texts = ({ minLength = 0, maxLength = 10_000 }: Schema, known: Known): Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...known.texts) },
    { weight: 4, arbitrary: fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 40) }) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength, maxLength: Math.min(maxLength, 40) }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "'; DROP TABLE events; --",
        '<script>alert(1)</script>',
        '%00',
        '../../etc/passwd',
        '{{7*7}}',
        '\u202eabc',
        'a'.repeat(maxLength),
      ),
    },
  );

/** Values that a schema of the document takes. */
export const fromSchema = (schema: Schema, known: Known): Arbitrary<unknown> => {
  if (schema['$ref'])
    return fromSchema(contract['components'].schemas[String(schema['$ref']).split('/').at(-1) ?? ''], known);
  if (schema['anyOf'] && !schema['properties'])
    return fc.oneof(...(schema['anyOf'] as Schema[]).map((each) => fromSchema(each, known)));
  if (schema['enum']) return fc.constantFrom(...(schema['enum'] as unknown[]));
  switch (schema['type']) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: schema['minimum'] ?? -5, max: Math.min(schema['maximum'] ?? 1000, 2 ** 31 - 1) });
    case 'number':
      return fc.double({ min: schema['minimum'] ?? -5, max: schema['maximum'] ?? 1e6, noNaN: true });
    case 'array':
      return fc.array(fromSchema(schema['items'], known), { maxLength: 3 });
    case 'string':
      if (schema['format'] === 'date-time') return instants;
      if (schema['format'] === 'uuid' || /0-9a-fA-F\]\{8\}/.test(schema['pattern'] ?? ''))
        return fc.constantFrom(...known.uuids);
      return schema['pattern'] ? fc.stringMatching(new RegExp(schema['pattern'])) : texts(schema, known);
    default:
      return schema['properties']
        ? record(schema, known)
        : fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
  }
};

/** Three times out of four nothing. */
export const seldom = <Value>(value: Arbitrary<Value>): Arbitrary<Value | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

const BODIES: Arbitrary<string> = fc.constantFrom('Caen', 'Ifs');

const record = (schema: Schema, known: Known): Arbitrary<unknown> => {
  const required = new Set((schema['required'] ?? []) as string[]);
  const members = Object.entries(schema['properties'] as Record<string, Schema>).map(([name, each]) => {
    const value = fromSchema(each, known);
    const named = each['type'] === 'string' && name === 'organisation' ? fc.oneof(BODIES, value) : value;
    const listed =
      name === 'organisations' && each['items']?.type === 'string' ? fc.oneof(fc.uniqueArray(BODIES), value) : named;
    return (required.has(name) ? listed : seldom(listed)).map((drawn) => [name, drawn] as const);
  });
  return fc.tuple(...members).map((drawn) => Object.fromEntries(drawn.filter(([, value]) => value !== undefined)));
};

/** Mostly what the schema takes, sometimes nearly, sometimes not at all. */
export const nearly = (schema: Schema, known: Known): Arbitrary<unknown> => {
  const right = fromSchema(schema, known);
  const changed = fc
    .tuple(right, fc.nat(), fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constant(undefined)))
    .map(([value, n, other]) => {
      if (typeof value !== 'object' || value === null) return other ?? null;
      const names = Object.keys(value);
      return names.length === 0 ? value : { ...value, [names[n % names.length] ?? '']: other };
    });
  const enlarged = fc
    .tuple(right, fc.string({ maxLength: 12 }), fc.jsonValue({ maxDepth: 2 }))
    .map(([value, name, other]) => ({ ...(value as object), [name]: other }));
  return fc.oneof(
    { weight: 5, arbitrary: right },
    { weight: 3, arbitrary: changed },
    { weight: 1, arbitrary: enlarged },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
};
