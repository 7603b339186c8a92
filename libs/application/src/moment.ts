import {
  foldIncident,
  instantMs,
  isInstant,
  oldestFirst,
  trueAt,
  type Axis,
  type IncidentEvent,
  type IncidentState,
} from '#libs/domain';
import type { EventStore, Position } from '#libs/event-store';
import { incidentStream } from './incident-fold.js';
import type { Incidents } from './incidents.js';
import { BadParameter, NotYet } from './problems.js';

/** A moment as a caller names it: a revision (all digits), an RFC 3339 time, or a position of the log. */
export type Moment =
  | { readonly kind: 'revision'; readonly revision: number }
  | { readonly kind: 'time'; readonly at: string }
  | { readonly kind: 'position'; readonly position: string };

const POSITION_CHARS_MAX = 128;

export const readMoment = (text: string, parameter = 'asOf'): Moment => {
  if (/^\d{1,15}$/.test(text)) return { kind: 'revision', revision: Number(text) };
  // A "+" of an offset that was not percent-encoded arrives as a space.
  const time = text.replace(/ (\d\d:\d\d)$/, '+$1');
  if (isInstant(time)) return { kind: 'time', at: time };
  if (/^[A-Za-z][\w.:-]*$/.test(text) && text.length <= POSITION_CHARS_MAX) return { kind: 'position', position: text };
  throw new BadParameter(parameter, {
    fr: 'une révision (chiffres), une date RFC 3339 avec fuseau (2026-11-25T08:00:00+01:00) ou une position du journal',
    en: 'a revision (digits), an RFC 3339 time with offset (2026-11-25T08:00:00+01:00) or a position of the log',
  });
};

export interface StateAtMoment {
  readonly state: IncidentState;
  /** Of the last event that was recorded by then. */
  readonly position: string | undefined;
  /** The moment itself: what clocks are judged against. */
  readonly at: string;
}

/**
 * The incident at a moment. On the axis `recorded`: what was known then. On the axis `occurred`: what was true then, as
 * known now; a revision or position there means the time at which that event happened.
 * @throws {NotYet} nothing was recorded, or had happened, by then. @throws {UnknownIncident}
 */
export const stateAt = async (
  incidents: Incidents,
  store: EventStore,
  incidentId: string,
  moment: Moment,
  axis: Axis,
): Promise<StateAtMoment> => {
  const { state: now } = await incidents.read(incidentId);
  if (moment.kind === 'time' && axis === 'occurred') {
    const state = trueAt(now, moment.at);
    if (!state) throw new NotYet(incidentId);
    return { state, position: undefined, at: moment.at };
  }
  // The incident in memory has its events: only a position has to be looked up in the log.
  const recorded = oldestFirst(now.history);
  const end = moment.kind === 'position' ? await revisionAt(incidents, store, incidentId, moment.position) : undefined;
  const known = recordedBy(recorded, moment, end);
  const events = recorded.slice(0, known);
  const lastEvent = events.at(-1);
  if (!lastEvent) throw new NotYet(incidentStream(incidentId));
  const [last] = await store.readStream(incidentStream(incidentId), { from: lastEvent.revision, max: 1 });
  if (axis === 'occurred') {
    const { at } = lastEvent.occurredAt;
    return { state: trueAt(now, at) ?? foldIncident(events), position: last?.position, at };
  }
  const state = foldIncident(events);
  return { state, position: last?.position, at: moment.kind === 'time' ? moment.at : state.recordedAt };
};

/** How many events had been recorded by a moment; 0 for a revision that does not exist yet. */
const recordedBy = (events: readonly IncidentEvent[], moment: Moment, end: number | undefined): number => {
  switch (moment.kind) {
    case 'revision':
      return moment.revision < events.length ? moment.revision + 1 : 0;
    case 'time': {
      const momentMs = instantMs(moment.at);
      const later = events.findIndex(({ recordedAt }) => instantMs(recordedAt) > momentMs);
      return later === -1 ? events.length : later;
    }
    case 'position':
      return end ?? 0;
  }
};

/** How many events of the incident lie at or before a position of the log. */
const revisionAt = async (
  incidents: Incidents,
  store: EventStore,
  incidentId: string,
  position: Position,
): Promise<number> => {
  const stored = await incidents.readFrom(incidentId, 0);
  const later = stored.findIndex((event) => store.comparePositions(event.position, position) > 0);
  return later === -1 ? stored.length : later;
};
