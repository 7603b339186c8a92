/* oxlint-disable unicorn/no-thenable -- given, when, then: a sentence is awaited through its last word */
import { jest } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLOCKS, FixedCatalogue, type Catalogue } from '#libs/application';
import { ClockProcess } from '#libs/clocks';
import { EventStore, type StoredEvent } from '#libs/event-store';
import { ProjectionRunner } from '#libs/read-models';
import { readConfig, type Config } from '../../apps/api/src/config.js';
import { createApp } from '../../apps/api/src/create-app.js';
import { mustFollowContract } from './contract.js';
import { onEventServer, startEventServer, type EventServer } from './event-server.js';
import type { Sent, Step, Told } from './requests.js';
import { CountingIds, TestClock } from './test-parts.js';

export * from './expectations.js';
export * from './requests.js';
export * from './test-parts.js';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  /** The text as JSON; undefined when it is none. */
  readonly body: any;
}

export interface Outcome {
  readonly sent: Sent;
  readonly answer: Answer;
  /** Events of the whole log that the request wrote, of whatever stream; what the legal clocks record is left out. */
  readonly written: readonly StoredEvent[];
  readonly told: Told;
  readonly api: Api;
}

export type Expectation = (outcome: Outcome) => void | Promise<void>;

export interface ApiOptions {
  readonly config?: Partial<Config>;
  readonly catalogue?: Catalogue;
  /** Runs as the configuration says, so without clocks where workers have them. */
  readonly replica?: boolean;
  /** How long a request may take to arrive. */
  readonly arrivalMsMax?: number;
}

/** Which store the tests run on, as `readyz` names it. */
export const storeKind = onEventServer ? 'eventstoredb' : 'sqlite';
/** As the store writes them, and far beyond any head. */
export const FAR_POSITION = onEventServer ? 'c9999999999-p9999999999' : 'p99999999';

/** For what only the files of the local store can show; skipped with its reason elsewhere. */
export const itOnSqlite = (sentence: string, test: () => Promise<void>): void =>
  onEventServer ? it.skip(`${sentence} (skipped: about the file of the local store)`, test) : it(sentence, test);

/** The whole server on a folder of its own, with a clock and ids that the test holds. */
export class Api {
  readonly clock = new TestClock();
  readonly ids = new CountingIds();
  readonly folder = mkdtempSync(join(tmpdir(), 'tocsin-api-'));
  app!: NestFastifyApplication;
  private server: EventServer | undefined;
  /** `GET /healthz`, for each that the server has. */
  readonly routes: string[] = [];

  constructor(private readonly options: ApiOptions = {}) {}

  get config(): Config {
    const read = readConfig({
      TOCSIN_DATA: this.folder,
      TOCSIN_PORT: '0',
      TOCSIN_LOG_LEVEL: 'error',
      ...this.server?.environment,
    });
    return { ...read, ...this.options.config };
  }

  async open(): Promise<void> {
    const { clock, ids } = this;
    if (onEventServer) this.server ??= await startEventServer(join(this.folder, 'twin.db'));
    this.app = await createApp(this.config, {
      clock,
      ids,
      catalogue: this.options.catalogue ?? new FixedCatalogue(),
      // On the remote store as well, this one process stands for the workers.
      ...(this.options.replica ? {} : { background: { runs: true } }),
      ...(this.options.arrivalMsMax === undefined ? {} : { arrivalMsMax: this.options.arrivalMsMax }),
    });
    const fastify = this.app.getHttpAdapter().getInstance();
    fastify.addHook('onRoute', ({ method, url }: { method: string | string[]; url: string }) => {
      for (const each of [method].flat()) this.routes.push(`${each} ${url}`);
    });
    await this.app.init();
    await this.app.getHttpAdapter().getInstance().ready();
  }

  async close(): Promise<void> {
    await this.app.close();
  }

  /** Real sockets, for what `inject` leaves out. May be called again. */
  async listen(): Promise<{ readonly port: number; readonly url: string }> {
    const { server } = this.app.getHttpAdapter().getInstance() as unknown as { server: Server };
    if (!server.listening) await this.app.listen(0, '127.0.0.1');
    const { port } = server.address() as AddressInfo;
    return { port, url: `http://127.0.0.1:${port}` };
  }

  async restart(): Promise<void> {
    await this.close();
    await this.open();
  }

