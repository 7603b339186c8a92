import type { IncidentEvent } from './incident.events.js';
import type { Language } from './incident.rejections.js';

/** One readable line for an event, as the timeline and the logbook show it. */
export const lineOf = (event: IncidentEvent, _names: ReadonlyMap<string, string>, _language: Language): string =>
  event.type;
