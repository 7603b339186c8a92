import type { LocalText } from '#libs/domain';

/** Something wrong in a file, where the reader will find it. Lines count from 1. */
export interface Mistake {
  readonly file: string;
  readonly line: number;
  readonly code: MistakeCode;
  readonly message: LocalText;
}

export type Language = keyof LocalText;

export const describeMistake = (mistake: Mistake, language: Language = 'fr'): string =>
  language === 'fr'
    ? `${mistake.file}, ligne ${mistake.line}\u00a0: ${mistake.message.fr}`
    : `${mistake.file}, line ${mistake.line}: ${mistake.message.en}`;

/** A file cannot be used; `mistakes` lists all that is wrong in it, top to bottom. */
export class FileMistakes extends Error {
  constructor(readonly mistakes: readonly Mistake[]) {
    super(mistakes.map((mistake) => describeMistake(mistake)).join('\n'));
    this.name = 'FileMistakes';
  }
}

const guess = (near: string | undefined): LocalText =>
  near === undefined
    ? { fr: '', en: '' }
    : { fr: ` Vouliez-vous dire «\u00a0${near}\u00a0»\u00a0?`, en: ` Did you mean "${near}"?` };

const say = (fr: string, en: string, near?: string): LocalText => ({
  fr: fr + guess(near).fr,
  en: en + guess(near).en,
});

