import {
  APPEND_BYTES_MAX,
  APPEND_EVENTS_MAX,
  EVENT_BYTES_MAX,
  NO_STREAM,
  STREAM_NAME_CHARS_MAX,
  TooLarge,
  type ExpectedRevision,
  type NewEvent,
} from './port.js';

/** Also the longest event type: no store of ours indexes it, so it only has to be bounded. */
export const EVENT_TYPE_CHARS_MAX = 512;

export interface EncodedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly meta: string;
}

export interface EncodedAppend {
  readonly events: readonly EncodedEvent[];
  /** Bytes of all `data` and `meta` as JSON in UTF-8: what the limits of the port count. */
  readonly bytes: number;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
// A NUL would end the name early in one store and not in the other.
const NUL = '\u0000';
// Cannot be written as UTF-8, so would come back as another name.
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Checks an append against the port and turns its events into JSON text, the same way for every adapter.
 * What was given may be changed afterwards by the caller: the text is taken here, before anything waits.
 * @throws {TooLarge} over a limit of the port. @throws {RangeError} a bug of the caller.
 */
export function encodeAppend(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): EncodedAppend {
  checkName('stream', stream, STREAM_NAME_CHARS_MAX);
  if (!Number.isSafeInteger(expected) || expected < NO_STREAM) {
    throw new RangeError(`${stream}: the expected revision must be a whole number from ${NO_STREAM}, not ${expected}`);
  }
  if (events.length === 0) throw new RangeError(`${stream}: an append needs at least one event`);
  if (events.length > APPEND_EVENTS_MAX) {
    throw new TooLarge(`${stream}: ${events.length} events in one append, at most ${APPEND_EVENTS_MAX}`);
  }
  let bytes = 0;
  const encoded = events.map((event) => {
    const text = encodeEvent(stream, event);
    bytes += text.bytes;
    return text.event;
  });
  if (bytes > APPEND_BYTES_MAX) {
    throw new TooLarge(`${stream}: an append of ${bytes} bytes, at most ${APPEND_BYTES_MAX}`);
  }
  return { events: encoded, bytes };
}

/** Names that begin with `$` belong to the store. @throws {RangeError} */
export function checkName(what: 'stream' | 'event type', name: string, charsMax: number): void {
  if (typeof name !== 'string' || name === '') throw new RangeError(`A name of a ${what} must not be empty`);
  if (name.length > charsMax)
    throw new RangeError(`A name of a ${what} has ${name.length} characters, at most ${charsMax}`);
  if (name.startsWith('$'))
    throw new RangeError(`${name.slice(0, 64)}: a ${what} that begins with $ belongs to the store`);
  if (name.includes(NUL) || LONE_SURROGATE.test(name))
    throw new RangeError(`A name of a ${what} must be plain Unicode text`);
}

function encodeEvent(stream: string, { id, type, data, meta }: NewEvent): { event: EncodedEvent; bytes: number } {
  checkName('event type', type, EVENT_TYPE_CHARS_MAX);
  if (!UUID.test(id))
    throw new RangeError(`${stream}: the id of ${type} must be a UUID in lower case, not ${String(id).slice(0, 64)}`);
  const event = { id, type, data: toJson(stream, type, data), meta: toJson(stream, type, meta) };
  const bytes = Buffer.byteLength(event.data) + Buffer.byteLength(event.meta);
  if (bytes > EVENT_BYTES_MAX) throw new TooLarge(`${stream}: ${type} has ${bytes} bytes, at most ${EVENT_BYTES_MAX}`);
  return { event, bytes };
}

function toJson(stream: string, type: string, value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RangeError(`${stream}: data and meta of ${type} must be JSON objects`);
  }
  return JSON.stringify(value);
}
