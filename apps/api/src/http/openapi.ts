import { commandLabels, incidentCommandTypes } from '#libs/domain';
import { version } from '../version.js';
import { commandSchema } from './catalogue.controller.js';
import { changeOperations, type ChangeOperation } from './openapi.changes.js';
import {
  acceptLanguage,
  actor,
  awaitView,
  etag,
  idempotencyKey,
  ifMatch,
  pathParameters,
  problems,
  type Json,
  type Schema,
} from './openapi.parts.js';
import { queryOperations, type QueryOperation } from './openapi.queries.js';
import { answerSchemas, ref, text } from './openapi.schemas.js';

const tagOf = (path: string): string => {
  if (path.startsWith('/api/v1/subscriptions')) return 'subscriptions';
  return path.startsWith('/api/v1') ? 'queries' : 'operations';
};

const queryOperation = ({
  path,
  id,
  summary,
  parameters = [],
  answer,
  mediaType = 'application/json',
  problems: own = [],
  isVersioned,
}: QueryOperation): Json => ({
  operationId: id,
  summary,
  tags: [tagOf(path)],
  parameters: [
    ...pathParameters(path),
    ...parameters,
    ...(path.startsWith('/api/v1') ? [awaitView, acceptLanguage] : []),
  ],
  responses: {
    200: {
      description: 'The answer',
      ...(isVersioned ? { headers: etag } : {}),
      content: { [mediaType]: { schema: answer } },
    },
    ...(path === '/readyz' ? { 503: { description: 'Not ready', content: { [mediaType]: { schema: answer } } } } : {}),
    ...problems(400, ...own, 421, ...(path === '/readyz' ? [] : [503])),
  },
});

const commandOperation = (id: string, summary: string, bodySchema: Schema, isDeclaration: boolean): Json => ({
  operationId: id,
  summary,
  tags: ['commands'],
  parameters: [
    ...(isDeclaration ? [] : pathParameters('/api/v1/incidents/{id}')),
    ...(isDeclaration ? [] : [ifMatch]),
    idempotencyKey,
    actor,
    acceptLanguage,
  ],
  requestBody: {
    required: bodySchema['required'] !== undefined || isDeclaration,
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${id}` } } },
  },
  responses: {
    [isDeclaration ? 201 : 200]: {
      description: 'Recorded, durably',
      headers: isDeclaration ? { ...etag, Location: { schema: text } } : etag,
      content: { 'application/json': { schema: ref('CommandAnswer') } },
    },
    ...problems(
      400,
      403,
      ...(isDeclaration ? [] : [404]),
      409,
      ...(isDeclaration ? [] : [412]),
      413,
      415,
      421,
      422,
      503,
    ),
  },
});

const titleOf = (command: string): string => commandLabels[command as keyof typeof commandLabels]?.en ?? command;

const changeOperation = ({
  path,
  id,
  summary,
  body,
  status,
  answer,
  isVersioned,
  isRepeatable,
  isCreation,
}: ChangeOperation): Json => ({
  operationId: id,
  summary,
  tags: [path.startsWith('/api/v1/subscriptions') ? 'subscriptions' : 'exercises'],
  parameters: [...pathParameters(path), ...(isRepeatable ? [idempotencyKey] : []), actor, acceptLanguage],
  ...(body
    ? { requestBody: { required: body['required'] !== undefined, content: { 'application/json': { schema: body } } } }
    : {}),
  responses: {
    [status]: {
      description: 'Done, durably',
      headers: { ...(isVersioned ? etag : {}), ...(isCreation ? { Location: { schema: text } } : {}) },
      ...(answer ? { content: { 'application/json': { schema: answer } } } : {}),
    },
    ...problems(400, 403, 404, 409, 413, 415, 421, ...(isRepeatable ? [422] : []), 429, 503),
  },
});

/** The contract as OpenAPI 3.1, from the tables that the server runs on. */
export const openApiDocument = (): Json => {
  const paths: Record<string, Record<string, Json>> = {};
  for (const each of queryOperations) paths[each.path] = { get: queryOperation(each) };
  const declare = commandSchema('DeclareIncident');
  paths['/api/v1/incidents'] = {
    ...paths['/api/v1/incidents'],
    post: commandOperation('DeclareIncident', titleOf('DeclareIncident'), declare, true),
  };
  for (const command of incidentCommandTypes) {
    paths[`/api/v1/incidents/{id}/commands/${command}`] = {
      post: commandOperation(command, titleOf(command), commandSchema(command), false),
    };
  }
  for (const each of changeOperations) {
    paths[each.path] = { ...paths[each.path], [each.method]: changeOperation(each) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tocsin',
      version,
      description: 'Event-sourced incident response for public bodies under cyberattack.',
      license: { name: 'EUPL-1.2', identifier: 'EUPL-1.2' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'commands' },
      { name: 'queries' },
      { name: 'subscriptions' },
      { name: 'exercises' },
      { name: 'operations' },
    ],
    paths,
    components: {
      schemas: {
        ...answerSchemas,
        DeclareIncident: declare,
        ...Object.fromEntries(incidentCommandTypes.map((command) => [command, commandSchema(command)])),
      },
    },
  };
};
