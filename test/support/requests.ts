/** What a test sends. Paths are below /api/v1 unless they begin with `//`; `:id` is the incident of the test. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON value, or text and bytes that go out as they are. Absent: no body. */
  readonly body?: unknown;
  readonly raw?: string | Buffer;
}

export type Change = (sent: Sent) => Sent;

/** What was answered before, for a request that needs an id from it. */
export interface Told {
  readonly incidentId: string;
  /** Id of the last event of this type that the answers named. */
  eventOf(type: string): string;
}

type Words = Sent | ((told: Told) => Sent);
export type Step = Words;

const apply = (sent: Sent, changes: readonly Change[]): Sent => changes.reduce((each, change) => change(each), sent);

export const get = (path: string, ...changes: Change[]): Sent => apply({ method: 'GET', path, headers: {} }, changes);

export const post = (path: string, body: unknown, ...changes: Change[]): Sent =>
  apply({ method: 'POST', path, headers: {}, body }, changes);

export const send = (method: string, path: string, ...changes: Change[]): Sent =>
  apply({ method, path, headers: {} }, changes);

/** A command on the incident of the test. */
export const said = (command: string, body: object = {}, ...changes: Change[]): Sent =>
  post(`/incidents/:id/commands/${command}`, body, ...changes);

export const declared = (body: object = { title: 'Essai', kind: 'ransomware' }, ...changes: Change[]): Sent =>
  post('/incidents', body, ...changes);

/** An incident of several bodies. */
export const declaredFor = (...organisations: (string | object)[]): Sent =>
  declared({
    title: 'Essai',
    kind: 'ransomware',
    organisations: organisations.map((each) => (typeof each === 'string' ? { name: each } : each)),
  });

/** The command that says that the last event of a type was wrong. */
export const corrected =
  (type: string, more: object = {}) =>
  (told: Told): Sent =>
    said('SupersedeFact', { eventId: told.eventOf(type), reason: 'Erreur de saisie', ...more });

export const header =
  (name: string, value: string): Change =>
  (sent) => ({ ...sent, headers: { ...sent.headers, [name]: value } });

export const ifMatch = (revision: number | string): Change =>
  header('if-match', typeof revision === 'number' ? `"${revision}"` : revision);
export const key = (uuid: string): Change => header('idempotency-key', uuid);
export const language = (tag: string): Change => header('accept-language', tag);
export const by = (actor: string): Change => header('x-tocsin-actor', actor);

/** A body that is sent byte for byte. */
export const raw =
  (body: string | Buffer, type = 'application/json'): Change =>
  ({ body: _body, ...sent }) => ({ ...sent, raw: body, headers: { 'content-type': type, ...sent.headers } });
