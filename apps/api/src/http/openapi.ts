import {
  AXES,
  commandLabels,
  incidentCommandTypes,
  OBLIGATION_STATUSES,
  SERVICE_STATUSES,
  STEP_STATES,
} from '#libs/domain';
import { version } from '../version.js';
import { commandSchema } from './catalogue.controller.js';
import {
  answerSchemas,
  choice,
  flag,
  instant,
  list,
  object,
  page,
  position,
  ref,
  text,
  uuid,
} from './openapi.schemas.js';
import { subscriptionPaths, subscriptionSchemas } from './openapi.subscriptions.js';
import { LIMIT_MAX } from './parameters.js';

type Schema = Readonly<Record<string, unknown>>;
type Json = Readonly<Record<string, any>>;

interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path' | 'header';
  readonly required?: true;
  readonly description: string;
  readonly schema: Schema;
}

const query = (name: string, description: string, schema: Schema = text): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
});
const header = (name: string, description: string, schema: Schema): Parameter => ({
  name,
  in: 'header',
  description,
  schema,
});

const limit = query('limit', 'Items of a page', { type: 'integer', minimum: 1, maximum: LIMIT_MAX, default: 100 });
const cursor = query('cursor', '`next` of the page before');
const asOf = query('asOf', 'Revision, position or RFC 3339 time; absent: now');
const axis = query(
  'axis',
  'What was known then (`recorded`) or what was true then, as known now (`occurred`)',
  choice(AXES),
);
const moment = [asOf, axis];
const awaitView = query('await', 'Position that a command answered: waits up to 2 s until the views have it', position);

const acceptLanguage = header('Accept-Language', 'Language of the sentences: fr (default) or en', text);
const idempotencyKey = header(
  'Idempotency-Key',
  'A repeat with the same key gives the first answer and writes nothing',
  uuid,
);
const ifMatch = header('If-Match', 'Revision that the caller saw, in quotes', {
  type: 'string',
  pattern: '^(\\*|(W/)?"\\d{1,15}")$',
});
const actor = header('X-Tocsin-Actor', '`<name>;<role>`, UTF-8, percent-encoded where needed', {
  type: 'string',
  maxLength: 200,
});

/** A read of the contract. */
interface QueryOperation {
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly answer: Schema;
  readonly mediaType?: string;
  /** Statuses of its problems, beside those that any request may get. */
  readonly problems?: readonly number[];
  readonly isVersioned?: true;
}

/** Every query, as the controllers answer it. A route that is not here fails the test that compares the two. */
const queries: readonly QueryOperation[] = [
  {
    path: '/api/v1/incidents',
    id: 'board',
    summary: 'The board: incidents, the latest declared first',
    parameters: [
      query('status', 'Only these', choice(['open', 'closed'])),
      query('organisation', 'Id or exact name'),
      query('exercise', 'Only drills, or none', flag),
      limit,
      cursor,
    ],
    answer: page(ref('BoardItem')),
  },
  {
    path: '/api/v1/incidents/{id}',
    id: 'status',
    summary: 'The status view',
    parameters: moment,
    answer: ref('Status'),
    problems: [404],
    isVersioned: true,
  },
  {
    path: '/api/v1/incidents/{id}/steps',
    id: 'steps',
    summary: 'The steps of the playbook',
    parameters: [
      ...moment,
      query('role', 'Only steps that this role may do'),
      query('state', 'Only these', choice(STEP_STATES)),
      limit,
      cursor,
    ],
    answer: page(ref('Step')),
    problems: [404],
    isVersioned: true,
  },
  {
    path: '/api/v1/incidents/{id}/obligations',
    id: 'obligations',
    summary: 'The legal clocks of an incident',
    parameters: [...moment, query('state', 'Only these', choice(OBLIGATION_STATUSES)), limit, cursor],
    answer: page(ref('Obligation')),
    problems: [404],
    isVersioned: true,
  },
  {
    path: '/api/v1/incidents/{id}/services',
    id: 'services',
    summary: 'The services of an incident',
    parameters: [...moment, query('status', 'Only these', choice(SERVICE_STATUSES)), limit, cursor],
    answer: page(ref('Service')),
    problems: [404],
    isVersioned: true,
  },
  {
    path: '/api/v1/incidents/{id}/timeline',
    id: 'timeline',
    summary: 'A readable line for each event',
    parameters: [
      ...moment,
      query('after', '`next` of the page before'),
      limit,
      query('type', 'Event names, separated by commas'),
      query('q', 'Words that the line contains'),
    ],
    answer: page(ref('TimelineItem')),
    problems: [404],
    isVersioned: true,
  },
  {
    path: '/api/v1/incidents/{id}/diff',
    id: 'diff',
    summary: 'What changed between two moments',
    parameters: [
      { ...query('from', 'Revision, position or time'), required: true },
      query('to', 'The same; absent: now'),
      axis,
    ],
    answer: ref('Diff'),
    problems: [404],
    isVersioned: true,
  },
  {
    path: '/api/v1/incidents/{id}/events',
    id: 'rawEvents',
    summary: 'The stream of the incident as it is stored',
    parameters: [query('after', 'Revision after which to go on', { type: 'integer', minimum: 0 }), limit],
    answer: page(ref('Event')),
    problems: [404],
  },
  {
    path: '/api/v1/obligations',
    id: 'allObligations',
    summary: 'The legal clocks of all incidents, the nearest term first',
    parameters: [
      query('state', 'Only these', choice(OBLIGATION_STATUSES)),
      query('before', 'Due before this time', instant),
      limit,
      cursor,
    ],
    answer: page(ref('ObligationOfIncident')),
  },
  {
    path: '/api/v1/services',
    id: 'allServices',
    summary: 'The services of all incidents',
    parameters: [query('status', 'Only these', choice(SERVICE_STATUSES)), limit, cursor],
    answer: page(ref('ServiceOfIncident')),
  },
  {
    path: '/api/v1/events',
    id: 'events',
    summary: 'The feed: a page of CloudEvents, or with Accept: text/event-stream the same live',
    parameters: [
      query('after', 'Position after which to go on'),
      limit,
      query('type', 'Event names, separated by commas'),
      query('incident', 'Ids of incidents, separated by commas'),
      query('organisation', 'Id or exact name'),
      query('exercise', 'Only drills, or none', flag),
      header('Last-Event-ID', 'Position after which a live feed goes on', position),
    ],
    answer: list(ref('CloudEvent')),
    mediaType: 'application/cloudevents-batch+json',
  },
  {
    path: '/api/v1/commands',
    id: 'commands',
    summary: 'Every command with the schema of its body',
    answer: page(ref('Command')),
  },
  {
    path: '/api/v1/playbooks',
    id: 'playbooks',
    summary: 'Playbooks that can be adopted',
    answer: page(ref('PlaybookItem')),
  },
  {
    path: '/api/v1/playbooks/{id}',
    id: 'playbook',
    summary: 'A playbook, whole',
    answer: ref('Playbook'),
    problems: [404],
  },
  { path: '/api/v1/rules', id: 'rules', summary: 'The rules that open legal clocks', answer: page(ref('Rule')) },
  { path: '/api/v1/scenarios', id: 'scenarios', summary: 'The scenarios in the box', answer: page(ref('Scenario')) },
  { path: '/api/v1/version', id: 'version', summary: 'Version of the server', answer: ref('Version') },
  { path: '/healthz', id: 'alive', summary: 'The process lives', answer: object({ status: choice(['ok']) }) },
  {
    path: '/readyz',
    id: 'ready',
    summary: 'Store, views, clocks and disk, with lag; 503 when one of them is not ready',
    answer: ref('Readiness'),
  },
  { path: '/metrics', id: 'metrics', summary: 'Figures for Prometheus', answer: text, mediaType: 'text/plain' },
];

