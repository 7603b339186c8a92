import { incidentEventTypes, isIncidentEventType } from '#libs/domain';
import { BadParameter, INCIDENT_STREAM_PREFIX, incidentStream, isUuid } from '#libs/application';
import type { EventFilter } from '#libs/event-store';
import type { PublishedEvent } from './incident-facts.js';
import { metaOf, TYPE_PREFIX } from './cloud-event.js';

/** Which events a reader of the feed wants. Absent: all events of incidents. */
export interface EventSelection {
  /** Event names, without prefix and version. */
  readonly types?: readonly string[];
  readonly incidents?: readonly string[];
  /** Ids or exact names. */
  readonly organisations?: readonly string[];
  /** True: exercises only; false: none; absent: both. */
  readonly exercise?: boolean;
}

/** Reads event names: `IncidentDeclared`, or the whole type of a CloudEvent. @throws {BadParameter} for one that does not exist. */
export const readEventTypes = (names: readonly string[], parameter = 'type'): readonly string[] =>
  names.map((name) => {
    const bare = name.startsWith(TYPE_PREFIX) ? name.slice(TYPE_PREFIX.length).replace(/\.v\d+$/, '') : name;
    if (isIncidentEventType(bare)) return bare;
    const like = incidentEventTypes.filter((each) => each.toLowerCase().includes(bare.toLowerCase())).slice(0, 5);
    const hint = (mark: string): string => (like.length > 0 ? ` (${like.join(', ')}${mark})` : '');
    throw new BadParameter(parameter, {
      fr: `des noms d’événements séparés par des virgules\u00a0; «\u00a0${bare.slice(0, 100)}\u00a0» n’existe pas${hint('\u00a0?')}`,
      en: `event names separated by commas; “${bare.slice(0, 100)}” does not exist${hint('?')}`,
    });
  });

/** The part of a selection that the store itself can judge. */
export const storeFilter = ({ types, incidents }: EventSelection): EventFilter => ({
  streamPrefixes: incidents ? incidents.map(incidentStream) : [INCIDENT_STREAM_PREFIX],
  ...(types ? { types } : {}),
});

/** Whether names of bodies must be known to judge by this selection. */
export const needsNames = ({ organisations }: EventSelection): boolean =>
  organisations?.some((each) => !isUuid(each)) ?? false;

export const isSelected = (
  { types, incidents, organisations, exercise }: EventSelection,
  published: PublishedEvent,
): boolean => {
  if (types && !types.includes(published.stored.type)) return false;
  if (incidents && !incidents.includes(published.incident)) return false;
  if (exercise !== undefined && published.exercise !== exercise) return false;
  if (organisations === undefined) return true;
  const ids = metaOf(published.stored).organisations;
  return organisations.some((each) => ids.includes(each.toLowerCase()) || published.names?.includes(each));
};
