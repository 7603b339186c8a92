import { setTimeout as wait } from 'node:timers/promises';
import { evolve, initialIncident, type IncidentState } from '#libs/domain';
import { decodeStored, eachAtOnce, INCIDENT_STREAM_PREFIX, ViewBehind } from '#libs/application';
import {
  InvalidPosition,
  Unavailable,
  type EventStore,
  type Position,
  type StoredEvent,
  type SubscriptionBatch,
} from '#libs/event-store';
import type { ProjectedIncident, Projection, ProjectionWriter } from './projection.js';
import { checkpointOf, keepOrigin, resetViews, type ViewsDatabase } from './views-database.js';

/** Events folded in one turn of the event loop; with more of them, more live long enough to be copied by the collector. */
export const VIEW_BATCH_EVENTS_MAX = 512;
/** While a history is read, incidents are written once for many events: rows are most of the cost of a view. */
export const VIEW_WRITE_EVENTS_MAX = 16_384;
/** Incidents whose state is kept between batches; another one is read again from its stream. */
const STATES_MAX = 4096;
/** Streams that are read at the same time. */
const READS_AT_ONCE = 16;
/** After the log did not answer; then twice as long, and so on. */
const RETRY_MS = 1000;
const RETRY_MS_MAX = 30_000;
/** How long `?await=` waits. */
export const AWAIT_MS_MAX = 2000;

export interface ViewsLag {
  /** Last position in the views. */
  readonly position: Position | undefined;
  /** True once the views have seen all that the log had. */
  readonly caughtUp: boolean;
  /** Why the views stand still; absent while they run. */
  readonly failure?: string;
  /** Events folded since start. */
  readonly eventsProjected: number;
}

interface Waiter {
  readonly position: Position;
  readonly resolve: () => void;
}

/** Follows the log and keeps every view up to date, from the checkpoint that is stored with the rows. */
export class ProjectionRunner {
  /** By stream. */
  private readonly states = new Map<string, IncidentState>();
  /** Incidents whose rows are behind, by stream. */
  private readonly touched = new Map<string, ProjectedIncident>();
  private eventsTouched = 0;
  private readonly writers: readonly ProjectionWriter[];
  private readonly waiters = new Set<Waiter>();
  private readonly listeners = new Set<() => void>();
  private readonly stopping = new AbortController();
  private readonly apply: (touched: Iterable<ProjectedIncident>, position: Position | undefined) => void;
  private running: Promise<void> = Promise.resolve();
  /** Of what is in the rows. */
  private position: Position | undefined;
  /** Of what is in the states, which may be further. */
  private folded: Position | undefined;
  private caughtUp = false;
  private failure: string | undefined;
  /** In a row. */
  private failures = 0;
  private eventsProjected = 0;

  constructor(
    private readonly store: EventStore,
    private readonly db: ViewsDatabase,
    private readonly projections: readonly Projection[],
    private readonly onFailure: (error: unknown) => void,
    private readonly retryMs = RETRY_MS,
  ) {
    this.writers = projections.map((projection) => projection.open(db));
    const moveCheckpoint = db.prepare<[string]>('UPDATE checkpoint SET position = ?');
    this.apply = db.transaction((touched: Iterable<ProjectedIncident>, position: Position | undefined) => {
      for (const incident of touched) for (const writer of this.writers) writer.onIncident(incident);
      if (position !== undefined) moveCheckpoint.run(position);
    });
  }

  /** Starts to follow the log. Views of another log, or of more than it has (an older copy was put back), are emptied first. */
  async start(): Promise<void> {
    const [head, first] = await Promise.all([this.store.head(), this.store.readAll({ max: 1 })]);
    const origin = first.events[0]?.id;
    const kept = checkpointOf(this.db);
    const isOurs = kept.position === undefined || this.isBehind(kept.position, head);
    const isSame = kept.origin === undefined || kept.origin === origin;
    if (!isOurs || !isSame) resetViews(this.db, this.projections);
    if (origin !== undefined) keepOrigin(this.db, origin);
    const after = isOurs && isSame ? kept.position : undefined;
    this.position = after;
    this.folded = after;
    this.running = this.followAlways();
  }

  lag(): ViewsLag {
    const { position, caughtUp, failure, eventsProjected } = this;
    return { position, caughtUp, eventsProjected, ...(failure === undefined ? {} : { failure }) };
  }

