import type { Ids } from '#libs/application';
import { Conflict, NO_STREAM, type EventStore, type JsonObject, type StoredEvent } from '#libs/event-store';
import { lastOf } from './delivery-ledger.js';
import { seal, unseal, type Sealed } from './sealing.js';
import type { SigningKeys } from './signatures.js';
import { SigningSecrets } from './signing-secrets.js';

/** Streams of sealed keys; each event holds all keys of its subscription, so only the last one is to be kept. */
export const WEBHOOK_KEYS_STREAM_PREFIX = 'webhook-keys-';

const ATTEMPTS_MAX = 8;

/** No key to seal with was given to this process (TOCSIN_WEBHOOK_KEYS_FILE). */
export class NoSealingKey extends Error {
  override readonly name = 'NoSealingKey';
}

interface SealedKey extends Sealed {
  readonly keyId: string;
}

interface Known {
  readonly revision: number;
  readonly keys: readonly SealedKey[];
}

/**
 * Signing keys that several processes share: sealed, in a stream for each subscription. What opens them is in no stream,
 * so whoever reads the log, or a copy of it, can forge nothing.
 */
export class SealedSecrets extends SigningSecrets {
  override readonly streamPrefixes = [WEBHOOK_KEYS_STREAM_PREFIX];
  /** By subscription. */
  private readonly known = new Map<string, Known>();
  private readonly opened = new Map<string, SigningKeys>();

  constructor(
    private readonly store: EventStore,
    private readonly ids: Ids,
    private readonly sealingKeys: readonly Buffer[],
  ) {
    super();
  }

  override find(keyId: string): SigningKeys | undefined {
    return this.opened.get(keyId);
  }

  /** @throws {NoSealingKey} */
  override async add(subscription: string, keys: SigningKeys): Promise<void> {
    const [sealingKey] = this.sealingKeys;
    if (!sealingKey) throw new NoSealingKey(subscription);
    const { keyId } = keys;
    const sealed = { keyId, ...seal(sealingKey, JSON.stringify(keys), aboutOf(subscription, keyId)) };
    await this.change(subscription, (before) => [...before.filter((each) => each.keyId !== keyId), sealed]);
  }

  override forget(subscription: string, forgotten?: string): Promise<void> {
    return this.change(subscription, (before) =>
      forgotten === undefined ? [] : before.filter(({ keyId }) => keyId !== forgotten),
    );
  }

  override async refresh(subscription: string): Promise<void> {
    const last = await lastOf(this.store, streamOf(subscription));
    if (last) this.take(last);
  }

  override take({ stream, revision, data }: StoredEvent): void {
    const subscription = stream.slice(WEBHOOK_KEYS_STREAM_PREFIX.length);
    const before = this.known.get(subscription);
    if (revision <= (before?.revision ?? NO_STREAM)) return;
    const keys = data['keys'] as unknown as readonly SealedKey[];
    this.known.set(subscription, { revision, keys });
    for (const { keyId } of before?.keys ?? []) this.opened.delete(keyId);
    for (const key of keys) {
      const text = unseal(this.sealingKeys, key, aboutOf(subscription, key.keyId));
      if (text !== undefined) this.opened.set(key.keyId, JSON.parse(text) as SigningKeys);
    }
  }

  private async change(
    subscription: string,
    next: (before: readonly SealedKey[]) => readonly SealedKey[],
  ): Promise<void> {
    const stream = streamOf(subscription);
    for (let attempt = 1; ; attempt += 1) {
      const { revision, keys } = this.known.get(subscription) ?? { revision: NO_STREAM, keys: [] };
      const after = next(keys);
      if (after.length === keys.length && after.every((each, index) => each === keys[index])) return;
      const data = { keys: after } as unknown as JsonObject;
      const event = { id: this.ids.next(), type: 'WebhookKeysKept', data, meta: { schemaVersion: 1 } };
      try {
        const appended = await this.store.append(stream, revision, [event]);
        this.take({ ...event, stream, ...appended });
        return;
      } catch (error) {
        if (!(error instanceof Conflict) || attempt >= ATTEMPTS_MAX) throw error;
        await this.refresh(subscription);
      }
    }
  }
}

const streamOf = (subscription: string): string => `${WEBHOOK_KEYS_STREAM_PREFIX}${subscription}`;

const aboutOf = (subscription: string, keyId: string): string => `${subscription}/${keyId}`;
