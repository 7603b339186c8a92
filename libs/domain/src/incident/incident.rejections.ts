import type { LocalText } from '../playbook/playbook.js';
import type { FieldError } from '../kernel/validation.js';
import { gateLabels } from './incident.labels.js';
import { Words } from './words.js';

export type Language = 'fr' | 'en';

type Facts = Readonly<Record<string, string | number | readonly string[] | LocalText>>;

/** Every expected "no" of the domain, as a sentence that says what, where and what to do. `{name}` stands for a fact. */
export const rejections = {
  'unknown-organisation': {
    fr: 'Cet incident ne concerne aucun organisme nommé «\u00a0{organisation}\u00a0». Organismes connus\u00a0: {known}. Ajoutez-le d’abord («\u00a0Ajouter un organisme touché\u00a0», MarkOrganisationAffected).',
    en: 'This incident has no organisation named “{organisation}”. Known: {known}. Add it first with MarkOrganisationAffected.',
  },
  'unknown-event': {
    fr: 'L’incident n’a pas d’événement {eventId}. Relevez son identifiant dans la chronologie.',
    en: 'The incident has no event {eventId}. Take its id from the timeline.',
  },
  'unknown-step': {
    fr: 'La fiche réflexe de cet incident n’a pas d’étape «\u00a0{step}\u00a0». Voyez la liste des étapes de l’incident.',
    en: 'The playbook of this incident has no step “{step}”. See the steps of the incident.',
  },
  'unknown-rule': {
    fr: 'Aucune échéance «\u00a0{rule}\u00a0» n’est ouverte pour cet organisme. Voyez la liste des échéances de l’incident.',
    en: 'No clock “{rule}” is open for this organisation. See the obligations of the incident.',
  },
  'unknown-playbook': {
    fr: 'Il n’y a pas de fiche réflexe «\u00a0{playbook}\u00a0». Fiches disponibles\u00a0: {known}.',
    en: 'There is no playbook “{playbook}”. Available: {known}.',
  },
  'unknown-version': {
    fr: 'La fiche réflexe «\u00a0{playbook}\u00a0» n’existe pas en version {version}. Version disponible\u00a0: {known}.',
    en: 'Playbook “{playbook}” has no version {version}. Available: {known}.',
  },
  'no-playbook': {
    fr: 'Cet incident ne suit aucune fiche réflexe. Choisissez-en une («\u00a0Adopter une fiche réflexe\u00a0», AdoptPlaybook).',
    en: 'This incident follows no playbook. Choose one with AdoptPlaybook.',
  },
  'playbook-already-adopted': {
    fr: 'Cet incident suit déjà la fiche «\u00a0{playbook}\u00a0». Pour en prendre une autre version\u00a0: «\u00a0Changer de version de fiche réflexe\u00a0» (MigratePlaybook).',
    en: 'This incident already follows playbook “{playbook}”. To change its version use MigratePlaybook.',
  },
  'incident-closed': {
    fr: 'L’incident est clos depuis le {closedAt}. Pour y ajouter des faits, rouvrez-le («\u00a0Rouvrir l’incident\u00a0», ReopenIncident).',
    en: 'The incident has been closed since {closedAt}. Reopen it (ReopenIncident) to add facts.',
  },
  'already-superseded': {
    fr: 'Ce fait a déjà été rectifié. Rectifiez plutôt ce qui l’a remplacé.',
    en: 'This fact has already been corrected. Correct what replaced it instead.',
  },
  'not-supersedable': {
    fr: 'Un événement {type} ne se rectifie pas ainsi. Utilisez\u00a0: {advice}.',
    en: 'A {type} event is not corrected this way. Use: {advice}.',
  },
  'not-a-fact-command': {
    fr: '«\u00a0{do}\u00a0» ne peut pas remplacer un fait. Choisissez la commande qui aurait dû être saisie.',
    en: '“{do}” cannot replace a fact. Choose the command that should have been entered.',
  },
  'gate-closed': {
    fr: 'L’étape {step} attend l’étape {missing}. Faites-la d’abord, ou passez outre en donnant votre motif («\u00a0Passer outre un préalable\u00a0», OverrideGate).',
    en: 'Step {step} waits for step {missing}. Do that first, or override it with your reason (OverrideGate).',
  },
  'lateness-not-justifiable': {
    fr: 'La règle «\u00a0{rule}\u00a0» n’admet pas de justification du retard\u00a0: {lateRule}',
    en: 'Rule “{rule}” takes no justification of lateness: {lateRule}',
  },
  'not-late': {
    fr: 'L’échéance «\u00a0{rule}\u00a0» n’est pas dépassée\u00a0: il n’y a pas de retard à justifier.',
    en: 'Clock “{rule}” has not run out: there is no lateness to justify.',
  },
  'too-many-organisations': {
    fr: 'Un incident concerne au plus {limit} organismes.',
    en: 'An incident has at most {limit} organisations.',
  },
  'incident-full': {
    fr: 'Cet incident compte déjà {limit} événements, le maximum. Clôturez-le et déclarez sa suite.',
    en: 'This incident already has {limit} events, the most it can hold. Close it and declare its sequel.',
  },
} satisfies Record<string, LocalText>;

export type RejectionCode = keyof typeof rejections;

