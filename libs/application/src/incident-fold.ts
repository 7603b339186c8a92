import {
  evolve,
  initialIncident,
  type EventMeta,
  type IncidentEvent,
  type IncidentState,
  type Warning,
} from '#libs/domain';
import type { JsonObject, NewEvent, Position, StoredEvent } from '#libs/event-store';
import { eventHash } from '#libs/proof';
import { decodeStored } from './decode.js';

export const incidentStream = (incidentId: string): string => `incident-${incidentId}`;
export const INCIDENT_STREAM_PREFIX = 'incident-';

/** An incident as the application holds it: the domain's state, and the end of its hash chain. */
export interface IncidentFold {
  readonly state: IncidentState;
  /** Hash of the last event, which the next one will carry. */
  readonly headHash: string | undefined;
  /** Of the last event. */
  readonly position: Position | undefined;
}

export const emptyFold: IncidentFold = { state: initialIncident, headHash: undefined, position: undefined };

/** A command that had an idempotency key, and what it wrote. */
export interface AnsweredCommand {
  readonly digest: string;
  readonly revision: number;
  readonly position: Position;
  readonly events: readonly { readonly eventId: string; readonly type: string; readonly revision: number }[];
  readonly warnings: readonly Warning[];
}

/** Folds stored events on; `answered` is told of each command that had a key. */
export const advance = (
  fold: IncidentFold,
  stored: readonly StoredEvent[],
  answered: Map<string, AnsweredCommand>,
): IncidentFold => {
  let { state, headHash, position } = fold;
  for (const event of stored) {
    state = evolve(state, decodeStored(event));
    ({ position } = event);
    noteAnswer(answered, event);
  }
  const last = stored.at(-1);
  // One hash of the last event is enough: it carries the hash of the one before.
  if (last) headHash = eventHash(last);
  return { state, headHash, position };
};

const noteAnswer = (answered: Map<string, AnsweredCommand>, stored: StoredEvent): void => {
  const { commandId, requestDigest, warnings } = stored.meta as unknown as EventMeta;
  const before = answered.get(commandId);
  if (!before && requestDigest === undefined) return;
  const written = { eventId: stored.id, type: stored.type, revision: stored.revision };
  answered.set(commandId, {
    digest: before?.digest ?? requestDigest ?? '',
    revision: stored.revision,
    position: stored.position,
    events: [...(before?.events ?? []), written],
    warnings: before?.warnings ?? warnings ?? [],
  });
};

/** Links new events to the chain of their stream. */
export const chained = (
  fold: IncidentFold,
  stream: string,
  events: readonly NewEvent[],
): { readonly linked: readonly NewEvent[]; readonly headHash: string | undefined } => {
  let { headHash } = fold;
  let { revision } = fold.state;
  const linked = events.map((event) => {
    const meta: JsonObject = headHash === undefined ? event.meta : { ...event.meta, prevHash: headHash };
    revision += 1;
    headHash = eventHash({ ...event, meta, stream, revision });
    return { ...event, meta };
  });
  return { linked, headHash };
};

/** The events of a state, as the store has them decoded. */
export const decodeAll = (stored: readonly StoredEvent[]): IncidentEvent[] =>
  stored.map((event) => decodeStored(event));
