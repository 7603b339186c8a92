import { instantOf, type Language } from '#libs/domain';
import { causeText, type Cause } from './causes.js';
import type { Attempt, DeliveryBook, Figures, Waiting } from './delivery-book.js';
import type { Lag } from './delivery-lag.js';
import type { Subscription } from './subscription.js';

/** A subscription as its screen shows it: what it gets, how far it has got, and what stands in the way, in words. */
export const subscriptionView = (subscription: Subscription, book: DeliveryBook, lag: Lag, language: Language) => {
  const { id, revision, settings, from, key, previousKey, createdAt, statusSince } = subscription;
  const [figures, waiting] = [book.figures(id), book.waiting(id)];
  const status = deliveryStatus(subscription, waiting);
  const [main] = book.tracks(id);
  const nextMs = status === 'held' || status === 'paused' ? undefined : book.nextDueMs(id);
  return {
    id,
    revision,
    ...settings,
    from,
    status,
    statusSince,
    createdAt,
    publicKey: key.publicKey,
    ...(previousKey ? { previousPublicKey: previousKey.publicKey, previousUntil: previousKey.until } : {}),
    delivery: {
      position: main?.cursor ?? from,
      delivered: figures.delivered,
      failed: figures.failed,
      lastDeliverySeq: figures.seq,
      waiting,
      lag: { events: lag.events, more: lag.more, ...at('oldestAt', lag.oldestMs ?? null) },
      ...at('lastSuccessAt', figures.lastSuccessMs),
      ...at('lastFailureAt', figures.lastFailureMs),
      ...at('nextAttemptAt', nextMs === undefined ? null : Math.max(nextMs, figures.notBeforeMs)),
      ...(figures.lastCause ? { lastCause: causeView(figures.lastCause, language) } : {}),
    },
    summary: summaryOf(subscription, status, figures, waiting, language),
  };
};

export type SubscriptionView = ReturnType<typeof subscriptionView>;

/** `degraded`: it is active, and something cannot be delivered. */
export const deliveryStatus = ({ status }: Pick<Subscription, 'status'>, { failing, held }: Waiting) =>
  status === 'active' && failing + held > 0 ? ('degraded' as const) : status;

const at = (name: string, ms: number | null): Record<string, string> => (ms === null ? {} : { [name]: instantOf(ms) });

const causeView = (cause: Cause, language: Language) => ({
  code: cause.code,
  ...(cause.status === undefined ? {} : { status: cause.status }),
  text: causeText(cause, language),
});

const summaryOf = (
  subscription: Subscription,
  status: ReturnType<typeof deliveryStatus>,
  { lastCause, lastSuccessMs }: Figures,
  { incidents, held }: Waiting,
  language: Language,
): string => {
  const cause = lastCause ? causeText(lastCause, language) : '';
  const heldFor = subscription.heldFor ? causeText(subscription.heldFor, language) : cause;
  const fr = language === 'fr';
  switch (status) {
    case 'paused':
      return fr
        ? 'En pause : rien n’est envoyé, rien n’est perdu. Reprenez pour tout recevoir dans l’ordre.'
        : 'Paused: nothing is sent, nothing is lost. Resume to receive everything in order.';
    case 'held':
      return fr
        ? `Envois retenus depuis le ${subscription.statusSince}. ${heldFor} Rien n’est perdu : corrigez, puis reprenez ; tout partira dans l’ordre.`
        : `Deliveries held since ${subscription.statusSince}. ${heldFor} Nothing is lost: put it right, then resume; everything goes out in order.`;
    case 'degraded':
      return fr
        ? `Des envois échouent (incidents en attente : ${incidents}, dont retenus : ${held}). ${cause} Ils sont retentés.`
        : `Some deliveries fail (incidents waiting: ${incidents}, of which held: ${held}). ${cause} They are tried again.`;
    default:
      return lastSuccessMs === null
        ? fr
          ? 'Prêt : rien n’a encore été envoyé.'
          : 'Ready: nothing has been sent yet.'
        : fr
          ? `À jour : dernier message reçu le ${instantOf(lastSuccessMs)}.`
          : `Up to date: last message received ${instantOf(lastSuccessMs)}.`;
  }
};

/** An attempt, with its cause in the reader's language. */
export const attemptView = (attempt: Attempt | Omit<Attempt, 'id'>, language: Language) => {
  const { atMs, cause, nextAttemptMs, seq, ...rest } = attempt;
  return {
    ...rest,
    deliverySeq: seq,
    at: instantOf(atMs),
    outcome: cause === null ? ('delivered' as const) : ('failed' as const),
    ...(cause === null ? {} : { cause: causeView(cause, language) }),
    ...at('nextAttemptAt', nextAttemptMs),
  };
};
