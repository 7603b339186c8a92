import { setImmediate as nextTurn } from 'node:timers/promises';
import { INCIDENT_STREAM_PREFIX } from '#libs/application';
import type { EventStore, LogPage, Position, StoredEvent } from '#libs/event-store';
import { metaOf } from './cloud-event.js';
import { FEED_START } from './feed.js';

/** Events from one mark to the next; a page more would keep others waiting. */
export const MARK_EVENTS = 512;
const FILTER = { streamPrefixes: [INCIDENT_STREAM_PREFIX] };

interface Mark {
  readonly position: Position;
  /** Nothing up to the position was recorded later than this; clocks may have gone back meanwhile. */
  readonly latestMs: number;
  /** Tails of the ids since the mark before: which page an event is on, in 4 bytes for each. */
  readonly idTails: Uint32Array;
}

type Page = LogPage & { readonly position: Position };

/**
 * Where the log was at what time, and where which event is: a mark for each page of it, made when somebody asks and then
 * kept. The first question reads the log once; each later one reads what is new, and no more than a page or two beside.
 */
export class LogMarks {
  private readonly marks: Mark[] = [];
  private extending: Promise<readonly StoredEvent[]> = Promise.resolve([]);

  constructor(private readonly store: EventStore) {}

  /** A position as late as possible such that everything recorded from `timeMs` on comes after it. */
  async before(timeMs: number): Promise<Position> {
    await this.extended();
    return this.marks.findLast(({ latestMs }) => latestMs < timeMs)?.position ?? FEED_START;
  }

  /** The event with this id. One that does not exist costs no page beside those that are new. */
  async find(eventId: string): Promise<StoredEvent | undefined> {
    const unmarked = await this.extended();
    const tail = tailOf(eventId);
    for (const [index, { idTails, position }] of this.marks.entries()) {
      const found =
        idTails.includes(tail) && (await this.findBetween(this.marks[index - 1]?.position, position, eventId));
      if (found) return found;
    }
    return unmarked.find(({ id }) => id === eventId);
  }

  private async findBetween(
    from: Position = FEED_START,
    to: Position,
    eventId: string,
  ): Promise<StoredEvent | undefined> {
    for await (const { events, position } of this.pages(from)) {
      const found = events.find(({ id }) => id === eventId);
      if (found || this.store.comparePositions(position, to) >= 0) return found;
    }
    return undefined;
  }

  /** @returns the events after the last mark: their page is read again once there is more of it. */
  private extended(): Promise<readonly StoredEvent[]> {
    this.extending = this.extending.catch(() => undefined).then(() => this.extend());
    return this.extending;
  }

  private async extend(): Promise<readonly StoredEvent[]> {
    for await (const { events, position, atHead } of this.pages(this.marks.at(-1)?.position ?? FEED_START)) {
      if (atHead) return events;
      let latestMs = this.marks.at(-1)?.latestMs ?? Number.NEGATIVE_INFINITY;
      for (const stored of events) latestMs = Math.max(latestMs, Date.parse(metaOf(stored).recordedAt));
      this.marks.push({ position, latestMs, idTails: Uint32Array.from(events, ({ id }) => tailOf(id)) });
    }
    return [];
  }

  private async *pages(from: Position): AsyncGenerator<Page> {
    let after = from;
    for (;;) {
      const page = await this.store.readAll({
        ...(after === FEED_START ? {} : { after }),
        max: MARK_EVENTS,
        filter: FILTER,
      });
      after = page.position ?? FEED_START;
      yield { ...page, position: after };
      if (page.atHead) return;
      await nextTurn();
    }
  }
}

/** The last 32 bits of a UUID, which are drawn, or of a hash. */
const tailOf = (id: string): number => Number.parseInt(id.slice(-8), 16);
