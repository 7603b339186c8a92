import type { PlaybookDefinition } from '../playbook/playbook.js';
import type { DecidedEvent } from './incident.events.js';

/** What every store takes in one append. */
export const APPEND_ROOM = { events: 512, bytes: 900 * 1024 } as const;
/** Bytes that recording adds to an event: ids, times, hash of the one before, digest of the request. */
const STAMP_BYTES = 640;

/** What is left of one append while a command is decided. */
export class AppendRoom {
  private events = 0;
  private bytes = 0;

  /** @param facts what must be in it. */
  constructor(facts: readonly DecidedEvent[]) {
    this.events = facts.length;
    for (const fact of facts) this.bytes += STAMP_BYTES + bytesOf(fact);
  }

  /** Takes the room of an event. @returns false when there is none. */
  take(event: DecidedEvent): boolean {
    const bytes = this.bytes + STAMP_BYTES + bytesOf(event);
    if (this.events >= APPEND_ROOM.events || bytes > APPEND_ROOM.bytes) return false;
    this.events += 1;
    this.bytes = bytes;
    return true;
  }

  /** Whether there is room for what is kept with the first event. */
  holds(kept: readonly object[]): boolean {
    return kept.length === 0 || this.bytes + jsonBytes(kept) <= APPEND_ROOM.bytes;
  }
}

const bytesOf = (event: DecidedEvent): number => {
  if (event.type !== 'PlaybookAdopted' && event.type !== 'PlaybookMigrated') return jsonBytes(event);
  const { definition, ...data } = event.data;
  return jsonBytes({ ...event, data }) + definitionBytes(definition);
};

const known = new WeakMap<PlaybookDefinition, number>();

/** Counted once: the catalogue has a handful, and every incident adopts one. */
const definitionBytes = (definition: PlaybookDefinition): number => {
  const bytes = known.get(definition) ?? jsonBytes(definition);
  known.set(definition, bytes);
  return bytes;
};

/** Bytes of a value as JSON in UTF-8. */
const jsonBytes = (value: unknown): number => {
  const text = JSON.stringify(value);
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) bytes += 1;
    // Each half of a surrogate pair is two bytes of its four.
    if (unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff)) bytes += 1;
  }
  return bytes;
};
