import { Unavailable } from '../port.js';

/** As with the other adapter: longer queues only make late answers. */
export const QUEUE_APPENDS_MAX = 16_384;
export const QUEUE_BYTES_MAX = 64 * 1024 * 1024;
/** Calls under way at once; Kestrel takes 100 on one connection by default. */
export const IN_FLIGHT_MAX = 96;

/** Lets the appends of one stream go one after the other, in the order of their calls, and those of others beside them. */
export class StreamQueue {
  readonly #tails = new Map<string, Promise<void>>();
  readonly #waitingForTurn: (() => void)[] = [];
  #inFlight = 0;
  #appends = 0;
  #bytes = 0;

  async run<T>(stream: string, bytes: number, work: () => Promise<T>): Promise<T> {
    if (this.#appends >= QUEUE_APPENDS_MAX || this.#bytes + bytes > QUEUE_BYTES_MAX) {
      throw new Unavailable(`Too many appends wait for the server (${this.#appends})`);
    }
    this.#appends += 1;
    this.#bytes += bytes;
    const working = this.#after(this.#tails.get(stream), work);
    const tail = working.then(ignore, ignore);
    this.#tails.set(stream, tail);
    try {
      return await working;
    } finally {
      this.#appends -= 1;
      this.#bytes -= bytes;
      if (this.#tails.get(stream) === tail) this.#tails.delete(stream);
    }
  }

  /** Settles when all that was taken so far has settled. */
  async drained(): Promise<void> {
    await Promise.all(this.#tails.values());
  }

  async #after<T>(tail: Promise<void> | undefined, work: () => Promise<T>): Promise<T> {
    await tail;
    if (this.#inFlight >= IN_FLIGHT_MAX) await new Promise<void>((resolve) => this.#waitingForTurn.push(resolve));
    else this.#inFlight += 1;
    try {
      return await work();
    } finally {
      const next = this.#waitingForTurn.shift();
      if (next === undefined) this.#inFlight -= 1;
      else next();
    }
  }
}

const ignore = (): void => undefined;
