import type * as contract from './contract.js';
import { ProblemError, problemOfAnswer, Unreachable } from './problem-error.js';
import { retryDelayMs, standardRetry, type RetryPolicy } from './retry.js';
import type { HttpAnswer, HttpRequest, Transport } from './transport.js';

export interface ClientOptions {
  /** Language of sentences in answers. */
  readonly language?: 'fr' | 'en';
  /** `name;role`: who acts, where access is open. */
  readonly actor?: string;
  /** API token. */
  readonly token?: string;
  readonly retry?: RetryPolicy;
  /** Makes idempotency keys. */
  readonly newKey?: () => string;
}

export interface PostOptions {
  /** Repeat with the same one to be sure that nothing is written twice; absent: a new one. */
  readonly idempotencyKey?: string;
  /** Revision that the caller saw; the command is refused (412) when the incident has moved on. */
  readonly ifMatch?: number;
}

export interface ReadOptions {
  /** Position that the views must have reached, as a command answered it. */
  readonly await?: string;
  readonly signal?: AbortSignal;
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

const V1 = '/api/v1';
const SUBSCRIPTIONS = `${V1}/subscriptions`;

/**
 * Every route of the server as a method. A request that may be repeated without harm (all of them: reads, and changes
 * with their idempotency key) is sent again, a bounded number of times, when there was no answer or a 503.
 * Each method throws {@link ProblemError} when the server says no, and {@link Unreachable} when it says nothing.
 */
export class TocsinClient {
  private readonly retry: RetryPolicy;
  private readonly newKey: () => string;

  constructor(
    private readonly transport: Transport,
    private readonly options: ClientOptions = {},
  ) {
    this.retry = options.retry ?? standardRetry;
    this.newKey = options.newKey ?? (() => crypto.randomUUID());
  }

  declare(declaration: object, options: PostOptions = {}): Promise<contract.CommandAnswer> {
    return this.post(`${V1}/incidents`, declaration, options);
  }

  command(
    incidentId: string,
    command: string,
    body: object,
    options: PostOptions = {},
  ): Promise<contract.CommandAnswer> {
    return this.post(`${incidentPath(incidentId)}/commands/${encodeURIComponent(command)}`, body, options);
  }

  startExercise(scenario: string, options: PostOptions = {}): Promise<contract.Exercise> {
    return this.post(`${V1}/exercises`, { scenario }, options);
  }

  board(
    filter: contract.Paging & {
      readonly status?: 'open' | 'closed';
      readonly organisation?: string;
      readonly exercise?: boolean;
    } = {},
    options: ReadOptions = {},
  ): Promise<contract.Page<contract.BoardItem>> {
    return this.get(`${V1}/incidents`, { ...filter }, options);
  }

  status(incidentId: string, moment: contract.Moment = {}, options: ReadOptions = {}): Promise<contract.Status> {
    return this.get(incidentPath(incidentId), { ...moment }, options);
  }

  steps(
    incidentId: string,
    filter: contract.Moment & contract.Paging & { readonly role?: string; readonly state?: contract.StepState } = {},
    options: ReadOptions = {},
  ): Promise<contract.Page<contract.Step>> {
    return this.get(`${incidentPath(incidentId)}/steps`, { ...filter }, options);
  }

  obligations(
    incidentId: string,
    filter: contract.Moment & contract.Paging & { readonly state?: contract.ObligationState } = {},
    options: ReadOptions = {},
  ): Promise<contract.Page<contract.Obligation>> {
    return this.get(`${incidentPath(incidentId)}/obligations`, { ...filter }, options);
  }

  services(
    incidentId: string,
    filter: contract.Moment & contract.Paging & { readonly status?: string } = {},
    options: ReadOptions = {},
  ): Promise<contract.Page<contract.Service>> {
    return this.get(`${incidentPath(incidentId)}/services`, { ...filter }, options);
  }

  timeline(
    incidentId: string,
    filter: contract.Moment & {
      readonly after?: string;
      readonly limit?: number;
      /** Event names, separated by commas. */
      readonly type?: string;
      readonly q?: string;
    } = {},
    options: ReadOptions = {},
  ): Promise<contract.Page<contract.TimelineItem>> {
    return this.get(`${incidentPath(incidentId)}/timeline`, { ...filter }, options);
  }

