import { NO_STREAM, type ExpectedRevision } from '../port.js';

/** What an error of the client means for us. */
export type ServerFailure =
  /** The head of the stream is elsewhere. */
  | { readonly kind: 'conflict'; readonly actual: ExpectedRevision }
  /** The stream was deleted. */
  | { readonly kind: 'gone' }
  /** There is no such stream, or it was deleted softly. */
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'denied';
      /** Whether the server knows the user: then it is a right that is missing. */
      readonly known: boolean;
    }
  | { readonly kind: 'too-large' }
  /** What a server says to a position inside a record of its own, but also when its reader failed. */
  | { readonly kind: 'bad-position' }
  /** It never left this process: certainly not written. Trying again may help. */
  | { readonly kind: 'unsent' }
  /** Written or not. Trying again may help. */
  | {
      readonly kind: 'unclear';
      /** The client keeps this connection after such an error (db-client 6.2.1), so we replace it. */
      readonly stale: boolean;
    }
  /** None of the client's errors: a bug. */
  | { readonly kind: 'bug' };

/** Our own timer ran out, before the client's or instead of it. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

interface ClientError {
  readonly type: string;
  readonly message: string;
  readonly actualVersion?: bigint | string;
}

/** By its `type`, not its class: two copies of the client must not confuse each other's errors. */
export function serverFailure(error: unknown): ServerFailure {
  if (error instanceof NoAnswer) return { kind: 'unclear', stale: false };
  if (!(typeof error === 'object' && error !== null && 'message' in error)) return { kind: 'bug' };
  const { type, message, actualVersion } = error as ClientError;
  // The client gives up looking for a node with a plain error.
  if (type === undefined) return message.startsWith('Failed to discover') ? { kind: 'unsent' } : { kind: 'bug' };
  switch (type) {
    case 'wrong-expected-version':
      return { kind: 'conflict', actual: typeof actualVersion === 'bigint' ? Number(actualVersion) : NO_STREAM };
    case 'stream-deleted':
      return { kind: 'gone' };
    case 'stream-not-found':
    case 'no-stream':
      return { kind: 'missing' };
    case 'access-denied':
      return { kind: 'denied', known: !message.includes('UNAUTHENTICATED') };
    case 'maximum-append-size-exceeded':
      return { kind: 'too-large' };
    case 'unavailable':
      return /No connection established|ECONNREFUSED/.test(message)
        ? { kind: 'unsent' }
        : { kind: 'unclear', stale: false };
    case 'deadline-exceeded':
    case 'timeout':
    case 'cancelled':
    case 'not-leader':
      return { kind: 'unclear', stale: false };
    case 'unknown':
      return unknownFailure(message);
    default:
      return { kind: 'bug' };
  }
}

/** Everything that the client has no name for, so its text must do. */
function unknownFailure(message: string): ServerFailure {
  if (/Maximum Append|larger than max|RESOURCE_EXHAUSTED/i.test(message)) return { kind: 'too-large' };
  if (/ReadAllResult: Error|invalid position/i.test(message)) return { kind: 'bad-position' };
  return { kind: 'unclear', stale: true };
}

/** For a message: what the client or the server said, on one line and bounded. It never holds the connection string. */
export function serverWords(error: unknown): string {
  const { type, message } = (error ?? {}) as Partial<ClientError>;
  const words = [type, message].filter((each) => typeof each === 'string' && each !== '').join(': ');
  return words.replaceAll(/\s+/g, ' ').slice(0, 300) || 'no reason given';
}

/** What an operator has to mend when the server refuses a call. */
export const denialWords = ({ known }: ServerFailure & { readonly kind: 'denied' }, right: string): string =>
  known ? `does not let its user ${right}` : 'refuses its user or password';
