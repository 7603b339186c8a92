import { incidentCommandTypes } from './incident.commands.js';
export const commandLabels = Object.fromEntries(
  ['DeclareIncident', ...incidentCommandTypes].map((name) => [name, { fr: name, en: name }]),
) as Record<string, { fr: string; en: string }>;
