import { createHash } from 'node:crypto';
import { v7 } from 'uuid';

/** Where fresh ids come from. Injected, so that tests choose them. */
export abstract class Ids {
  /** A UUID version 7 (RFC 9562): grows with time. */
  abstract next(): string;
}

export class RandomIds extends Ids {
  override next(): string {
    return v7();
  }
}

/**
 * The same UUID for the same words, in the layout of version 7 (its time bits carry no time).
 * Two servers that get the same idempotency key declare the same incident, and one of them is told so by the store.
 */
export const derivedId = (...words: readonly string[]): string => {
  const bytes = createHash('sha256').update(words.join('\n'), 'utf8').digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
};

export const isUuid = (text: string): boolean =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
