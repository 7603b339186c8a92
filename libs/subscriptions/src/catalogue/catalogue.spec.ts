import { writeFileSync } from 'node:fs';
import type { JsonSchema } from '#libs/domain';
import { breakingChanges } from './breaking-changes.js';
import { currentSchemas, findSchema, publishedSchemas, publishedSchemasFile } from './event-schemas.js';

describe('The published schemas of events', () => {
  it('are as they were published: a shape that changes gets a new version and an upcaster', () => {
    const published = publishedSchemas();
    const broken = Object.entries(currentSchemas()).flatMap(([name, schema]) =>
      published[name] ? breakingChanges(published[name], schema).map((change) => `${name}: ${change}`) : [],
    );
    expect(broken).toEqual([]);
  });

  it('are never taken away', () => {
    const names = Object.keys(publishedSchemas());
    expect(names.filter((name) => findSchema(name) === undefined)).toEqual([]);
  });

  // An addition is published by running this test with TOCSIN_PUBLISH_SCHEMAS=yes, and committing the file.
  it('are all in schemas/published-events.json', () => {
    const all = { ...publishedSchemas(), ...currentSchemas() };
    if (process.env['TOCSIN_PUBLISH_SCHEMAS'] === 'yes')
      writeFileSync(publishedSchemasFile(), `${JSON.stringify(all, null, 1)}\n`);
    expect(publishedSchemas()).toEqual(JSON.parse(JSON.stringify(all)));
  });
});

describe('A breaking change', () => {
  const before: JsonSchema = {
    type: 'object',
    properties: {
      status: { type: 'string', enum: ['a', 'b'] },
      list: { type: 'array', items: { type: 'object', properties: { x: { type: 'string' } }, required: ['x'] } },
      at: { type: 'string', format: 'date-time' },
    },
    required: ['status'],
  };
  const changed = (change: (schema: any) => void): readonly string[] => {
    const after = structuredClone(before);
    change(after);
    return breakingChanges(before, after);
  };

  it.each<[string, (schema: any) => void, string[]]>([
    ['nothing', () => undefined, []],
    ['a new optional property', (s) => (s.properties.more = { type: 'string' }), []],
    ['a longer enumeration', (s) => s.properties.status.enum.push('c'), []],
    ['a stricter promise', (s) => s.required.push('at'), []],
    ['a property taken away', (s) => delete s.properties.at, ['at was taken away']],
    ['a shorter enumeration', (s) => s.properties.status.enum.pop(), ['status no longer has the value b']],
    ['no longer required', (s) => (s.required = []), ['status may be missing now']],
    ['another type', (s) => (s.properties.at = { type: 'integer' }), ['at was string and is integer']],
    ['another format', (s) => delete s.properties.at.format, ['at has another format']],
    ['deep inside', (s) => delete s.properties.list.items.properties.x, ['list[].x was taken away']],
  ])('%s', (_name, change, expected) => {
    expect(changed(change)).toEqual(expected);
  });
});
