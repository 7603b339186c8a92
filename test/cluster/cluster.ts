import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeAll } from '#libs/application';
import { openEventStore, type EventStore, type Position, type StoredEvent } from '#libs/event-store';
import { checkNotices } from '../clocks/kill-clocks.js';
import { TwinProcess } from '../support/eventstoredb-twin/twin-process.js';
import { ServerProcess, WORKER_MAIN, type HttpAnswer } from '../support/server-process.js';

export const MEMBERS = ['api-1', 'api-2', 'worker-1', 'worker-2'] as const;
export type Member = (typeof MEMBERS)[number];
export const APIS = ['api-1', 'api-2'] as const satisfies readonly Member[];
export const WORKERS = ['worker-1', 'worker-2'] as const satisfies readonly Member[];

export interface ClusterOptions {
  /** Connection string of a server of events; absent: the twin, in a process of its own. */
  readonly store?: string;
  /** Of every process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Two api replicas and two workers, each a process with a folder of its own, on one server of events. */
export class Cluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'tocsin-cluster-'));
  readonly twin = new TwinProcess(join(this.folder, 'twin.db'));
  /** As an auditor reads it: not through any of the processes under test. */
  store!: EventStore;
  /** Processes that ended although nobody ended them, with what they said last. */
  readonly diedAlone: string[] = [];
  private readonly processes = new Map<Member, ServerProcess>();
  private readonly ended = new Set<ServerProcess>();

  constructor(private readonly options: ClusterOptions = {}) {}

  get connectionString(): string {
    return this.options.store ?? this.twin.connectionString;
  }

  async start(): Promise<void> {
    if (this.options.store === undefined) await this.twin.start();
    this.store = await openEventStore({ store: 'eventstoredb', connectionString: this.connectionString });
    await Promise.all(MEMBERS.map((member) => this.startMember(member)));
  }

  async startMember(member: Member): Promise<void> {
    const main = member.startsWith('worker') ? [WORKER_MAIN] : [];
    const process = await ServerProcess.start(this.folderOf(member), this.environment, ...main);
    this.processes.set(member, process);
    void process.exited.then(({ code, stderr }) => {
      if (!this.ended.has(process)) this.diedAlone.push(`${member} ended by itself (${code}): ${stderr.slice(-500)}`);
    });
  }

  folderOf(member: Member): string {
    return join(this.folder, member);
  }

  get environment(): Readonly<Record<string, string>> {
    return { TOCSIN_STORE: this.connectionString, TOCSIN_LOG_LEVEL: 'silent', ...this.options.environment };
  }

  async kill(member: Member): Promise<void> {
    this.ended.add(this.of(member));
    await this.of(member).kill();
  }

  async stop(member: Member): Promise<number | null> {
    this.ended.add(this.of(member));
    const { code } = await this.of(member).stop();
    return code;
  }

  of(member: Member): ServerProcess {
    const found = this.processes.get(member);
    if (!found) throw new Error(`${member} was not started`);
    return found;
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.processes.keys()].map((each) => this.kill(each)));
    await this.store?.close();
    await this.twin.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get(member: Member, path: string): Promise<HttpAnswer> {
    return this.of(member).send('GET', path);
  }

  post(member: Member, path: string, body: object, key?: string): Promise<HttpAnswer> {
    return this.of(member).send('POST', `/api/v1${path}`, body, key === undefined ? {} : { 'idempotency-key': key });
  }

  /** Asks again until the answer is as wished. @throws after the time, with the last answer. */
  async untilAnswered(
    member: Member,
    path: string,
    withinMs: number,
    isSo: (answer: HttpAnswer) => boolean,
  ): Promise<HttpAnswer> {
    const end = performance.now() + withinMs;
    for (;;) {
      const answer = await this.get(member, path);
      if (isSo(answer)) return answer;
      if (performance.now() > end) throw new Error(`Not within ${withinMs} ms: ${JSON.stringify(answer.body)}`);
      await pause(100);
    }
  }

  /** A figure of its metrics; undefined when it tells none of that name. */
  async figure(member: Member, name: string): Promise<string | undefined> {
    const text = await (await fetch(`${this.of(member).url}/metrics`)).text();
    return new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
  }

  /** The worker that says that it holds the lease of a duty, once one does. */
  async holder(withinMs: number, duty: 'clocks' | 'webhooks' = 'clocks'): Promise<Member> {
    const end = performance.now() + withinMs;
    while (performance.now() < end) {
      for (const worker of WORKERS) {
        const { body } = await this.get(worker, '/readyz');
        if (body.leases[duty] === 'held') return worker;
      }
      await pause(20);
    }
    throw new Error(`No worker holds the lease within ${withinMs} ms`);
  }

  /** Every event of every incident after a position, by stream. */
  async incidents(from?: Position): Promise<Map<string, StoredEvent[]>> {
    const incidents = new Map<string, StoredEvent[]>();
    for (let after = from; ;) {
      const page = await this.store.readAll({
        filter: { streamPrefixes: ['incident-'] },
        ...(after === undefined ? {} : { after }),
      });
      addByStream(incidents, page.events);
      if (page.atHead) return incidents;
      after = page.position;
    }
  }

  /** Follows the log from a position until a wish is true of it. @throws after the time, with what it still wants. */
  async until(
    what: string,
    withinMs: number,
    isTrue: (events: readonly StoredEvent[]) => boolean,
    after?: Position,
  ): Promise<void> {
    const stopping = new AbortController();
    const timer = setTimeout(() => stopping.abort(), withinMs);
    const events: StoredEvent[] = [];
    let came = false;
    try {
      await this.store.subscribe({
        signal: stopping.signal,
        ...(after !== undefined && { after }),
        onBatch: ({ events: fresh, caughtUp }) => {
          events.push(...fresh);
          if (!caughtUp || came || !isTrue(events)) return;
          came = true;
          stopping.abort();
        },
      });
    } finally {
      clearTimeout(timer);
    }
    if (!came) throw new Error(`Not within ${withinMs} ms: ${what}`);
  }

  /** Until the clocks have noticed all that is due. @throws when they noticed anything twice, too early, or not in time. */
  async untilNoticed(withinMs: number, after?: Position): Promise<void> {
    let last: unknown;
    const isNoticed = (events: readonly StoredEvent[]): boolean => {
      const incidents = new Map<string, StoredEvent[]>();
      addByStream(
        incidents,
        events.filter(({ stream }) => stream.startsWith('incident-')),
      );
      try {
        for (const stored of incidents.values()) checkNotices(decodeAll(stored), Date.now());
        return true;
      } catch (error) {
        if (!String(error).includes('nothing recorded')) throw error;
        last = error;
        return false;
      }
    };
    await this.until('all that is due is noticed', withinMs, isNoticed, after).catch((error: unknown) => {
      throw new Error(`${String(error)} (${String(last)})`, { cause: error });
    });
  }
}

const addByStream = (streams: Map<string, StoredEvent[]>, events: readonly StoredEvent[]): void => {
  for (const event of events) {
    const stream = streams.get(event.stream);
    if (stream === undefined) streams.set(event.stream, [event]);
    else stream.push(event);
  }
};