/** Every sentence that a file can be answered with. */
export const sentences = {
  'no-file': (name: string, near?: string) =>
    say(
      `Le fichier ou le scénario «\u00a0${name}\u00a0» est introuvable.`,
      `No file or scenario "${name}" was found.`,
      near,
    ),
  'too-big': (bytesMax: number) =>
    say(`Le fichier dépasse ${bytesMax} octets.`, `The file is larger than ${bytesMax} bytes.`),
  'too-many-steps': (count: number, max: number) =>
    say(
      `Cette fiche réflexe compte ${count} étapes, et ${max} au plus sont admises\u00a0: répartissez-les sur deux fiches.`,
      `This playbook has ${count} steps, and at most ${max} are allowed: divide them between two playbooks.`,
    ),
  'too-long-to-pin': (bytes: number, max: number) =>
    say(
      `Cette fiche réflexe pèse ${bytes} octets une fois lue, et un incident ne peut en emporter que ${max}\u00a0: raccourcissez les textes «\u00a0why\u00a0», «\u00a0how\u00a0» et «\u00a0evidence\u00a0».`,
      `This playbook has ${bytes} bytes once read, and an incident can take only ${max} along: shorten the texts "why", "how" and "evidence".`,
    ),
  'not-utf8': () => say('Le fichier n’est pas du texte UTF-8.', 'The file is not UTF-8 text.'),
  syntax: (detail: LocalText) => say(`YAML illisible\u00a0: ${detail.fr}`, `This is not valid YAML: ${detail.en}`),
  'too-deep': () =>
    say('Les listes et les blocs sont imbriqués trop profondément.', 'Lists and blocks are nested too deeply.'),
  alias: () =>
    say(
      'Les ancres et renvois YAML (&nom, *nom) ne sont pas admis\u00a0: recopiez le texte, ou mettez-le entre guillemets s’il commence par & ou *.',
      'YAML anchors and aliases (&name, *name) are not allowed: repeat the text, or quote it if it starts with & or *.',
    ),
  tag: (tag: string) =>
    say(`L’étiquette YAML «\u00a0${tag}\u00a0» n’est pas admise.`, `The YAML tag "${tag}" is not allowed.`),
  'unknown-key': (key: string, near?: string) =>
    say(`La clé «\u00a0${key}\u00a0» n’existe pas ici.`, `There is no key "${key}" here.`, near),
  'stray-comma': (key: string) =>
    say(
      `La clé «\u00a0${key}\u00a0» n’existe pas ici\u00a0: un texte entre accolades qui contient une virgule se met entre guillemets.`,
      `There is no key "${key}" here: a text between braces that holds a comma must be quoted.`,
    ),
  'missing-key': (key: string) => say(`La clé «\u00a0${key}\u00a0» manque.`, `The key "${key}" is missing.`),
  'missing-translation': (key: string, language: string) =>
    say(
      `Le texte «\u00a0${key}\u00a0» n’a pas de version «\u00a0${language}\u00a0»\u00a0: écrivez les deux, fr et en.`,
      `The text "${key}" has no "${language}" version: write both, fr and en.`,
    ),
  'not-map': (what: string) =>
    say(
      `«\u00a0${what}\u00a0» doit être un bloc de clés et de valeurs.`,
      `"${what}" must be a block of keys and values.`,
    ),
  'not-list': (what: string) =>
    say(
      `«\u00a0${what}\u00a0» doit être une liste (une ligne «\u00a0-\u00a0» par élément).`,
      `"${what}" must be a list (one "-" per item).`,
    ),
  'empty-list': (what: string) => say(`La liste «\u00a0${what}\u00a0» est vide.`, `The list "${what}" is empty.`),
  'not-text': (what: string) =>
    say(
      `«\u00a0${what}\u00a0» doit être un texte non vide\u00a0; mettez-le entre guillemets s’il ressemble à un nombre ou à oui/non.`,
      `"${what}" must be a text that is not empty; quote it if it looks like a number or a yes/no.`,
    ),
  'not-flag': (what: string) => say(`«\u00a0${what}\u00a0» vaut true ou false.`, `"${what}" is true or false.`),
  'not-number': (what: string) =>
    say(`«\u00a0${what}\u00a0» doit être un nombre entier positif.`, `"${what}" must be a whole positive number.`),
  'not-one-of': (value: string, values: readonly string[], near?: string) =>
    say(
      `«\u00a0${value}\u00a0» n’est pas admis\u00a0; valeurs possibles\u00a0: ${values.join(', ')}.`,
      `"${value}" is not allowed; possible values: ${values.join(', ')}.`,
      near,
    ),
  'bad-id': (value: string) =>
    say(
      `L’identifiant «\u00a0${value}\u00a0»\u00a0: lettres sans accent, chiffres et tirets seulement, 64 au plus.`,
      `The id "${value}": letters without accent, digits and hyphens only, at most 64.`,
    ),
  'bad-version': (value: string) =>
    say(
      `La version «\u00a0${value}\u00a0»\u00a0: 1 à 64 lettres, chiffres, points ou tirets.`,
      `The version "${value}": 1 to 64 letters, digits, dots or hyphens.`,
    ),
  'bad-time': (value: string) =>
    say(
      `«\u00a0${value}\u00a0» n’est pas une heure\u00a0: écrivez par exemple 2023-05-24T14:30:00+02:00, avec le décalage.`,
      `"${value}" is not a time: write for instance 2023-05-24T14:30:00+02:00, with the offset.`,
    ),
  'bad-date': (value: string) =>
    say(
      `«\u00a0${value}\u00a0» n’est pas une date\u00a0: écrivez par exemple 2023-04-24.`,
      `"${value}" is not a date: write for instance 2023-04-24.`,
    ),
  'dates-reversed': () => say('validTo précède validFrom.', 'validTo is before validFrom.'),
  'bad-duration': (value: string, units: readonly string[]) =>
    say(
      `«\u00a0${value}\u00a0» n’est pas une durée\u00a0: un nombre et une unité (${units.join(', ')}), par exemple «\u00a072 h\u00a0».`,
      `"${value}" is not a duration: a number and a unit (${units.join(', ')}), for instance "72 h".`,
    ),
  'bad-time-zone': (value: string) =>
    say(
      `Le fuseau «\u00a0${value}\u00a0» n’existe pas\u00a0; par exemple Europe/Paris.`,
      `There is no time zone "${value}"; for instance Europe/Paris.`,
    ),
  duplicate: (what: string, line: number) =>
    say(`«\u00a0${what}\u00a0» est déjà défini ligne ${line}.`, `"${what}" is already defined on line ${line}.`),
  'unknown-command': (name: string, near?: string) =>
    say(`La commande «\u00a0${name}\u00a0» n’existe pas.`, `There is no command "${name}".`, near),
  'unknown-event': (name: string, near?: string) =>
    say(`L’événement «\u00a0${name}\u00a0» n’existe pas.`, `There is no event "${name}".`, near),
  'unknown-fact': (name: string, near?: string) =>
    say(`Le fait «\u00a0${name}\u00a0» n’existe pas.`, `There is no fact "${name}".`, near),
  'unknown-field': (name: string, event: string, near?: string) =>
    say(
      `L’événement ${event} n’a pas de champ «\u00a0${name}\u00a0».`,
      `The event ${event} has no field "${name}".`,
      near,
    ),
  'unknown-step': (name: string, near?: string) =>
    say(
      `L’étape «\u00a0${name}\u00a0» n’existe pas dans cette fiche réflexe.`,
      `This playbook has no step "${name}".`,
      near,
    ),
  'unknown-phase': (name: string, near?: string) =>
    say(
      `La phase «\u00a0${name}\u00a0» n’est pas dans la liste «\u00a0phases\u00a0».`,
      `The phase "${name}" is not in the list "phases".`,
      near,
    ),
  'unknown-rule': (name: string, near?: string) =>
    say(`La règle «\u00a0${name}\u00a0» n’existe pas.`, `There is no rule "${name}".`, near),
  cycle: (steps: readonly string[]) =>
    say(
      `Ces étapes s’attendent l’une l’autre\u00a0: ${steps.join(' → ')}.`,
      `These steps wait for one another: ${steps.join(' → ')}.`,
    ),
  'bad-condition': () =>
    say(
      'Une condition est une seule de ces formes\u00a0: all, any, not, «\u00a0fact\u00a0» avec «\u00a0in\u00a0», ou «\u00a0event\u00a0» (avec «\u00a0where\u00a0» au besoin).',
      'A condition has exactly one of these forms: all, any, not, "fact" with "in", or "event" (with "where" if needed).',
    ),
  'not-declared-first': () =>
    say('Le premier événement d’un scénario est DeclareIncident.', 'The first event of a scenario is DeclareIncident.'),
  'declared-twice': (line: number) =>
    say(`L’incident est déjà déclaré ligne ${line}.`, `The incident is already declared on line ${line}.`),
  'time-goes-back': (previous: string) =>
    say(
      `Cette heure précède celle de l’événement d’avant (${previous})\u00a0: «\u00a0at\u00a0» est l’heure d’enregistrement et ne recule pas\u00a0; l’heure du fait va dans data.occurredAt.`,
      `This time is before that of the previous event (${previous}): "at" is the time of recording and never goes back; the time of the fact goes into data.occurredAt.`,
    ),
  'unknown-label': (label: string, near?: string) =>
    say(`Aucun événement ne porte «\u00a0as: ${label}\u00a0».`, `No event is labelled "as: ${label}".`, near),
  'label-used-early': (label: string, line: number) =>
    say(
      `«\u00a0@${label}\u00a0» est utilisé avant d’être défini (ligne ${line}).`,
      `"@${label}" is used before it is defined (line ${line}).`,
    ),
  'label-of-itself': (label: string) =>
    say(
      `«\u00a0@${label}\u00a0» désigne l’événement même qui l’utilise.`,
      `"@${label}" is the very event that uses it.`,
    ),
  'unknown-organisation': (name: string, near?: string) =>
    say(
      `L’organisation «\u00a0${name}\u00a0» n’est pas encore dans l’incident à ce moment\u00a0: nommez-la dans DeclareIncident ou MarkOrganisationAffected.`,
      `The organisation "${name}" is not in the incident at this moment: name it in DeclareIncident or MarkOrganisationAffected.`,
      near,
    ),
  'unused-organisation': (name: string) =>
    say(
      `L’organisation «\u00a0${name}\u00a0» est décrite mais n’entre jamais dans l’incident.`,
      `The organisation "${name}" is described but never enters the incident.`,
    ),
  'bad-author': () =>
    say(
      '«\u00a0by\u00a0» est «\u00a0nom;rôle\u00a0», par exemple "A. Martin;dgs".',
      '"by" is "name;role", for instance "A. Martin;dgs".',
    ),
  'bad-pointer': (path: string) =>
    say(
      `«\u00a0${path}\u00a0» n’est pas un chemin\u00a0: il commence par «\u00a0/\u00a0», par exemple /milestones/complaintFiled/state.`,
      `"${path}" is not a path: it starts with "/", for instance /milestones/complaintFiled/state.`,
    ),
  'one-comparison': () =>
    say(
      'Une attente porte exactement une de ces clés\u00a0: equals, in, ou absent: true.',
      'An expectation has exactly one of these keys: equals, in, or absent: true.',
    ),
  'before-the-start': () =>
    say(
      'Cette attente précède le premier événement\u00a0: l’incident n’existe pas encore.',
      'This expectation is before the first event: the incident does not exist yet.',
    ),
  'unknown-view-path': (segment: string, near?: string) =>
    say(
      `La vue d’état n’a pas de «\u00a0${segment}\u00a0»\u00a0: cette attente ne vérifie sans doute rien.`,
      `The status view has no "${segment}": this expectation probably checks nothing.`,
      near,
    ),
  'bad-value': (field: string, detail: LocalText) =>
    say(`«\u00a0${field}\u00a0»\u00a0: ${detail.fr}`, `"${field}": ${detail.en}`),
} satisfies Record<string, (...facts: never[]) => LocalText>;

export type MistakeCode = keyof typeof sentences;