const titles: Readonly<Record<number, string>> = {
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

const problems = (...statuses: number[]): Json =>
  Object.fromEntries(
    statuses.map((status) => [
      String(status),
      { description: titles[status], content: { 'application/problem+json': { schema: ref('Problem') } } },
    ]),
  );

const etag: Json = { ETag: { description: 'The revision', schema: { type: 'string', pattern: '^"\\d+"$' } } };

const pathParameters = (path: string): readonly Json[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: path.startsWith('/api/v1/incidents/') ? uuid : text,
  }));

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
  tags: [path.startsWith('/api/v1') ? 'queries' : 'operations'],
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

const exerciseSchema: Schema = object(
  { scenario: { type: 'string', minLength: 1, maxLength: 100 } },
  { speed: { type: 'number', minimum: 0.001, maximum: 1e9 } },
);

const startExercise: Json = {
  ...commandOperation('startExercise', 'Plays a scenario of the box into an exercise incident', exerciseSchema, true),
  parameters: [idempotencyKey, acceptLanguage],
  responses: {
    201: {
      description: 'Played',
      headers: { ...etag, Location: { schema: text } },
      content: { 'application/json': { schema: ref('Exercise') } },
    },
    ...problems(400, 403, 404, 413, 415, 421, 422, 503),
  },
};

const titleOf = (command: string): string => commandLabels[command as keyof typeof commandLabels]?.en ?? command;

/** The contract as OpenAPI 3.1, from the tables that the server runs on. */
export const openApiDocument = (): Json => {
  const paths: Record<string, Record<string, Json>> = {};
  for (const each of queries) paths[each.path] = { get: queryOperation(each) };
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
  paths['/api/v1/exercises'] = { post: startExercise };
  const own = { pathParameters: pathParameters('/api/v1/subscriptions/{id}'), problems };
  Object.assign(paths, subscriptionPaths({ idempotencyKey, actor, acceptLanguage, limit, cursor, awaitView, ...own }));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tocsin',
      version,
      description: 'Event-sourced incident response for public bodies under cyberattack.',
      license: { name: 'EUPL-1.2', identifier: 'EUPL-1.2' },
    },
    servers: [{ url: '/' }],
    tags: [{ name: 'commands' }, { name: 'queries' }, { name: 'subscriptions' }, { name: 'operations' }],
    paths,
    components: {
      schemas: {
        ...answerSchemas,
        ...subscriptionSchemas,
        startExercise: exerciseSchema,
        DeclareIncident: declare,
        ...Object.fromEntries(incidentCommandTypes.map((command) => [command, commandSchema(command)])),
      },
    },
  };
};
