import type { EventMeta } from '#libs/domain';
import { INCIDENT_STREAM_PREFIX } from '#libs/application';
import type { JsonObject, StoredEvent } from '#libs/event-store';

/**
 * An event as the outside gets it, the same by every way: CloudEvents 1.0 in structured JSON.
 * `data` is the data of the event alone, described by `dataschema`; what is said about it (who, whom, when, how sure) are
 * extension attributes, whose names have lowercase letters and digits only.
 */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype?: 'application/json';
  readonly dataschema: string;
  /** Revision of the event in its incident, as the CloudEvents extension "sequence" writes it. */
  readonly sequence: string;
  readonly position: string;
  readonly occurredat: string;
  readonly data?: JsonObject;
  readonly [extension: string]: string | number | boolean | JsonObject | undefined;
}

export const TYPE_PREFIX = 'fr.tocsin.';

export const cloudEventType = (type: string, version: number): string => `${TYPE_PREFIX}${type}.v${version}`;

/** Name of the JSON Schema of an event's data, the same on every server; its text is at `/api/schemas/<Event>.v<version>.json`. */
export const schemaId = (type: string, version: number): string => `urn:tocsin:schema:${type}.v${version}`;

export const incidentOf = (stored: Pick<StoredEvent, 'stream'>): string =>
  stored.stream.slice(INCIDENT_STREAM_PREFIX.length);

export const metaOf = (stored: StoredEvent): EventMeta => stored.meta as unknown as EventMeta;

/** @param source names the log: with `id` it tells every event of the world apart. */
export const toCloudEvent = (stored: StoredEvent, source: string, exercise: boolean): CloudEvent => {
  const meta = metaOf(stored);
  return {
    specversion: '1.0',
    id: stored.id,
    source,
    type: cloudEventType(stored.type, meta.schemaVersion),
    subject: incidentOf(stored),
    time: meta.recordedAt,
    datacontenttype: 'application/json',
    dataschema: schemaId(stored.type, meta.schemaVersion),
    sequence: String(stored.revision),
    position: stored.position,
    ...said({
      occurredat: meta.occurredAt.at,
      occurreduntil: meta.occurredAt.until,
      occurredprecision: meta.occurredAt.precision,
      organisations: meta.organisations.join(','),
      actorid: meta.actor.id,
      actorname: meta.actor.name,
      actorrole: meta.actor.role,
      saidby: meta.saidBy?.name,
      saidbyrole: meta.saidBy?.role,
      sourcekind: meta.source?.kind,
      sourcename: meta.source?.name,
      sourcequote: meta.source?.quote,
      confidence: meta.confidence,
      tlp: meta.tlp,
      note: meta.note,
      supersedes: meta.supersedes,
      causationid: meta.causationId,
      correlationid: meta.correlationId,
    }),
    occurredat: meta.occurredAt.at,
    ...(exercise ? { exercise } : {}),
    data: stored.data,
  };
};

/** The same without what was said: what happened is then read from Tocsin, where each reading is authorised. */
export const thinned = (event: CloudEvent): CloudEvent => {
  const kept = Object.entries(event).filter(([name]) => THIN.has(name));
  const after = event.sequence === '0' ? '' : `after=${Number(event.sequence) - 1}&`;
  return {
    ...(Object.fromEntries(kept) as CloudEvent),
    dataref: `/api/v1/incidents/${event.subject}/events?${after}limit=1`,
  };
};

const THIN: ReadonlySet<string> = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'dataschema',
  'sequence',
  'position',
  'occurredat',
  'tlp',
  'exercise',
]);

/** Attributes that have a value. CloudEvents allows no control character in them: line breaks become spaces. */
const said = (attributes: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, value.replaceAll(/\p{Cc}+/gu, ' ')] as const],
    ),
  );
