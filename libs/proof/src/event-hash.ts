import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** What the hash of an event covers: all that is stored of it but its place in the whole log. */
export interface HashedEvent {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly revision: number;
  readonly data: object;
  /** Holds `prevHash`, so each hash covers the stream up to it. */
  readonly meta: object;
}

/** SHA-256, hex, of the event as canonical JSON (RFC 8785). The next event of its stream carries it as `meta.prevHash`. */
export const eventHash = ({ id, type, stream, revision, data, meta }: HashedEvent): string =>
  sha256(canonicalJson({ id, type, stream, revision, data, meta }));

/** RFC 8785. @throws when the value is not plain JSON: a bug of the caller. */
export const canonicalJson = (value: unknown): string => {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('Only plain JSON has a canonical form');
  return text;
};

export const sha256 = (text: string): string => hash('sha256', text, 'hex');
