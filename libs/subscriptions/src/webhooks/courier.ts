import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { incidentStream, type Clock } from '#libs/application';
import { InvalidPosition, type StoredEvent } from '#libs/event-store';
import { FEED_START, type Feed } from '../feed/feed.js';
import { isSelected, needsNames, type EventSelection } from '../feed/event-selection.js';
import { metaOf } from '../feed/cloud-event.js';
import type { PublishedEvent } from '../feed/incident-facts.js';
import { causeOf, type Cause } from './causes.js';
import type { Attempt, DeliveryBook, Lane, Track } from './delivery-book.js';
import type { DeliveryLedger } from './delivery-ledger.js';
import type { Endpoints } from './endpoints.js';
import type { Post, Sent } from './guarded-post.js';
import { messageOf, shown, testMessage, type Message } from './message.js';
import { retryAfterMs, retryDelayMs } from './retry-schedule.js';
import { REDELIVERIES_MAX, selectionOf, type AskedTest, type Redelivery, type Subscription } from './subscription.js';
import type { Subscriptions } from './subscriptions.js';

/** Requests under way for one subscription. */
export const IN_FLIGHT_MAX = 8;
/** Events taken from the log before messages are sent again. */
const PAGE_EVENTS = 512;
/** Incidents that may wait for one receiver; beyond that the log is not looked through any further until some have gone. */
export const LANES_MAX = 512;
/** A test that was asked for before that was asked of a process that is gone. */
const TEST_AGE_MS_MAX = 3_600_000;
/** How often the log is told how far deliveries have got. */
const PROGRESS_MS = 600_000;
/** Moves of a cursor that are kept in memory only. */
const UNWRITTEN_MAX = 256;
/** The wall clock may be set, and a laptop may sleep: no wait is longer than this. */
const WAIT_MS_MAX = 30_000;
/** After a failure of Tocsin itself, not of the receiver. */
const TROUBLE_MS = 1000;
/** Failures in a row after which a success means that the receiver is back. */
const AWAY_FAILURES = 5;

export interface CourierParts {
  readonly feed: Feed;
  readonly subscriptions: Subscriptions;
  readonly book: DeliveryBook;
  /** Where several processes may deliver, one after the other. */
  readonly ledger?: DeliveryLedger | undefined;
  readonly post: Post;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly chance: () => number;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Delivers the events of one subscription: cursors over the log, a lane for each incident that has something to deliver,
 * a few requests at a time. Lanes take turns, so an incident whose events are refused delays no other.
 */
export class Courier {
  private readonly underWay = new Map<string, Promise<void>>();
  private round: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private running = false;
  private again = false;
  private stopped = false;
  private failuresInARow = 0;
  private trouble = false;
  /** Others are sent to the same endpoint first; it is woken when it is its turn. */
  private queues = false;
  private readonly stopping = new AbortController();
  /** Cursors that moved over events of no interest: written down now and then, for losing that costs a few reads. */
  private readonly cursors = new Map<string, string>();
  private unwritten = 0;
  private toldMs: number;
  private opened = false;

  constructor(
    private readonly id: string,
    private readonly parts: CourierParts,
    private readonly endpoints: Endpoints,
  ) {
    this.toldMs = parts.clock.nowMs();
  }

  /** Looks now: the log grew, the subscription or the clock moved, or a request has ended. */
  wake(): void {
    if (this.stopped) return;
    this.again = true;
    if (this.running) return;
    clearTimeout(this.timer);
    this.running = true;
    this.round = this.work().finally(() => {
      this.running = false;
      if (this.again) this.wake();
      else this.sleep();
    });
  }

  /** Waits for what is under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.stopping.abort();
    clearTimeout(this.timer);
    this.endpoints.leave(this);
    await this.round;
    this.endpoints.leave(this);
    await Promise.all(this.underWay.values());
    await this.parts.ledger?.close(this.id);
  }

  /** Resolves when nothing can be done now. */
  async idle(): Promise<void> {
    while (this.running || this.underWay.size > 0) {
      await this.round;
      if (this.underWay.size > 0) await Promise.race(this.underWay.values());
    }
  }