  /** Resolves when the views have a position. @throws {ViewBehind} after {@link AWAIT_MS_MAX}. @throws {InvalidPosition} */
  async reach(position: Position, withinMs = AWAIT_MS_MAX): Promise<void> {
    if (this.has(position)) return;
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        position,
        resolve: () => {
          clearTimeout(timer);
          this.waiters.delete(waiter);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.waiters.delete(waiter);
        reject(new ViewBehind(position));
      }, withinMs).unref();
      this.waiters.add(waiter);
    });
  }

  /** Calls `listener` after each batch that reached the views. @returns how to stop that. */
  onMoved(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** A log that did not answer will again; anything else would fail again. */
  private async followAlways(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        return await this.follow();
      } catch (error) {
        this.failure = error instanceof Error ? error.message : String(error);
        this.onFailure(error);
        if (!(error instanceof Unavailable)) return;
        const waitMs = Math.min(this.retryMs * 2 ** this.failures, RETRY_MS_MAX);
        this.failures += 1;
        await wait(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  private follow(): Promise<void> {
    return this.store.subscribe({
      ...(this.folded === undefined ? {} : { after: this.folded }),
      filter: { streamPrefixes: [INCIDENT_STREAM_PREFIX] },
      batchMax: VIEW_BATCH_EVENTS_MAX,
      signal: this.stopping.signal,
      onBatch: async (batch) => {
        await this.onBatch(batch);
        this.folded = batch.position ?? this.folded;
        this.failure = undefined;
        this.failures = 0;
      },
    });
  }

  private isBehind(position: Position, head: Position | undefined): boolean {
    try {
      return head !== undefined && this.store.comparePositions(position, head) <= 0;
    } catch (error) {
      if (error instanceof InvalidPosition) return false;
      throw error;
    }
  }

  private has(position: Position): boolean {
    const order = this.store.comparePositions(position, this.position ?? position);
    return this.position !== undefined && order <= 0;
  }

  private async onBatch({ events, position, caughtUp }: SubscriptionBatch): Promise<void> {
    await this.loadStates(events);
    const last = new Map<string, StoredEvent>();
    for (const stored of events) {
      this.states.set(stored.stream, evolve(this.states.get(stored.stream) ?? initialIncident, decodeStored(stored)));
      last.set(stored.stream, stored);
    }
    for (const [stream, { position: at }] of last) this.touched.set(stream, { state: this.keep(stream), position: at });
    this.eventsProjected += events.length;
    this.eventsTouched += events.length;
    if (!caughtUp && !this.caughtUp && this.eventsTouched < VIEW_WRITE_EVENTS_MAX) return;
    this.write(position);
    if (caughtUp) this.caughtUp = true;
    for (const waiter of this.waiters) if (this.has(waiter.position)) waiter.resolve();
    for (const listener of this.listeners) listener();
  }

  private write(position: Position | undefined): void {
    this.apply(this.touched.values(), position);
    this.touched.clear();
    this.forgetStates();
    this.eventsTouched = 0;
    if (position !== undefined) this.position = position;
  }

  /** The newest at the end, and without what only a correction looks at: history is most of the memory of a state. */
  private keep(stream: string): IncidentState {
    const state = { ...(this.states.get(stream) ?? initialIncident), history: undefined, effective: undefined };
    this.states.delete(stream);
    this.states.set(stream, state);
    return state;
  }

  /**
   * States of incidents that go on after a restart, or that were forgotten, are read from their streams; so are those
   * that a correction makes fold their whole history again.
   */
  private async loadStates(events: readonly StoredEvent[]): Promise<void> {
    const first = new Map<string, number>();
    const corrected = new Set<string>();
    for (const { stream, revision, type, meta } of events) {
      if (!first.has(stream)) first.set(stream, revision);
      if (type === 'FactSuperseded' || meta['supersedes'] !== undefined) corrected.add(stream);
    }
    const missing = [...first].filter(
      ([stream, revision]) => revision > 0 && (!this.states.has(stream) || corrected.has(stream)),
    );
    await eachAtOnce(missing, READS_AT_ONCE, async ([stream, revision]) => {
      this.states.set(stream, await this.readState(stream, revision));
    });
  }

  private async readState(stream: string, before: number): Promise<IncidentState> {
    let state = initialIncident;
    while (state.revision < before - 1) {
      const page = await this.store.readStream(stream, {
        from: state.revision + 1,
        max: Math.min(before - 1 - state.revision, 4096),
      });
      if (page.length === 0) throw new Error(`${stream} ends before revision ${before}`);
      for (const stored of page) state = evolve(state, decodeStored(stored));
    }
    return state;
  }

  private forgetStates(): void {
    for (const stream of this.states.keys()) {
      if (this.states.size <= STATES_MAX) return;
      this.states.delete(stream);
    }
  }
}
