import { Gone, READ_EVENTS_MAX, type EventStore, type Position, type StoredEvent } from '#libs/event-store';
import { ATTEMPTS_KEPT, type Attempt, type DeliveryBook } from './delivery-book.js';
import { TESTS_MAX } from './subscription.js';
import { attemptsStream, deliveriesStream, lastOf, stateIn } from './delivery-ledger.js';

/** A test is made within this time, or nobody makes it. A receiver has 15 s of it. */
const TEST_MS = 20_000;
const PAGE_ATTEMPTS = 128;
/** While a list is read, attempts are added, and the oldest ones leave. */
const LEAVING = 64;

/** Nobody has sent the test that was asked for: no process delivers now. */
export class NobodyDelivers extends Error {
  override readonly name = 'NobodyDelivers';
}

export interface AttemptsAsked {
  /** Id, exclusive. */
  readonly before?: number;
  readonly max: number;
  readonly delivered?: boolean;
}

/** How deliveries have gone, for whoever asks: in this process, or wherever they are made. */
export abstract class DeliveryRecords {
  /** @param testMs how long a test is waited for; tests of ours choose it. */
  constructor(
    readonly book: DeliveryBook,
    protected readonly testMs = TEST_MS,
  ) {}

  /** Whether this process makes the deliveries. */
  abstract readonly isOwn: boolean;

  /** Brings the book up to date with what is known of these subscriptions. */
  abstract refresh(subscriptions: readonly string[]): Promise<void>;

  /** The newest first. */
  abstract attempts(subscription: string, asked: AttemptsAsked): Promise<readonly Attempt[]>;

  /** Asks for a test, and waits for its attempt. @throws {NobodyDelivers} */
  abstract tested(subscription: string, testId: string, ask: () => Promise<void>): Promise<Attempt>;
}

/** Deliveries are made in this process. */
export class OwnRecords extends DeliveryRecords {
  override readonly isOwn = true;

  override async refresh(): Promise<void> {
    // The book is the truth.
  }

  override async attempts(subscription: string, asked: AttemptsAsked): Promise<readonly Attempt[]> {
    return this.book.attempts(subscription, asked);
  }

  override async tested(subscription: string, testId: string, ask: () => Promise<void>): Promise<Attempt> {
    const waiting = new AwaitedTest(subscription, testId);
    const stop = this.book.onAttempt((attempt) => waiting.look(attempt));
    try {
      await ask();
      return await waiting.attempt(this.testMs);
    } finally {
      stop();
    }
  }
}

/** Deliveries are made elsewhere, and the log tells of them. */
export class SharedRecords extends DeliveryRecords {
  override readonly isOwn = false;
  private readonly revisions = new Map<string, number>();

  constructor(
    book: DeliveryBook,
    private readonly store: EventStore,
    testMs = TEST_MS,
  ) {
    super(book, testMs);
  }

  override async refresh(subscriptions: readonly string[]): Promise<void> {
    await Promise.all(
      subscriptions.map(async (id) => {
        const last = await lastOf(this.store, deliveriesStream(id));
        if (!last || (this.revisions.get(id) ?? -1) >= last.revision) return;
        this.revisions.set(id, last.revision);
        this.book.restore(id, stateIn(last));
      }),
    );
  }

  override async attempts(
    subscription: string,
    { before, max, delivered }: AttemptsAsked,
  ): Promise<readonly Attempt[]> {
    const stream = attemptsStream(subscription);
    const last = await lastOf(this.store, stream);
    if (!last) return [];
    const oldest = Math.max(0, last.revision - ATTEMPTS_KEPT + LEAVING);
    const found: Attempt[] = [];
    // Ids are revisions from 1 on.
    let from = Math.min(last.revision, (before ?? Number.MAX_SAFE_INTEGER) - 2);
    while (from >= oldest && found.length < max) {
      const page = await this.page(stream, from, Math.min(PAGE_ATTEMPTS, from - oldest + 1));
      if (page.length === 0) break;
      for (const { data, revision } of page) {
        const { term: _, ...attempt } = data as unknown as Attempt & { readonly term: number };
        if (delivered !== undefined && delivered !== (attempt.cause === null)) continue;
        if (found.length < max) found.push({ ...attempt, id: revision + 1 });
      }
      from -= page.length;
    }
    return found;
  }

  override async tested(subscription: string, testId: string, ask: () => Promise<void>): Promise<Attempt> {
    const after = await this.store.head();
    const waiting = new AwaitedTest(subscription, testId);
    const stopping = new AbortController();
    const following = this.follow(subscription, after, stopping.signal, waiting).catch((error: unknown) =>
      waiting.giveUp(error),
    );
    try {
      await ask();
      // Asked for before, it may have been made meanwhile.
      for (const attempt of await this.attempts(subscription, { max: TESTS_MAX })) waiting.look(attempt);
      return await waiting.attempt(this.testMs);
    } finally {
      stopping.abort();
      await following;
    }
  }

  private follow(
    subscription: string,
    after: Position | undefined,
    signal: AbortSignal,
    waiting: AwaitedTest,
  ): Promise<void> {
    return this.store.subscribe({
      ...(after === undefined ? {} : { after }),
      filter: { streamPrefixes: [attemptsStream(subscription)] },
      signal,
      onBatch: ({ events }) => {
        for (const { data, revision } of events) waiting.look({ ...(data as unknown as Attempt), id: revision + 1 });
      },
    });
  }

  /** What an operator has cut off is no longer there to be told. */
  private async page(stream: string, from: number, max: number): Promise<readonly StoredEvent[]> {
    try {
      return await this.store.readStream(stream, {
        direction: 'backward',
        from,
        max: Math.min(max, READ_EVENTS_MAX),
      });
    } catch (error) {
      if (error instanceof Gone) return [];
      throw error;
    }
  }
}

/** The attempt of one test, for as long as it may take. */
class AwaitedTest {
  private readonly settled: Promise<Attempt>;
  private tell!: (attempt: Attempt) => void;
  /** Nobody can see the attempt any more. */
  giveUp!: (error: unknown) => void;

  constructor(
    private readonly subscription: string,
    private readonly testId: string,
  ) {
    this.settled = new Promise((resolve, reject) => {
      this.tell = resolve;
      this.giveUp = reject;
    });
    // Whoever asks may have failed before it waits.
    this.settled.catch(() => undefined);
  }

  look(attempt: Attempt): void {
    if (attempt.eventId === this.testId) this.tell(attempt);
  }

  /** @throws {NobodyDelivers} */
  attempt(withinMs: number): Promise<Attempt> {
    const timer = setTimeout(() => this.giveUp(new NobodyDelivers(this.subscription)), withinMs);
    return this.settled.finally(() => clearTimeout(timer));
  }
}
