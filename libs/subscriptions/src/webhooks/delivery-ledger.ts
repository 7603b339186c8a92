import type { Ids } from '#libs/application';
import {
  Conflict,
  NO_STREAM,
  type EventStore,
  type JsonObject,
  type NewEvent,
  type StoredEvent,
} from '#libs/event-store';
import type { Attempt, DeliveryBook, DeliveryState } from './delivery-book.js';

/** How far deliveries have got, in the log: a stream for each subscription, of which the last event says it all. */
export const DELIVERIES_STREAM_PREFIX = 'deliveries-';
/** The attempts of each subscription, an event each. */
export const ATTEMPTS_STREAM_PREFIX = 'attempts-';

/** How often it is written down at most; what was delivered since is delivered again after a kill. */
const NOTE_MS = 1000;
const ATTEMPTS_AT_ONCE = 32;
const TRIES_MAX = 8;

export interface LedgerParts {
  readonly store: EventStore;
  readonly ids: Ids;
  readonly book: DeliveryBook;
  /** Another process delivers for this subscription now. */
  readonly onLost: (subscription: string) => void;
  readonly onFailure: (error: unknown) => void;
  readonly noteMs?: number;
}

interface Noted extends Partial<DeliveryState> {
  /** Grows with each process that takes over: one that was taken for dead learns it from a greater one. */
  readonly term: number;
}

interface Page {
  term: number;
  revision: number;
  attemptsRevision: number;
  /** Id of the last attempt that is in the log. */
  attempt: number;
  /** State that is in the log. */
  written: string;
  again: boolean;
  /** Being written, or written a moment ago. */
  busy: boolean;
  timer: NodeJS.Timeout | undefined;
  writing: Promise<void>;
}

/** Keeps the log told of a delivery book, so that any process may go on from there, and all may look. */
export class DeliveryLedger {
  private readonly pages = new Map<string, Page>();

  constructor(private readonly parts: LedgerParts) {}

  /** Takes a subscription over where the log says that it is; whoever had it before cannot write any more. */
  async open(subscription: string): Promise<void> {
    const { store, book } = this.parts;
    for (let attempt = 1; ; attempt += 1) {
      const [last, lastAttempt] = await Promise.all([
        lastOf(store, deliveriesStream(subscription)),
        lastOf(store, attemptsStream(subscription)),
      ]);
      const [term, found] = [Number(last?.data['term'] ?? 0) + 1, last && stateIn(last)];
      try {
        const claim = this.stateEvent({ ...found, term });
        const { revision } = await store.append(deliveriesStream(subscription), last?.revision ?? NO_STREAM, [claim]);
        book.restore(subscription, found);
        this.pages.set(subscription, {
          term,
          revision,
          attemptsRevision: lastAttempt?.revision ?? NO_STREAM,
          attempt: 0,
          written: JSON.stringify(found),
          again: false,
          busy: false,
          timer: undefined,
          writing: Promise.resolve(),
        });
        return;
      } catch (error) {
        if (!(error instanceof Conflict) || attempt >= TRIES_MAX) throw error;
      }
    }
  }

  /** Something may have changed: it is written down now, or soon. */
  note(subscription: string): void {
    const page = this.pages.get(subscription);
    if (!page) return;
    page.again = true;
    if (!page.busy) this.write(subscription, page);
  }

  /** Writes down what is left, and lets go of the subscription. */
  async close(subscription: string): Promise<void> {
    const page = this.pages.get(subscription);
    if (!page) return;
    this.pages.delete(subscription);
    clearTimeout(page.timer);
    await page.writing;
    await this.writeAll(subscription, page).catch((error: unknown) => {
      if (!(error instanceof Conflict)) this.parts.onFailure(error);
    });
  }

  private write(subscription: string, page: Page): void {
    page.again = false;
    page.busy = true;
    page.writing = this.writeAll(subscription, page)
      .catch((error: unknown) => this.failed(subscription, page, error))
      .finally(() => {
        page.timer = setTimeout(() => {
          page.busy = false;
          if (page.again && this.pages.get(subscription) === page) this.write(subscription, page);
        }, this.parts.noteMs ?? NOTE_MS);
        page.timer.unref();
      });
  }

  private async writeAll(subscription: string, page: Page): Promise<void> {
    const { book } = this.parts;
    for (;;) {
      const attempts = book.attemptsAfter(subscription, page.attempt, ATTEMPTS_AT_ONCE);
      if (attempts.length === 0) break;
      await this.writeAttempts(subscription, page, attempts);
    }
    await this.writeState(subscription, page);
  }

  private async writeState(subscription: string, page: Page): Promise<void> {
    const state = this.parts.book.state(subscription);
    if (!state) return;
    const text = JSON.stringify(state);
    if (text === page.written) return;
    const event = this.stateEvent({ ...state, term: page.term });
    page.revision = await this.append(deliveriesStream(subscription), page.revision, page, [event]);
    page.written = text;
  }

  private stateEvent(noted: Noted): NewEvent {
    const data = noted as unknown as JsonObject;
    return { id: this.parts.ids.next(), type: 'DeliveriesNoted', data, meta: { schemaVersion: 1 } };
  }

  private async writeAttempts(subscription: string, page: Page, attempts: readonly Attempt[]): Promise<void> {
    const events = attempts.map((attempt): NewEvent => {
      const data = { ...attempt, term: page.term } as unknown as JsonObject;
      return { id: this.parts.ids.next(), type: 'DeliveryAttempted', data, meta: { schemaVersion: 1 } };
    });
    page.attemptsRevision = await this.append(attemptsStream(subscription), page.attemptsRevision, page, events);
    page.attempt = attempts.at(-1)?.id ?? page.attempt;
    this.parts.book.dropAttempts(subscription, page.attempt);
  }

  /** @returns the revision reached. @throws {Conflict} when a process of a later term has written. */
  private async append(stream: string, expected: number, { term }: Page, events: readonly NewEvent[]): Promise<number> {
    let at = expected;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await this.parts.store.append(stream, at, events)).revision;
      } catch (error) {
        if (!(error instanceof Conflict) || attempt >= TRIES_MAX) throw error;
        const last = await lastOf(this.parts.store, stream);
        // An own append whose answer was lost, or the last words of the one before.
        if (Number(last?.data['term']) > term) throw error;
        at = last?.revision ?? NO_STREAM;
      }
    }
  }

  private failed(subscription: string, page: Page, error: unknown): void {
    if (!(error instanceof Conflict)) {
      page.again = true;
      this.parts.onFailure(error);
      return;
    }
    this.pages.delete(subscription);
    this.parts.onLost(subscription);
  }
}

const isState = (state: Partial<DeliveryState>): state is DeliveryState => state.figures !== undefined;

/** What the log says of a subscription's deliveries. */
export const stateIn = ({ data }: StoredEvent): DeliveryState | undefined => {
  const { term: _, ...state } = data as unknown as Noted;
  return isState(state) ? state : undefined;
};

export const deliveriesStream = (subscription: string): string => `${DELIVERIES_STREAM_PREFIX}${subscription}`;
export const attemptsStream = (subscription: string): string => `${ATTEMPTS_STREAM_PREFIX}${subscription}`;

export const lastOf = async (store: EventStore, stream: string): Promise<StoredEvent | undefined> => {
  const [last] = await store.readStream(stream, { direction: 'backward', max: 1 });
  return last;
};
