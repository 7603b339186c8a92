import { decodeEvent, type IncidentEvent, type PlaybookDefinition } from '#libs/domain';
import type { StoredEvent } from '#libs/event-store';
import { canonicalJson, sha256 as digestOf } from '#libs/proof';

/** Definitions kept, the oldest let go first: a server sees a handful. */
const DEFINITIONS_MAX = 64;

const definitions = new Map<string, PlaybookDefinition>();

/**
 * The event of a stored one. Incidents that adopted the same playbook share one definition in memory, told apart by its
 * SHA-256: thousands of them would otherwise each hold their own copy. One that is not what its SHA-256 says, in a log that
 * somebody changed, stays with its own event.
 */
export const decodeStored = (stored: StoredEvent): IncidentEvent => {
  const event = decodeEvent(stored);
  if (event.type !== 'PlaybookAdopted' && event.type !== 'PlaybookMigrated') return event;
  const { sha256, definition } = event.data;
  const shared = definitions.get(sha256);
  if (shared) return { ...event, data: { ...event.data, definition: shared } } as IncidentEvent;
  if (digestOf(canonicalJson(definition)) !== sha256) return event;
  definitions.set(sha256, definition);
  for (const oldest of definitions.keys()) {
    if (definitions.size <= DEFINITIONS_MAX) break;
    definitions.delete(oldest);
  }
  return event;
};
