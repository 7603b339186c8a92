type Schema = { readonly [key: string]: any };

const TIME = '2026-03-02T07:30:00Z';

/** The smallest value that a JSON Schema of ours takes. */
export const minimalValue = (schema: Schema): unknown => {
  if (schema['anyOf'] && !schema['properties']) return minimalValue(schema['anyOf'][0]);
  if (schema['enum']) return schema['enum'][0];
  switch (schema['type']) {
    case 'object':
      return minimalBody(schema);
    case 'array':
      return [minimalValue(schema['items'])];
    case 'string':
      return textFor(schema);
    case 'integer':
    case 'number':
      return schema['minimum'] ?? 0;
    case 'boolean':
      return false;
    default:
      throw new Error(`No minimal value for ${JSON.stringify(schema)}`);
  }
};

const textFor = ({ format, pattern }: Schema): string => {
  if (format === 'date-time') return TIME;
  if (pattern === undefined) return 'x';
  const candidates = ['0190ffff-0000-7000-8000-000000000001', 'a'.repeat(64), '123456789', 'EUR'];
  const found = candidates.find((text) => new RegExp(pattern).test(text));
  if (found === undefined) throw new Error(`No text for ${pattern}`);
  return found;
};

/** The required properties of an object, and no other. */
export const minimalBody = (schema: Schema): Record<string, unknown> =>
  Object.fromEntries(
    ((schema['required'] ?? []) as string[]).map((name) => [name, minimalValue(schema['properties'][name])]),
  );
