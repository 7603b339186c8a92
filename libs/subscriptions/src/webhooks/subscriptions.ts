import { setTimeout as wait } from 'node:timers/promises';
import { instantOf, type Actor } from '#libs/domain';
import { derivedId, type Clock, type Ids } from '#libs/application';
import {
  Conflict,
  NO_STREAM,
  type EventStore,
  type JsonObject,
  type Position,
  type StoredEvent,
} from '#libs/event-store';
import { FEED_START, type Feed } from '../feed/feed.js';
import { newKeys, publicKeyOf, type SigningKeys } from './signatures.js';
import type { SigningSecrets } from './signing-secrets.js';
import {
  evolveSubscription,
  SUBSCRIPTION_SCHEMA_VERSION,
  SUBSCRIPTION_STREAM_PREFIX,
  subscriptionStream,
  withChanges,
  type Progress,
  type Redelivery,
  type SettingsChange,
  type Subscription,
  type SubscriptionEvent,
  type SubscriptionMeta,
  type SubscriptionSettings,
} from './subscription.js';

/** Receivers of one server; a town has a handful. */
export const SUBSCRIPTIONS_MAX = 200;
/** How long messages carry both signatures after a rotation. */
const ROTATION_MS = 24 * 3_600_000;
const DECISIONS_MAX = 8;
/** After a failure of the log. */
const RETRY_MS = 1000;

export const DELIVERY: Actor = { id: 'tocsin:webhooks', name: 'Tocsin', role: 'webhooks' };

export class UnknownSubscription extends Error {
  override readonly name = 'UnknownSubscription';
}

export class TooManySubscriptions extends Error {
  override readonly name = 'TooManySubscriptions';
}

export interface NewSubscription extends SubscriptionSettings {
  /** A position, or {@link FEED_START}. */
  readonly from: string;
  readonly secret?: string;
}

/** Every subscription, folded from its stream; each change of one is an event of it. */
export class Subscriptions {
  private readonly known = new Map<string, Subscription>();
  private readonly listeners = new Set<(subscription: Subscription) => void>();
  private readonly stopping = new AbortController();
  private following: Promise<void> = Promise.resolve();

  constructor(
    private readonly feed: Feed,
    private readonly secrets: SigningSecrets,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  private get store(): EventStore {
    return this.feed.store;
  }

  /** Resolves when every subscription of the log is known. */
  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.following = this.followAlways(resolve, reject);
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.following;
  }

  onChanged(listener: (subscription: Subscription) => void): void {
    this.listeners.add(listener);
  }

  /** In the order in which they were created; without deleted ones. */
  list(): readonly Subscription[] {
    return [...this.known.values()].filter(({ status }) => status !== 'deleted');
  }

  find(id: string): Subscription | undefined {
    const found = this.known.get(id);
    return found?.status === 'deleted' ? undefined : found;
  }

  /** @throws {UnknownSubscription} */
  get(id: string): Subscription {
    const found = this.find(id);
    if (!found) throw new UnknownSubscription(id);
    return found;
  }

  /** As it is in the log now, also when another process changed it a moment ago. @throws {UnknownSubscription} */
  async fresh(id: string): Promise<Subscription> {
    if (!this.store.soleWriter) await this.refresh(id);
    return this.get(id);
  }

  /** Keys that sign now, the newest first. */
  keysOf({ key, previousKey }: Subscription): readonly SigningKeys[] {
    const inUse = [key.keyId];
    if (previousKey && Date.parse(previousKey.until) > this.clock.nowMs()) inUse.push(previousKey.keyId);
    return inUse.flatMap((keyId) => this.secrets.find(keyId) ?? []);
  }

  secretOf({ key }: Subscription): string | undefined {
    return this.secrets.find(key.keyId)?.secret;
  }

  /** @param idempotencyKey the same key gives the same subscription. */
  async create(
    { secret, from, ...settings }: NewSubscription,
    actor: Actor,
    idempotencyKey?: string,
  ): Promise<Subscription> {
    const id = idempotencyKey === undefined ? this.ids.next() : derivedId('subscription', idempotencyKey);
    if (idempotencyKey !== undefined && !this.store.soleWriter) await this.refresh(id);
    const existing = this.known.get(id);
    if (existing) return existing;
    if (this.list().length >= SUBSCRIPTIONS_MAX) throw new TooManySubscriptions(id);
    const position = await this.feed.startingPoint(from);
    const keys = await this.makeKeys(id, secret);
    const data = { ...settings, from: position, keyId: keys.keyId, publicKey: publicKeyOf(keys) };
    try {
      return await this.append(id, NO_STREAM, [{ type: 'SubscriptionCreated', data }], actor);
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      await this.refresh(id);
      return this.get(id);
    }
  }

  change(id: string, changes: SettingsChange, actor: Actor): Promise<Subscription> {
    return this.decide(id, actor, ({ settings }) => {
      const same = JSON.stringify(withChanges(settings, changes)) === JSON.stringify(settings);
      return same ? [] : [{ type: 'SubscriptionChanged', data: { changes } }];
    });
  }

  pause(id: string, actor: Actor): Promise<Subscription> {
    return this.decide(id, actor, ({ status }) =>
      status === 'paused' ? [] : [{ type: 'SubscriptionPaused', data: {} }],
    );
  }

  /** Recorded also when it is active: what waits for its next attempt, or is held for one incident, goes at once. */
  resume(id: string, actor: Actor): Promise<Subscription> {
    return this.decide(id, actor, () => [{ type: 'SubscriptionResumed', data: {} }]);
  }

