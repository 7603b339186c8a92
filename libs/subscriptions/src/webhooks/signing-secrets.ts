import type { StoredEvent } from '#libs/event-store';
import type { SigningKeys } from './signatures.js';

/** Where the signing keys of subscriptions are kept: never in the clear in the log, and never told again but to their owner. */
export abstract class SigningSecrets {
  /** Streams of the log that `take` must be given, beside those of subscriptions. */
  readonly streamPrefixes: readonly string[] = [];

  abstract find(keyId: string): SigningKeys | undefined;

  /** Resolves once they are durable, before anything refers to them. */
  abstract add(subscription: string, keys: SigningKeys): Promise<void>;

  /** Forgets every key of a subscription but these. */
  abstract keepOnly(subscription: string, keyIds: readonly string[]): Promise<void>;

  /** An event of its streams, as the log has it. */
  take(_stored: StoredEvent): void {
    // Most keep nothing in the log.
  }
}
