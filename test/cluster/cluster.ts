import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeAll } from '#libs/application';
import { openEventStore, type EventStore, type StoredEvent } from '#libs/event-store';
import { checkNotices } from '../clocks/kill-clocks.js';
import { TwinProcess } from '../support/eventstoredb-twin/twin-process.js';
import { ServerProcess, WORKER_MAIN, type HttpAnswer } from '../support/server-process.js';

export const MEMBERS = ['api-1', 'api-2', 'worker-1', 'worker-2'] as const;
export type Member = (typeof MEMBERS)[number];
export const APIS = ['api-1', 'api-2'] as const satisfies readonly Member[];
export const WORKERS = ['worker-1', 'worker-2'] as const satisfies readonly Member[];

/** Two api replicas and two workers, each a process with a folder of its own, on one server of events. */
export class Cluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'tocsin-cluster-'));
  readonly twin = new TwinProcess(join(this.folder, 'twin.db'));
  /** As an auditor reads it: not through any of the processes under test. */
  store!: EventStore;
  private readonly processes = new Map<Member, ServerProcess>();

  async start(): Promise<void> {
    await this.twin.start();
    this.store = await openEventStore({ store: 'eventstoredb', connectionString: this.twin.connectionString });
    await Promise.all(MEMBERS.map((member) => this.startMember(member)));
  }

  async startMember(member: Member): Promise<void> {
    const main = member.startsWith('worker') ? [WORKER_MAIN] : [];
    this.processes.set(member, await ServerProcess.start(this.folderOf(member), this.environment, ...main));
  }

  folderOf(member: Member): string {
    return join(this.folder, member);
  }

  get environment(): Readonly<Record<string, string>> {
    return { TOCSIN_STORE: this.twin.connectionString, TOCSIN_LOG_LEVEL: 'silent' };
  }

  async kill(member: Member): Promise<void> {
    await this.of(member).kill();
  }

  async stop(member: Member): Promise<number | null> {
    const { code } = await this.of(member).stop();
    return code;
  }

  of(member: Member): ServerProcess {
    const found = this.processes.get(member);
    if (!found) throw new Error(`${member} was not started`);
    return found;
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.processes.values()].map((each) => each.kill()));
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

  /** The worker that says that it holds the lease of the clocks, once one does. */
  async holder(withinMs: number): Promise<Member> {
    const end = performance.now() + withinMs;
    while (performance.now() < end) {
      for (const worker of WORKERS) {
        const { body } = await this.get(worker, '/readyz');
        if (body.leases.clocks === 'held') return worker;
      }
      await pause(20);
    }
    throw new Error(`No worker holds the lease within ${withinMs} ms`);
  }

  /** Every event of every incident, by stream. */
  async incidents(): Promise<Map<string, StoredEvent[]>> {
    const incidents = new Map<string, StoredEvent[]>();
    for (let after: string | undefined; ;) {
      const page = await this.store.readAll({
        filter: { streamPrefixes: ['incident-'] },
        ...(after === undefined ? {} : { after }),
      });
      for (const event of page.events) incidents.set(event.stream, [...(incidents.get(event.stream) ?? []), event]);
      if (page.atHead) return incidents;
      after = page.position;
    }
  }

  /** Follows the log from its beginning until a wish is true of it. @throws after the time, with what it still wants. */
  async until(what: string, withinMs: number, isTrue: (events: readonly StoredEvent[]) => boolean): Promise<void> {
    const stopping = new AbortController();
    const timer = setTimeout(() => stopping.abort(), withinMs);
    const events: StoredEvent[] = [];
    let came = false;
    try {
      await this.store.subscribe({
        signal: stopping.signal,
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
  async untilNoticed(withinMs: number): Promise<void> {
    let last: unknown;
    const isNoticed = (events: readonly StoredEvent[]): boolean => {
      const incidents = new Map<string, StoredEvent[]>();
      for (const event of events) {
        if (event.stream.startsWith('incident-'))
          incidents.set(event.stream, [...(incidents.get(event.stream) ?? []), event]);
      }
      try {
        for (const stored of incidents.values()) checkNotices(decodeAll(stored), Date.now());
        return true;
      } catch (error) {
        if (!String(error).includes('nothing recorded')) throw error;
        last = error;
        return false;
      }
    };
    await this.until('all that is due is noticed', withinMs, isNoticed).catch((error: unknown) => {
      throw new Error(`${String(error)} (${String(last)})`, { cause: error });
    });
  }
}