  diff(
    incidentId: string,
    moments: { readonly from: string; readonly to?: string; readonly axis?: contract.Axis },
    options: ReadOptions = {},
  ): Promise<contract.Diff> {
    return this.get(`${incidentPath(incidentId)}/diff`, { ...moments }, options);
  }

  /** The raw stream; `after` is a revision, exclusive. */
  events(
    incidentId: string,
    filter: { readonly after?: number; readonly limit?: number } = {},
    options: ReadOptions = {},
  ): Promise<contract.Page<contract.RawEvent>> {
    return this.get(`${incidentPath(incidentId)}/events`, { ...filter }, options);
  }

  allObligations(
    filter: contract.Paging & { readonly state?: contract.ObligationState; readonly before?: string } = {},
    options: ReadOptions = {},
  ): Promise<contract.Page<contract.ObligationOfIncident>> {
    return this.get(`${V1}/obligations`, { ...filter }, options);
  }

  allServices(
    filter: contract.Paging & { readonly status?: string } = {},
    options: ReadOptions = {},
  ): Promise<contract.Page<contract.ServiceOfIncident>> {
    return this.get(`${V1}/services`, { ...filter }, options);
  }

  commands(): Promise<contract.Page<contract.CommandDescription>> {
    return this.get(`${V1}/commands`);
  }

  scenarios(): Promise<contract.Page<contract.ScenarioDescription>> {
    return this.get(`${V1}/scenarios`);
  }

  playbooks(): Promise<contract.Page<{ readonly id: string; readonly [field: string]: unknown }>> {
    return this.get(`${V1}/playbooks`);
  }

  playbook(id: string): Promise<{ readonly id: string; readonly [field: string]: unknown }> {
    return this.get(`${V1}/playbooks/${encodeURIComponent(id)}`);
  }

  rules(): Promise<contract.Page<{ readonly id: string; readonly [field: string]: unknown }>> {
    return this.get(`${V1}/rules`);
  }

  /** Makes a webhook; the answer has its secret, once. */
  subscribe(webhook: contract.NewWebhook, options: PostOptions = {}): Promise<contract.WebhookWithSecret> {
    return this.post(SUBSCRIPTIONS, webhook, options);
  }

  subscriptions(paging: contract.Paging = {}, options: ReadOptions = {}): Promise<contract.Page<contract.Webhook>> {
    return this.get(SUBSCRIPTIONS, { ...paging }, options);
  }

  subscription(id: string, options: ReadOptions = {}): Promise<contract.Webhook> {
    return this.get(subscriptionPath(id), {}, options);
  }

  changeSubscription(id: string, changes: contract.WebhookChange): Promise<contract.Webhook> {
    const headers = { ...this.headers(), 'content-type': 'application/json' };
    return this.send({ method: 'PATCH', path: subscriptionPath(id), headers, body: JSON.stringify(changes) });
  }

  async unsubscribe(id: string): Promise<void> {
    await this.send({ method: 'DELETE', path: subscriptionPath(id), headers: this.headers() });
  }

  /** Attempts to deliver, the newest first, and what stands in the way. */
  deliveries(
    id: string,
    filter: contract.Paging & { readonly outcome?: 'delivered' | 'failed' } = {},
    options: ReadOptions = {},
  ): Promise<contract.Deliveries> {
    return this.get(`${subscriptionPath(id)}/deliveries`, { ...filter }, options);
  }

  testSubscription(id: string, options: PostOptions = {}): Promise<contract.DeliveryAttempt> {
    return this.post(`${subscriptionPath(id)}/test`, {}, options);
  }

  pauseSubscription(id: string, options: PostOptions = {}): Promise<contract.Webhook> {
    return this.post(`${subscriptionPath(id)}/pause`, {}, options);
  }

  /** What waits, also what was held, goes at once. */
  resumeSubscription(id: string, options: PostOptions = {}): Promise<contract.Webhook> {
    return this.post(`${subscriptionPath(id)}/resume`, {}, options);
  }

