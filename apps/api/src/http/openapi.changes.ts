import { jsonSchemaOf } from '#libs/domain';
import { RedeliveryInput, SecretInput, SubscriptionInput, SubscriptionPatch } from '#libs/subscriptions';
import { ExerciseInput } from './exercises.controller.js';
import type { Schema } from './openapi.parts.js';
import { object, ref } from './openapi.schemas.js';

/** A change of the contract that is no command of an incident. */
export interface ChangeOperation {
  readonly method: 'post' | 'patch' | 'delete';
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly body?: Schema;
  readonly status: 200 | 201 | 202 | 204;
  readonly answer?: Schema;
  readonly isVersioned?: true;
  /** Takes an idempotency key. */
  readonly isRepeatable?: true;
  readonly isCreation?: true;
}

const ONE = '/api/v1/subscriptions/{id}';
const nothing = object({});
const subscription = { status: 200, answer: ref('Subscription'), isVersioned: true } as const;

export const changeOperations: readonly ChangeOperation[] = [
  {
    method: 'post',
    path: '/api/v1/exercises',
    id: 'startExercise',
    summary: 'Plays a scenario of the box into an exercise incident',
    body: jsonSchemaOf(ExerciseInput),
    status: 201,
    answer: ref('Exercise'),
    isVersioned: true,
    isRepeatable: true,
    isCreation: true,
  },
  {
    method: 'post',
    path: '/api/v1/subscriptions',
    id: 'CreateSubscription',
    summary: 'Makes a webhook; the answer has its secret, once',
    body: jsonSchemaOf(SubscriptionInput),
    status: 201,
    answer: ref('SubscriptionWithSecret'),
    isVersioned: true,
    isRepeatable: true,
    isCreation: true,
  },
  {
    method: 'patch',
    path: ONE,
    id: 'ChangeSubscription',
    summary: 'Changes what is sent and where',
    body: jsonSchemaOf(SubscriptionPatch),
    ...subscription,
  },
  { method: 'delete', path: ONE, id: 'DeleteSubscription', summary: 'Ends a webhook', status: 204 },
  {
    method: 'post',
    path: `${ONE}/test`,
    id: 'TestSubscription',
    summary: 'Sends a test message now, and answers what the receiver said',
    body: nothing,
    status: 200,
    answer: ref('Delivery'),
    isRepeatable: true,
  },
  {
    method: 'post',
    path: `${ONE}/pause`,
    id: 'PauseSubscription',
    summary: 'Sends nothing until it is resumed; nothing is lost',
    body: nothing,
    ...subscription,
    isRepeatable: true,
  },
  {
    method: 'post',
    path: `${ONE}/resume`,
    id: 'ResumeSubscription',
    summary: 'Sends what waited, in order',
    body: nothing,
    ...subscription,
    isRepeatable: true,
  },
  {
    method: 'post',
    path: `${ONE}/rotate-secret`,
    id: 'RotateSecret',
    summary: 'Makes a new secret; the old one signs beside it for a while',
    body: jsonSchemaOf(SecretInput),
    status: 200,
    answer: ref('SubscriptionWithSecret'),
    isVersioned: true,
    isRepeatable: true,
  },
  {
    method: 'post',
    path: `${ONE}/redeliver`,
    id: 'Redeliver',
    summary: 'Sends again: one event, what came after a position, or what was recorded since a time',
    body: jsonSchemaOf(RedeliveryInput),
    status: 202,
    answer: ref('Redelivery'),
    isRepeatable: true,
  },
];
