import type { Language } from '../incident/incident.rejections.js';
import type { LocalText } from '../playbook/playbook.js';

/** Reasons that the engine gives by itself; a person's words are kept as they are. */
const causes: Readonly<Record<string, LocalText>> = {
  'awareness-established': { fr: 'prise de connaissance de la violation datée', en: 'awareness of the breach dated' },
  'start-changed': { fr: 'le fait de départ a changé', en: 'the fact that starts it has changed' },
  'applies-again': { fr: 'elle s’applique de nouveau', en: 'it applies again' },
  'start-withdrawn': { fr: 'le fait de départ a été rectifié', en: 'the fact that starts it was corrected' },
  'not-applicable': { fr: 'sans objet', en: 'not applicable' },
};

/** In words, the reason of a clock that the engine gave; undefined when it is what a person wrote. */
export const causeOf = (reason: string, language: Language): string | undefined => causes[reason]?.[language];
