import type { JsonSchema } from '#libs/domain';

/**
 * What a change of a published schema would break for programs that read events by the former one. Optional properties
 * may be added, and enumerations may grow: readers are told to expect both.
 */
export const breakingChanges = (before: JsonSchema, after: JsonSchema, path = ''): readonly string[] => {
  const where = path === '' ? 'the data' : path;
  if (before['type'] !== after['type'])
    return [`${where} was ${String(before['type'])} and is ${String(after['type'])}`];
  const found: string[] = [];
  for (const constraint of ['format', 'pattern', 'const', '$ref'] as const) {
    if (JSON.stringify(before[constraint]) !== JSON.stringify(after[constraint]))
      found.push(`${where} has another ${constraint}`);
  }
  found.push(...ofEnumerations(before, after, where));
  found.push(...ofProperties(before, after, path));
  if (before['items']) found.push(...breakingChanges(schema(before['items']), schema(after['items']), `${path}[]`));
  const [was, is] = [schemas(before['anyOf']), schemas(after['anyOf'])];
  if (was.length !== is.length) found.push(`${where} may be something else than before`);
  else was.forEach((each, index) => found.push(...breakingChanges(each, schema(is[index]), path)));
  return found;
};

const ofEnumerations = (before: JsonSchema, after: JsonSchema, where: string): readonly string[] => {
  const [was, is] = [before['enum'], after['enum']] as (readonly string[] | undefined)[];
  if (was === undefined) return is === undefined ? [] : [`${where} has become an enumeration`];
  if (is === undefined) return [`${where} is no longer an enumeration`];
  return was.filter((value) => !is.includes(value)).map((value) => `${where} no longer has the value ${value}`);
};

const ofProperties = (before: JsonSchema, after: JsonSchema, path: string): readonly string[] => {
  const [was, is] = [properties(before), properties(after)];
  const name = (property: string): string => (path === '' ? property : `${path}.${property}`);
  const [needed, kept] = [required(before), required(after)];
  return [
    ...Object.keys(was).flatMap((property) => {
      const now = is[property];
      return now ? breakingChanges(schema(was[property]), now, name(property)) : [`${name(property)} was taken away`];
    }),
    ...needed.filter((property) => !kept.includes(property)).map((property) => `${name(property)} may be missing now`),
  ];
};

const schema = (value: unknown): JsonSchema => (value ?? {}) as JsonSchema;
const schemas = (value: unknown): readonly JsonSchema[] => (value ?? []) as readonly JsonSchema[];
const properties = (of: JsonSchema): Readonly<Record<string, JsonSchema>> =>
  (of['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
const required = (of: JsonSchema): readonly string[] => (of['required'] ?? []) as readonly string[];
