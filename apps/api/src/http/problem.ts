import { HttpException } from '@nestjs/common';
import {
  CommandRejected,
  InvalidInput,
  rejections,
  factsIn,
  sentence,
  sentenceOf,
  type IncidentEvent,
  type Language,
  type LocalText,
  type RejectionCode,
} from '#libs/domain';
import {
  BadParameter,
  Busy,
  IdempotencyKeyReused,
  NotYet,
  ScenarioRefused,
  StaleRevision,
  TooBusy,
  TooManyDrills,
  UnknownIncident,
  ViewBehind,
} from '#libs/application';
import {
  causeText,
  NobodyDelivers,
  NoSealingKey,
  RefusedTarget,
  StillSearching,
  TooManyRedeliveries,
  TooManyStreams,
  TooManySubscriptions,
  UnknownDelivery,
  UnknownSubscription,
} from '#libs/subscriptions';
import { Gone, InvalidPosition, OutcomeUnknown, TooLarge, Unavailable } from '#libs/event-store';

import { NO_WEBHOOK_KEYS } from '../background.js';

/** RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly instance?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  /** What the caller of a conditional command has not seen. */
  readonly missed?: readonly {
    readonly eventId: string;
    readonly type: string;
    readonly revision: number;
    readonly recordedAt: string;
  }[];
  readonly [fact: string]: unknown;
}

/** Status of each "no" of the domain; a new one does not compile until it has one. */
export const rejectionStatus: Record<RejectionCode, number> = {
  'unknown-organisation': 400,
  'unknown-event': 400,
  'unknown-step': 400,
  'unknown-rule': 400,
  'unknown-playbook': 400,
  'unknown-version': 400,
  'not-a-fact-command': 400,
  'no-playbook': 409,
  'playbook-already-adopted': 409,
  'incident-closed': 409,
  'already-superseded': 409,
  'not-supersedable': 409,
  'gate-closed': 409,
  'lateness-not-justifiable': 409,
  'not-late': 409,
  'too-many-organisations': 409,
  'incident-full': 409,
};

interface ProblemKind extends LocalText {
  readonly status: number;
}

