import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../support/random.js';
import type { HttpAnswer } from '../support/server-process.js';
import { APIS, type Cluster } from './cluster.js';

/** A command whose answer was lost, or was 503, is sent again with its key for so long. */
export const SETTLE_MS = 45_000;
/** Commands that wait for their answer at once, as many as have a socket; then the load waits, too. */
const IN_FLIGHT_MAX = 250;
const WRONG_MAX = 20;
const HOUR_MS = 3_600_000;

export interface Acknowledged {
  readonly incident: string;
  /** Of the command, and in no other one. */
  readonly text: string;
  readonly eventIds: readonly string[];
}

/** Commands with idempotency keys at a rate that does not wait for answers, spread over all replicas. */
export class Load {
  readonly acknowledged: Acknowledged[] = [];
  /** Answers by status; `broken` is a connection that ended without one. */
  readonly answers = new Map<number | 'broken', number>();
  /** Answers that nobody should get, and commands without any. */
  readonly wrong: string[] = [];
  readonly latenciesMs: number[] = [];
  /** The command that took longest, with each of its attempts. */
  slowest = { ms: 0, attempts: [] as readonly string[] };
  position = '';
  private readonly atMs: number[] = [];
  private readonly incidents: string[] = [];
  private readonly flying = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private waiting: { readonly count: number; readonly resolve: () => void } | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly random: Random,
    private readonly perSecond: number,
    /** Where the commands go; with few, replicas overtake each other on the same one. */
    private readonly incidentsAtFirst: number,
  ) {}

  start(): void {
    this.running = this.run();
  }

  /** No more commands; resolves when the last one has its answer. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await Promise.all(this.flying);
  }

  /** Resolves after so many more acknowledgements. @throws when they do not come. */
  async untilAcknowledged(more: number): Promise<void> {
    const late = AbortSignal.timeout(SETTLE_MS + (more / this.perSecond) * 10_000);
    await new Promise<void>((resolve, reject) => {
      late.addEventListener('abort', () => reject(new Error(`${more} acknowledgements did not come`)));
      this.waiting = { count: this.acknowledged.length + more, resolve };
    });
  }

  /** Longest time without an acknowledgement between two moments of `performance.now()`. */
  longestGapMs(fromMs: number, toMs: number): number {
    const times = [fromMs, ...this.atMs.filter((ms) => ms > fromMs && ms < toMs), toMs];
    return Math.max(...times.slice(1).map((ms, index) => ms - (times[index] ?? ms)));
  }

  private async run(): Promise<void> {
    for (let n = 0; n < this.incidentsAtFirst; n += 1) await this.declare();
    const startMs = performance.now();
    for (let sent = 0; !this.stopping.signal.aborted; sent += 1) {
      const waitMs = startMs + (sent * 1000) / this.perSecond - performance.now();
      if (waitMs > 0) await pause(waitMs);
      if (this.flying.size >= IN_FLIGHT_MAX) await Promise.race(this.flying);
      // One in fifty is a new incident, most of them with terms that are past.
      const command = this.random.chance(0.02) ? this.declare() : this.record();
      const done = command.finally(() => this.flying.delete(done));
      this.flying.add(done);
    }
  }

  private async declare(): Promise<void> {
    const title = `Incident ${randomUUID()}`;
    const detectedAt = new Date(Date.now() - this.random.between(2, 110) * HOUR_MS).toISOString();
    const organisations = [{ name: 'Valmont', insured: 'yes' }];
    await this.send('/incidents', { title, playbook: 'none', detectedAt, organisations }, title, (incident) =>
      this.incidents.push(incident),
    );
  }

  private async record(): Promise<void> {
    const text = randomUUID();
    const path = `/incidents/${this.random.pick(this.incidents)}/commands/RecordLogbookEntry`;
    await this.send(path, { kind: 'fact', text }, text);
  }

  private async send(path: string, body: object, text: string, onDone?: (incident: string) => void): Promise<void> {
    const key = randomUUID();
    const startedMs = performance.now();
    const attempts: string[] = [];
    const replica = this.random.between(0, APIS.length);
    for (let attempt = 0; performance.now() - startedMs < SETTLE_MS; attempt += 1) {
      const api = APIS[(replica + attempt) % APIS.length] ?? 'api-1';
      const askedMs = performance.now();
      const answer = await this.cluster.post(api, path, body, key).catch(() => undefined);
      this.count(answer?.status ?? 'broken');
      attempts.push(`${api}: ${answer?.body?.code ?? answer?.status ?? 'broken'}, ${ms(askedMs)} ms`);
      if (answer !== undefined && answer.status < 300) {
        this.acknowledge(answer, text, startedMs);
        if (ms(startedMs) > this.slowest.ms) this.slowest = { ms: ms(startedMs), attempts };
        onDone?.(answer.body.incidentId);
        return;
      }
      if (answer !== undefined && !isProperly503(answer)) {
        this.blame(`${api} ${path}: ${answer.status} ${JSON.stringify(answer.headers)} ${JSON.stringify(answer.body)}`);
        return;
      }
      await pause(answer === undefined ? 50 : Number(answer.headers['retry-after']) * 1000 * this.random.next());
    }
    this.blame(`${path}: no success within ${SETTLE_MS} ms`);
  }

  private acknowledge({ body, status }: HttpAnswer, text: string, startedMs: number): void {
    const nowMs = performance.now();
    this.atMs.push(nowMs);
    this.latenciesMs.push(nowMs - startedMs);
    this.position = body.position;
    if (!Array.isArray(body.events)) return this.blame(`${status} without events: ${JSON.stringify(body)}`);
    const eventIds = body.events.map(({ eventId }: { readonly eventId: string }) => eventId);
    this.acknowledged.push({ incident: body.incidentId, text, eventIds });
    if (this.waiting && this.acknowledged.length >= this.waiting.count) this.waiting.resolve();
  }

  private count(status: number | 'broken'): void {
    this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
  }

  private blame(what: string): void {
    if (this.wrong.length < WRONG_MAX) this.wrong.push(what);
  }
}

const ms = (sinceMs: number): number => Math.round(performance.now() - sinceMs);

/** Says when to come back, and why, as every refusal does. */
const isProperly503 = ({ status, headers, body }: HttpAnswer): boolean =>
  status === 503 &&
  /^\d+$/.test(String(headers['retry-after'])) &&
  String(headers['content-type']).startsWith('application/problem+json') &&
  typeof body?.code === 'string' &&
  typeof body?.detail === 'string';
