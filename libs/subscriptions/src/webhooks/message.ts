import { thinned, TYPE_PREFIX, type CloudEvent } from '../feed/cloud-event.js';
import { signedHeaders, type SigningKeys } from './signatures.js';
import type { Subscription } from './subscription.js';

export interface Message {
  readonly id: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a message says of its place among the messages of its subscription. */
export interface Numbering {
  readonly seq: number;
  /** Position of the message numbered before it. */
  readonly previous: string;
}

export const CONTENT_TYPE = 'application/cloudevents+json; charset=utf-8';

/** The body is the same on every attempt; the moment and the signature are of this one. */
export const messageOf = (
  event: CloudEvent,
  { settings }: Subscription,
  keys: readonly SigningKeys[],
  nowMs: number,
  numbering: Numbering | 'replay',
): Message => {
  const told = settings.payload === 'full' ? event : thinned(event);
  const replay = numbering === 'replay';
  const body = JSON.stringify({
    ...told,
    ...(replay ? { replay: true } : { deliveryseq: String(numbering.seq), previousposition: numbering.previous }),
  });
  const headers: Readonly<Record<string, string>> = replay
    ? { 'webhook-replay': 'true' }
    : { 'webhook-delivery-seq': String(numbering.seq), 'webhook-previous-position': numbering.previous };
  return signed(event.id, body, keys, nowMs, headers);
};

/** A message that says nothing but that messages arrive. */
export const testMessage = (
  { id, settings }: Subscription,
  test: { readonly testId: string; readonly at: string },
  source: string,
  keys: readonly SigningKeys[],
  nowMs: number,
): Message => {
  const body = JSON.stringify({
    specversion: '1.0',
    id: test.testId,
    source,
    type: `${TYPE_PREFIX}SubscriptionTested.v1`,
    subject: id,
    time: test.at,
    datacontenttype: 'application/json',
    data: { subscription: settings.name, text: 'Essai demandé depuis Tocsin. / Test asked for in Tocsin.' },
  });
  return signed(test.testId, body, keys, nowMs, { 'webhook-test': 'true' });
};

const signed = (
  id: string,
  body: string,
  keys: readonly SigningKeys[],
  nowMs: number,
  more: Readonly<Record<string, string>>,
): Message => ({
  id,
  body,
  headers: {
    'content-type': CONTENT_TYPE,
    'user-agent': 'Tocsin',
    ...more,
    ...signedHeaders(id, nowMs, body, keys),
  },
});

/** As the list of deliveries shows it: with the signature left out, and no more than a little of the body. */
export const shown = ({ headers, body }: Message, url: string) => ({
  url,
  headers: { ...headers, 'webhook-signature': '…' },
  body: body.length > BODY_CHARS_SHOWN ? `${body.slice(0, BODY_CHARS_SHOWN)}…` : body,
});

const BODY_CHARS_SHOWN = 2048;
