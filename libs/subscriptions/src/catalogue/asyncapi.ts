import {
  eventLabels,
  incidentEventTypes,
  schemaVersionOf,
  type IncidentEventType,
  type JsonSchema,
} from '#libs/domain';
import { cloudEventType, schemaId } from '../feed/cloud-event.js';
import { currentSchema } from './event-schemas.js';

const text = (description: string): JsonSchema => ({ type: 'string', description });

/** What every message has, whatever happened. */
const envelope: JsonSchema = {
  type: 'object',
  required: [
    'specversion',
    'id',
    'source',
    'type',
    'subject',
    'time',
    'dataschema',
    'sequence',
    'position',
    'occurredat',
  ],
  properties: {
    specversion: { const: '1.0' },
    id: { type: 'string', format: 'uuid', description: 'Id of the event, the same by every way and on every attempt.' },
    source: text('Name of the log; with id it tells every event of the world apart.'),
    type: text('fr.tocsin.<Event>.v<version>'),
    subject: { type: 'string', format: 'uuid', description: 'Id of the incident.' },
    time: { type: 'string', format: 'date-time', description: 'When it was recorded.' },
    datacontenttype: { const: 'application/json' },
    dataschema: text('urn:tocsin:schema:<Event>.v<version>; its text is at /api/schemas/<Event>.v<version>.json.'),
    sequence: text('Revision in the incident, in digits; 0 is the first.'),
    position: text('Place in the log: give it as ?after= or Last-Event-ID to go on from here.'),
    occurredat: { type: 'string', format: 'date-time', description: 'When it happened.' },
    occurreduntil: { type: 'string', format: 'date-time' },
    occurredprecision: { type: 'string', enum: ['minute', 'hour', 'half_day', 'day', 'night', 'unknown'] },
    organisations: text('Ids of the bodies that it concerns, separated by commas.'),
    actorid: text('Who recorded it.'),
    actorname: { type: 'string' },
    actorrole: { type: 'string' },
    saidby: text('Who said it, when somebody else held the pen.'),
    saidbyrole: { type: 'string' },
    sourcekind: text('Kind of source: witness, log, press, communique, authority, unknown.'),
    sourcename: { type: 'string' },
    sourcequote: { type: 'string' },
    confidence: { type: 'string', enum: ['low', 'medium', 'high', 'unknown'] },
    tlp: { type: 'string', enum: ['clear', 'green', 'amber', 'amber+strict', 'red'] },
    note: { type: 'string' },
    supersedes: text('Id of the event that this one corrects.'),
    causationid: { type: 'string' },
    correlationid: { type: 'string' },
    exercise: { type: 'boolean', description: 'True for an exercise, left out otherwise.' },
    deliveryseq: text('Webhooks: number of the message in its subscription; a missing number is a gap.'),
    previousposition: text('Webhooks: position of the message numbered before.'),
    replay: { type: 'boolean', description: 'Webhooks: it was asked for again.' },
    dataref: text('Webhooks, thin: where the event is read.'),
    data: { type: 'object', description: 'What happened, as dataschema describes it.' },
  },
};

const messageOf = (type: IncidentEventType): JsonSchema => ({
  name: cloudEventType(type, schemaVersionOf(type)),
  title: eventLabels[type].en,
  summary: eventLabels[type].fr,
  contentType: 'application/cloudevents+json',
  payload: {
    allOf: [
      { $ref: '#/components/schemas/CloudEvent' },
      {
        type: 'object',
        properties: {
          type: { const: cloudEventType(type, schemaVersionOf(type)) },
          dataschema: { const: schemaId(type, schemaVersionOf(type)) },
          data: { $ref: `#/components/schemas/${type}` },
        },
      },
    ],
  },
});

/** AsyncAPI speaks an older JSON Schema than the schemas say they are written in; what they use is in both. */
const component = (type: IncidentEventType): JsonSchema => {
  const { $schema: _schema, $id: _id, ...schema } = currentSchema(type);
  return schema;
};

const referTo = (place: string): JsonSchema =>
  Object.fromEntries(incidentEventTypes.map((type) => [type, { $ref: `#/${place}/${type}` }]));

/** Everything that Tocsin tells, as AsyncAPI 3, made from the event table. */
export const asyncApi = (version: string): JsonSchema => ({
  asyncapi: '3.0.0',
  info: {
    title: 'Tocsin: events',
    version,
    description:
      'What happens in incidents, as CloudEvents 1.0. At least once, in order per incident, kept for ever; the same id by every way. Ignore properties that you do not know; enumerations may grow.',
    license: { name: 'EUPL-1.2', url: 'https://joinup.ec.europa.eu/collection/eupl/eupl-text-eupl-12' },
  },
  defaultContentType: 'application/cloudevents+json',
  servers: {
    tocsin: {
      host: '{host}',
      protocol: 'http',
      description: 'The server of the town or of its CSIRT.',
      variables: { host: { default: '127.0.0.1:3000' } },
    },
  },
  channels: {
    feed: {
      address: '/api/v1/events',
      title: 'Feed',
      description:
        'GET for pages (application/cloudevents-batch+json), or with Accept: text/event-stream for server-sent events.',
      servers: [{ $ref: '#/servers/tocsin' }],
      messages: referTo('components/messages'),
      bindings: { http: {} },
    },
    webhook: {
      address: null,
      title: 'Webhook',
      description: 'POST to the address of a subscription, signed as Standard Webhooks 1.0 says.',
      messages: referTo('components/messages'),
      bindings: { http: {} },
    },
  },
  operations: {
    publish: {
      action: 'send',
      channel: { $ref: '#/channels/feed' },
      summary: 'Events of every incident, from any position.',
      bindings: { http: { method: 'GET' } },
    },
    deliver: {
      action: 'send',
      channel: { $ref: '#/channels/webhook' },
      summary: 'Events that a subscription selects, delivered until they are received.',
      bindings: { http: { method: 'POST' } },
    },
  },
  components: {
    messages: Object.fromEntries(incidentEventTypes.map((type) => [type, messageOf(type)])),
    schemas: {
      CloudEvent: envelope,
      ...Object.fromEntries(incidentEventTypes.map((type) => [type, component(type)])),
    },
  },
});
