import {
  Conflict,
  NO_STREAM,
  READ_EVENTS_MAX,
  type Appended,
  type EventStore,
  type NewEvent,
  type StoredEvent,
} from '#libs/event-store';
import { advance, emptyFold, incidentStream, type AnsweredCommand, type IncidentFold } from './incident-fold.js';
import { UnknownIncident } from './problems.js';

/** Incidents kept folded in memory, the least recently used let go first. */
export const CACHED_INCIDENTS_MAX = 4096;

/** One incident in memory: what is durable, and what is on its way to the disk. */
export class HotIncident {
  /** What readers see. */
  durable: IncidentFold;
  /** What the next decision builds on: appends under way included, since they reach the disk in the same order. */
  ahead: IncidentFold;
  readonly answered: Map<string, AnsweredCommand>;
  /** Set when an append failed: everything decided on top of it is void, and what the log has since then is read. */
  broken = false;
  /** The last append that was issued. */
  private last: Promise<unknown> = Promise.resolve();
  private underWay = 0;

  constructor(
    readonly incidentId: string,
    fold: IncidentFold,
    answered: Map<string, AnsweredCommand>,
  ) {
    this.durable = fold;
    this.ahead = fold;
    this.answered = answered;
  }

  get idle(): boolean {
    return this.underWay === 0;
  }

  /** Waits until nothing is on its way. @returns false when what was decided so far is void. */
  async settled(): Promise<boolean> {
    await Promise.allSettled([this.last]);
    return !this.broken;
  }

  /** Appends what was just decided on `ahead`, and moves `ahead` at once so that the next command need not wait. */
  async append(
    store: EventStore,
    events: readonly NewEvent[],
    next: Omit<IncidentFold, 'position'>,
  ): Promise<IncidentFold> {
    const { revision } = this.ahead.state;
    const write = (): Promise<Appended> =>
      store.append(incidentStream(this.incidentId), revision === -1 ? NO_STREAM : revision, events);
    // With other writers about, another event may come to stand where a failed one was to be: wait for what this builds on.
    const appending = store.soleWriter ? write() : this.last.then(write, () => overtaken(this.incidentId, revision));
    this.ahead = { ...next, position: this.ahead.position };
    this.last = appending;
    this.underWay += 1;
    try {
      const fold = { ...next, position: (await appending).position };
      if (fold.state.revision > this.durable.state.revision) this.durable = fold;
      if (this.ahead.state.revision === fold.state.revision) this.ahead = fold;
      return fold;
    } catch (error) {
      this.broken = true;
      throw error;
    } finally {
      this.underWay -= 1;
    }
  }
}

/** What this was decided on never came to be. */
const overtaken = (incidentId: string, revision: number): never => {
  throw new Conflict(incidentStream(incidentId), revision, NO_STREAM);
};

/** Reads incidents from the log and keeps the recent ones folded. */
export class Incidents {
  private readonly hot = new Map<string, HotIncident>();
  private readonly loading = new Map<string, Promise<HotIncident>>();

  constructor(private readonly store: EventStore) {}

  /** The incident as last seen by this process: enough to decide on, for the store refuses what is stale. */
  async open(incidentId: string): Promise<HotIncident> {
    const known = this.hot.get(incidentId);
    if (known && !known.broken) {
      this.hot.delete(incidentId);
      this.hot.set(incidentId, known);
      return known;
    }
    const loading = this.loading.get(incidentId);
    if (loading) return loading;
    const load = this.load(incidentId, known).finally(() => this.loading.delete(incidentId));
    this.loading.set(incidentId, load);
    return load;
  }

  /** An id that nobody has used: nothing to read. */
  create(incidentId: string): HotIncident {
    const incident = new HotIncident(incidentId, emptyFold, new Map());
    this.keep(incident);
    return incident;
  }

  /** The incident as the log has it now, also when another process wrote. @throws {UnknownIncident} */
  async read(incidentId: string): Promise<IncidentFold> {
    const incident = await this.open(incidentId);
    await this.refresh(incident);
    if (incident.durable.state.revision < 0) throw new UnknownIncident(incidentId);
    return incident.durable;
  }

  /** Takes in what other processes appended. @returns true when there was something. */
  async refresh(incident: HotIncident): Promise<boolean> {
    if (!incident.idle) return false;
    const before = incident.durable.state.revision;
    const later = await this.readFrom(incident.incidentId, before + 1);
    const fresh = later.filter(({ revision }) => revision > incident.durable.state.revision);
    if (fresh.length === 0 || !incident.idle || fresh[0]?.revision !== incident.durable.state.revision + 1)
      return later.length > 0;
    incident.durable = advance(incident.durable, fresh, incident.answered);
    incident.ahead = incident.durable;
    return true;
  }

  /** Every stored event of the incident from a revision on. */
  async readFrom(incidentId: string, from: number): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    for (;;) {
      const page = await this.store.readStream(incidentStream(incidentId), {
        from: from + events.length,
        max: READ_EVENTS_MAX,
      });
      events.push(...page);
      if (page.length < READ_EVENTS_MAX) return events;
    }
  }

  /** Of a broken one, what is durable stands: where replicas overtake each other, whole incidents would be read all the time. */
  private async load(incidentId: string, broken?: HotIncident): Promise<HotIncident> {
    const answered = broken?.answered ?? new Map<string, AnsweredCommand>();
    const before = broken?.durable ?? emptyFold;
    const fold = advance(before, await this.readFrom(incidentId, before.state.revision + 1), answered);
    const incident = new HotIncident(incidentId, fold, answered);
    if (fold.state.revision >= 0) this.keep(incident);
    return incident;
  }

  private keep(incident: HotIncident): void {
    this.hot.set(incident.incidentId, incident);
    if (this.hot.size <= CACHED_INCIDENTS_MAX) return;
    for (const [id, each] of this.hot) {
      if (!each.idle) continue;
      this.hot.delete(id);
      return;
    }
  }
}
