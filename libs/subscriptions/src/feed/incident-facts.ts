import { eachAtOnce, incidentStream, type Incidents } from '#libs/application';
import type { EventStore, StoredEvent } from '#libs/event-store';
import { incidentOf, metaOf } from './cloud-event.js';

/** Incidents of which facts are remembered, the oldest let go first. */
const REMEMBERED_MAX = 20_000;
/** Incidents of which facts are read at the same time. */
const READS_AT_ONCE = 16;

/** An event with what decides who gets it. */
export interface PublishedEvent {
  readonly stored: StoredEvent;
  readonly incident: string;
  readonly exercise: boolean;
  /** Names of the bodies that it concerns; left out where nobody asked for them. */
  readonly names?: readonly string[];
}

/** The few facts of incidents that the events themselves do not repeat. */
export class IncidentFacts {
  private readonly exercises = new Map<string, boolean>();
  /** By incident, then by id of the body. */
  private readonly names = new Map<string, ReadonlyMap<string, string>>();

  constructor(
    private readonly store: EventStore,
    private readonly incidents: Incidents,
  ) {}

  async describe(stored: StoredEvent, withNames: boolean): Promise<PublishedEvent> {
    const incident = incidentOf(stored);
    const exercise = await this.isExercise(incident);
    return { stored, incident, exercise, ...(withNames ? { names: await this.namesOf(stored, incident) } : {}) };
  }

  /** In the order in which they are given. */
  async describeAll(events: readonly StoredEvent[], withNames: boolean): Promise<readonly PublishedEvent[]> {
    const described = new Map<StoredEvent, PublishedEvent>();
    const byIncident = new Map<string, StoredEvent[]>();
    for (const stored of events) {
      const ofOne = byIncident.get(stored.stream);
      if (ofOne === undefined) byIncident.set(stored.stream, [stored]);
      else ofOne.push(stored);
    }
    await eachAtOnce(byIncident.values(), READS_AT_ONCE, async (ofOne) => {
      for (const stored of ofOne) described.set(stored, await this.describe(stored, withNames));
    });
    return events.flatMap((stored) => described.get(stored) ?? []);
  }

  /** Said in the declaration, and never changed. */
  async isExercise(incident: string): Promise<boolean> {
    const known = this.exercises.get(incident);
    if (known !== undefined) return known;
    const [declared] = await this.store.readStream(incidentStream(incident), { max: 1 });
    const exercise = declared?.data['exercise'] === true;
    keep(this.exercises, incident, exercise);
    return exercise;
  }

  private async namesOf(stored: StoredEvent, incident: string): Promise<readonly string[]> {
    const { organisations } = metaOf(stored);
    let known = this.names.get(incident);
    if (known === undefined || organisations.some((id) => !known?.has(id))) {
      const { state } = await this.incidents.read(incident);
      known = new Map(state.organisations.map(({ id, name }) => [id, name]));
      keep(this.names, incident, known);
    }
    return organisations.flatMap((id) => known.get(id) ?? []);
  }
}

const keep = <Value>(map: Map<string, Value>, key: string, value: Value): void => {
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= REMEMBERED_MAX) return;
    map.delete(oldest);
  }
};