  rotateSecret(id: string, secret?: string, options: PostOptions = {}): Promise<contract.WebhookWithSecret> {
    return this.post(`${subscriptionPath(id)}/rotate-secret`, secret === undefined ? {} : { secret }, options);
  }

  redeliver(
    id: string,
    asked: contract.RedeliveryAsked,
    options: PostOptions = {},
  ): Promise<{ readonly redeliveryId: string }> {
    return this.post(`${subscriptionPath(id)}/redeliver`, asked, options);
  }

  /** Answers also when the server is not ready: that is what it says then. */
  ready(options: ReadOptions = {}): Promise<contract.Readiness> {
    const request = { method: 'GET' as const, path: '/readyz', headers: this.headers(), ...signalOf(options) };
    return this.send(request, ({ status, body }) => status === 503 && body.includes('"not-ready"'));
  }

  version(options: ReadOptions = {}): Promise<contract.Version> {
    return this.get(`${V1}/version`, {}, options);
  }

  /** Every item of a list, page after page. */
  async *all<Item>(page: (cursor: string | undefined) => Promise<contract.Page<Item>>): AsyncGenerator<Item, void> {
    let cursor: string | undefined;
    do {
      const { items, next } = await page(cursor);
      yield* items;
      cursor = next;
    } while (cursor !== undefined);
  }

  private async get<Answer>(path: string, query: Query = {}, options: ReadOptions = {}): Promise<Answer> {
    const given = Object.entries({ ...query, await: options.await }).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    return this.send({
      method: 'GET',
      path: search ? `${path}?${search}` : path,
      headers: this.headers(),
      ...signalOf(options),
    });
  }

  private post<Answer>(path: string, body: object, { idempotencyKey, ifMatch }: PostOptions): Promise<Answer> {
    const headers = {
      ...this.headers(),
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey ?? this.newKey(),
      ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
    };
    return this.send({ method: 'POST', path, headers, body: JSON.stringify(body) });
  }

  private async send<Answer>(
    request: HttpRequest,
    isAnswer: (answer: HttpAnswer) => boolean = () => false,
  ): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt >= this.retry.attemptsMax;
      let answer: HttpAnswer;
      try {
        answer = await this.transport(request);
      } catch (error) {
        if (last || !(error instanceof Unreachable)) throw error;
        await this.retry.sleep(retryDelayMs(attempt, this.retry.random()));
        continue;
      }
      if (answer.status < 400 || isAnswer(answer)) return read(answer) as Answer;
      const mayPass = answer.status === 503 || answer.status === 429;
      if (!mayPass || last) throw new ProblemError(problemOfAnswer(answer.status, answer.body));
      const asked = Number(answer.header('retry-after') ?? 0);
      await this.retry.sleep(retryDelayMs(attempt, this.retry.random(), Number.isFinite(asked) ? asked : 0));
    }
  }

  private headers(): Record<string, string> {
    const { language, actor, token } = this.options;
    return {
      accept: 'application/json, application/problem+json',
      ...(language ? { 'accept-language': language } : {}),
      ...(actor ? { 'x-tocsin-actor': encodeActor(actor) } : {}),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    };
  }
}

const incidentPath = (incidentId: string): string => `${V1}/incidents/${encodeURIComponent(incidentId)}`;

const subscriptionPath = (id: string): string => `${SUBSCRIPTIONS}/${encodeURIComponent(id)}`;

const signalOf = ({ signal }: ReadOptions): { readonly signal?: AbortSignal } => (signal ? { signal } : {});

/** A header carries no accents; the semicolon between name and role stays. */
const encodeActor = (actor: string): string => actor.split(';').map(encodeURIComponent).join(';');

const read = ({ body, status }: HttpAnswer): unknown => {
  if (status === 204) return undefined;
  try {
    return JSON.parse(body);
  } catch {
    // Something that answers, but not Tocsin: a proxy, or another program on this port.
    throw new ProblemError(problemOfAnswer(status, body));
  }
};