  private current(): Subscription | undefined {
    return this.parts.subscriptions.find(this.id);
  }

  private async work(): Promise<void> {
    try {
      await this.open();
      while (this.again && !this.stopped) {
        this.again = false;
        const subscription = this.current();
        if (subscription) this.sendTests(subscription);
        if (subscription?.status !== 'active') return this.endpoints.leave(this);
        this.prepare(subscription);
        const more = await this.takeIn(subscription);
        this.dispatch(subscription);
        if (!more) continue;
        this.again = true;
        // A long history must let the rest of the process have its turns.
        await nextTurn();
      }
      await this.tellProgress();
      this.trouble = false;
    } catch (error) {
      this.trouble = true;
      this.parts.onFailure(error);
    } finally {
      this.parts.ledger?.note(this.id);
    }
  }

  private async open(): Promise<void> {
    if (this.opened) return;
    await this.parts.ledger?.open(this.id);
    this.opened = true;
  }

  /** Each at once, and once only, whatever the subscription waits for. */
  private sendTests(subscription: Subscription): void {
    const { book, clock } = this.parts;
    const nowMs = clock.nowMs();
    for (const asked of subscription.tests) {
      if (book.knows(asked.id)) continue;
      this.forgetDone(subscription);
      this.beginDone(asked.id, subscription.from);
      if (nowMs - Date.parse(asked.at) > TEST_AGE_MS_MAX) continue;
      this.start(`test ${asked.id}`, this.sendTest(subscription, asked));
    }
  }

  private async sendTest(subscription: Subscription, { id: testId, at }: AskedTest): Promise<void> {
    const { feed, book, clock, subscriptions } = this.parts;
    const source = await feed.source();
    const nowMs = clock.nowMs();
    const message = testMessage(subscription, { testId, at }, source, subscriptions.keysOf(subscription), nowMs);
    const { sent, durationMs } = await this.send(subscription, message);
    book.note(this.id, {
      ...describe(message, subscription, sent, nowMs, durationMs),
      type: 'SubscriptionTested',
      incidentId: null,
      revision: null,
      position: null,
      seq: null,
      attempt: 1,
      kind: 'test',
      nextAttemptMs: null,
    });
  }

  /** Something that needs no cursor, noted so that it is done once. */
  private beginDone(track: string, cursor: string): void {
    const { book } = this.parts;
    book.begin({ track, subscription: this.id, replay: true, cursor, until: cursor, sinceMs: null });
    book.advance(track, cursor, true);
  }

  private forgetDone({ redeliveries, tests }: Subscription): void {
    this.parts.book.keepTracks(
      this.id,
      [...redeliveries, ...tests].map(({ id }) => id),
    );
  }

