import type { ResolvedEvent } from '@eventstore/db-client';
import { weigh } from '../event-weight.js';
import type { EventFilter, Json, JsonObject, StoredEvent } from '../port.js';
import { toPosition } from './position.js';

/** An event of the log as the server gives it, never a link. */
export type Recorded = NonNullable<ResolvedEvent['event']>;

/** Not the server's own: statistics, metadata of streams, links, marks of deletion. */
export const isOurs = ({ streamId, type }: Recorded): boolean => !streamId.startsWith('$') && !type.startsWith('$');

export const passes = ({ streamPrefixes, types }: EventFilter, { streamId, type }: Recorded): boolean =>
  (streamPrefixes === undefined || streamPrefixes.some((prefix) => streamId.startsWith(prefix))) &&
  (types === undefined || types.includes(type));

/**
 * @throws {Error} when the payload is not ours: the client hands over damaged JSON as a string that it calls JSON. The
 * reader stops there, for leaving an event out would tell another history.
 */
export function toStoredEvent(recorded: Recorded): StoredEvent {
  const { id, type, data, metadata, streamId, revision, position } = recorded;
  const where = `Event ${revision} of ${streamId}`;
  if (!recorded.isJson || !isJsonObject(data)) throw new Error(`${where} is not a JSON object: not written by Tocsin`);
  const meta: unknown = metadata ?? {};
  if (!isJsonObject(meta)) throw new Error(`${where} has metadata that are no JSON object: not written by Tocsin`);
  // Servers before 22.6 give none on stream reads, and the client then says (0, 0), where no event of ours can be.
  if (position === undefined || position.commit === 0n)
    throw new Error(`${where} has no position: the server is too old`);
  return { id, type, data, meta, stream: streamId, revision: Number(revision), position: toPosition(position) };
}

/** A page of the log, and what a subscription holds, ends after about this size, as with the other adapter. */
export const PAGE_BYTES_MAX = 8 * 1024 * 1024;

/** About how much memory an event takes, also one that is not ours. */
export const bytesOf = (event: Recorded | undefined): number => partBytes(event?.data) + partBytes(event?.metadata);

const partBytes = (part: unknown): number => {
  if (part === undefined) return 0;
  return ArrayBuffer.isView(part) ? part.byteLength : weigh(part as Json);
};

const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
