import type { Connection } from './connection.js';
import { NoAnswer, serverWords } from './server-failure.js';
import { within, type Timing } from './timing.js';

/** Streams of which the server shows, and after a scavenge keeps, the last events only. */
export interface KeepLast {
  readonly streamPrefix: string;
  readonly events: number;
}

/**
 * Sets `$maxCount` on the streams of a prefix, once for each in the life of a process, after an append that went through:
 * the stream exists then, and no append waits for it. Only for streams that are read from their end, and no further than
 * what is kept: to {@link LogReader} a revision that is hidden is a revision that somebody deleted.
 */
export class Retention {
  readonly #keepLast: readonly KeepLast[];
  readonly #connection: Connection;
  readonly #timing: Timing;
  readonly #onNotice: (sentence: string) => void;
  readonly #kept = new Set<string>();
  /** Streams whose failure was told: the next append tries again, and says nothing. */
  readonly #told = new Set<string>();
  #setting: Promise<void> = Promise.resolve();

  constructor(
    keepLast: readonly KeepLast[],
    connection: Connection,
    timing: Timing,
    onNotice: (sentence: string) => void,
  ) {
    this.#keepLast = keepLast;
    this.#connection = connection;
    this.#timing = timing;
    this.#onNotice = onNotice;
  }

  /** Resolves when nothing is under way. */
  get settled(): Promise<void> {
    return this.#setting;
  }

  keep(stream: string): void {
    if (this.#kept.has(stream)) return;
    const keepLast = this.#keepLast.find(({ streamPrefix }) => stream.startsWith(streamPrefix));
    if (keepLast === undefined) return;
    this.#kept.add(stream);
    const setting = this.#set(stream, keepLast.events).catch((error: unknown) => {
      this.#kept.delete(stream);
      if (this.#told.has(stream)) return;
      this.#told.add(stream);
      this.#onNotice(
        `${stream} grows for ever: the event store does not let its $maxCount be set (${serverWords(error)})`,
      );
    });
    this.#setting = Promise.all([this.#setting, setting]).then(() => undefined);
  }

  async #set(stream: string, maxCount: number): Promise<void> {
    const { client, callOptions } = this.#connection;
    const ms = this.#timing.attemptMs;
    const late = (): NoAnswer => new NoAnswer(`No answer within ${ms} ms`);
    const { metadata } = await within(ms, client.getStreamMetadata(stream, callOptions), late);
    if (metadata?.maxCount === maxCount) return;
    // The rest stays as an administrator may have set it.
    const wanted = { ...metadata, maxCount };
    await within(ms, client.setStreamMetadata(stream, wanted, { deadline: ms, ...callOptions }), late);
  }
}
