import { instantOf, sentence, type Language, type LocalText } from '#libs/domain';
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
    summary: summaryOf(subscription, status, { figures, waiting, lag }, language),
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

const ZONE = 'Europe/Paris';
const formats: Readonly<Record<Language, Intl.DateTimeFormat>> = {
  fr: new Intl.DateTimeFormat('fr-FR', { dateStyle: 'long', timeStyle: 'short', timeZone: ZONE }),
  en: new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: ZONE }),
};

/** A moment as people say it; in Paris, for a receiver has no place. */
const spoken = (ms: number, language: Language): string =>
  `${formats[language].format(ms)} ${language === 'fr' ? '(heure de Paris)' : '(Paris time)'}`;

const waitingText = ({ events, more, oldestMs }: Lag, language: Language): string => {
  if (events === 0) return '';
  const fr = language === 'fr';
  const count = more ? `${fr ? 'Plus de' : 'More than'} ${events}` : String(events);
  const wait = fr
    ? `${count} ${events === 1 ? 'événement attend' : 'événements attendent'}`
    : `${count} ${events === 1 ? 'event waits' : 'events wait'}`;
  if (oldestMs === undefined) return `${wait}.`;
  return `${wait}, ${fr ? 'le plus ancien du' : 'the oldest of'} ${spoken(oldestMs, language)}.`;
};

const summaryOf = (
  subscription: Subscription,
  status: ReturnType<typeof deliveryStatus>,
  {
    figures: { lastCause, lastSuccessMs },
    waiting: { incidents, held },
    lag,
  }: { figures: Figures; waiting: Waiting; lag: Lag },
  language: Language,
): string => {
  const cause = lastCause ? causeText(lastCause, language) : '';
  const heldFor = subscription.heldFor ? causeText(subscription.heldFor, language) : cause;
  const since = spoken(Date.parse(subscription.statusSince), language);
  const quiet = lastSuccessMs === null ? 'ready' : 'upToDate';
  return sentence(summaries[status === 'active' && lag.events === 0 ? quiet : status], language, {
    since,
    cause: status === 'held' ? heldFor : cause,
    waits: waitingText(lag, language),
    incidents,
    held,
    last: lastSuccessMs === null ? '' : spoken(lastSuccessMs, language),
  })
    .replaceAll(/ {2,}/g, ' ')
    .trim();
};

const summaries: Readonly<Record<ReturnType<typeof deliveryStatus> | 'ready' | 'upToDate', LocalText>> = {
  paused: {
    fr: 'En pause depuis le {since}\u00a0: rien n’est envoyé, rien n’est perdu. {waits} Reprenez pour tout recevoir dans l’ordre.',
    en: 'Paused since {since}: nothing is sent, nothing is lost. {waits} Resume to receive everything in order.',
  },
  held: {
    fr: 'Envois retenus depuis le {since}. {cause} {waits} Rien n’est perdu\u00a0: corrigez, puis reprenez\u00a0; tout partira dans l’ordre.',
    en: 'Deliveries held since {since}. {cause} {waits} Nothing is lost: put it right, then resume; everything goes out in order.',
  },
  degraded: {
    fr: 'Des envois échouent (incidents en attente\u00a0: {incidents}, dont retenus\u00a0: {held}). {cause} {waits} Ils sont retentés.',
    en: 'Some deliveries fail (incidents waiting: {incidents}, of which held: {held}). {cause} {waits} They are tried again.',
  },
  active: { fr: 'Des envois sont en cours. {waits}', en: 'Messages are on their way. {waits}' },
  deleted: { fr: 'Supprimé\u00a0: plus rien n’est envoyé.', en: 'Deleted: nothing is sent any more.' },
  upToDate: {
    fr: 'À jour\u00a0: dernier message reçu le {last}.',
    en: 'Up to date: last message received {last}.',
  },
  ready: { fr: 'Prêt\u00a0: rien n’a encore été envoyé.', en: 'Ready: nothing has been sent yet.' },
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
