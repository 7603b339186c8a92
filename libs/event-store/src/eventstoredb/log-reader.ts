import { BACKWARDS, END, FORWARDS, START, type AllStreamRecordedEvent } from '@eventstore/db-client';
import {
  Gone,
  InvalidPosition,
  READ_EVENTS_MAX,
  Unavailable,
  type EventFilter,
  type LogPage,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type StoredEvent,
} from '../port.js';
import { collect, type Connection } from './connection.js';
import { comparePositions, toPosition, toServerPosition } from './position.js';
import { NoAnswer, denialWords, serverFailure, serverWords, type ServerFailure } from './server-failure.js';
import { PAGE_BYTES_MAX, bytesOf, isOurs, passes, toStoredEvent, type Recorded } from './stored-event.js';
import { REPEAT_MS, backoffMs, pause, within, type Timing } from './timing.js';

/** Events that one page examines at most before it is handed over short. */
export const SCAN_EVENTS_MAX = 20_000;
/** As with the other adapter, which compiles one statement for each length. */
export const FILTER_VALUES_MAX = 512;
/** Pages of the server's own events that the search for the head passes over. */
const HEAD_PAGES_MAX = 16;

/** Reads pages. What a decision rests on comes from the leader. */
export class LogReader {
  readonly #connection: Connection;
  readonly #timing: Timing;
  readonly #random: () => number;
  readonly #closed: AbortSignal;

  constructor(connection: Connection, timing: Timing, random: () => number, closed: AbortSignal) {
    this.#connection = connection;
    this.#timing = timing;
    this.#random = random;
    this.#closed = closed;
  }

  async readStream(
    stream: string,
    { direction = 'forward', from, max = READ_EVENTS_MAX }: ReadStreamOptions,
    ms = this.#timing.readMs,
  ): Promise<readonly StoredEvent[]> {
    checkMax(max);
    if (from !== undefined && !(Number.isSafeInteger(from) && from >= 0)) {
      throw new RangeError(`A stream is read from a revision of 0 or more, not ${from}`);
    }
    // No event of ours is there, and the server's own are none of our readers' business.
    if (stream === '' || stream.startsWith('$')) return [];
    const forward = direction === 'forward';
    const events = await this.#retry(ms, stream, (left) => this.#streamPage(stream, forward, from, max, left));
    refuseGaps(stream, events, forward ? (from ?? 0) : undefined, max);
    return events;
  }

