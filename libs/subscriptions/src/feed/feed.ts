import { InvalidPosition, weightOf, type EventStore, type Position } from '#libs/event-store';
import { toCloudEvent, type CloudEvent } from './cloud-event.js';
import { isSelected, needsNames, storeFilter, type EventSelection } from './event-selection.js';
import type { IncidentFacts, PublishedEvent } from './incident-facts.js';

/** An answer ends after about so much, however few events that are: the rest comes with the next one. */
export const FEED_BYTES_MAX = 8 * 1024 * 1024;
/** Pages of the log that one answer may look through before it hands over what it has, and where it got to. */
const PAGES_MAX = 16;

/** Where a reader stands: after an event, or before the first one of the log. */
export const FEED_START = 'start';
/** Where a reader asks to begin: what comes from now on. */
export const FEED_NOW = 'now';

export interface FeedPage {
  readonly events: readonly PublishedEvent[];
  /** Up to where the log was looked through; {@link FEED_START} while it is empty. */
  readonly position: Position;
  readonly atHead: boolean;
}

/** Reads the log for the outside: events of incidents only, from any position, for ever. */
export class Feed {
  private named: Promise<string> | undefined;

  constructor(
    readonly store: EventStore,
    readonly facts: IncidentFacts,
  ) {}

  /**
   * Where to begin. Turns words into a position of the log.
   * @throws {InvalidPosition} not a position of this log, or one beyond its end.
   */
  async startingPoint(after: string): Promise<Position> {
    if (after === FEED_START) return FEED_START;
    if (after === FEED_NOW) return (await this.store.head()) ?? FEED_START;
    await this.store.readAll({ after, max: 1 });
    return after;
  }

  /**
   * At most `limit` selected events after a position. Fewer do not mean the end: go by `atHead`.
   * @param bytesMax what they may take, the last one of them not counted.
   */
  async read(
    after: Position,
    selection: EventSelection,
    limit: number,
    bytesMax: number = FEED_BYTES_MAX,
  ): Promise<FeedPage> {
    const filter = storeFilter(selection);
    const withNames = needsNames(selection);
    const events: PublishedEvent[] = [];
    let position = after;
    let bytes = 0;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const from = position === FEED_START ? {} : { after: position };
      const read = await this.store.readAll({ ...from, max: limit - events.length, filter });
      for (const published of await this.facts.describeAll(read.events, withNames)) {
        if (!isSelected(selection, published)) continue;
        const { stored } = published;
        events.push(published);
        bytes += weightOf(stored);
        if (bytes > bytesMax) return { events, position: stored.position, atHead: false };
      }
      position = read.position ?? FEED_START;
      if (read.atHead || events.length === limit) return { events, position, atHead: read.atHead };
    }
    return { events, position, atHead: false };
  }

  async write({ stored, exercise }: PublishedEvent): Promise<CloudEvent> {
    return toCloudEvent(stored, await this.source(), exercise);
  }

  /** Name of this log: the id of its first event, which no restart, move or restored backup changes. */
  source(): Promise<string> {
    this.named ??= this.nameLog().catch((error: unknown) => {
      this.named = undefined;
      throw error;
    });
    return this.named;
  }

  private async nameLog(): Promise<string> {
    const { events } = await this.store.readAll({ max: 1 });
    const [first] = events;
    if (first) return `urn:tocsin:${first.id}`;
    throw new InvalidPosition(FEED_START);
  }
}