/** What a reply warns of, without refusing. */
export const warningTexts = {
  'soft-prerequisite-missing': {
    fr: 'L’étape {step} vient d’ordinaire après {missing}.',
    en: 'Step {step} usually comes after {missing}.',
  },
  'gate-not-met': {
    fr: 'Le fait est consigné. Attention\u00a0: l’étape {step} suppose {missing} ({gate}).',
    en: 'The fact is recorded. Note that step {step} presupposes {missing} ({gate}).',
  },
  'open-obligations': {
    fr: 'Des échéances restent ouvertes à la clôture\u00a0: {rules}.',
    en: 'Clocks are still open at closing: {rules}.',
  },
  'nothing-to-end': {
    fr: 'Rien n’était ouvert sous ce nom\u00a0: rien n’a été consigné.',
    en: 'Nothing was open under this name: nothing was recorded.',
  },
  'late-discharge': {
    fr: 'L’échéance «\u00a0{rule}\u00a0» était à tenir avant le {dueAt}. Si la loi l’admet, donnez le motif du retard («\u00a0Justifier un retard\u00a0», JustifyLateness).',
    en: 'Clock “{rule}” was due before {dueAt}. Where the law allows, give the reason (JustifyLateness).',
  },
  'waiver-lifted': {
    fr: 'Le délai légal «\u00a0{rule}\u00a0» court maintenant\u00a0: la mise à l’écart («\u00a0{reason}\u00a0») ne valait que pour la précaution. Écartez-le de nouveau, avec un motif, s’il ne s’applique pas.',
    en: 'The legal term “{rule}” now runs: setting it aside (“{reason}”) held for the caution only. Set it aside again, with a reason, if it does not apply.',
  },
  'rule-version-unknown': {
    fr: 'La règle «\u00a0{rule}\u00a0», version {version}, manque à cette installation\u00a0: son échéance reste telle qu’elle est consignée, et aucun fait ne l’arrête d’office. Réinstallez la version de Tocsin qui l’avait ouverte, ou une plus récente.',
    en: 'Rule “{rule}”, version {version}, is missing from this installation: its clock stays as it was recorded, and no fact stops it by itself. Install the version of Tocsin that opened it, or a later one.',
  },
  'steps-left-open': {
    fr: 'D’autres étapes ({count}) sont accomplies par des faits consignés, plus qu’un seul enregistrement n’en peut porter\u00a0: le prochain fait consigné les marquera faites.',
    en: 'More steps ({count}) are fulfilled by facts on record than one recording can hold: the next fact that is recorded marks them as done.',
  },
  'clocks-left-behind': {
    fr: 'Ce fait change plus d’échéances qu’un seul enregistrement n’en peut porter\u00a0: les changements qui restent ({count}) seront faits avec le prochain fait consigné. Consignez-en un maintenant.',
    en: 'This fact changes more clocks than one recording can hold: the changes that are left ({count}) are made with the next fact that is recorded. Record one now.',
  },
  'migration-dry-run': {
    fr: 'Simulation, rien n’est consigné. Étapes\u00a0: {changes}. Échéances\u00a0: {clocks}.',
    en: 'Dry run, nothing is recorded. Steps: {changes}. Clocks: {clocks}.',
  },
} satisfies Record<string, LocalText>;

export type WarningCode = keyof typeof warningTexts;

export interface Warning {
  readonly code: WarningCode;
  readonly facts: Facts;
}

/** Each warning once, in order. */
export const uniqueWarnings = (warnings: readonly Warning[]): Warning[] => [
  ...new Map(warnings.map((warning) => [JSON.stringify(warning), warning])).values(),
];

const words = { fr: new Words('fr'), en: new Words('en') };

/** Facts that programs read as codes and in UTC, as people read them. */
const spoken: Readonly<Record<string, (value: string, say: Words) => string>> = {
  rule: (rule, say) => say.rule(rule),
  rules: (rule, say) => say.rule(rule),
  dueAt: (at, say) => say.at(at),
  closedAt: (at, say) => say.at(at),
  gate: (gate, say) => gateLabels[gate]?.[say.language] ?? gate,
};

/** Fills the `{name}`s of a sentence. */
export const sentence = (text: LocalText, language: Language, facts: Facts): string =>
  text[language].replaceAll(/\{(\w+)\}/g, (_match, name: string) => {
    const value = facts[name];
    if (isLocal(value)) return value[language];
    const said = (one: string): string => spoken[name]?.(one, words[language]) ?? one;
    return Array.isArray(value) ? value.map(said).join(', ') || '–' : said(String(value));
  });

/** Facts as a program gets them, in the language of its caller. */
export const factsIn = (facts: Facts, language: Language): Facts =>
  Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, isLocal(value) ? value[language] : value]));

const isLocal = (value: Facts[string] | undefined): value is LocalText =>
  typeof value === 'object' && !Array.isArray(value);

/** An expected "no": the incident is left as it was. */
export class CommandRejected extends Error {
  override readonly name = 'CommandRejected';
  constructor(
    readonly code: RejectionCode,
    readonly facts: Facts = {},
    /** Field of the command that it is about. */
    readonly path?: string,
  ) {
    super(sentence(rejections[code], 'en', facts));
  }
}

/** The command's data cannot be read. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
  constructor(readonly errors: readonly FieldError[]) {
    super(`Invalid input: ${errors.map((error) => `${error.path || '(body)'} ${error.broken.code}`).join(', ')}`);
  }
}