/** Every other problem, with its status and the sentence for the person who caused it. */
export const problemKinds = {
  invalid: {
    status: 400,
    fr: 'La saisie est incomplète ou incorrecte\u00a0: {errors}',
    en: 'The input is incomplete or wrong: {errors}',
  },
  'malformed-json': {
    status: 400,
    fr: 'Le corps de la requête n’est pas du JSON valide.',
    en: 'The body of the request is not valid JSON.',
  },
  'not-utf-8': {
    status: 400,
    fr: 'Le corps de la requête n’est pas en UTF-8\u00a0: des caractères seraient perdus. Envoyez-le en UTF-8.',
    en: 'The body of the request is not UTF-8: characters would be lost. Send it as UTF-8.',
  },
  'invalid-parameter': {
    status: 400,
    fr: 'Le paramètre «\u00a0{parameter}\u00a0» attend {takes}.',
    en: 'Parameter “{parameter}” takes {takes}.',
  },
  'invalid-header': { status: 400, fr: 'L’en-tête {header} attend {takes}.', en: 'Header {header} takes {takes}.' },
  'bad-request': { status: 400, fr: 'La requête ne peut pas être lue.', en: 'The request cannot be read.' },
  'foreign-origin': {
    status: 403,
    fr: 'Cette demande vient d’une autre page web\u00a0: elle est refusée. Ouvrez Tocsin directement.',
    en: 'This request comes from another web page: it is refused. Open Tocsin directly.',
  },
  'unknown-incident': {
    status: 404,
    fr: 'Il n’y a pas d’incident à cette adresse.',
    en: 'There is no incident at this address.',
  },
  'refused-target': {
    status: 400,
    fr: 'Cette adresse ne peut pas recevoir de messages. {cause}',
    en: 'This address cannot receive messages. {cause}',
  },
  'unknown-subscription': {
    status: 404,
    fr: 'Il n’y a pas d’abonnement à cette adresse.',
    en: 'There is no subscription at this address.',
  },
  'unknown-delivery': {
    status: 404,
    fr: 'Cet abonnement ne reçoit pas cet événement, ou l’événement n’existe pas.',
    en: 'This subscription does not get this event, or there is no such event.',
  },
  'still-searching': {
    status: 503,
    fr: 'Le journal est encore parcouru à la recherche de cet événement. Redemandez dans un moment, ou donnez from ou since.',
    en: 'The log is still being looked through for this event. Ask again in a moment, or give from or since.',
  },
  'too-many-subscriptions': {
    status: 409,
    fr: 'Il y a déjà trop d’abonnements. Supprimez ceux qui ne servent plus.',
    en: 'There are too many subscriptions already. Delete those that are no longer used.',
  },
  'too-many-redeliveries': {
    status: 429,
    fr: 'Cent renvois demandés pour cet abonnement ne sont pas encore faits. Attendez, ou reprenez les envois, puis recommencez.',
    en: 'A hundred redeliveries that were asked for this subscription are not done yet. Wait, or resume it, then try again.',
  },
  'no-webhook-keys': { status: 409, ...NO_WEBHOOK_KEYS },
  'nobody-delivers': {
    status: 503,
    fr: 'L’essai est demandé, mais personne ne l’a envoyé en 20 secondes\u00a0: regardez /readyz des workers.',
    en: 'The test was asked for, but nobody sent it within 20 seconds: look at /readyz of the workers.',
  },
  'unknown-command': {
    status: 404,
    fr: 'Il n’y a pas de commande «\u00a0{command}\u00a0». La liste est à /api/v1/commands.',
    en: 'There is no command “{command}”. The list is at /api/v1/commands.',
  },
  'unknown-scenario': {
    status: 404,
    fr: 'Il n’y a pas de scénario «\u00a0{scenario}\u00a0».',
    en: 'There is no scenario “{scenario}”.',
  },
  'unknown-playbook-page': {
    status: 404,
    fr: 'Il n’y a pas de fiche réflexe «\u00a0{playbook}\u00a0».',
    en: 'There is no playbook “{playbook}”.',
  },
  'not-yet': {
    status: 404,
    fr: 'À ce moment, l’incident n’était pas encore consigné\u00a0; ou cette révision n’existe pas encore.',
    en: 'At this moment the incident was not recorded yet; or there is no such revision yet.',
  },
  'not-found': { status: 404, fr: 'Il n’y a rien à cette adresse.', en: 'There is nothing at this address.' },
  'method-not-allowed': {
    status: 405,
    fr: 'Cette adresse n’accepte pas cette méthode.',
    en: 'This address does not take this method.',
  },
  'request-timeout': {
    status: 408,
    fr: 'La requête n’est pas arrivée en entier à temps.',
    en: 'The request did not arrive whole in time.',
  },
  'stale-revision': {
    status: 412,
    fr: 'L’incident a changé depuis que vous l’avez lu\u00a0: révision {actual} au lieu de {expected}. Relisez-le, puis recommencez.',
    en: 'The incident has changed since you read it: revision {actual} instead of {expected}. Read it again, then retry.',
  },
  'body-too-large': {
    status: 413,
    fr: 'La saisie dépasse la taille permise (256 Kio).',
    en: 'The input is larger than allowed (256 KiB).',
  },
  'unsupported-media-type': {
    status: 415,
    fr: 'Envoyez du JSON (Content-Type: application/json).',
    en: 'Send JSON (Content-Type: application/json).',
  },
  'unsupported-encoding': {
    status: 415,
    fr: 'Envoyez le corps de la requête en UTF-8 et sans compression (ni charset autre, ni Content-Encoding).',
    en: 'Send the body of the request as UTF-8 and not compressed (no other charset, no Content-Encoding).',
  },
  'foreign-host': {
    status: 421,
    fr: 'Ce serveur ne répond pas au nom «\u00a0{host}\u00a0». Utilisez l’adresse affichée au démarrage, ou ajoutez ce nom à TOCSIN_HOSTS.',
    en: 'This server does not answer to the name “{host}”. Use the address shown at start, or add the name to TOCSIN_HOSTS.',
  },
  'idempotency-key-reused': {
    status: 422,
    fr: 'Cette clé d’idempotence a déjà servi pour une autre demande. Prenez-en une nouvelle.',
    en: 'This idempotency key was used for another request. Take a new one.',
  },
  'too-many-requests': {
    status: 429,
    fr: 'Trop de demandes à la fois. Attendez un instant.',
    en: 'Too many requests at once. Wait a moment.',
  },
  'headers-too-large': {
    status: 431,
    fr: 'L’adresse et les en-têtes de la requête sont trop longs.',
    en: 'The address and the headers of the request are too long.',
  },
  'too-busy': {
    status: 503,
    fr: 'L’incident est trop sollicité en ce moment. Recommencez dans un instant.',
    en: 'The incident is too busy now. Try again in a moment.',
  },
  busy: {
    status: 503,
    fr: 'Le journal répond trop lentement\u00a0: cette demande n’a rien consigné. Recommencez dans un instant.',
    en: 'The log answers too slowly: this request recorded nothing. Try again in a moment.',
  },
  'view-behind': {
    status: 503,
    fr: 'La vue n’a pas encore rattrapé cette position. Recommencez dans un instant.',
    en: 'The view has not reached this position yet. Try again in a moment.',
  },
  'outcome-unknown': {
    status: 503,
    fr: 'Le journal n’a pas confirmé l’écriture. Renvoyez la même demande avec la même clé d’idempotence\u00a0: rien ne sera écrit deux fois.',
    en: 'The log did not confirm the write. Send the same request with the same idempotency key: nothing is written twice.',
  },
  'store-unavailable': {
    status: 503,
    fr: 'Le journal ne peut pas écrire pour l’instant\u00a0: rien n’a été consigné. Vérifiez l’espace disque et recommencez. ({cause})',
    en: 'The log cannot write now: nothing was recorded. Check the disk space and retry. ({cause})',
  },
  internal: {
    status: 500,
    fr: 'Erreur interne de Tocsin. Si vous consigniez quelque chose, voyez dans la main courante s’il y est avant de recommencer.',
    en: 'Internal error of Tocsin. If you were recording something, see in the logbook whether it is there before you retry.',
  },
} satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problemKinds;
type Facts = Parameters<typeof sentence>[2];

