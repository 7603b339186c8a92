import { nearest } from './did-you-mean.js';
import type { Broken } from './fields.js';

type Language = 'fr' | 'en';
type Sentence<Code extends Broken['code']> = (broken: Extract<Broken, { code: Code }>, language: Language) => string;

/** What was written where a name was expected, and the names that are expected there. */
export interface Written {
  readonly name: string;
  readonly known: readonly string[];
}

/** What is wrong with a field and what to do, for the person who filled it in. */
export const sentenceOf = (broken: Broken, language: Language, written?: Written): string => {
  const say = sentences[broken.code] as Sentence<Broken['code']>;
  const sentence = say(broken as never, language);
  const near = written && nearest(written.name, written.known);
  if (near === undefined) return sentence;
  return language === 'fr'
    ? `${sentence} Vouliez-vous dire «\u00a0${near}\u00a0»\u00a0?`
    : `${sentence} Did you mean “${near}”?`;
};

const say =
  (fr: string, en: string): ((_broken: unknown, language: Language) => string) =>
  (_broken, language) =>
    language === 'fr' ? fr : en;

const grouped = (value: number, language: Language): string =>
  String(value).replaceAll(/\B(?=(?:\d{3})+(?!\d))/g, language === 'fr' ? '\u202f' : ',');

/** Formats in words; one that is not here is shown as it is. */
const formats: Readonly<Record<string, { readonly fr: string; readonly en: string }>> = {
  '^\\d{9}$': { fr: '9 chiffres, sans espace', en: '9 digits, without spaces' },
  '^[A-Z]{3,5}$': { fr: 'trois à cinq capitales, par exemple EUR', en: 'three to five capitals, for example EUR' },
  '^[0-9a-fA-F]{64}$': {
    fr: '64 caractères de 0 à 9 et de a à f (une empreinte SHA-256)',
    en: '64 characters, 0 to 9 and a to f (a SHA-256 digest)',
  },
  '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$': {
    fr: 'un identifiant comme 0190a000-0000-7000-8000-000000000001, copié de la chronologie',
    en: 'an identifier such as 0190a000-0000-7000-8000-000000000001, copied from the timeline',
  },
};

const sentences: { readonly [Code in Broken['code']]: Sentence<Code> } = {
  required: say('Ce champ est nécessaire\u00a0: remplissez-le.', 'This field is needed: fill it in.'),
  blank: say('Ce champ est vide\u00a0: écrivez au moins un mot.', 'This field is empty: write at least one word.'),
  'not-text': say('Il faut ici un texte.', 'This takes a text.'),
  'bad-unicode': say(
    'Ce texte contient un caractère abîmé\u00a0: retapez-le.',
    'This text contains a broken character: type it again.',
  ),
  'not-boolean': say('Il faut ici oui ou non (true ou false).', 'This takes yes or no (true or false).'),
  'not-integer': say('Il faut ici un nombre entier, en chiffres.', 'This takes a whole number, in digits.'),
  'not-number': say('Il faut ici un nombre, en chiffres.', 'This takes a number, in digits.'),
  'not-list': say('Il faut ici une liste.', 'This takes a list.'),
  'not-object': say('Il faut ici un groupe de champs nommés.', 'This takes a group of named fields.'),
  'not-instant': say(
    'Il faut ici une date et une heure qui existent, avec le décalage, par exemple 2026-11-25T08:00:00+01:00.',
    'This takes a date and time that exist, with the offset, for example 2026-11-25T08:00:00+01:00.',
  ),
  'not-when': say(
    'Il faut ici une date et une heure qui existent, seules ou sous la forme at, until, precision (minute, hour, half_day, day, night ou unknown).',
    'This takes a date and time that exist, alone or as at, until, precision (minute, hour, half_day, day, night or unknown).',
  ),
  'not-time-zone': say(
    'Ce fuseau horaire n’existe pas\u00a0: écrivez par exemple Europe/Paris ou Indian/Reunion.',
    'This time zone does not exist: write for example Europe/Paris or Indian/Reunion.',
  ),
  'unknown-property': say('Ce champ n’existe pas ici\u00a0: retirez-le.', 'There is no such field here: remove it.'),
  'until-before-at': say(
    'La fin précède le début\u00a0: échangez les deux heures ou corrigez-les.',
    'The end is before the start: swap the two times or correct them.',
  ),
  'to-before-from': say(
    'La fin précède le début\u00a0: échangez les deux heures ou corrigez-les.',
    'The end is before the start: swap the two times or correct them.',
  ),
  'far-future': say(
    'Ce moment est à plus d’un jour dans l’avenir\u00a0: un fait s’est déjà produit. Vérifiez l’année et le jour.',
    'This moment is more than a day ahead: a fact has already happened. Check the year and the day.',
  ),
  'too-long': ({ limit }, language) =>
    language === 'fr'
      ? `Ce texte est trop long\u00a0: ${grouped(limit, language)} caractères au plus.`
      : `This text is too long: ${grouped(limit, language)} characters at most.`,
  'too-many': ({ limit }, language) =>
    language === 'fr'
      ? `Cette liste est trop longue\u00a0: ${grouped(limit, language)} éléments au plus.`
      : `This list is too long: ${grouped(limit, language)} items at most.`,
  'too-small': ({ limit }, language) =>
    language === 'fr'
      ? `Il faut au moins ${grouped(limit, language)}.`
      : `This must be at least ${grouped(limit, language)}.`,
  'too-large': ({ limit }, language) =>
    language === 'fr'
      ? `Il faut au plus ${grouped(limit, language)}.`
      : `This must be at most ${grouped(limit, language)}.`,
  'not-one-of': ({ values }, language) =>
    language === 'fr'
      ? `Cette valeur n’existe pas ici\u00a0: choisissez parmi ${values.join(', ')}.`
      : `There is no such value here: choose one of ${values.join(', ')}.`,
  'bad-format': ({ pattern }, language) => {
    const format = formats[pattern]?.[language] ?? pattern;
    return language === 'fr' ? `Format attendu\u00a0: ${format}.` : `Expected format: ${format}.`;
  },
  'title-or-kind': say(
    'Donnez un titre ou un type d’attaque\u00a0: l’un des deux suffit.',
    'Give a title or a kind of attack: one of the two is enough.',
  ),
};
