import { setImmediate as nextTurn } from 'node:timers/promises';
import { INCIDENT_STREAM_PREFIX } from '#libs/application';
import type { EventStore, LogPage, Position, StoredEvent } from '#libs/event-store';
import { metaOf } from './cloud-event.js';
import { FEED_START } from './feed.js';

/** Events from one mark to the next; a page more would keep others waiting. */
export const MARK_EVENTS = 512;
/** How far before the time in its id an event is looked for: clocks differ, and ids are made before they are recorded. */
const ID_SLACK_MS = 3_600_000;
const FILTER = { streamPrefixes: [INCIDENT_STREAM_PREFIX] };

interface Mark {
  readonly position: Position;
  /** Nothing up to the position was recorded later than this; clocks may have gone back meanwhile. */
  readonly latestMs: number;
}

type Page = LogPage & { readonly position: Position };

/**
 * Where the log was at what time: a mark for each page of it, made when somebody asks and then kept. The first question
 * reads the log once; each later one reads what is new, and no more than a page or two beside.
 */
export class LogMarks {
  private readonly marks: Mark[] = [];
  private extending: Promise<void> = Promise.resolve();

  constructor(private readonly store: EventStore) {}

  /** A position as late as possible such that everything recorded from `timeMs` on comes after it. */
  async before(timeMs: number): Promise<Position> {
    this.extending = this.extending.catch(() => undefined).then(() => this.extend());
    await this.extending;
    return this.marks.findLast(({ latestMs }) => latestMs < timeMs)?.position ?? FEED_START;
  }

  /** The event with this id, looked for first where its time says that it is. */
  async find(eventId: string): Promise<StoredEvent | undefined> {
    const likely = await this.before(timeOf(eventId) - ID_SLACK_MS);
    const found = await this.scan(likely, eventId);
    return found ?? (likely === FEED_START ? undefined : this.scan(FEED_START, eventId));
  }

  private async scan(after: Position, eventId: string): Promise<StoredEvent | undefined> {
    for await (const { events } of this.pages(after)) {
      const found = events.find(({ id }) => id === eventId);
      if (found) return found;
    }
    return undefined;
  }

  private async extend(): Promise<void> {
    for await (const { events, position, atHead } of this.pages(this.marks.at(-1)?.position ?? FEED_START)) {
      // The last page is read again once there is more of it.
      if (atHead) return;
      let latestMs = this.marks.at(-1)?.latestMs ?? Number.NEGATIVE_INFINITY;
      for (const stored of events) latestMs = Math.max(latestMs, Date.parse(metaOf(stored).recordedAt));
      this.marks.push({ position, latestMs });
    }
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

/** Milliseconds in a UUID version 7; without meaning in ids that were derived, for which the whole log is looked through. */
const timeOf = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