  async rotateSecret(id: string, actor: Actor, secret?: string): Promise<Subscription> {
    this.get(id);
    const keys = await this.makeKeys(id, secret);
    const previousUntil = instantOf(this.clock.nowMs() + ROTATION_MS);
    const data = { keyId: keys.keyId, publicKey: publicKeyOf(keys), previousUntil };
    let displaced: string | undefined;
    const after = await this.decide(id, actor, ({ previousKey }) => {
      displaced = previousKey?.keyId;
      return [{ type: 'SubscriptionSecretRotated', data }];
    });
    // No other one: somebody else may be about to rotate to it.
    if (displaced !== undefined) await this.secrets.forget(id, displaced);
    return after;
  }

  /** @returns the subscription, and the id of the request. */
  async askRedelivery(id: string, what: Omit<Redelivery, 'until'>, actor: Actor): Promise<Subscription> {
    const until = (await this.store.head()) ?? FEED_START;
    return this.decide(id, actor, () => [{ type: 'SubscriptionRedeliveryAsked', data: { ...what, until } }]);
  }

  /** Asks whoever delivers for a test, once. @param testId the id of its message. */
  async askTest(id: string, testId: string, actor: Actor): Promise<void> {
    await this.decide(
      id,
      actor,
      ({ tests }) => (tests.some((asked) => asked.id === testId) ? [] : [{ type: 'SubscriptionTested', data: {} }]),
      testId,
    );
  }

  hold(id: string, event: Extract<SubscriptionEvent, { type: 'SubscriptionHeld' | 'SubscriptionIncidentHeld' }>) {
    return this.decide(id, DELIVERY, ({ status }) =>
      status === 'active' || event.type === 'SubscriptionIncidentHeld' ? [event] : [],
    );
  }

  progressed(id: string, progress: Progress): Promise<Subscription> {
    return this.decide(id, DELIVERY, () => [{ type: 'SubscriptionProgressed', data: progress }]);
  }

  async delete(id: string, actor: Actor): Promise<void> {
    this.get(id);
    await this.decide(id, actor, () => [{ type: 'SubscriptionDeleted', data: {} }]);
    await this.secrets.forget(id);
  }

  /** @param onKnown called once every subscription of the log is known; `onFailed` when that cannot be found out. */
  private async followAlways(onKnown: () => void, onFailed: (error: unknown) => void): Promise<void> {
    const { signal } = this.stopping;
    let after: Position | undefined;
    let isKnown = false;
    while (!signal.aborted) {
      try {
        await this.store.subscribe({
          ...(after === undefined ? {} : { after }),
          filter: { streamPrefixes: [SUBSCRIPTION_STREAM_PREFIX, ...this.secrets.streamPrefixes] },
          signal,
          onBatch: ({ events, position, caughtUp }) => {
            for (const stored of events) this.hand(stored);
            after = position ?? after;
            isKnown ||= caughtUp;
            if (isKnown) onKnown();
          },
        });
        return;
      } catch (error) {
        this.onFailure(error);
        if (!isKnown) return onFailed(error);
        await wait(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async makeKeys(id: string, secret: string | undefined): Promise<SigningKeys> {
    const keys = newKeys(this.ids.next(), secret);
    await this.secrets.add(id, keys);
    return keys;
  }

  private async decide(
    id: string,
    actor: Actor,
    decision: (subscription: Subscription) => readonly SubscriptionEvent[],
    eventId?: string,
  ): Promise<Subscription> {
    for (let attempt = 1; ; attempt += 1) {
      const subscription = this.get(id);
      const events = decision(subscription);
      if (events.length === 0) return subscription;
      try {
        return await this.append(id, subscription.revision, events, actor, eventId);
      } catch (error) {
        if (!(error instanceof Conflict) || attempt >= DECISIONS_MAX) throw error;
        await this.refresh(id);
      }
    }
  }

  private async append(
    id: string,
    expected: number,
    events: readonly SubscriptionEvent[],
    actor: Actor,
    eventId?: string,
  ): Promise<Subscription> {
    const meta: SubscriptionMeta = {
      schemaVersion: SUBSCRIPTION_SCHEMA_VERSION,
      subscriptionId: id,
      recordedAt: instantOf(this.clock.nowMs()),
      actor,
    };
    const fresh = events.map(({ type, data }, index) => ({
      id: (index === 0 ? eventId : undefined) ?? this.ids.next(),
      type,
      data: data as unknown as JsonObject,
      meta: meta as unknown as JsonObject,
    }));
    const { position } = await this.store.append(subscriptionStream(id), expected, fresh);
    // The subscription to the log brings them too, a moment later; who asked need not wait for it.
    fresh.forEach((event, index) =>
      this.take({ ...event, stream: subscriptionStream(id), revision: expected + 1 + index, position }),
    );
    const after = this.known.get(id);
    if (!after) throw new UnknownSubscription(id);
    return after;
  }

  private async refresh(id: string): Promise<void> {
    const from = (this.known.get(id)?.revision ?? -1) + 1;
    for (const stored of await this.store.readStream(subscriptionStream(id), { from })) this.take(stored);
    // After the subscription: keys are there before anything refers to them.
    const key = this.known.get(id)?.key;
    if (key && !this.secrets.find(key.keyId)) await this.secrets.refresh(id);
  }

  private hand(stored: StoredEvent): void {
    if (stored.stream.startsWith(SUBSCRIPTION_STREAM_PREFIX)) this.take(stored);
    else this.secrets.take(stored);
  }

  private take(stored: StoredEvent): void {
    const id = stored.stream.slice(SUBSCRIPTION_STREAM_PREFIX.length);
    const before = this.known.get(id);
    if (stored.revision <= (before?.revision ?? -1)) return;
    const after = evolveSubscription(before, stored);
    this.known.set(id, after);
    for (const listener of this.listeners) listener(after);
  }
}
