import { START, excludeSystemEvents, type AllStreamSubscription } from '@eventstore/db-client';
import { InvalidPosition, type Position, type SubscribeOptions } from '../port.js';
import type { Connection } from './connection.js';
import { readError, type LogReader } from './log-reader.js';
import { toPosition, toServerPosition } from './position.js';
import { serverFailure, serverWords } from './server-failure.js';
import { isOurs, passes, toStoredEvent } from './stored-event.js';
import { SubscriptionBuffer } from './subscription-buffer.js';
import { RESUBSCRIBE_MS, backoffMs, pause } from './timing.js';

const BATCH_MAX = 512;
/** A subscription that lasted as long starts afresh with its waits. */
const LASTING_MS = 30_000;

interface FollowParts {
  readonly connection: Connection;
  readonly reader: LogReader;
  readonly random: () => number;
  readonly onNotice: (sentence: string) => void;
}

/** What ended one subscription of the client; the handler's own error is thrown. */
type Ended = { readonly by: 'signal' } | { readonly by: 'server'; readonly error: unknown };

/**
 * Follows the log over as many subscriptions of the client as it takes. Any end of one, also a polite one, is a drop:
 * the client never subscribes again by itself. The next one begins after the last position that was handled.
 */
export async function followServer(parts: FollowParts, options: SubscribeOptions): Promise<void> {
  const { signal } = options;
  const progress: Progress = { position: options.after, told: false, handled: 0 };
  if (progress.position !== undefined) toServerPosition(progress.position);
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    const handledBefore = progress.handled;
    const startedAt = performance.now();
    const ended = await followOnce(parts, options, progress);
    if (ended.by === 'signal') return;
    const fatal = fatalError(ended.error);
    if (fatal !== undefined) throw fatal;
    if (progress.handled > handledBefore || performance.now() - startedAt > LASTING_MS) attempt = 0;
    const waitMs = backoffMs(attempt, parts.random(), RESUBSCRIBE_MS);
    parts.onNotice(
      `The subscription to the event store ended (${serverWords(ended.error)}); the next one begins in ${Math.round(waitMs)} ms`,
    );
    await pause(waitMs, signal);
  }
}

interface Progress {
  /** Of the last batch that was handled. */
  position: Position | undefined;
  /** Whether that batch said that the subscriber has caught up. */
  told: boolean;
  handled: number;
}

async function followOnce(parts: FollowParts, options: SubscribeOptions, progress: Progress): Promise<Ended> {
  const { reader, connection } = parts;
  try {
    // The server would wait in silence at a position that it does not have.
    if (progress.position !== undefined) await reader.checkPosition(progress.position);
  } catch (error) {
    return { by: 'server', error };
  }
  if (options.signal.aborted) return { by: 'signal' };
  const session = new Session(connection, options, progress.position);
  try {
    for (;;) {
      const batch = session.buffer.take(progress.told, progress.position);
      if (batch !== undefined) {
        session.resume();
        await options.onBatch(batch);
        progress.position = batch.position;
        progress.told = batch.caughtUp;
        progress.handled += 1;
      }
      if (session.ended !== undefined) return session.ended;
      if (batch === undefined) await session.changed();
    }
  } finally {
    session.close();
  }
}

/** One subscription of the client, as a buffer that fills and an end that comes. */
class Session {
  readonly buffer: SubscriptionBuffer;
  ended: Ended | undefined;
  readonly #subscription: AllStreamSubscription;
  readonly #filter;
  readonly #signal: AbortSignal;
  readonly #renewed: AbortSignal;
  #received = 0;
  /** How many events belong to history, once the server has said where it ends. */
  #history = Number.POSITIVE_INFINITY;
  #wake: () => void = () => undefined;

  constructor(
    connection: Connection,
    { filter = {}, batchMax = BATCH_MAX, signal }: SubscribeOptions,
    after?: Position,
  ) {
    this.buffer = new SubscriptionBuffer(batchMax);
    this.#filter = filter;
    this.#signal = signal;
    this.#renewed = connection.renewed;
    // What passes our own filter is decided here: each event of ours moves the checkpoint, those left out too.
    this.#subscription = connection.client.subscribeToAll({
      fromPosition: after === undefined ? START : toServerPosition(after),
      filter: excludeSystemEvents(),
      ...connection.callOptions,
    });
    this.#signal.addEventListener('abort', this.#onSignal);
    this.#renewed.addEventListener('abort', this.#onRenewed);
    // Stays after the end: an `error` event that nobody hears ends the process.
    this.#subscription.on('error', (error) => this.#end({ by: 'server', error }));
    this.#subscription.on('end', () => this.#end({ by: 'server', error: new Error('ended by the server') }));
    this.#subscription.on('close', () => this.#end({ by: 'server', error: new Error('cut off') }));
    this.#subscription.on('data', ({ event }) => this.#receive(event));
    this.#subscription.on('caughtUp', () => {
      // Told ahead of the events that the client still holds.
      this.#history = this.#received + this.#subscription.readableLength;
      this.#look();
    });
    if (signal.aborted) this.#onSignal();
  }

  resume(): void {
    if (this.ended === undefined && !this.buffer.full && this.#subscription.isPaused()) this.#subscription.resume();
  }

  /** Settles when the buffer grew, or the subscription ended. */
  async changed(): Promise<void> {
    if (this.ended !== undefined) return;
    await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onSignal);
    this.#renewed.removeEventListener('abort', this.#onRenewed);
    this.ended ??= { by: 'signal' };
    void this.#subscription.unsubscribe().catch(() => undefined);
    this.#subscription.destroy();
  }

  readonly #onSignal = (): void => this.#end({ by: 'signal' });
  readonly #onRenewed = (): void => this.#end({ by: 'server', error: new Error('its connection was replaced') });

  #receive(event: Parameters<typeof isOurs>[0] | undefined): void {
    if (this.ended !== undefined) return;
    this.#received += 1;
    try {
      if (event !== undefined && isOurs(event)) {
        if (passes(this.#filter, event)) this.buffer.add(toStoredEvent(event));
        else if (event.position !== undefined) this.buffer.skip(toPosition(event.position));
      }
    } catch (error) {
      this.#end({ by: 'server', error: new Unreadable(error) });
    }
    if (this.buffer.full) this.#subscription.pause();
    this.#look();
  }

  #look(): void {
    if (this.#received >= this.#history) this.buffer.caughtUp();
    this.#wake();
  }

  #end(ended: Ended): void {
    this.ended ??= ended;
    this.#wake();
  }
}

/** An event that we cannot take: every next subscription would meet it again. */
class Unreadable extends Error {
  constructor(override readonly cause: unknown) {
    super('An event cannot be read');
  }
}

/** What another subscription would not mend. */
function fatalError(error: unknown): unknown {
  if (error instanceof Unreadable) return error.cause;
  if (error instanceof InvalidPosition) return error;
  const failure = serverFailure(error);
  return failure.kind === 'denied' ? readError(failure, error, undefined) : undefined;
}
