import {
  eventDataClass,
  eventLabels,
  incidentEventTypes,
  isIncidentEventType,
  jsonSchemaOf,
  PRECISIONS,
  schemaVersionOf,
  whenSchema,
  type IncidentEventType,
  type JsonSchema,
} from '#libs/domain';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { schemaId } from '../feed/cloud-event.js';

/** JSON Schemas by `<Event>.v<version>`. */
export type PublishedSchemas = Readonly<Record<string, JsonSchema>>;

const instant: JsonSchema = { type: 'string', format: 'date-time' };

/** Times are complete in the log, however short they were said. */
const storedWhen: JsonSchema = {
  type: 'object',
  properties: { at: instant, until: instant, precision: { type: 'string', enum: PRECISIONS } },
  required: ['at', 'precision'],
};

const isWhen = (schema: JsonSchema): boolean => JSON.stringify(schema) === JSON.stringify(whenSchema);

/** What readers may rely on: properties may be added later, so unknown ones are to be ignored. */
const opened = (schema: JsonSchema): JsonSchema => {
  if (isWhen(schema)) return storedWhen;
  const entries = Object.entries(schema).filter(([name]) => name !== 'additionalProperties');
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (name === 'properties') {
        const properties = Object.entries(value as Record<string, JsonSchema>);
        return [name, Object.fromEntries(properties.map(([property, each]) => [property, opened(each)]))];
      }
      if (name === 'items') return [name, opened(value as JsonSchema)];
      if (name === 'anyOf') return [name, (value as JsonSchema[]).map(opened)];
      return [name, value];
    }),
  );
};

export const schemaName = (type: IncidentEventType, version = schemaVersionOf(type)): string => `${type}.v${version}`;

/** Schema of the data of an event type as it is recorded today. */
export const currentSchema = (type: IncidentEventType): JsonSchema => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: schemaId(type, schemaVersionOf(type)),
  title: eventLabels[type].en,
  description: eventLabels[type].fr,
  ...opened(jsonSchemaOf(eventDataClass(type))),
});

/** Of every event type, from the event table. */
export const currentSchemas = (): PublishedSchemas =>
  Object.fromEntries(incidentEventTypes.map((type) => [schemaName(type), currentSchema(type)]));

/** What was ever published, former versions too: a reader of old events needs them. */
export const publishedSchemas = (): PublishedSchemas =>
  JSON.parse(readFileSync(publishedSchemasFile(), 'utf8')) as PublishedSchemas;

export const publishedSchemasFile = (): string =>
  join(projectRoot(import.meta.dirname), 'libs', 'subscriptions', 'schemas', 'published-events.json');

/** The schema of that name, of today or of an earlier version; undefined when there never was one. */
export const findSchema = (name: string): JsonSchema | undefined => {
  const [type = '', version] = name.split('.v', 2);
  if (isIncidentEventType(type) && version === String(schemaVersionOf(type))) return currentSchema(type);
  const published = publishedSchemas();
  return Object.hasOwn(published, name) ? published[name] : undefined;
};

const projectRoot = (from: string): string => {
  for (let folder = from; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string }).name === 'tocsin')
      return folder;
    if (folder === dirname(folder)) throw new Error(`The package.json of Tocsin is not above ${from}`);
  }
};