/** A problem of the HTTP edge itself, thrown where it is found. */
export class RequestProblem extends Error {
  override readonly name = 'RequestProblem';
  constructor(
    readonly code: ProblemCode,
    readonly facts: Facts | ((language: Language) => Facts) = {},
  ) {
    super(code);
  }
}

export const problem = (
  code: ProblemCode,
  language: Language,
  facts: Facts = {},
  more: Partial<Problem> = {},
): Problem => {
  const { status, ...text } = problemKinds[code];
  return {
    type: `/problems/${code}`,
    title: titles[status]?.[language] ?? code,
    status,
    code,
    detail: sentence(text, language, facts),
    ...more,
  };
};

const titles: Readonly<Record<number, LocalText>> = {
  400: { fr: 'Demande incorrecte', en: 'Bad request' },
  403: { fr: 'Demande refusée', en: 'Forbidden' },
  404: { fr: 'Introuvable', en: 'Not found' },
  405: { fr: 'Méthode refusée', en: 'Method not allowed' },
  408: { fr: 'Délai dépassé', en: 'Request timeout' },
  409: { fr: 'Refusé par les règles de l’incident', en: 'Refused by the rules of the incident' },
  412: { fr: 'L’incident a changé', en: 'The incident has changed' },
  413: { fr: 'Saisie trop longue', en: 'Too large' },
  415: { fr: 'Format non pris en charge', en: 'Unsupported format' },
  421: { fr: 'Mauvaise adresse', en: 'Misdirected request' },
  422: { fr: 'Clé déjà utilisée', en: 'Key already used' },
  429: { fr: 'Trop de demandes', en: 'Too many requests' },
  431: { fr: 'Requête trop longue', en: 'Request too long' },
  500: { fr: 'Erreur interne', en: 'Internal error' },
  503: { fr: 'Indisponible pour l’instant', en: 'Unavailable for now' },
};

