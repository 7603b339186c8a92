import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { instantMs, lineOf, newestFirst, type IncidentEvent, type IncidentState, type Language } from '#libs/domain';
import { decodeStored, incidentStream, Incidents, type Page } from '#libs/application';
import { EventStore, READ_EVENTS_MAX, type StoredEvent } from '#libs/event-store';

export interface TimelineItem {
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  readonly position: string;
  /** A sentence for a person. */
  readonly text: string;
  /** Event that says that this one was wrong. */
  readonly supersededBy?: string;
  readonly [envelope: string]: unknown;
}

export interface TimelineFilter {
  readonly incidentId: string;
  /** Cursor of the page before. */
  readonly after?: string;
  readonly limit: number;
  readonly types?: readonly string[];
  /** Words that the line must contain, in either language. */
  readonly q?: string;
  /** Only what was recorded up to this revision. */
  readonly untilRevision?: number;
  /** Only what had happened by then, in the order in which it happened, corrected facts left out. Milliseconds. */
  readonly occurredUntilMs?: number;
  readonly byOccurrence: boolean;
  /** By occurrence only: from the latest back. */
  readonly backward?: boolean;
}

/**
 * A readable line for each event, with both times; corrections keep what they correct. The lines are made from the
 * stream when they are asked for: nothing is stored twice, and a better sentence needs no rebuild.
 */
export class GetTimeline extends Query<Page<TimelineItem>> {
  constructor(
    readonly filter: TimelineFilter,
    readonly language: Language,
  ) {
    super();
  }
}

@QueryHandler(GetTimeline)
export class GetTimelineHandler implements IQueryHandler<GetTimeline> {
  constructor(
    private readonly store: EventStore,
    private readonly incidents: Incidents,
  ) {}

  async execute({ filter, language }: GetTimeline): Promise<Page<TimelineItem>> {
    const { state } = await this.incidents.read(filter.incidentId);
    const timeline = new Timeline(state, filter, language);
    return filter.byOccurrence ? this.byOccurrence(timeline, filter) : this.byRecording(timeline, filter);
  }

  /** Reads no more of the stream than the page needs. */
  private async byRecording(timeline: Timeline, filter: TimelineFilter): Promise<Page<TimelineItem>> {
    const { limit, after, untilRevision = Number.MAX_SAFE_INTEGER } = filter;
    const items: TimelineItem[] = [];
    let from = after === undefined ? 0 : Number(after) + 1;
    const max = timeline.picks ? READ_EVENTS_MAX : Math.min(limit + 1, READ_EVENTS_MAX);
    while (items.length <= limit && from <= untilRevision) {
      const page = await this.store.readStream(incidentStream(filter.incidentId), { from, max });
      const wanted = page.filter(({ revision }) => revision <= untilRevision);
      items.push(...wanted.map((stored) => timeline.item(stored)).filter((item) => item !== undefined));
      from += page.length;
      if (page.length < max) break;
    }
    const last = items[limit - 1];
    return items.length > limit && last ? { items: items.slice(0, limit), next: String(last.revision) } : { items };
  }

  private async byOccurrence(timeline: Timeline, filter: TimelineFilter): Promise<Page<TimelineItem>> {
    const { limit, after, occurredUntilMs = Number.POSITIVE_INFINITY, backward = false } = filter;
    const [afterMs = 0, afterRevision = 0] = after?.split('_').map(Number) ?? [];
    const forth = (atMs: number, revision: number): number => atMs - afterMs || revision - afterRevision;
    const stored = await this.incidents.readFrom(filter.incidentId, 0);
    const found = stored
      .flatMap((event) => {
        const item = timeline.item(event);
        return item && item.supersededBy === undefined ? { item, atMs: occurredMs(event) } : [];
      })
      .filter(({ atMs }) => atMs <= occurredUntilMs)
      .toSorted((left, right) => left.atMs - right.atMs || left.item.revision - right.item.revision)
      .filter(({ item, atMs }) => after === undefined || (backward ? -1 : 1) * forth(atMs, item.revision) > 0);
    if (backward) found.reverse();
    const [items, last] = [found.slice(0, limit).map(({ item }) => item), found[limit - 1]];
    return found.length > limit && last ? { items, next: `${last.atMs}_${last.item.revision}` } : { items };
  }
}

const occurredMs = ({ meta }: StoredEvent): number => instantMs((meta['occurredAt'] as { at: string }).at);

/** Writes and picks the lines of one incident. */
class Timeline {
  private readonly names: ReadonlyMap<string, string>;
  private readonly steps: Parameters<typeof lineOf>[3];
  private readonly corrections: ReadonlyMap<string, string>;
  private readonly types: ReadonlySet<string> | undefined;
  private readonly words: string | undefined;

  constructor(
    state: IncidentState,
    { types, q, untilRevision }: TimelineFilter,
    private readonly language: Language,
  ) {
    this.names = new Map(state.organisations.map(({ id, name }) => [id, name]));
    this.steps = new Map(state.playbook?.definition.steps.map(({ id, title }) => [id, title]));
    this.corrections = correctionsOf(state, untilRevision ?? Number.MAX_SAFE_INTEGER);
    this.types = types && types.length > 0 ? new Set(types) : undefined;
    this.words = q === undefined ? undefined : plain(q);
  }

  /** True when some lines are left out, so that a page may need much of the stream. */
  get picks(): boolean {
    return this.types !== undefined || this.words !== undefined;
  }

  /** @returns undefined for a line that was not asked for. */
  item(stored: StoredEvent): TimelineItem | undefined {
    if (this.types && !this.types.has(stored.type)) return undefined;
    const decoded = decodeStored(stored);
    if (!this.says(decoded)) return undefined;
    const { type, data: _data, incidentId: _incident, eventId, revision, ...envelope } = decoded;
    const { position } = stored;
    const supersededBy = this.corrections.get(eventId);
    const text = lineOf(decoded, this.names, this.language, this.steps);
    return { revision, eventId, type, position, text, ...envelope, ...(supersededBy ? { supersededBy } : {}) };
  }

  private says(event: IncidentEvent): boolean {
    const { words } = this;
    if (words === undefined) return true;
    return (['fr', 'en'] as const).some((each) => plain(lineOf(event, this.names, each, this.steps)).includes(words));
  }
}

/** Without accents and capitals, which people leave out when they search, and with the apostrophe of the keyboard. */
const plain = (text: string): string =>
  text.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll('’', "'").toLowerCase();

/** Corrected event -> the event that says so, as far as that was recorded by the revision. */
const correctionsOf = (state: IncidentState, untilRevision: number): ReadonlyMap<string, string> => {
  const corrections = new Map(Object.entries(state.superseded));
  if (corrections.size === 0 || untilRevision >= state.revision) return corrections;
  for (const event of newestFirst(state.history)) {
    if (event.revision <= untilRevision) break;
    if (event.type === 'FactSuperseded') corrections.delete(event.data.eventId);
  }
  return corrections;
};
