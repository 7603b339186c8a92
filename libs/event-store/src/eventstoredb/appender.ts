import {
  NO_STREAM as SERVER_NO_STREAM,
  jsonEvent,
  type AppendResult,
  type JSONEventData,
  type JSONType,
} from '@eventstore/db-client';
import { setMaxListeners } from 'node:events';
import type { EncodedEvent } from '../encode-append.js';
import {
  Conflict,
  Gone,
  NO_STREAM,
  OutcomeUnknown,
  TooLarge,
  Unavailable,
  type Appended,
  type ExpectedRevision,
  type StoredEvent,
} from '../port.js';
import type { Connection } from './connection.js';
import { toPosition } from './position.js';
import { NoAnswer, denialWords, serverFailure, serverWords, type ServerFailure } from './server-failure.js';
import { READ_BACK_MS_MAX, READ_BACK_SHARE, REPEAT_MS, backoffMs, pause, within, type Timing } from './timing.js';

export interface PendingAppend {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly EncodedEvent[];
  /** By `performance.now()`: when the caller asked. */
  readonly askedAt: number;
}

interface AppenderParts {
  readonly connection: Connection;
  readonly timing: Timing;
  readonly random: () => number;
  readonly readBack: (stream: string, from: number, max: number, ms: number) => Promise<readonly StoredEvent[]>;
  /** Aborts when the store is being closed; from then on an append has no more than `closeMs`. */
  readonly closing: AbortSignal;
}

/**
 * Sends an append until the server says what became of it. The identical append again is safe: with the revision named
 * and the ids the same, the server finds what it has already written and gives the first answer.
 */
export class Appender {
  readonly #parts: AppenderParts;
  /** Aborts when closing has waited long enough. */
  readonly #cut = new AbortController();

  constructor(parts: AppenderParts) {
    this.#parts = parts;
    setMaxListeners(0, this.#cut.signal);
    const { closing, timing } = parts;
    closing.addEventListener('abort', () => setTimeout(() => this.#cut.abort(), timing.closeMs).unref(), {
      once: true,
    });
  }

  async append(pending: PendingAppend): Promise<Appended> {
    const { timing, random } = this.#parts;
    const cut = this.#cut.signal;
    const readBackMs = Math.min(timing.appendMs * READ_BACK_SHARE, READ_BACK_MS_MAX);
    const left = (): number => pending.askedAt + timing.appendMs - performance.now();
    let mayBeWritten = false;
    let last: unknown = new Error('it waited too long for its turn');
    for (let attempt = 0; left() > readBackMs && !cut.aborted; attempt += 1) {
      try {
        return await this.#send(pending, Math.min(timing.attemptMs, left() - readBackMs));
      } catch (error) {
        last = error;
        const failure = serverFailure(error);
        const settled = settledError(pending, failure, error, mayBeWritten);
        if (settled !== undefined) throw settled;
        mayBeWritten ||= failure.kind === 'unclear';
        if (failure.kind === 'unclear' && failure.stale) this.#parts.connection.renew(serverWords(error));
      }
      await pause(Math.min(backoffMs(attempt, random(), REPEAT_MS), left() - readBackMs), cut);
    }
    if (!mayBeWritten) throw new Unavailable(`The event store does not answer (${serverWords(last)})`, { cause: last });
    return this.#readBack(pending, readBackMs, last);
  }

  async #send({ stream, expected, events }: PendingAppend, ms: number): Promise<Appended> {
    const { connection } = this.#parts;
    const sending = connection.client.appendToStream(stream, events.map(toClientEvent), {
      expectedRevision: expected === NO_STREAM ? SERVER_NO_STREAM : BigInt(expected),
      deadline: ms,
      ...connection.callOptions,
    });
    const late = (): NoAnswer => new NoAnswer(`No answer within ${Math.round(ms)} ms`);
    const result = await within(ms, sending, late, this.#cut.signal);
    return toAppended(stream, expected + events.length, result);
  }

  /** After the last repeat: the events may be there all the same. */
  async #readBack({ stream, expected, events }: PendingAppend, ms: number, cause: unknown): Promise<Appended> {
    const unknown = new OutcomeUnknown(
      `${stream}: the event store did not say whether it wrote ${events.length} event(s) (${serverWords(cause)})`,
      { cause },
    );
    let stored: readonly StoredEvent[];
    try {
      stored = await this.#parts.readBack(stream, expected + 1, events.length, ms);
    } catch (error) {
      if (error instanceof Gone) throw error;
      throw unknown;
    }
    const last = stored.at(-1);
    // Nothing there: a request that is still on its way may yet be written.
    if (last === undefined) throw unknown;
    const same = stored.length === events.length && stored.every(({ id }, index) => id === events[index]?.id);
    if (!same) throw new Conflict(stream, expected, last.revision);
    return { revision: last.revision, position: last.position };
  }
}

/** The error of the port, when the server has decided; undefined when the append is to be sent again. */
function settledError(
  { stream, expected }: PendingAppend,
  failure: ServerFailure,
  cause: unknown,
  mayBeWritten: boolean,
): unknown {
  switch (failure.kind) {
    case 'conflict':
      return new Conflict(stream, expected, failure.actual);
    case 'gone':
      return new Gone(`${stream}: deleted from the database`, { cause });
    case 'unsent':
    case 'unclear':
      return undefined;
    default:
  }
  // Refused now says nothing of an earlier attempt whose answer was lost.
  if (mayBeWritten) return new OutcomeUnknown(`${stream}: ${serverWords(cause)}`, { cause });
  if (failure.kind === 'too-large') return new TooLarge(`${stream}: ${serverWords(cause)}`, { cause });
  if (failure.kind === 'denied') return new Unavailable(`The event store ${denialWords(failure, 'append')}`, { cause });
  return cause instanceof Gone
    ? cause
    : new Unavailable(`The event store refuses the append (${serverWords(cause)})`, { cause });
}

/** The text is JSON of ours, so reading it again gives the client what it will write out the same way. */
const toClientEvent = ({ id, type, data, meta }: EncodedEvent): JSONEventData =>
  jsonEvent({ id, type, data: JSON.parse(data) as JSONType, metadata: JSON.parse(meta) as JSONType });

/**
 * @throws {Gone} for a stream that was deleted softly: the server numbers on after what it hides, or finds the events
 * again but cannot show them.
 */
function toAppended(
  stream: string,
  expectedRevision: number,
  { nextExpectedRevision, position }: AppendResult,
): Appended {
  const revision = Number(nextExpectedRevision);
  if (revision !== expectedRevision || position === undefined) {
    throw new Gone(`${stream}: deleted from the database, its next event has revision ${revision}`);
  }
  return { revision, position: toPosition(position) };
}
