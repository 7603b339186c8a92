import type { Warning } from './incident.rejections.js';
import {
  incidentEvents,
  isIncidentEventType,
  type DecidedEvent,
  type IncidentEvent,
  type IncidentEventType,
} from './incident.events.js';

/** Versions of stored shapes. An event type that is not named here is at version 1. */
const schemaVersions: Partial<Record<IncidentEventType, number>> = {};

/** From each old version to the next: `upcasters.Type[1]` makes a version 2 of a version 1. */
const upcasters: Partial<Record<IncidentEventType, Readonly<Record<number, (data: Json) => Json>>>> = {};

type Json = { readonly [key: string]: unknown };

export const schemaVersionOf = (type: IncidentEventType): number => schemaVersions[type] ?? 1;

/** What the engine adds when it records an event. */
export interface RecordingStamp {
  readonly incidentId: string;
  readonly recordedAt: string;
  readonly commandId: string;
  readonly correlationId: string;
  /** Digest of the request that carried the command, where it had an idempotency key. */
  readonly requestDigest?: string;
  /** What the answer warned of, so that a repeat can be given the same answer. */
  readonly warnings?: readonly Warning[];
}

/** The metadata of an event as it is stored, beside `prevHash`. */
export interface EventMeta
  extends RecordingStamp, Omit<IncidentEvent, 'type' | 'data' | 'eventId' | 'revision' | 'causedBy'> {
  readonly schemaVersion: number;
  /** The event that had this one as its consequence, else the command. */
  readonly causationId: string;
  readonly prevHash?: string;
}

export const encodeEvent = (
  event: DecidedEvent,
  stamp: RecordingStamp,
): { readonly type: string; readonly data: Json; readonly meta: Json } => {
  const { type, data, eventId: _id, causedBy, ...envelope } = event;
  const meta: EventMeta = {
    schemaVersion: schemaVersionOf(type),
    ...envelope,
    ...stamp,
    causationId: causedBy ?? stamp.commandId,
  };
  return { type, data: data as unknown as Json, meta: meta as unknown as Json };
};

/** An event of a type or version that this program does not know: it is older than the log. Nothing is skipped silently. */
export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';
}

export interface StoredIncidentEvent {
  readonly id: string;
  readonly type: string;
  readonly revision: number;
  readonly data: Json;
  readonly meta: Json;
}

/** @throws {UnknownEvent} */
export const decodeEvent = (stored: StoredIncidentEvent): IncidentEvent => {
  const { type } = stored;
  if (!isIncidentEventType(type)) throw new UnknownEvent(`No event type ${type} (event ${stored.id})`);
  const meta = stored.meta as unknown as EventMeta;
  return {
    type,
    data: upcast(type, meta.schemaVersion, stored.data),
    eventId: stored.id,
    incidentId: meta.incidentId,
    revision: stored.revision,
    recordedAt: meta.recordedAt,
    organisations: meta.organisations,
    occurredAt: meta.occurredAt,
    actor: meta.actor,
    ...(meta.saidBy ? { saidBy: meta.saidBy } : {}),
    ...(meta.source ? { source: meta.source } : {}),
    ...(meta.confidence ? { confidence: meta.confidence } : {}),
    ...(meta.tlp ? { tlp: meta.tlp } : {}),
    ...(meta.note ? { note: meta.note } : {}),
    ...(meta.supersedes ? { supersedes: meta.supersedes } : {}),
    ...(meta.causationId === meta.commandId ? {} : { causedBy: meta.causationId }),
  } as IncidentEvent;
};

const upcast = (type: IncidentEventType, from: number, data: Json): Json => {
  const current = schemaVersionOf(type);
  if (from > current)
    throw new UnknownEvent(`${type} is stored at version ${from}; this program knows version ${current}`);
  let value = data;
  for (let version = from; version < current; version += 1) {
    const step = upcasters[type]?.[version];
    if (!step) throw new UnknownEvent(`No upcaster for ${type} from version ${version}`);
    value = step(value);
  }
  return value;
};

/** Class of the data of an event type, for schemas and golden samples. */
export const eventDataClass = (type: IncidentEventType) => incidentEvents[type];
