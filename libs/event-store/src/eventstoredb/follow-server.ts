import { START, excludeSystemEvents, type AllStreamSubscription } from '@eventstore/db-client';
import { InvalidPosition, type EventFilter, type Position, type SubscribeOptions } from '../port.js';
import type { Connection } from './connection.js';
import { readError, type LogReader } from './log-reader.js';
import { comparePositions, toPosition, toServerPosition } from './position.js';
import { serverFailure, serverWords } from './server-failure.js';
import { serverFilter, type ServerFilter } from './server-filter.js';
import { isOurs, passes, toStoredEvent, type Recorded } from './stored-event.js';
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
  let history: History | undefined;
  try {
    // The server would wait in silence at a position that it does not have.
    if (progress.position !== undefined) await reader.checkPosition(progress.position);
    history = await historyOf(reader, options.filter, progress.position);
  } catch (error) {
    return { by: 'server', error };
  }
  if (options.signal.aborted) return { by: 'signal' };
  const session = new Session(connection, options, progress.position, history);
  try {
    for (;;) {
      if (options.signal.aborted) return { by: 'signal' };
      const batch = session.buffer.take(progress.told, progress.position);
      if (batch !== undefined) {
        session.resume();
        await options.onBatch(batch);
        progress.position = batch.position;
        progress.told = batch.caughtUp;
        progress.handled += 1;
        continue;
      }
      if (session.ended !== undefined) return session.ended;
      await session.changed();
    }
  } finally {
    session.close();
  }
}

/** The part of the log before its present end, of which the server can leave out what nobody asked for. */
interface History {
  readonly filter: ServerFilter;
  readonly until: Position;
}

async function historyOf(
  reader: LogReader,
  wanted: EventFilter = {},
  after: Position | undefined,
): Promise<History | undefined> {
  const filter = serverFilter(wanted);
  if (filter === undefined) return undefined;
  const until = await reader.head();
  const isBehind = until !== undefined && (after === undefined || comparePositions(after, until) < 0);
  return isBehind ? { filter, until } : undefined;
}

/**
 * A buffer that fills and an end that comes. Its history comes through a filter of the server: for a few events of a
 * large log, all others would be sent and parsed. What follows comes whole, and what passes our own filter is decided
 * here, for each event of ours moves the checkpoint, those left out too.
 */
class Session {
  readonly buffer: SubscriptionBuffer;
  ended: Ended | undefined;
  readonly #connection: Connection;
  readonly #filter: EventFilter;
  readonly #signal: AbortSignal;
  readonly #renewed: AbortSignal;
  /** Absent once it is over. */
  #history: History | undefined;
  #subscription: AllStreamSubscription;
  #position: Position | undefined;
  #received = 0;
  /** How many events come before the subscription has caught up, once the server has said so. */
  #behind = Number.POSITIVE_INFINITY;
  #wake: () => void = () => undefined;

  constructor(
    connection: Connection,
    { filter = {}, batchMax = BATCH_MAX, signal }: SubscribeOptions,
    after: Position | undefined,
    history: History | undefined,
  ) {
    this.buffer = new SubscriptionBuffer(batchMax);
    this.#connection = connection;
    this.#filter = filter;
    this.#signal = signal;
    this.#renewed = connection.renewed;
    this.#history = history;
    this.#position = after;
    this.#subscription = this.#subscribe();
    this.#signal.addEventListener('abort', this.#onSignal);
    this.#renewed.addEventListener('abort', this.#onRenewed);
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
    drop(this.#subscription);
  }

  readonly #onSignal = (): void => this.#end({ by: 'signal' });
  readonly #onRenewed = (): void => this.#end({ by: 'server', error: this.#renewed.reason });

  #subscribe(): AllStreamSubscription {
    const after = this.#position;
    const subscription = this.#connection.client.subscribeToAll({
      fromPosition: after === undefined ? START : toServerPosition(after),
      filter: this.#history?.filter ?? excludeSystemEvents(),
      ...this.#connection.callOptions,
    });
    const endBy = (error: unknown): void => {
      if (subscription === this.#subscription) this.#end({ by: 'server', error });
    };
    // Stays after the end: an `error` event that nobody hears ends the process.
    subscription.on('error', endBy);
    subscription.on('end', () => endBy(new Error('ended by the server')));
    subscription.on('close', () => endBy(new Error('cut off')));
    subscription.on('data', ({ event }) => {
      if (subscription === this.#subscription) this.#receive(event);
    });
    subscription.on('caughtUp', () => {
      if (subscription !== this.#subscription) return;
      // Told ahead of the events that the client still holds.
      this.#behind = this.#received + subscription.readableLength;
      this.#look();
    });
    return subscription;
  }

  #receive(event: Recorded | undefined): void {
    if (this.ended !== undefined) return;
    this.#received += 1;
    try {
      if (event !== undefined && isOurs(event)) this.#take(event);
    } catch (error) {
      this.#end({ by: 'server', error: new Unreadable(error) });
    }
    if (this.buffer.full) this.#subscription.pause();
    this.#look();
  }

  #take(event: Recorded): void {
    const position = event.position && toPosition(event.position);
    if (passes(this.#filter, event)) this.buffer.add(toStoredEvent(event));
    else if (position !== undefined) this.buffer.skip(position);
    this.#position = position ?? this.#position;
  }

  #look(): void {
    if (this.ended === undefined && this.#received >= this.#behind) {
      if (this.#history === undefined) this.buffer.caughtUp();
      else this.#leaveHistory(this.#history.until);
    }
    this.#wake();
  }

  /** All that was wanted up to there has come, and perhaps a few events more. */
  #leaveHistory(until: Position): void {
    drop(this.#subscription);
    if (this.#position === undefined || comparePositions(this.#position, until) < 0) {
      this.#position = until;
      this.buffer.skip(until);
    }
    this.#history = undefined;
    this.#received = 0;
    this.#behind = Number.POSITIVE_INFINITY;
    this.#subscription = this.#subscribe();
    if (this.buffer.full) this.#subscription.pause();
  }

  /** What has come is handed over first: dropped again and again, a follower that was slow would never come further. */
  #end(ended: Ended): void {
    this.ended ??= ended;
    this.buffer.noMore();
    this.#wake();
  }
}

const drop = (subscription: AllStreamSubscription): void => {
  void subscription.unsubscribe().catch(() => undefined);
  subscription.destroy();
};

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