/** The problem that an error means to the caller; undefined for a bug. */
export const problemOf = (error: unknown, language: Language): Problem | undefined => {
  if (error instanceof RequestProblem) {
    return problem(error.code, language, typeof error.facts === 'function' ? error.facts(language) : error.facts);
  }
  if (error instanceof ScenarioRefused) return problemOf(error.cause, language);
  if (error instanceof CommandRejected) return rejected(error, language);
  if (error instanceof InvalidInput) return invalid(error, language);
  if (error instanceof UnknownIncident) return problem('unknown-incident', language);
  if (error instanceof NotYet) return problem('not-yet', language);
  if (error instanceof StaleRevision) {
    const { expected, actual } = error;
    return problem(
      'stale-revision',
      language,
      { expected, actual },
      { expected, actual, missed: error.missed.map(briefly) },
    );
  }
  if (error instanceof IdempotencyKeyReused) return problem('idempotency-key-reused', language);
  if (error instanceof BadParameter)
    return problem('invalid-parameter', language, { parameter: error.parameter, takes: error.takes[language] });
  if (error instanceof InvalidPosition) {
    return problem('invalid-parameter', language, {
      parameter: 'position',
      takes: sentence(positionTakes, language, { position: error.position.slice(0, 100) }),
    });
  }
  if (error instanceof RefusedTarget) {
    const message = causeText({ code: error.code, detail: error.target }, language);
    return problem('refused-target', language, { cause: message }, { errors: [{ path: 'url', message }] });
  }
  if (error instanceof UnknownSubscription) return problem('unknown-subscription', language);
  if (error instanceof UnknownDelivery) return problem('unknown-delivery', language);
  if (error instanceof StillSearching) return problem('still-searching', language);
  if (error instanceof TooManyRedeliveries) return problem('too-many-redeliveries', language);
  if (error instanceof NoSealingKey) return problem('no-webhook-keys', language);
  if (error instanceof NobodyDelivers) return problem('nobody-delivers', language);
  if (error instanceof TooManySubscriptions) return problem('too-many-subscriptions', language);
  if (error instanceof TooManyStreams) return problem('too-many-requests', language);
  if (error instanceof ViewBehind) return problem('view-behind', language);
  if (error instanceof TooManyDrills) return problem('too-many-requests', language);
  if (error instanceof Busy) return problem('busy', language);
  if (error instanceof TooBusy) return problem('too-busy', language);
  if (error instanceof TooLarge) return problem('body-too-large', language);
  if (error instanceof OutcomeUnknown) return problem('outcome-unknown', language);
  if (error instanceof Unavailable || error instanceof Gone)
    return problem('store-unavailable', language, { cause: error.message });
  return httpProblem(error, language);
};

const positionTakes: LocalText = {
  fr: 'une position donnée par ce serveur\u00a0; «\u00a0{position}\u00a0» n’en est pas une',
  en: 'a position given by this server; “{position}” is none',
};

const briefly = ({ eventId, type, revision, recordedAt }: IncidentEvent) => ({ eventId, type, revision, recordedAt });

const rejected = (error: CommandRejected, language: Language): Problem => {
  const status = rejectionStatus[error.code];
  const detail = sentence(rejections[error.code], language, error.facts);
  return {
    // Before the members of every problem: a fact named as one of them must not replace it.
    ...factsIn(error.facts, language),
    type: `/problems/${error.code}`,
    title: titles[status]?.[language] ?? error.code,
    status,
    code: error.code,
    detail,
    ...(error.path ? { errors: [{ path: error.path, message: detail }] } : {}),
  };
};

const invalid = (error: InvalidInput, language: Language): Problem => {
  const errors = error.errors.map(({ path, broken }) => ({ path, message: sentenceOf(broken, language) }));
  const first = errors.slice(0, 3).map(({ path, message }) => (path ? `${path} – ${message}` : message));
  return problem('invalid', language, { errors: first.join(' ') }, { errors });
};

const BY_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: 'bad-request',
  // Said by what serves the files of the documentation, of a path that leads out of their folder.
  403: 'not-found',
  404: 'not-found',
  405: 'method-not-allowed',
  413: 'body-too-large',
  415: 'unsupported-media-type',
  429: 'too-many-requests',
};

/** Errors of the framework: a body that is no JSON, a wrong media type, an address that does not exist. */
const httpProblem = (error: unknown, language: Language): Problem | undefined => {
  const status =
    error instanceof HttpException ? error.getStatus() : (error as { statusCode?: number } | undefined)?.statusCode;
  if (status === 400 && isJsonError(error)) return problem('malformed-json', language);
  if (status === undefined) return undefined;
  const code = BY_STATUS[status] ?? (status >= 400 && status < 500 ? 'bad-request' : undefined);
  return code && problem(code, language);
};

const isJsonError = (error: unknown): boolean => {
  const { code, name, message } = error as { code?: string; name?: string; message?: string };
  return (
    name === 'SyntaxError' ||
    code === 'FST_ERR_CTP_EMPTY_JSON_BODY' ||
    code === 'FST_ERR_CTP_INVALID_JSON_BODY' ||
    /JSON|prototype property/i.test(message ?? '')
  );
};

export const internalProblem = (language: Language): Problem => problem('internal', language);
