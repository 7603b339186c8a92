import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { instantOf, statusView, type Axis, type IncidentState, type Language, type StatusView } from '#libs/domain';
import { EventStore, type Position } from '#libs/event-store';
import { Clock } from './clock.js';
import { Incidents } from './incidents.js';
import { readMoment, stateAt } from './moment.js';

/** The incident asked for, and at which moment. */
export interface AtMoment {
  readonly incidentId: string;
  /** Revision, RFC 3339 time or position; absent: now. */
  readonly asOf?: string;
  readonly axis?: Axis;
}

export interface IncidentAt {
  readonly state: IncidentState;
  readonly position: Position | undefined;
  /** RFC 3339: the moment against which clocks are judged. */
  readonly at: string;
}

/** The folded incident at a moment: what every view of one incident is made from. */
export class GetIncident extends Query<IncidentAt> {
  constructor(readonly moment: AtMoment) {
    super();
  }
}

@QueryHandler(GetIncident)
export class GetIncidentHandler implements IQueryHandler<GetIncident> {
  constructor(
    private readonly store: EventStore,
    private readonly incidents: Incidents,
    private readonly clock: Clock,
  ) {}

  async execute({ moment: { incidentId, asOf, axis = 'recorded' } }: GetIncident): Promise<IncidentAt> {
    if (asOf !== undefined) return stateAt(this.incidents, this.store, incidentId, readMoment(asOf), axis);
    const { state, position } = await this.incidents.read(incidentId);
    return { state, position, at: presentOf(state, this.clock.nowMs()) };
  }
}

/** A scenario that was played has its own clock, which stands still after its last entry. */
export const presentOf = (state: IncidentState, nowMs: number): string =>
  state.scenario ? state.recordedAt : instantOf(nowMs);

export interface RawEvent {
  readonly eventId: string;
  readonly type: string;
  readonly revision: number;
  readonly position: Position;
  readonly data: object;
  readonly [envelope: string]: unknown;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

/** The stream of an incident as it is stored, a page at a time. */
export class GetRawEvents extends Query<Page<RawEvent>> {
  constructor(
    readonly incidentId: string,
    /** Exclusive; -1 for the start. */
    readonly after: number,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(GetRawEvents)
export class GetRawEventsHandler implements IQueryHandler<GetRawEvents> {
  constructor(
    private readonly store: EventStore,
    private readonly incidents: Incidents,
  ) {}

  async execute({ incidentId, after, limit }: GetRawEvents): Promise<Page<RawEvent>> {
    await this.incidents.read(incidentId);
    const page = await this.store.readStream(`incident-${incidentId}`, { from: after + 1, max: limit + 1 });
    const items = page.slice(0, limit).map(({ id, type, revision, position, data, meta }) => ({
      eventId: id,
      type,
      revision,
      position,
      ...meta,
      data,
    }));
    const last = items.at(-1);
    return page.length > limit && last ? { items, next: String(last.revision) } : { items };
  }
}

export const viewOf = ({ state, at }: IncidentAt, language: Language, role?: string): StatusView =>
  statusView(state, at, language, role);
