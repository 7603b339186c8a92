import { OBLIGATION_STATUSES, SERVICE_STATUSES, STEP_STATES } from '#libs/domain';
import { axis, cursor, header, limit, moment, query, type Parameter, type Schema } from './openapi.parts.js';
import { choice, flag, instant, list, object, page, position, ref, text } from './openapi.schemas.js';

/** A read of the contract. */
export interface QueryOperation {
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
export const queryOperations: readonly QueryOperation[] = [
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
    isVersioned: true,
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
    path: '/api/v1/subscriptions',
    id: 'subscriptions',
    summary: 'Webhooks, and how far each has got',
    parameters: [limit, cursor],
    answer: page(ref('Subscription')),
  },
  {
    path: '/api/v1/subscriptions/{id}',
    id: 'subscription',
    summary: 'A webhook, and how far it has got',
    answer: ref('Subscription'),
    problems: [404],
    isVersioned: true,
  },
  {
    path: '/api/v1/subscriptions/{id}/deliveries',
    id: 'deliveries',
    summary: 'What was sent, the latest first, with what the receiver said',
    parameters: [limit, cursor, query('outcome', 'Only these', choice(['delivered', 'failed']))],
    answer: ref('Deliveries'),
    problems: [404],
  },
  {
    path: '/api/v1/commands',
    id: 'commands',
    parameters: [limit, cursor],
    summary: 'Every command with the schema of its body',
    answer: page(ref('Command')),
  },
  {
    path: '/api/v1/playbooks',
    id: 'playbooks',
    parameters: [limit, cursor],
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
  {
    path: '/api/v1/rules',
    id: 'rules',
    summary: 'The rules that open legal clocks',
    parameters: [limit, cursor],
    answer: page(ref('Rule')),
  },
  {
    path: '/api/v1/scenarios',
    id: 'scenarios',
    summary: 'The scenarios in the box',
    parameters: [limit, cursor],
    answer: page(ref('Scenario')),
  },
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