  async dispose(): Promise<void> {
    await this.close();
    await this.server?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get store(): EventStore {
    return this.app.get(EventStore, { strict: false });
  }

  /** Lets the views see all that is recorded, and the legal clocks record what is due by now. */
  async settle(): Promise<void> {
    const head = await this.store.head();
    if (head !== undefined) await this.app.get(ProjectionRunner, { strict: false }).reach(head);
    const clocks = this.app.get(ClockProcess, { strict: false });
    clocks.wake();
    await clocks.idle();
  }

  /** Every answer of every test is held against the OpenAPI document. */
  async send(sent: Sent, told?: Told): Promise<Answer> {
    const url = urlOf(sent.path, told);
    const response = await this.app.inject({
      method: sent.method as 'GET',
      url,
      headers: { host: 'localhost', ...jsonType(sent), ...sent.headers },
      ...payloadOf(sent),
    });
    const answer = {
      status: response.statusCode,
      headers: response.headers as Answer['headers'],
      text: response.payload,
      body: jsonOf(response.payload),
    };
    mustFollowContract(sent.method, url, answer);
    return answer;
  }

  /** Every event of the log, oldest first. */
  async log(after?: string): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    let position = after;
    for (;;) {
      const page = await this.store.readAll(position === undefined ? {} : { after: position });
      events.push(...page.events);
      if (page.atHead) return events;
      position = page.position;
    }
  }

  given(...steps: Step[]): Given {
    return new Given(this, steps);
  }
}

const urlOf = (path: string, told: Told | undefined): string => {
  const whole = path.startsWith('//') ? path.slice(1) : `/api/v1${path}`;
  return whole.replace(':id', () => told?.incidentId ?? '');
};

const jsonType = ({ body }: Sent): Record<string, string> =>
  body === undefined ? {} : { 'content-type': 'application/json' };

const payloadOf = ({ body, raw }: Sent): { payload?: string | Buffer } => {
  if (raw !== undefined) return { payload: raw };
  return body === undefined ? {} : { payload: JSON.stringify(body) };
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** What was answered so far in a sentence. */
class Answers implements Told {
  readonly events: { eventId: string; type: string }[] = [];
  incidentId = '';

  hear({ body, status, text }: Answer): void {
    if (status >= 300) throw new Error(`What was given is refused: ${status} ${text}`);
    if (typeof body?.incidentId === 'string') this.incidentId = body.incidentId;
    if (Array.isArray(body?.events)) this.events.push(...body.events);
  }

  eventOf(type: string): string {
    const found = this.events.findLast((event) => event.type === type);
    if (!found) throw new Error(`No ${type} was recorded before`);
    return found.eventId;
  }
}

/** What falls due is recorded when the clocks wake, in the middle of any request. */
const isOfTheClocks = ({ actor }: { readonly actor?: unknown }): boolean =>
  (actor as { readonly id?: string } | undefined)?.id === CLOCKS.id;

/** A sentence: given what was said before, when this is sent, then that holds. */
class Given {
  constructor(
    private readonly api: Api,
    private readonly steps: readonly Step[],
  ) {}

  /** Sends what is given only, for a test that goes on by itself. */
  async told(): Promise<Told> {
    const told = new Answers();
    for (const step of this.steps) {
      told.hear(await this.api.send(typeof step === 'function' ? step(told) : step, told));
    }
    return told;
  }

  when(step: Step): { then(...expectations: Expectation[]): Promise<Answer> } {
    return { then: (...expectations) => this.judge(step, expectations) };
  }

  private async judge(step: Step, expectations: readonly Expectation[]): Promise<Answer> {
    const { api } = this;
    const told = await this.told();
    const head = await api.store.head();
    const sent = typeof step === 'function' ? step(told) : step;
    const answer = await api.send(sent, told);
    const written = (await api.log(head)).filter(({ meta }) => !isOfTheClocks(meta));
    for (const expectation of expectations) await expectation({ sent, answer, written, told, api });
    return answer;
  }
}

/** A machine that does ten other things still gets its answers. */
jest.setTimeout(60_000);

/** One server for all tests of a file. */
export const apiSpec = (options: ApiOptions = {}): Api => {
  const api = new Api(options);
  beforeAll(() => api.open());
  afterAll(() => api.dispose());
  return api;
};
