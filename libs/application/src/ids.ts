import { createHash, randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

/** Where fresh ids come from. Injected, so that tests choose them. */
export abstract class Ids {
  /** A UUID version 7 (RFC 9562): grows from one millisecond to the next. */
  abstract next(): string;
}

const ID_BYTES = 16;

export class RandomIds extends Ids {
  /** Drawn for 256 ids at once: a draw for each would be an eighth of what a command costs. */
  readonly #drawn = new Uint8Array(256 * ID_BYTES);
  #used = this.#drawn.length;

  override next(): string {
    return v7({ random: this.#draw() });
  }

  #draw(): Uint8Array {
    if (this.#used === this.#drawn.length) {
      randomFillSync(this.#drawn);
      this.#used = 0;
    }
    return this.#drawn.subarray(this.#used, (this.#used += ID_BYTES));
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
