import {
  Conflict,
  NO_STREAM,
  READ_EVENTS_MAX,
  type EventStore,
  type JsonObject,
  type Position,
  type StoredEvent,
} from '#libs/event-store';

/** An event as it goes over the wire. */
export interface WireEvent {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Buffer;
  readonly meta: Buffer;
}

export interface WireRecord extends WireEvent {
  readonly stream: string;
  readonly revision: number;
  readonly place: bigint;
}

export type WireExpectation = 'any' | 'no_stream' | 'stream_exists' | number;

export interface WireAppended {
  readonly revision: number;
  /** Undefined when the server found the events again and cannot show them. */
  readonly place: bigint | undefined;
}

/** The stream was tombstoned. */
export class StreamDeleted extends Error {}

export class NoSuchPlace extends Error {}

/** Our names must not begin with a dollar, those of the server's own streams and types do. */
const SYSTEM = '\u0001';
/** Payloads that are no JSON objects are kept whole in the metadata. */
const RAW = '\u0001raw';
/** Places in the log of a real server are byte offsets: far apart, most numbers are none. */
const PLACE_STEP = 128n;
const SOFT_DELETED = Number.MAX_SAFE_INTEGER;

/** What EventStoreDB keeps, on our own log: streams, their metadata, marks of deletion. */
export class TwinLog {
  constructor(readonly store: EventStore) {}

  async append(stream: string, expected: WireExpectation, events: readonly WireEvent[]): Promise<WireAppended> {
    if (await this.isTombstoned(stream)) throw new StreamDeleted(stream);
    const hiddenBefore = await this.truncateBefore(stream);
    if (hiddenBefore === SOFT_DELETED) return this.#appendToDeleted(stream, expected, events);
    if (typeof expected === 'number') return this.#write(stream, expected, events);
    if (expected === 'no_stream') return this.#write(stream, NO_STREAM, events);
    for (;;) {
      const head = await this.headOf(stream);
      if (expected === 'stream_exists' && head === NO_STREAM) throw new Conflict(stream, 0, NO_STREAM);
      try {
        return await this.#write(stream, head, events);
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
      }
    }
  }