  async readAll({ after, max = READ_EVENTS_MAX, filter = {} }: ReadAllOptions): Promise<LogPage> {
    checkMax(max);
    checkFilter(filter);
    const scan = new LogScan(max, filter, after);
    while (!scan.done) {
      const count = max + 2;
      const from = scan.from === undefined ? START : toServerPosition(scan.from);
      const { events, isCut } = await this.#retry(this.#timing.readMs, after, (left) => {
        const { client, callOptions } = this.#connection;
        return collect(
          client.readAll({ fromPosition: from, direction: FORWARDS, maxCount: count, ...callOptions }),
          left,
          PAGE_BYTES_MAX,
        );
      });
      scan.take(
        events.flatMap(({ event }) => event ?? []),
        !isCut && events.length < count,
      );
    }
    return scan.page();
  }

  /** Whether the log reaches as far as a position. @throws {InvalidPosition} when it does not. */
  async checkPosition(position: Position): Promise<void> {
    const fromPosition = toServerPosition(position);
    const { events } = await this.#retry(this.#timing.readMs, position, (left) => {
      const { client, callOptions } = this.#connection;
      return collect(client.readAll({ fromPosition, direction: FORWARDS, maxCount: 1, ...callOptions }), left);
    });
    if (events.length === 0) throw new InvalidPosition(position);
  }

  /** The last event that is not the server's own; or, when very many of those follow it, a place among them. */
  async head(): Promise<Position | undefined> {
    let before: Position | undefined;
    for (let page = 0, count = 1; page < HEAD_PAGES_MAX; page += 1, count = Math.min(count * 16, READ_EVENTS_MAX)) {
      const from = before === undefined ? END : toServerPosition(before);
      const { events, isCut } = await this.#retry(this.#timing.readMs, undefined, (left) => {
        const { client, callOptions } = this.#connection;
        return collect(
          client.readAll({ fromPosition: from, direction: BACKWARDS, maxCount: count, ...callOptions }),
          left,
          PAGE_BYTES_MAX,
        );
      });
      const recorded = events.flatMap(({ event }) => event ?? []);
      const found = recorded.find(isOurs);
      if (found !== undefined) return positionOf(found);
      const last = recorded.at(-1);
      if (last === undefined || (!isCut && events.length < count)) return undefined;
      before = positionOf(last);
    }
    return before;
  }

  async #streamPage(
    stream: string,
    forward: boolean,
    from: number | undefined,
    max: number,
    ms: number,
  ): Promise<readonly StoredEvent[]> {
    const { client, callOptions } = this.#connection;
    const read = (fromRevision: bigint | typeof START | typeof END): Promise<StoredEvent[]> =>
      collect(
        client.readStream(stream, {
          fromRevision,
          direction: forward ? FORWARDS : BACKWARDS,
          maxCount: max,
          ...callOptions,
        }),
        ms,
      ).then(({ events }) => events.flatMap(({ event }) => (event === undefined ? [] : toStoredEvent(event))));
    try {
      const events = await read(from === undefined ? (forward ? START : END) : BigInt(from));
      // Forward from beyond the end there is nothing. Elsewhere a stream that exists has something to show.
      if (events.length > 0 || (forward && from !== undefined && from > 0)) return events;
      if (!forward && from !== undefined) {
        const last = await read(END);
        if ((last[0]?.revision ?? from) < from) return last;
      }
      throw new Gone(`${stream}: its events were deleted from the database`);
    } catch (error) {
      if (serverFailure(error).kind !== 'missing') throw error;
      await this.#refuseHidden(stream, ms);
      return [];
    }
  }

  /** The server says that a stream does not exist also when it only hides it. */
  async #refuseHidden(stream: string, ms: number): Promise<void> {
    const { client, callOptions } = this.#connection;
    const reading = client.getStreamMetadata(stream, callOptions);
    const { metadata } = await within(ms, reading, () => new NoAnswer(`No answer within ${ms} ms`));
    if (Number(metadata?.truncateBefore ?? 0) > 0) throw new Gone(`${stream}: deleted from the database`);
  }

  /** Whether a read without a position goes well: then it was the position. */
  async #answers(): Promise<boolean> {
    return this.#connection.canary(this.#timing.attemptMs).then(
      () => true,
      () => false,
    );
  }

  /** Reads may be repeated without harm, so an election is waited for. */
  async #retry<T>(ms: number, about: string | undefined, read: (left: number) => Promise<T>): Promise<T> {
    const end = performance.now() + ms;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await read(Math.max(Math.min(end - performance.now(), this.#timing.attemptMs), 1));
      } catch (error) {
        const failure = serverFailure(error);
        const readerFailed = failure.kind === 'bad-position' && !(await this.#answers());
        const again = failure.kind === 'unsent' || failure.kind === 'unclear' || readerFailed;
        if (failure.kind === 'unclear' && failure.stale) this.#connection.renew(serverWords(error));
        const waitMs = backoffMs(attempt, this.#random(), REPEAT_MS);
        if (!again || performance.now() + waitMs >= end || this.#closed.aborted) throw readError(failure, error, about);
        await pause(waitMs, this.#closed);
      }
    }
  }
}

/** Collects one page of the log out of pages of the server, which hold its own events too and begin where we ended. */
class LogScan {
  readonly #events: StoredEvent[] = [];
  #position: Position | undefined;
  #from: Position | undefined;
  #examined = 0;
  #bytes = 0;
  #atHead = false;
  done = false;

  constructor(
    private readonly max: number,
    private readonly filter: EventFilter,
    private readonly after: Position | undefined,
  ) {
    this.#position = after;
    this.#from = after;
  }

  get from(): Position | undefined {
    return this.#from;
  }

  /** @param last true when the server had no more. */
  take(page: readonly Recorded[], last: boolean): void {
    // The event at the position itself comes first, so nothing at all means that it lies beyond the head.
    if (page.length === 0 && this.#from !== undefined) throw new InvalidPosition(this.#from);
    const from = this.#from;
    const rest = page.filter((event) => from === undefined || comparePositions(positionOf(event), from) > 0);
    this.#examined += rest.length;
    let moved = false;
    for (const [index, event] of rest.entries()) {
      this.#from = positionOf(event);
      if (!isOurs(event)) continue;
      this.#position = this.#from;
      moved = true;
      if (!passes(this.filter, event)) continue;
      this.#events.push(toStoredEvent(event));
      this.#bytes += bytesOf(event);
      if (this.#events.length < this.max && this.#bytes < PAGE_BYTES_MAX) continue;
      return this.#finish(last && !rest.slice(index + 1).some(isOurs));
    }
    if (last) return this.#finish(true);
    if (this.#examined < SCAN_EVENTS_MAX) return;
    // Only the server's own events: the reader must come further all the same.
    if (!moved && this.#position === this.after) this.#position = this.#from;
    this.#finish(false);
  }

  page(): LogPage {
    return { events: this.#events, position: this.#position, atHead: this.#atHead };
  }

  #finish(atHead: boolean): void {
    this.#atHead = atHead;
    this.done = true;
  }
}

function positionOf({ streamId, revision, position }: Recorded | AllStreamRecordedEvent): Position {
  if (position === undefined)
    throw new Unavailable(`Event ${revision} of ${streamId} has no position: the server is too old`);
  return toPosition(position);
}

/** The error of the port for a read that is given up. */
export function readError(failure: ServerFailure, error: unknown, about: string | undefined): unknown {
  switch (failure.kind) {
    case 'gone':
      return new Gone(`${about}: deleted from the database`, { cause: error });
    case 'bad-position':
      return new InvalidPosition(about ?? 'none');
    case 'denied':
      return new Unavailable(`The event store ${denialWords(failure, 'read')}`, { cause: error });
    case 'bug':
      return error;
    default:
      return new Unavailable(`The event store does not answer (${serverWords(error)})`, { cause: error });
  }
}

/** No writer leaves a gap, so a missing revision was deleted or is hidden by somebody with rights on the database. */
function refuseGaps(stream: string, events: readonly StoredEvent[], start: number | undefined, max: number): void {
  const first = events[0]?.revision;
  if (first === undefined) return;
  const step = start === undefined ? -1 : 1;
  let next = start ?? first;
  for (const { revision } of events) {
    if (revision !== next) throw new Gone(`${stream}: revision ${next} was deleted from the database`);
    next += step;
  }
  if (start === undefined && events.length < max && next !== -1) {
    throw new Gone(`${stream}: revision ${next} was deleted from the database`);
  }
}

function checkMax(max: number): void {
  if (!Number.isSafeInteger(max) || max < 1 || max > READ_EVENTS_MAX) {
    throw new RangeError(`A read returns 1 to ${READ_EVENTS_MAX} events, not ${max}`);
  }
}

export function checkFilter({ streamPrefixes, types }: EventFilter): void {
  for (const [name, values] of Object.entries({ streamPrefixes, types })) {
    if (values !== undefined && (values.length === 0 || values.length > FILTER_VALUES_MAX)) {
      throw new RangeError(
        `${name} of a filter has 1 to ${FILTER_VALUES_MAX} values, not ${values.length}; leave it out for all`,
      );
    }
  }
}
