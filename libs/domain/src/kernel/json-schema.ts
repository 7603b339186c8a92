import { fieldsOf, LIST_ITEMS_MAX, type Class, type Field } from './fields.js';
import { PRECISIONS } from './instant.js';

export type JsonSchema = { readonly [key: string]: unknown };

/** JSON Schema (2020-12, as OpenAPI 3.1 uses it) of what `readInput` accepts for a class. */
export const jsonSchemaOf = (type: Class): JsonSchema => {
  const fields = fieldsOf(type);
  const required = fields.filter((field) => field.required).map((field) => field.name);
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(fields.map((field) => [field.name, fieldSchema(field)])),
    ...(required.length > 0 ? { required } : {}),
  };
};

const fieldSchema = (field: Field): JsonSchema => {
  const value = valueSchema(field);
  const schema = field.list ? { type: 'array', maxItems: LIST_ITEMS_MAX, items: value } : value;
  return field.nullable ? { anyOf: [schema, { type: 'null' }] } : schema;
};

const instant: JsonSchema = { type: 'string', format: 'date-time' };

export const whenSchema: JsonSchema = {
  anyOf: [
    instant,
    {
      type: 'object',
      additionalProperties: false,
      properties: { at: instant, until: instant, precision: { type: 'string', enum: PRECISIONS } },
      required: ['at'],
    },
  ],
};

const valueSchema = (field: Field): JsonSchema => {
  switch (field.kind) {
    case 'text':
    case 'organisation':
      return { type: 'string', minLength: 1, maxLength: field.charsMax };
    case 'choice':
      return { type: 'string', enum: field.values };
    case 'boolean':
      return { type: 'boolean' };
    case 'integer':
    case 'number':
      return { type: field.kind, minimum: field.min, maximum: field.max };
    case 'instant':
      return instant;
    case 'when':
      return whenSchema;
    case 'pattern':
      return { type: 'string', pattern: field.pattern };
    case 'object':
      return field.of ? jsonSchemaOf(field.of()) : { type: 'object' };
    case 'any':
      return { type: 'object' };
  }
};
