import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clock, FixedCatalogue, Ids } from '#libs/application';
import { EventStore } from '#libs/event-store';
import { readConfig } from '../../apps/api/src/config.js';
import { createApp } from '../../apps/api/src/create-app.js';

export const START_MS = Date.parse('2026-03-02T08:00:00.000Z');

/** Stands still until it is told to move. */
export class HeldClock extends Clock {
  ms = START_MS;
  override nowMs(): number {
    return this.ms;
  }
}

/** The same ids in every run; another series gives other ids to the same folder. */
export class SerialIds extends Ids {
  private given = 0;
  constructor(private readonly series = 0) {
    super();
  }
  override next(): string {
    this.given += 1;
    return `0190a000-0000-7000-${(0x8000 + this.series).toString(16)}-${this.given.toString(16).padStart(12, '0')}`;
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: any;
}

/** The whole server on a folder and a port of its own. */
export class FeedServer {
  readonly clock = new HeldClock();
  folder = mkdtempSync(join(tmpdir(), 'tocsin-feed-'));
  app!: NestFastifyApplication;
  url = '';
  private starts = 0;

  constructor(private readonly environment: Readonly<Record<string, string>> = {}) {}

  async start(): Promise<void> {
    this.starts += 1;
    const parts = {
      clock: this.clock,
      ids: new SerialIds(this.starts),
      catalogue: new FixedCatalogue(),
      webhooks: { chance: () => 0 },
    };
    const config = readConfig({
      TOCSIN_DATA: this.folder,
      TOCSIN_PORT: '0',
      TOCSIN_LOG_LEVEL: 'error',
      ...this.environment,
    });
    this.app = await createApp(config, parts);
    await this.app.listen(0, '127.0.0.1');
    this.url = (await this.app.getUrl()).replace('[::1]', '127.0.0.1');
  }

  async restart(): Promise<void> {
    await this.app.close();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.app.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get store(): EventStore {
    return this.app.get(EventStore, { strict: false });
  }

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await this.app.inject({
      method: method as 'GET',
      url: `/api/v1${path}`,
      headers: { host: 'localhost', ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    const text = response.payload;
    return {
      status: response.statusCode,
      headers: response.headers as Record<string, string>,
      body: /json/.test(String(response.headers['content-type'])) ? JSON.parse(text) : text,
    };
  }

  async declare(body: object = { title: 'Essai', kind: 'ransomware' }): Promise<string> {
    const { status, body: answer } = await this.send('POST', '/incidents', body);
    if (status !== 201) throw new Error(JSON.stringify(answer));
    return answer.incidentId as string;
  }

  async say(incidentId: string, command: string, body: object): Promise<Answer> {
    const answer = await this.send('POST', `/incidents/${incidentId}/commands/${command}`, body);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return answer;
  }

  note(incidentId: string, text: string): Promise<Answer> {
    return this.say(incidentId, 'RecordLogbookEntry', { kind: 'fact', text });
  }

  follow(path = '', headers: Record<string, string> = {}): Promise<EventStream> {
    return EventStream.open(`${this.url}/api/v1/events${path}`, headers);
  }
}

export interface SseMessage {
  readonly id?: string;
  readonly event?: string;
  readonly data?: any;
  readonly comment?: string;
}

/** A client of server-sent events as the standard describes it, with waiting for what must come. */
export class EventStream {
  readonly messages: SseMessage[] = [];
  lastEventId = '';
  ended = false;
  private text = '';
  private readonly waiting = new Set<() => void>();

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.read(chunk));
    const end = (): void => {
      this.ended = true;
      this.wake();
    };
    response.on('close', end).on('error', end);
  }

  static async open(url: string, headers: Record<string, string>): Promise<EventStream> {
    const request = get(url, { headers: { accept: 'text/event-stream', ...headers }, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    request.on('error', () => undefined);
    return new EventStream(response);
  }

  get status(): number {
    return this.response.statusCode ?? 0;
  }

  /** CloudEvents, without comments and signs. */
  get events(): any[] {
    return this.messages.filter(({ event, data }) => event === undefined && data !== undefined).map(({ data }) => data);
  }

  get caughtUp(): number {
    return this.messages.filter(({ event }) => event === 'caught-up').length;
  }

  async until(holds: (stream: this) => boolean): Promise<this> {
    while (!holds(this)) {
      if (this.ended) throw new Error(`The stream ended after ${this.messages.length} messages`);
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
    return this;
  }

  async untilEnded(): Promise<void> {
    while (!this.ended) await new Promise<void>((resolve) => this.waiting.add(resolve));
  }

  close(): void {
    this.response.destroy();
  }

  private read(chunk: string): void {
    this.text += chunk;
    for (;;) {
      const end = this.text.indexOf('\n\n');
      if (end === -1) break;
      this.messages.push(this.parse(this.text.slice(0, end)));
      this.text = this.text.slice(end + 2);
    }
    this.wake();
  }

  private parse(block: string): SseMessage {
    const message: { id?: string; event?: string; data?: any; comment?: string } = {};
    for (const line of block.split('\n')) {
      const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (name === '') message.comment = value;
      else if (name === 'data') message.data = JSON.parse(value);
      else if (name === 'event') message.event = value;
      else if (name === 'id') message.id = this.lastEventId = value;
    }
    return message;
  }

  private wake(): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const each of waiting) each();
  }
}
