import { jsonSchemaOf } from '#libs/domain';
import { RedeliveryInput, SecretInput, SubscriptionInput, SubscriptionPatch } from '#libs/subscriptions';

type Json = Readonly<Record<string, any>>;

/** What the operations of subscriptions share with the rest of the document. */
export interface DocumentParts {
  readonly idempotencyKey: Json;
  readonly actor: Json;
  readonly acceptLanguage: Json;
  readonly limit: Json;
  readonly cursor: Json;
  readonly awaitView: Json;
  readonly pathParameters: readonly Json[];
  readonly problems: (...statuses: readonly number[]) => Json;
}

const ref = (name: keyof typeof subscriptionSchemas): Json => ({ $ref: `#/components/schemas/${name}` });
const text = { type: 'string' };
const whole = { type: 'integer' };
const instant = { type: 'string', format: 'date-time' };
const object = (properties: Json, optional: readonly string[] = []): Json => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});
const cause = { type: 'object', properties: { code: text, status: whole, text }, required: ['code', 'text'] };

/** Schemas of what is sent and answered. Answers may gain members. */
export const subscriptionSchemas = {
  CreateSubscription: jsonSchemaOf(SubscriptionInput),
  ChangeSubscription: jsonSchemaOf(SubscriptionPatch),
  RotateSecret: jsonSchemaOf(SecretInput),
  Redeliver: jsonSchemaOf(RedeliveryInput),
  Subscription: object(
    {
      id: text,
      revision: whole,
      name: text,
      url: text,
      payload: { type: 'string', enum: ['thin', 'full'] },
      exercise: { type: 'string', enum: ['exclude', 'include', 'only'] },
      from: text,
      status: { type: 'string', enum: ['active', 'degraded', 'paused', 'held'] },
      statusSince: instant,
      createdAt: instant,
      publicKey: text,
      delivery: { type: 'object', properties: { position: text, delivered: whole, failed: whole, lastCause: cause } },
      summary: text,
      secret: text,
    },
    ['secret'],
  ),
  Attempt: object(
    {
      at: instant,
      outcome: { type: 'string', enum: ['delivered', 'failed'] },
      deliverySeq: {},
      cause,
      nextAttemptAt: instant,
    },
    ['cause', 'nextAttemptAt', 'deliverySeq'],
  ),
  Redelivery: object({ redeliveryId: text }),
} as const;

const json = (schema: Json): Json => ({ content: { 'application/json': { schema } } });

/** Webhooks: `/api/v1/subscriptions` and below. */
export const subscriptionPaths = (parts: DocumentParts): Json => {
  const { idempotencyKey, actor, acceptLanguage, limit, cursor, awaitView, pathParameters, problems } = parts;
  const tags = ['subscriptions'];
  const page = (items: Json): Json => object({ items: { type: 'array', items }, next: text }, ['next']);
  const read = (
    operationId: string,
    summary: string,
    own: readonly Json[],
    schema: Json,
    ...statuses: number[]
  ): Json => ({
    operationId,
    summary,
    tags,
    parameters: [...own, awaitView, acceptLanguage],
    responses: { 200: { description: 'The answer', ...json(schema) }, ...problems(400, ...statuses, 421, 503) },
  });
  const change = (
    operationId: string,
    summary: string,
    { body, status = 200, answer = ref('Subscription'), own = pathParameters, keyed = true }: ChangeOptions = {},
  ): Json => ({
    operationId,
    summary,
    tags,
    parameters: [...own, ...(keyed ? [idempotencyKey] : []), actor, acceptLanguage],
    ...(body ? { requestBody: { required: body.required, ...json(body.schema) } } : {}),
    responses: {
      [status]: { description: 'Done, durably', ...(status === 204 ? {} : json(answer)) },
      ...problems(400, 403, ...(own.length > 0 ? [404] : []), 409, 413, 415, 421, ...(keyed ? [422] : []), 429, 503),
    },
  });
  const item = '/api/v1/subscriptions/{id}';
  return {
    '/api/v1/subscriptions': {
      get: read('subscriptions', 'Webhooks, and how far each has got', [limit, cursor], page(ref('Subscription'))),
      post: change('CreateSubscription', 'Makes a webhook; answers its signing secret once', {
        body: { required: true, schema: ref('CreateSubscription') },
        status: 201,
        own: [],
      }),
    },
    [item]: {
      get: read('subscription', 'One webhook', pathParameters, ref('Subscription'), 404),
      patch: change('ChangeSubscription', 'Changes what it gets, or where', {
        body: { required: true, schema: ref('ChangeSubscription') },
        keyed: false,
      }),
      delete: change('DeleteSubscription', 'Ends it', { status: 204, keyed: false }),
    },
    [`${item}/deliveries`]: {
      get: read(
        'deliveries',
        'Attempts, the latest first, with what was sent and answered',
        [
          ...pathParameters,
          {
            name: 'outcome',
            in: 'query',
            description: 'Only these',
            schema: { type: 'string', enum: ['delivered', 'failed'] },
          },
          limit,
          cursor,
        ],
        page(ref('Attempt')),
        404,
      ),
    },
    [`${item}/test`]: { post: change('TestSubscription', 'Sends a test event now', { answer: ref('Attempt') }) },
    [`${item}/pause`]: { post: change('PauseSubscription', 'Sends nothing until it is resumed; nothing is lost') },
    [`${item}/resume`]: { post: change('ResumeSubscription', 'Sends again, all that waited, in order') },
    [`${item}/rotate-secret`]: {
      post: change('RotateSecret', 'Makes a new secret; both sign for a while', {
        body: { required: false, schema: ref('RotateSecret') },
      }),
    },
    [`${item}/redeliver`]: {
      post: change('Redeliver', 'Sends again: one event, from a position, or since a time', {
        body: { required: true, schema: ref('Redeliver') },
        status: 202,
        answer: ref('Redelivery'),
      }),
    },
  };
};

interface ChangeOptions {
  readonly body?: { readonly required: boolean; readonly schema: Json };
  readonly status?: number;
  readonly answer?: Json;
  readonly own?: readonly Json[];
  readonly keyed?: boolean;
}
