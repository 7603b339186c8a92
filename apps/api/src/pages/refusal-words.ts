import { sentenceOf, type FieldError, type Language, type LocalText } from '#libs/domain';
import type { PageText } from './page-texts.js';
import type { Refusal } from './pages.port.js';
import type { Reader } from './reader.js';

/** Refusals that speak to programs of what a form does by itself: its sender reads this instead. */
const ofForms: Readonly<Record<string, LocalText>> = {
  'idempotency-key-reused': {
    fr: 'Ce formulaire a déjà été envoyé, et ce qu’il disait alors est consigné. Pour consigner aussi ce qui est écrit maintenant, envoyez-le encore\u00a0; pour corriger, rectifiez la ligne dans la main courante.',
    en: 'This form was sent before, and what it said then is recorded. To record as well what it says now, send it again; to correct, correct the entry in the logbook.',
  },
  'outcome-unknown': {
    fr: 'Le journal n’a pas confirmé l’écriture. Envoyez de nouveau ce formulaire tel quel\u00a0: rien ne sera écrit deux fois.',
    en: 'The log did not confirm the write. Send this form again as it is: nothing is written twice.',
  },
};

const noTime: LocalText = {
  fr: 'Il faut ici une date et une heure qui existent, par exemple 24/11/2026 08:12.',
  en: 'This takes a date and time that exist, for example 24/11/2026 08:12.',
};

/** A form takes a time as people write it, and none of the parts that a program may send. */
export const fieldSentence = ({ broken }: FieldError, language: Language): string =>
  broken.code === 'not-when' || broken.code === 'not-instant' ? noTime[language] : sentenceOf(broken, language);

export const refusalDetail = ({ code, detail }: Refusal, reader: Reader): string => {
  const text = ofForms[code];
  return text ? reader.of(text) : detail;
};

/** Whether anything was recorded is said first, and never more surely than it is known. */
export const refusalTitle = ({ code, errors }: Refusal): PageText => {
  if (code === 'outcome-unknown') return 'outcomeUnknown';
  return errors.some(({ path }) => path !== '') ? 'errorsTitle' : 'nothingRecorded';
};