  /** Numbering goes on; what was before stays hidden. */
  async #appendToDeleted(
    stream: string,
    expected: WireExpectation,
    events: readonly WireEvent[],
  ): Promise<WireAppended> {
    const head = await this.headOf(stream);
    if (expected === 'stream_exists') throw new StreamDeleted(stream);
    if (typeof expected === 'number' && expected > head) throw new Conflict(stream, expected, head);
    const from = typeof expected === 'number' ? expected + 1 : 0;
    const stored = await this.store.readStream(named(stream), { from, max: events.length });
    if (stored.length === events.length && stored.every(({ id }, index) => id === events[index]?.id)) {
      return { revision: from + events.length - 1, place: undefined };
    }
    if (typeof expected === 'number' && expected < head) throw new Conflict(stream, expected, head);
    const appended = await this.#write(stream, head, events);
    await this.setMetadata(stream, { $tb: head + 1 });
    return appended;
  }

  async #write(stream: string, expected: number, events: readonly WireEvent[]): Promise<WireAppended> {
    const { revision, position } = await this.store.append(named(stream), expected, events.map(toStored));
    return { revision, place: toPlace(position) };
  }

  async headOf(stream: string): Promise<number> {
    const [last] = await this.store.readStream(named(stream), { direction: 'backward', max: 1 });
    return last?.revision ?? NO_STREAM;
  }

  async setMetadata(stream: string, metadata: JsonObject): Promise<void> {
    const meta = named(`$$${stream}`);
    const id = crypto.randomUUID();
    await this.store.append(meta, await this.headOf(`$$${stream}`), [
      { id, type: named('$metadata'), data: metadata, meta: {} },
    ]);
  }

  async softDelete(stream: string): Promise<void> {
    await this.setMetadata(stream, { $tb: SOFT_DELETED });
  }

  async tombstone(stream: string): Promise<void> {
    if (await this.isTombstoned(stream)) throw new StreamDeleted(stream);
    const event = { id: crypto.randomUUID(), type: named('$streamDeleted'), data: {}, meta: {} };
    await this.store.append(tombstoneOf(stream), NO_STREAM, [event]);
  }

  async isTombstoned(stream: string): Promise<boolean> {
    return (await this.store.readStream(tombstoneOf(stream), { max: 1 })).length > 0;
  }

  /** Revisions before this one are hidden. */
  async truncateBefore(stream: string): Promise<number> {
    const [last] = await this.store.readStream(named(`$$${stream}`), { direction: 'backward', max: 1 });
    const tb = last?.data['$tb'];
    return typeof tb === 'number' ? Math.min(tb, SOFT_DELETED) : 0;
  }

  /** So many events at the end are shown. */
  async maxCount(stream: string): Promise<number> {
    const [last] = await this.store.readStream(named(`$$${stream}`), { direction: 'backward', max: 1 });
    return Number(last?.data['$maxCount'] ?? Infinity);
  }

  /** @returns undefined when the stream does not exist, or was deleted softly. */
  async readStream(
    stream: string,
    direction: 'forward' | 'backward',
    from: number | undefined,
    count: number,
  ): Promise<readonly WireRecord[] | undefined> {
    if (await this.isTombstoned(stream)) throw new StreamDeleted(stream);
    const head = await this.headOf(stream);
    const truncated = await this.truncateBefore(stream);
    const hiddenBefore = Math.max(truncated, head + 1 - (await this.maxCount(stream)));
    if (head === NO_STREAM || truncated === SOFT_DELETED) return undefined;
    const records: WireRecord[] = [];
    let next = direction === 'forward' ? Math.max(from ?? 0, hiddenBefore) : Math.min(from ?? head, head);
    while (records.length < count && next >= hiddenBefore && next <= head) {
      const max = Math.min(count - records.length, READ_EVENTS_MAX);
      const page = await this.store.readStream(named(stream), { direction, from: next, max });
      records.push(...page.filter(({ revision }) => revision >= hiddenBefore).map(toWire));
      next += direction === 'forward' ? page.length : -page.length;
      if (page.length === 0) break;
    }
    return records;
  }

  /**
   * Forward includes the place, backward leaves it out, as the server does.
   * @throws {NoSuchPlace} for a place inside the log where no record begins.
   */
  async readAll(
    direction: 'forward' | 'backward',
    place: bigint | 'start' | 'end',
    count: number,
    wanted: (record: WireRecord) => boolean,
  ): Promise<readonly WireRecord[]> {
    const head = toNumber(await this.store.head());
    const at = place === 'end' ? head + 1 : place === 'start' ? 1 : Number(place / PLACE_STEP);
    if (typeof place === 'bigint') {
      const beyond = place > BigInt(head) * PLACE_STEP;
      if (beyond && direction === 'forward') return [];
      if (beyond || place % PLACE_STEP !== 0n) throw new NoSuchPlace();
    }
    const records: WireRecord[] = [];
    // As much as is asked for first, then more, for most may be filtered out.
    let max = Math.min(count, READ_EVENTS_MAX);
    if (direction === 'backward') {
      for (let last = Math.min(at - 1, head); last > 0 && records.length < count; max = READ_EVENTS_MAX) {
        const first = Math.max(last - max + 1, 1);
        const page = await this.#page(first, last - first + 1);
        records.push(...page.toReversed().filter(wanted));
        last = first - 1;
      }
      return records.slice(0, count);
    }
    for (let first = at; first <= head && records.length < count; max = READ_EVENTS_MAX) {
      records.push(...(await this.#page(first, max)).filter(wanted));
      first += max;
    }
    return records.slice(0, count);
  }

  async #page(first: number, max: number): Promise<WireRecord[]> {
    const { events } = await this.store.readAll({ max, ...(first > 1 && { after: toPosition(first - 1) }) });
    return events.map(toWire);
  }

  /** Hands over everything after the place, then what comes. */
  async subscribe(
    after: bigint | undefined,
    signal: AbortSignal,
    onBatch: (records: readonly WireRecord[], caughtUp: boolean) => Promise<void>,
  ): Promise<void> {
    await this.store.subscribe({
      ...(after !== undefined && after > 0n && { after: toPosition(Number(after / PLACE_STEP)) }),
      batchMax: 256,
      signal,
      onBatch: ({ events, caughtUp }) => onBatch(events.map(toWire), caughtUp),
    });
  }

  async headPlace(): Promise<bigint> {
    return toPlace(await this.store.head());
  }
}

const named = (name: string): string => (name.startsWith('$') ? `${SYSTEM}${name}` : name);
const unnamed = (name: string): string => (name.startsWith(SYSTEM) ? name.slice(SYSTEM.length) : name);
const tombstoneOf = (stream: string): string => `${SYSTEM}$tombstone-${stream}`;

/** The twin knows what the positions of its own log look like. */
const toNumber = (position: Position | undefined): number => Number(position?.slice(1) ?? 0);
const toPosition = (number: number): Position => `p${number}`;
const toPlace = (position: Position | undefined): bigint => BigInt(toNumber(position)) * PLACE_STEP;

function toStored({ id, type, contentType, data, meta }: WireEvent): {
  id: string;
  type: string;
  data: JsonObject;
  meta: JsonObject;
} {
  const json = contentType === 'application/json' ? jsonObject(data) : undefined;
  const jsonMeta = meta.length === 0 ? {} : jsonObject(meta);
  if (json !== undefined && jsonMeta !== undefined) return { id, type: named(type), data: json, meta: jsonMeta };
  const raw = { contentType, data: data.toString('base64'), meta: meta.toString('base64') };
  return { id, type: named(type), data: {}, meta: { [RAW]: raw } };
}

function jsonObject(bytes: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    const plain = typeof value === 'object' && value !== null && !Array.isArray(value);
    return plain && JSON.stringify(value) === bytes.toString() ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

function toWire({ id, type, data, meta, stream, revision, position }: StoredEvent): WireRecord {
  const place = toPlace(position);
  const common = { id, type: unnamed(type), stream: unnamed(stream), revision, place };
  const raw = meta[RAW] as { contentType: string; data: string; meta: string } | undefined;
  if (raw === undefined) {
    return {
      ...common,
      contentType: 'application/json',
      data: Buffer.from(JSON.stringify(data)),
      meta: Buffer.from(JSON.stringify(meta)),
    };
  }
  return {
    ...common,
    contentType: raw.contentType,
    data: Buffer.from(raw.data, 'base64'),
    meta: Buffer.from(raw.meta, 'base64'),
  };
}