  private start(key: string, work: Promise<void>): void {
    const ended = work.catch(async (error: unknown) => {
      this.parts.onFailure(error);
      // Nothing of it could be written down, so it would be due at once.
      await wait(TROUBLE_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    });
    this.underWay.set(
      key,
      ended.finally(() => {
        this.underWay.delete(key);
        this.wake();
      }),
    );
  }

  /** Now and then, once everything was received, the log says so. */
  private async tellProgress(): Promise<void> {
    const { book, clock, subscriptions } = this.parts;
    const nowMs = clock.nowMs();
    if (this.parts.ledger || this.stopped || this.underWay.size > 0 || nowMs - this.toldMs < PROGRESS_MS) return;
    const { seq, lastPosition } = book.figures(this.id);
    const position = this.cursors.get(this.id);
    const told = this.current()?.progress?.seq ?? 0;
    if (position === undefined || position === FEED_START || seq <= told || book.waiting(this.id).incidents > 0) return;
    this.toldMs = nowMs;
    await subscriptions.progressed(this.id, { position, seq, lastPosition });
  }

  /** Cursors that the subscription asks for and that do not exist yet. */
  private prepare(subscription: Subscription): void {
    const { id, from, redeliveries, resumptions, progress } = subscription;
    const { book, clock, feed } = this.parts;
    if (!book.knows(id)) {
      book.begin({ track: id, subscription: id, replay: false, cursor: from, until: null, sinceMs: null });
    }
    // Another process delivered meanwhile, or the record of deliveries was lost.
    if (progress && progress.seq > book.figures(id).seq) {
      const cursor = this.cursors.get(id) ?? book.tracks(id)[0]?.cursor ?? from;
      if (cursor === FEED_START || feed.store.comparePositions(cursor, progress.position) < 0) {
        book.adopt(id, progress);
        this.cursors.delete(id);
      }
    }
    for (const redelivery of redeliveries) {
      if (book.knows(redelivery.id)) continue;
      // The next ones begin when there is room.
      if (book.lanes(id) >= LANES_MAX || book.tracks(id).length > REDELIVERIES_MAX) break;
      this.forgetDone(subscription);
      this.beginRedelivery(redelivery);
    }
    if (book.figures(id).resumptions < resumptions) book.resume(id, resumptions, clock.nowMs());
  }

  private beginRedelivery({ id: track, eventId, incidentId, revision, from, since, until }: WithId<Redelivery>): void {
    const { book, clock } = this.parts;
    const sinceMs = since === undefined ? null : Date.parse(since);
    if (eventId === undefined) {
      book.begin({ track, subscription: this.id, replay: true, cursor: from ?? FEED_START, until, sinceMs });
      return;
    }
    const nowMs = clock.nowMs();
    book.atOnce(() => {
      this.beginDone(track, until);
      if (incidentId === undefined || revision === undefined) return;
      const event = { incident: incidentId, revision, recordedMs: nowMs };
      book.enlist({ track, subscription: this.id }, event, nowMs);
    });
  }

  /** Moves every cursor a page on. @returns whether there is more. */
  private async takeIn(subscription: Subscription): Promise<boolean> {
    const selection = selectionOf(subscription.settings);
    let more = false;
    for (const track of this.parts.book.tracks(this.id)) {
      if (this.stopped) return false;
      // What goes out makes room, and wakes.
      if (this.parts.book.lanes(this.id) >= LANES_MAX) return false;
      if (await this.takePage(track, selection)) more = true;
    }
    return more;
  }

  private async takePage(track: Track, selection: EventSelection): Promise<boolean> {
    const { feed, book, clock } = this.parts;
    const cursor = this.cursors.get(track.track) ?? track.cursor;
    const page = await this.readPage(cursor, selection);
    const { until, sinceMs } = track;
    const isBeyond = (position: string): boolean =>
      until !== null && (until === FEED_START || feed.store.comparePositions(position, until) > 0);
    const wanted = page.events.filter(
      ({ stored }) =>
        !isBeyond(stored.position) && (sinceMs === null || Date.parse(metaOf(stored).recordedAt) >= sinceMs),
    );
    const done = until !== null && (page.atHead || isBeyond(page.position));
    if (wanted.length === 0 && !done) {
      if (page.position !== cursor) this.unwritten += 1;
      this.cursors.set(track.track, page.position);
      if (this.unwritten < UNWRITTEN_MAX) return !page.atHead;
    }
    const nowMs = clock.nowMs();
    book.atOnce(() => {
      for (const { stored, incident } of wanted) {
        const recordedMs = Date.parse(metaOf(stored).recordedAt);
        book.enlist(track, { incident, revision: stored.revision, recordedMs }, nowMs);
      }
      book.advance(track.track, page.position, done);
    });
    // Only now: what could not be written down is read again.
    this.unwritten = 0;
    if (done) this.cursors.delete(track.track);
    else this.cursors.set(track.track, page.position);
    return !page.atHead && !done;
  }

  /** A cursor that this log does not reach (an older copy was restored) goes on at its end. */
  private async readPage(cursor: string, selection: EventSelection) {
    const { feed } = this.parts;
    try {
      return await feed.read(cursor, selection, PAGE_EVENTS);
    } catch (error) {
      if (!(error instanceof InvalidPosition)) throw error;
      return { events: [], position: (await feed.store.head()) ?? FEED_START, atHead: true };
    }
  }

  private dispatch({ settings: { url } }: Subscription): void {
    const { book, clock } = this.parts;
    const nowMs = clock.nowMs();
    const free = book.figures(this.id).notBeforeMs > nowMs ? 0 : IN_FLIGHT_MAX - this.underWay.size;
    const due = free > 0 ? book.due(this.id, nowMs, IN_FLIGHT_MAX + this.underWay.size) : [];
    this.queues = false;
    for (const lane of due.filter((each) => !this.underWay.has(keyOf(each))).slice(0, free)) {
      const ended = this.endpoints.take(url, this);
      this.queues = ended === undefined;
      if (!ended) return;
      const delivered = this.deliver(lane).finally(ended);
      this.start(
        keyOf(lane),
        delivered.catch((error: unknown) => {
          this.trouble = true;
          this.parts.onFailure(error);
          book.failed(lane, { ...lane, dueMs: nowMs + TROUBLE_MS, scheduledMs: nowMs + TROUBLE_MS, atMs: nowMs });
        }),
      );
    }
    this.endpoints.leave(this);
  }

  private async deliver(lane: Lane): Promise<void> {
    const { feed, subscriptions, book, clock } = this.parts;
    const subscription = this.current();
    if (!subscription) return;
    const published = await this.nextEvent(lane, selectionOf(subscription.settings));
    if (!published) {
      book.passed(lane, lane.last, clock.nowMs());
      return;
    }
    const { stored } = published;
    const replay = lane.track !== this.id;
    const numbering = replay ? 'replay' : book.number(lane, this.id, placeOf(stored));
    const nowMs = clock.nowMs();
    const keys = subscriptions.keysOf(subscription);
    const message = messageOf(await feed.write(published), subscription, keys, nowMs, numbering);
    const { sent, durationMs } = await this.send(subscription, message);
    const attempt = {
      ...describe(message, subscription, sent, nowMs, durationMs),
      type: stored.type,
      incidentId: lane.incident,
      revision: stored.revision,
      position: stored.position,
      seq: numbering === 'replay' ? null : numbering.seq,
      attempt: lane.failures + 1,
      kind: replay ? ('replay' as const) : ('delivery' as const),
    };
    // Cut off by the end of this process: the next one sends it again.
    if (this.stopped && attempt.cause !== null) return;
    // Deleted while the receiver was answering: nothing of it is kept.
    if (!this.current()) return;
    if (attempt.cause === null) this.arrived(lane, stored, attempt);
    else await this.refused(lane, stored, attempt, attempt.cause, sent);
  }

  /** The first selected event of the lane. */
  private async nextEvent(lane: Lane, selection: EventSelection): Promise<PublishedEvent | undefined> {
    const { feed } = this.parts;
    let from = lane.next;
    while (from <= lane.last) {
      const max = Math.min(16, lane.last - from + 1);
      const page: readonly StoredEvent[] = await feed.store.readStream(incidentStream(lane.incident), { from, max });
      for (const stored of page) {
        const published = await feed.facts.describe(stored, needsNames(selection));
        if (isSelected(selection, published)) return published;
      }
      if (page.length === 0) return undefined;
      from += page.length;
    }
    return undefined;
  }

  private async send(
    subscription: Subscription,
    message: Message,
  ): Promise<{ readonly sent: Sent | { readonly cause: Cause }; readonly durationMs: number }> {
    if (this.parts.subscriptions.keysOf(subscription).length === 0)
      return { sent: { cause: { code: 'key-missing' } }, durationMs: 0 };
    const startedMs = performance.now();
    const { url } = subscription.settings;
    const sent = await this.parts.post({
      url,
      headers: message.headers,
      body: message.body,
      signal: this.stopping.signal,
    });
    return { sent, durationMs: Math.round(performance.now() - startedMs) };
  }

  private arrived(lane: Lane, { revision }: StoredEvent, attempt: Omit<Attempt, 'id' | 'nextAttemptMs'>): void {
    const { book, clock } = this.parts;
    book.atOnce(() => {
      book.passed(lane, revision, clock.nowMs());
      book.note(this.id, { ...attempt, nextAttemptMs: null });
      if (this.failuresInARow >= AWAY_FAILURES) book.hasten(this.id, clock.nowMs());
    });
    this.failuresInARow = 0;
  }

  private async refused(
    lane: Lane,
    stored: StoredEvent,
    attempt: Omit<Attempt, 'id' | 'nextAttemptMs'>,
    cause: Cause,
    sent: Sent | { readonly cause: Cause },
  ): Promise<void> {
    const { book, clock, chance } = this.parts;
    const nowMs = clock.nowMs();
    this.failuresInARow += 1;
    const asked = 'status' in sent ? retryAfterMs(sent.retryAfter, nowMs) : undefined;
    const throttled = asked !== undefined && (cause.status === 429 || cause.status === 503);
    // An attempt before its time, or one that the receiver only put off, is no step of the schedule.
    const early = nowMs < lane.scheduledMs;
    const failures = early || throttled ? lane.failures : lane.failures + 1;
    const delay = throttled ? asked : retryDelayMs(failures, chance());
    const scheduledMs = early && !throttled ? lane.scheduledMs : nowMs + (delay ?? 0);
    const gone = cause.code === 'gone';
    const exhausted = !early && delay === undefined;
    book.atOnce(() => {
      book.failed(lane, { failures, dueMs: scheduledMs, scheduledMs, held: exhausted || gone, atMs: nowMs });
      book.note(this.id, { ...attempt, nextAttemptMs: exhausted || gone ? null : scheduledMs });
      if (throttled) book.waitUntil(this.id, nowMs + asked);
    });
    if (exhausted || gone) await this.hold(lane, stored, cause, gone);
  }

  /** All of it when nothing has arrived since this message first failed; else this incident alone. */
  private async hold(lane: Lane, stored: StoredEvent, cause: Cause, gone: boolean): Promise<void> {
    const { book, subscriptions } = this.parts;
    const { lastSuccessMs } = book.figures(this.id);
    const away = lastSuccessMs === null || lastSuccessMs < (lane.firstFailedMs ?? 0);
    if (gone || away) await subscriptions.hold(this.id, { type: 'SubscriptionHeld', data: { cause } });
    else {
      const data = { cause, incidentId: lane.incident, eventId: stored.id };
      await subscriptions.hold(this.id, { type: 'SubscriptionIncidentHeld', data });
    }
  }

  private sleep(): void {
    if (this.stopped) return;
    const { book, clock } = this.parts;
    if (this.current()?.status !== 'active') return;
    const dueMs = book.nextDueMs(this.id);
    const { notBeforeMs } = book.figures(this.id);
    const untilDue = dueMs === undefined ? WAIT_MS_MAX : Math.max(dueMs, notBeforeMs) - clock.nowMs() + 1;
    // While lanes that are due are under way, their end is what wakes.
    const least = this.trouble ? TROUBLE_MS : this.underWay.size > 0 || this.queues ? WAIT_MS_MAX : 1;
    this.timer = setTimeout(() => this.wake(), Math.min(WAIT_MS_MAX, Math.max(least, untilDue)));
    this.timer.unref();
  }
}

const keyOf = ({ track, incident }: Lane): string => `${track} ${incident}`;

type WithId<Asked> = Asked & { readonly id: string };

const placeOf = (stored: StoredEvent) => {
  const { revision, position } = stored;
  return { revision, position, recordedMs: Date.parse(metaOf(stored).recordedAt) };
};

const describe = (
  message: Message,
  { settings }: Subscription,
  sent: Sent | { readonly cause: Cause },
  atMs: number,
  durationMs: number,
) => ({
  eventId: message.id,
  atMs,
  durationMs,
  status: 'status' in sent ? sent.status : null,
  cause: 'cause' in sent ? sent.cause : (causeOf(sent) ?? null),
  request: shown(message, settings.url),
  response: 'status' in sent ? { body: sent.body } : null,
});
