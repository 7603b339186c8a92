import type { LocalText } from '../playbook/playbook.js';
import type { FieldError } from '../kernel/validation.js';

export type Language = 'fr' | 'en';

type Facts = Readonly<Record<string, string | number | readonly string[]>>;
const list = (value: Facts[string] | undefined): string =>
  Array.isArray(value) ? value.join(', ') || '–' : String(value);

/** Every expected "no" of the domain, as a sentence that says what, where and what to do. `{name}` stands for a fact. */
export const rejections = {
  'unknown-organisation': {
    fr: 'Cet incident ne concerne aucun organisme nommé « {organisation} ». Organismes connus : {known}. Ajoutez-le d’abord avec MarkOrganisationAffected.',
    en: 'This incident has no organisation named “{organisation}”. Known: {known}. Add it first with MarkOrganisationAffected.',
  },
  'unknown-event': {
    fr: 'L’incident n’a pas d’événement {eventId}. Relevez son identifiant dans la chronologie.',
    en: 'The incident has no event {eventId}. Take its id from the timeline.',
  },
  'unknown-step': {
    fr: 'La fiche réflexe de cet incident n’a pas d’étape « {step} ». Voyez la liste des étapes de l’incident.',
    en: 'The playbook of this incident has no step “{step}”. See the steps of the incident.',
  },
  'unknown-rule': {
    fr: 'Aucune échéance « {rule} » n’est ouverte pour cet organisme. Voyez la liste des échéances de l’incident.',
    en: 'No clock “{rule}” is open for this organisation. See the obligations of the incident.',
  },
  'unknown-playbook': {
    fr: 'Il n’y a pas de fiche réflexe « {playbook} ». Fiches disponibles : {known}.',
    en: 'There is no playbook “{playbook}”. Available: {known}.',
  },
  'unknown-version': {
    fr: 'La fiche réflexe « {playbook} » n’existe pas en version {version}. Version disponible : {known}.',
    en: 'Playbook “{playbook}” has no version {version}. Available: {known}.',
  },
  'no-playbook': {
    fr: 'Cet incident ne suit aucune fiche réflexe. Choisissez-en une avec AdoptPlaybook.',
    en: 'This incident follows no playbook. Choose one with AdoptPlaybook.',
  },
  'playbook-already-adopted': {
    fr: 'Cet incident suit déjà la fiche « {playbook} ». Pour changer de version, utilisez MigratePlaybook.',
    en: 'This incident already follows playbook “{playbook}”. To change its version use MigratePlaybook.',
  },
  'incident-closed': {
    fr: 'L’incident est clos depuis le {closedAt}. Rouvrez-le (ReopenIncident) pour y ajouter des faits.',
    en: 'The incident has been closed since {closedAt}. Reopen it (ReopenIncident) to add facts.',
  },
  'already-superseded': {
    fr: 'Ce fait a déjà été rectifié. Rectifiez plutôt ce qui l’a remplacé.',
    en: 'This fact has already been corrected. Correct what replaced it instead.',
  },
  'not-supersedable': {
    fr: 'Un événement {type} ne se rectifie pas ainsi. Utilisez : {advice}.',
    en: 'A {type} event is not corrected this way. Use: {advice}.',
  },
  'not-a-fact-command': {
    fr: '« {do} » ne peut pas remplacer un fait. Choisissez la commande qui aurait dû être saisie.',
    en: '“{do}” cannot replace a fact. Choose the command that should have been entered.',
  },
  'gate-closed': {
    fr: 'L’étape {step} attend l’étape {missing}. Faites-la d’abord, ou passez outre en donnant votre motif (OverrideGate).',
    en: 'Step {step} waits for step {missing}. Do that first, or override it with your reason (OverrideGate).',
  },
  'lateness-not-justifiable': {
    fr: 'La règle « {rule} » n’admet pas de justification du retard : {lateRule}',
    en: 'Rule “{rule}” takes no justification of lateness: {lateRule}',
  },
  'not-late': {
    fr: 'L’échéance « {rule} » n’est pas dépassée : il n’y a pas de retard à justifier.',
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
    fr: 'Le fait est consigné. Attention : l’étape {step} suppose {missing} ({gate}).',
    en: 'The fact is recorded. Note that step {step} presupposes {missing} ({gate}).',
  },
  'open-obligations': {
    fr: 'Des échéances restent ouvertes à la clôture : {rules}.',
    en: 'Clocks are still open at closing: {rules}.',
  },
  'nothing-to-end': {
    fr: 'Rien n’était ouvert sous ce nom : rien n’a été consigné.',
    en: 'Nothing was open under this name: nothing was recorded.',
  },
  'late-discharge': {
    fr: 'L’échéance « {rule} » était passée ({dueAt}). Si la loi l’admet, donnez le motif du retard (JustifyLateness).',
    en: 'Clock “{rule}” had run out ({dueAt}). Where the law allows, give the reason (JustifyLateness).',
  },
  'waiver-lifted': {
    fr: 'Le délai légal « {rule} » court maintenant : la mise à l’écart (« {reason} ») ne valait que pour la précaution. Écartez-le de nouveau, avec un motif, s’il ne s’applique pas.',
    en: 'The legal term “{rule}” now runs: setting it aside (“{reason}”) held for the caution only. Set it aside again, with a reason, if it does not apply.',
  },
  'rule-version-unknown': {
    fr: 'La règle « {rule} », version {version}, manque à cette installation : son échéance reste telle qu’elle est consignée, et aucun fait ne l’arrête d’office. Réinstallez la version de Tocsin qui l’avait ouverte, ou une plus récente.',
    en: 'Rule “{rule}”, version {version}, is missing from this installation: its clock stays as it was recorded, and no fact stops it by itself. Install the version of Tocsin that opened it, or a later one.',
  },
  'steps-left-open': {
    fr: 'D’autres étapes ({count}) sont accomplies par des faits consignés, plus qu’un seul enregistrement n’en peut porter : le prochain fait consigné les marquera faites.',
    en: 'More steps ({count}) are fulfilled by facts on record than one recording can hold: the next fact that is recorded marks them as done.',
  },
  'clocks-left-behind': {
    fr: 'Ce fait change plus d’échéances qu’un seul enregistrement n’en peut porter : les changements qui restent ({count}) seront faits avec le prochain fait consigné. Consignez-en un maintenant.',
    en: 'This fact changes more clocks than one recording can hold: the changes that are left ({count}) are made with the next fact that is recorded. Record one now.',
  },
  'migration-dry-run': {
    fr: 'Simulation, rien n’est consigné. Étapes : {changes}. Échéances : {clocks}.',
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

/** Fills the `{name}`s of a sentence. */
export const sentence = (text: LocalText, language: Language, facts: Facts): string =>
  text[language].replaceAll(/\{(\w+)\}/g, (_match, name: string) => list(facts[name]));

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
