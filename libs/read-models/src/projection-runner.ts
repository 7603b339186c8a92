import { evolve, initialIncident, type IncidentState } from '#libs/domain';
import { decodeStored, INCIDENT_STREAM_PREFIX, ViewBehind } from '#libs/application';
import type { EventStore, Position, StoredEvent, SubscriptionBatch } from '#libs/event-store';
import type { ProjectedEvent, Projection, ProjectionWriter } from './projection.js';
import { checkpointOf, resetViews, type ViewsDatabase } from './views-database.js';

/** Events folded into the views in one transaction. */
export const VIEW_BATCH_EVENTS_MAX = 2048;
/** Incidents whose state is kept between batches; another one is read again from its stream. */
const STATES_MAX = 4096;
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
  private readonly states = new Map<string, IncidentState>();
  private readonly writers: readonly ProjectionWriter[];
  private readonly waiters = new Set<Waiter>();
  private readonly listeners = new Set<() => void>();
  private readonly stopping = new AbortController();
  private readonly apply: (
    events: readonly ProjectedEvent[],
    last: readonly ProjectedEvent[],
    position: Position | undefined,
  ) => void;
  private running: Promise<void> = Promise.resolve();
  private position: Position | undefined;
  private caughtUp = false;
  private failure: string | undefined;
  private eventsProjected = 0;

  constructor(
    private readonly store: EventStore,
    private readonly db: ViewsDatabase,
    private readonly projections: readonly Projection[],
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.writers = projections.map((projection) => projection.open(db));
    const moveCheckpoint = db.prepare<[string]>('UPDATE checkpoint SET position = ?');
    this.apply = db.transaction(
      (events: readonly ProjectedEvent[], last: readonly ProjectedEvent[], position: Position | undefined) => {
        for (const writer of this.writers) {
          if (writer.onEvent) for (const event of events) writer.onEvent(event);
          if (writer.onIncident) for (const event of last) writer.onIncident(event);
        }
        if (position !== undefined) moveCheckpoint.run(position);
      },
    );
  }

  /** Starts to follow the log. A log that is behind the views (an older copy was restored) empties them first. */
  async start(): Promise<void> {
    const head = await this.store.head();
    let after = checkpointOf(this.db);
    if (after !== undefined && (head === undefined || this.store.comparePositions(after, head) > 0)) {
      resetViews(this.db, this.projections);
      after = undefined;
    }
    this.position = after;
    this.running = this.store
      .subscribe({
        ...(after === undefined ? {} : { after }),
        filter: { streamPrefixes: [INCIDENT_STREAM_PREFIX] },
        batchMax: VIEW_BATCH_EVENTS_MAX,
        signal: this.stopping.signal,
        onBatch: (batch) => this.onBatch(batch),
      })
      .catch((error: unknown) => {
        this.failure = error instanceof Error ? error.message : String(error);
        this.onFailure(error);
      });
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

  private has(position: Position): boolean {
    const order = this.store.comparePositions(position, this.position ?? position);
    return this.position !== undefined && order <= 0;
  }

  private async onBatch({ events, position, caughtUp }: SubscriptionBatch): Promise<void> {
    await this.loadStates(events);
    const projected = events.map((stored) => this.project(stored));
    const last = new Map(projected.map((each) => [each.event.incidentId, each]));
    this.apply(projected, [...last.values()], position);
    this.eventsProjected += events.length;
    if (position !== undefined) this.position = position;
    if (caughtUp) this.caughtUp = true;
    for (const waiter of this.waiters) if (this.has(waiter.position)) waiter.resolve();
    for (const listener of this.listeners) listener();
    this.forgetStates();
  }

  private project(stored: StoredEvent): ProjectedEvent {
    const event = decodeStored(stored);
    const before = this.states.get(event.incidentId) ?? initialIncident;
    const state = evolve(before, event);
    this.states.delete(event.incidentId);
    this.states.set(event.incidentId, state);
    return { event, position: stored.position, state };
  }

  /** States of incidents that go on after a restart, or that were forgotten, are read from their streams. */
  private async loadStates(events: readonly StoredEvent[]): Promise<void> {
    const first = new Map<string, StoredEvent>();
    for (const event of events) if (!first.has(event.stream)) first.set(event.stream, event);
    for (const [stream, event] of first) {
      const incidentId = stream.slice(INCIDENT_STREAM_PREFIX.length);
      if (event.revision === 0 || this.states.has(incidentId)) continue;
      this.states.set(incidentId, await this.readState(stream, event.revision));
    }
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
    for (const incidentId of this.states.keys()) {
      if (this.states.size <= STATES_MAX) return;
      this.states.delete(incidentId);
    }
  }
}
