import { encodeAppend } from '../encode-append.js';
import {
  EventStore,
  Unavailable,
  type Appended,
  type ExpectedRevision,
  type LogPage,
  type NewEvent,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type StoredEvent,
  type SubscribeOptions,
} from '../port.js';
import { Appender } from './appender.js';
import { readConnectionString, type ConnectionSettings } from './connection-string.js';
import { Connection } from './connection.js';
import { explainSilence } from './explain-silence.js';
import { followServer } from './follow-server.js';
import { LogReader, checkFilter } from './log-reader.js';
import { comparePositions } from './position.js';
import { Retention, type KeepLast } from './retention.js';
import { serverFailure, serverWords } from './server-failure.js';
import { StreamQueue } from './stream-queue.js';
import { REPEAT_MS, TIMING, backoffMs, pause, within, type Timing } from './timing.js';

export interface EventStoreDbEventStoreOptions {
  /** `esdb://…`, with user and password when the server has TLS. Never printed. */
  readonly connectionString: string;
  /** Told what an operator may want to know: drops, replaced connections. Without secrets. */
  readonly onNotice?: (sentence: string) => void;
  /** Streams that need not remember; absent: all do, which is right for everything that is history. */
  readonly keepLast?: readonly KeepLast[];
  readonly timing?: Partial<Timing>;
  /** A draw in [0, 1) for the waits before repeats. */
  readonly random?: () => number;
}

/** The log on a server or cluster of EventStoreDB or KurrentDB; see docs/reference/event-store.md. */
export class EventStoreDbEventStore extends EventStore {
  override readonly soleWriter = false;

  readonly #settings: ConnectionSettings;
  readonly #timing: Timing;
  readonly #random: () => number;
  readonly #onNotice: (sentence: string) => void;
  /** Appends, and the reads that decisions rest on. */
  readonly #commands: Connection;
  readonly #streams: LogReader;
  /** The log and whoever follows it: a drop there must not touch an append. */
  readonly #following: Connection;
  readonly #log: LogReader;
  readonly #retention: Retention | undefined;
  readonly #queue = new StreamQueue();
  readonly #appender: Appender;
  readonly #closing = new AbortController();
  readonly #closedNow = new AbortController();
  readonly #subscriptions = new Set<Promise<void>>();
  #closed: Promise<void> | undefined;

  /** @throws {Unavailable} with the reason, when no server answers in time or the connection string does not fit it. */
  static async connect(options: EventStoreDbEventStoreOptions): Promise<EventStoreDbEventStore> {
    const store = new EventStoreDbEventStore(options);
    try {
      await store.#findServer();
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  private constructor(options: EventStoreDbEventStoreOptions) {
    super();
    this.#settings = readConnectionString(options.connectionString);
    this.#timing = { ...TIMING, ...options.timing };
    this.#random = options.random ?? Math.random;
    this.#onNotice = options.onNotice ?? (() => undefined);
    this.#commands = new Connection(this.#settings, this.#timing, this.#onNotice);
    this.#following = new Connection(this.#settings, this.#timing, this.#onNotice);
    this.#streams = new LogReader(this.#commands, this.#timing, this.#random, this.#closedNow.signal);
    this.#log = new LogReader(this.#following, this.#timing, this.#random, this.#closedNow.signal);
    const { keepLast } = options;
    this.#retention = keepLast && new Retention(keepLast, this.#commands, this.#timing, this.#onNotice);
    this.#appender = new Appender({
      connection: this.#commands,
      timing: this.#timing,
      random: this.#random,
      readBack: (stream, from, max, ms) => this.#streams.readStream(stream, { from, max }, ms),
      closing: this.#closing.signal,
    });
  }

  override async append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> {
    const encoded = encodeAppend(stream, expected, events);
    if (this.#closing.signal.aborted) throw closed();
    const pending = { stream, expected, events: encoded.events, askedAt: performance.now() };
    const appended = await this.#queue.run(stream, encoded.bytes, () => this.#appender.append(pending));
    this.#retention?.keep(stream);
    return appended;
  }

  override async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly StoredEvent[]> {
    this.#refuseClosed();
    return this.#streams.readStream(stream, options);
  }

  override async readAll(options: ReadAllOptions = {}): Promise<LogPage> {
    this.#refuseClosed();
    return this.#log.readAll(options);
  }

  override async head(): Promise<Position | undefined> {
    this.#refuseClosed();
    return this.#log.head();
  }

  override comparePositions(left: Position, right: Position): number {
    return comparePositions(left, right);
  }

  override async subscribe(options: SubscribeOptions): Promise<void> {
    if (this.#closing.signal.aborted) throw closed();
    checkFilter(options.filter ?? {});
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    const parts = {
      connection: this.#following,
      reader: this.#log,
      random: this.#random,
      onNotice: this.#onNotice,
    };
    const following = followServer(parts, { ...options, signal });
    this.#subscriptions.add(following);
    try {
      await following;
    } finally {
      this.#subscriptions.delete(following);
    }
  }

  override close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await this.#queue.drained();
    await Promise.allSettled(this.#subscriptions);
    await within(this.#timing.closeMs, this.#retention?.settled ?? Promise.resolve(), closed).catch(() => undefined);
    this.#closedNow.abort();
    this.#commands.close();
    this.#following.close();
  }

  /** While closing, handlers that are still at work may read. */
  #refuseClosed(): void {
    if (this.#closedNow.signal.aborted) throw closed();
  }

  async #findServer(): Promise<void> {
    const end = performance.now() + this.#timing.connectMs;
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#commands.canary(Math.min(this.#timing.attemptMs, this.#timing.connectMs));
        return;
      } catch (error) {
        const where = this.#settings.hosts.map(({ address, port }) => `${address}:${port}`).join(', ');
        const failure = serverFailure(error);
        if (failure.kind === 'denied') {
          throw new Unavailable(
            failure.known
              ? `The event store at ${where} does not let the user of the connection string read the whole log: it takes a user of $admins, or one that the ACL of $all names`
              : `The event store at ${where} refuses the user or password of the connection string`,
          );
        }
        const sentence = await explainSilence(this.#settings);
        if (sentence !== undefined) throw new Unavailable(sentence);
        if (performance.now() >= end)
          throw new Unavailable(`No event store answers at ${where} (${serverWords(error)})`);
        await pause(backoffMs(attempt, this.#random(), REPEAT_MS), this.#closing.signal);
      }
    }
  }
}

const closed = (): Unavailable => new Unavailable('The event store is closed');
