import { randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { StoredEvent } from '#libs/event-store';
import { Receiver, type Received } from '../feed/receiver.js';
import type { Random } from '../support/random.js';
import type { Cluster } from './cluster.js';

/** For what is owed when the load is over; the receiver goes on failing meanwhile. */
const SETTLE_MS = 300_000;
/** An operator resumes so often: the schedule would have the second failure in a row wait for 5 minutes. */
const RESUME_MS = 5000;
/** A leader may be missing. */
const ROTATE_MS = 30_000;
const WRONG_MAX = 20;

export interface DeliveryFigures {
  readonly requests: number;
  /** Requests that the receiver failed: half of them with 500, half by no answer to a message that it took. */
  readonly faults: number;
  readonly delivered: number;
  /** Messages that came again after they were taken. */
  readonly repeats: number;
  /** Messages that the secret of the rotation verified. */
  readonly underNewSecret: number;
  /** From the end of the load until all had arrived. */
  readonly settledMs: number;
}

/** What every process is given so that webhooks can be made, and sent to this machine. */
export function webhookEnvironment(folder: string): Readonly<Record<string, string>> {
  const file = join(folder, 'webhook.keys');
  writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  return { TOCSIN_WEBHOOK_KEYS_FILE: file, TOCSIN_WEBHOOK_ALLOW: '127.0.0.0/8' };
}

/** A receiver of all events that fails a share of its requests, and looks whether the promises are kept. */
export class Deliveries {
  private readonly receiver = new Receiver();
  /** Ids of what was taken in, by incident and place in it. */
  private readonly taken = new Map<string, string>();
  private readonly next = new Map<string, number>();
  private readonly wrong: string[] = [];
  private secret: Webhook | undefined;
  private newSecret: Webhook | undefined;
  private subscription = '';
  private requests = 0;
  private faults = 0;
  private repeats = 0;
  private underNewSecret = 0;

  constructor(
    private readonly cluster: Cluster,
    private readonly random: Random,
    private readonly faultyShare: number,
  ) {}

  async start(): Promise<void> {
    await this.receiver.start();
    this.receiver.behave = (received, response) => {
      this.receiver.all.length = 0;
      this.requests += 1;
      const isFaulty = this.random.chance(this.faultyShare);
      if (isFaulty) this.faults += 1;
      if (isFaulty && this.random.chance(0.5)) return 500;
      this.take(received);
      return isFaulty ? void response.socket?.resetAndDestroy() : 204;
    };
    const body = { name: 'Trial', url: this.receiver.url, from: 'now' };
    const answer = await this.cluster.post('api-1', '/subscriptions', body);
    if (answer.status !== 201) throw new Error(`No subscription: ${answer.status} ${JSON.stringify(answer.body)}`);
    this.subscription = answer.body.id;
    this.secret = new Webhook(answer.body.secret);
  }

  async rotate(): Promise<void> {
    const key = randomUUID();
    const end = performance.now() + ROTATE_MS;
    for (;;) {
      const { status, body } = await this.cluster.post(
        'api-2',
        `/subscriptions/${this.subscription}/rotate-secret`,
        {},
        key,
      );
      if (status === 200) this.newSecret = new Webhook(body.secret);
      else if (status === 503 && performance.now() < end) continue;
      else this.blame(`no new secret: ${status} ${JSON.stringify(body)}`);
      return;
    }
  }

  /** Waits until every one of these events has arrived. @returns what was not kept. */
  async settle(
    incidents: ReadonlyMap<string, readonly StoredEvent[]>,
  ): Promise<{ readonly figures: DeliveryFigures; readonly broken: readonly string[] }> {
    const owed = [...incidents.values()].flat();
    const startedMs = performance.now();
    const missing = (): StoredEvent[] => owed.filter((event) => this.taken.get(placeOf(event)) !== event.id);
    for (let resumedMs = 0; missing().length > 0 && performance.now() - startedMs < SETTLE_MS;) {
      if (performance.now() - resumedMs > RESUME_MS) {
        await this.cluster.post('api-2', `/subscriptions/${this.subscription}/resume`, {}).catch(() => undefined);
        resumedMs = performance.now();
      }
      await pause(200);
    }
    const settledMs = Math.round(performance.now() - startedMs);
    for (const { stream, revision } of missing().slice(0, WRONG_MAX))
      this.blame(`${stream} ${revision} did not arrive`);
    const { requests, faults, repeats, underNewSecret } = this;
    const figures = { requests, faults, delivered: this.taken.size, repeats, underNewSecret, settledMs };
    return { figures, broken: this.wrong };
  }

  async stop(): Promise<void> {
    if (this.subscription !== '')
      await this.cluster
        .of('api-1')
        .send('DELETE', `/api/v1/subscriptions/${this.subscription}`)
        .catch(() => undefined);
    await this.receiver.stop();
  }

  private take({ event, headers, text }: Received): void {
    const place = `incident-${event.subject} ${Number(event.sequence)}`;
    if (headers['webhook-id'] !== event.id) this.blame(`${place}: another id in the header than in the event`);
    // For a day after a rotation both secrets sign.
    if (!verifies(this.secret, text, headers)) this.blame(`${place}: the first secret does not verify it`);
    if (verifies(this.newSecret, text, headers)) this.underNewSecret += 1;
    const known = this.taken.get(place);
    if (known !== undefined) this.repeats += 1;
    if (known !== undefined && known !== event.id) this.blame(`${place} came as ${known} and as ${event.id}`);
    this.taken.set(place, event.id);
    const [expected, got] = [this.next.get(event.subject) ?? 0, Number(event.sequence)];
    if (got > expected) this.blame(`incident ${event.subject} jumped from ${expected} to ${got}`);
    if (got === expected) this.next.set(event.subject, expected + 1);
  }

  private blame(what: string): void {
    if (this.wrong.length < WRONG_MAX) this.wrong.push(`webhooks: ${what}`);
  }
}

const placeOf = ({ stream, revision }: StoredEvent): string => `${stream} ${revision}`;

const verifies = (secret: Webhook | undefined, text: string, headers: Received['headers']): boolean => {
  try {
    return secret !== undefined && secret.verify(text, headers) !== undefined;
  } catch {
    return false;
  }
};
