import { AXES, type JsonSchema } from '#libs/domain';
import { choice, position, ref, text, uuid } from './openapi.schemas.js';
import { LIMIT_MAX } from './parameters.js';

export type Schema = JsonSchema;
export type Json = Readonly<Record<string, any>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path' | 'header';
  readonly required?: true;
  readonly description: string;
  readonly schema: Schema;
}

export const query = (name: string, description: string, schema: Schema = text): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
});
export const header = (name: string, description: string, schema: Schema): Parameter => ({
  name,
  in: 'header',
  description,
  schema,
});

export const limit = query('limit', 'Items of a page', {
  type: 'integer',
  minimum: 1,
  maximum: LIMIT_MAX,
  default: 100,
});
export const cursor = query('cursor', '`next` of the page before');
export const asOf = query('asOf', 'Revision, position or RFC 3339 time; absent: now');
export const axis = query(
  'axis',
  'What was known then (`recorded`) or what was true then, as known now (`occurred`)',
  choice(AXES),
);
export const moment = [asOf, axis];
export const awaitView = query(
  'await',
  'Position that a command answered: waits up to 2 s until the views have it',
  position,
);

export const acceptLanguage = header('Accept-Language', 'Language of the sentences: fr (default) or en', text);
export const idempotencyKey = header(
  'Idempotency-Key',
  'A repeat with the same key gives the first answer and writes nothing',
  uuid,
);
export const ifMatch = header('If-Match', 'Revision that the caller saw, in quotes', {
  type: 'string',
  pattern: '^(\\*|(W/)?"\\d{1,15}")$',
});
export const actor = header('X-Tocsin-Actor', '`<name>;<role>`, UTF-8, percent-encoded where needed', {
  type: 'string',
  maxLength: 200,
});

export const titles: Readonly<Record<number, string>> = {
  400: 'Malformed or invalid',
  403: 'A page of another site asks for a change',
  404: 'Not there, or not yet',
  409: 'Refused by the rules of the incident',
  412: 'The incident has changed since the revision named',
  413: 'Body over 256 KiB',
  415: 'Not JSON',
  421: 'Host that is not ours',
  422: 'The idempotency key was used for another request',
  429: 'Too many at once',
  503: 'Not now: the log cannot write, or the view is behind',
};

export const problems = (...statuses: number[]): Json =>
  Object.fromEntries(
    statuses.map((status) => [
      String(status),
      { description: titles[status], content: { 'application/problem+json': { schema: ref('Problem') } } },
    ]),
  );

export const etag: Json = { ETag: { description: 'The revision', schema: { type: 'string', pattern: '^"\\d+"$' } } };

export const pathParameters = (path: string): readonly Json[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: path.startsWith('/api/v1/incidents/') ? uuid : text,
  }));
