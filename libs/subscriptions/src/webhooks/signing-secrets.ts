import type { StoredEvent } from '#libs/event-store';
import type { SigningKeys } from './signatures.js';

/** Where the signing keys of subscriptions are kept: never in the clear in the log, and never told again but to their owner. */
export abstract class SigningSecrets {
  /** Streams of the log that `take` must be given, beside those of subscriptions. */
  readonly streamPrefixes: readonly string[] = [];

  abstract find(keyId: string): SigningKeys | undefined;

  /** Resolves once they are durable, before anything refers to them. */
  abstract add(subscription: string, keys: SigningKeys): Promise<void>;

  /** Forgets one key of a subscription, or all of them. */
  abstract forget(subscription: string, keyId?: string): Promise<void>;

  /** Brings what is known of a subscription up to date, where another process may have changed it. */
  async refresh(_subscription: string): Promise<void> {
    // Most are the only ones that change it.
  }

  /** An event of its streams, as the log has it. */
  take(_stored: StoredEvent): void {
    // Most keep nothing in the log.
  }
}
