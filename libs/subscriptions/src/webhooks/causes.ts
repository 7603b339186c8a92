import { sentence, type Language, type LocalText } from '#libs/domain';
import type { Sent, SendFailure } from './guarded-post.js';
import type { TargetRefusal } from './target-policy.js';

export type CauseCode =
  | SendFailure
  | TargetRefusal
  | 'redirect'
  | 'gone'
  | 'too-many'
  | 'unauthorised'
  | 'refused-by-receiver'
  | 'receiver-error'
  | 'key-missing'
  | 'event-unreadable';

/** Why an attempt failed, as it is stored; {@link causeText} says it in words. */
export interface Cause {
  readonly code: CauseCode;
  readonly status?: number;
  readonly detail?: string;
}

/** The cause of a failure; undefined when the message was received. */
export const causeOf = (sent: Sent): Cause | undefined => {
  if ('refused' in sent) return { code: sent.refused, detail: sent.target };
  if ('failed' in sent) return { code: sent.failed, detail: sent.detail };
  const { status } = sent;
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400) return { code: 'redirect', status, detail: sent.location ?? '' };
  if (status === 410) return { code: 'gone', status };
  if (status === 429) return { code: 'too-many', status };
  if (status === 401 || status === 403) return { code: 'unauthorised', status };
  return { code: status < 500 ? 'refused-by-receiver' : 'receiver-error', status };
};

const texts: Readonly<Record<CauseCode, LocalText>> = {
  'name-not-found': {
    fr: 'Le nom du destinataire est introuvable dans le DNS.',
    en: 'The name of the receiver is not found in the DNS.',
  },
  'connection-refused': {
    fr: 'Le destinataire refuse la connexion\u00a0: son service est sans doute arrêté.',
    en: 'The receiver refuses the connection: its service is probably stopped.',
  },
  unreachable: { fr: 'Le réseau du destinataire est injoignable.', en: 'The network of the receiver is unreachable.' },
  reset: {
    fr: 'La connexion a été coupée avant la réponse.',
    en: 'The connection was cut before an answer came.',
  },
  timeout: {
    fr: 'Le destinataire n’a pas répondu à temps (15 secondes).',
    en: 'The receiver did not answer in time (15 seconds).',
  },
  certificate: {
    fr: 'Le certificat du destinataire n’est pas valable ({detail}).',
    en: 'The certificate of the receiver is not valid ({detail}).',
  },
  'not-http': { fr: 'La réponse reçue n’est pas du HTTP.', en: 'What was answered is not HTTP.' },
  failed: { fr: 'L’envoi a échoué ({detail}).', en: 'Sending failed ({detail}).' },
  'bad-url': { fr: 'L’adresse du destinataire n’est pas une URL http(s).', en: 'The address is not an http(s) URL.' },
  'not-https': {
    fr: 'L’adresse doit commencer par https:// (http est réservé aux hôtes de TOCSIN_WEBHOOK_ALLOW).',
    en: 'The address must begin with https:// (http is for hosts of TOCSIN_WEBHOOK_ALLOW only).',
  },
  'has-credentials': {
    fr: 'L’adresse contient un nom d’utilisateur ou un mot de passe\u00a0: retirez-les.',
    en: 'The address holds a user name or a password: remove them.',
  },
  'bad-port': {
    fr: 'Le port n’est ni 443 ni 8443 ({detail})\u00a0; ajoutez l’hôte à TOCSIN_WEBHOOK_ALLOW s’il est le vôtre.',
    en: 'The port is neither 443 nor 8443 ({detail}); add the host to TOCSIN_WEBHOOK_ALLOW if it is yours.',
  },
  'private-address': {
    fr: 'L’adresse {detail} n’est pas publique\u00a0: aucune connexion n’a été faite. Si ce destinataire est sur votre réseau, ajoutez-le à TOCSIN_WEBHOOK_ALLOW.',
    en: 'The address {detail} is not public: no connection was made. If this receiver is on your network, add it to TOCSIN_WEBHOOK_ALLOW.',
  },
  redirect: {
    fr: 'Le destinataire renvoie vers une autre adresse ({detail})\u00a0; Tocsin ne la suit pas. Donnez l’adresse finale.',
    en: 'The receiver redirects to another address ({detail}); Tocsin does not follow. Give the final address.',
  },
  gone: {
    fr: 'Le destinataire dit qu’il n’existe plus (410)\u00a0: les envois sont retenus.',
    en: 'The receiver says that it is gone (410): deliveries are held.',
  },
  'too-many': {
    fr: 'Le destinataire demande d’attendre (429)\u00a0: trop de messages à la fois.',
    en: 'The receiver asks to wait (429): too many messages at once.',
  },
  unauthorised: {
    fr: 'Le destinataire n’accepte pas la signature ou l’accès ({status}). Vérifiez le secret partagé.',
    en: 'The receiver does not accept the signature or the access ({status}). Check the shared secret.',
  },
  'refused-by-receiver': {
    fr: 'Le destinataire a refusé le message ({status}).',
    en: 'The receiver refused the message ({status}).',
  },
  'receiver-error': {
    fr: 'Le destinataire est en erreur ({status}).',
    en: 'The receiver has an internal error ({status}).',
  },
  'key-missing': {
    fr: 'La clé de signature n’est pas sur ce serveur. Renouvelez le secret\u00a0; en grappe, donnez d’abord à chaque processus le même TOCSIN_WEBHOOK_KEYS_FILE.',
    en: 'The signing key is not on this server. Rotate the secret; in a cluster, first give every process the same TOCSIN_WEBHOOK_KEYS_FILE.',
  },
  'event-unreadable': {
    fr: 'L’événement ne peut pas être lu dans le journal ({detail}).',
    en: 'The event cannot be read from the log ({detail}).',
  },
};

export const causeText = ({ code, status, detail }: Cause, language: Language): string =>
  sentence(texts[code], language, { status: status ?? '', detail: detail ?? '' });
