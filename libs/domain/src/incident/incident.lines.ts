import type { EventData, IncidentEvent, IncidentEventType } from './incident.events.js';
import type { Language } from './incident.rejections.js';
import { causeOf } from '../obligations/obligation.causes.js';
import type { LocalText } from '../playbook/playbook.js';
import { Words } from './words.js';
import type { StepChange } from './data/steps.js';

/**
 * One readable line for an event, as the timeline and the logbook show it.
 * @param names of organisations, by id.
 * @param steps of the adopted playbook, by id: with them a step is named by its title.
 */
export const lineOf = (
  event: IncidentEvent,
  names: ReadonlyMap<string, string>,
  language: Language,
  steps: ReadonlyMap<string, LocalText> = NO_STEPS,
): string => {
  const say = words[language];
  const name: NameOf = {
    body: (id) => names.get(id) ?? id,
    step: (id) => {
      const title = steps.get(id)?.[language];
      return title === undefined ? id : `${say.quote(title)} (${id})`;
    },
  };
  const write = lines[event.type] as Line<IncidentEventType>;
  const line = write(event.data as EventData<IncidentEventType>, say, name, event);
  const bodies = SAYS_ITS_BODIES.has(event.type) || event.organisations.length >= names.size ? [] : event.organisations;
  const told = bodies.length === 0 ? line : `${line} (${say.bodies(bodies.map(name.body))})`;
  return event.note === undefined ? told : `${told} – ${say.text(event.note)}`;
};

const NO_STEPS: ReadonlyMap<string, LocalText> = new Map();

interface NameOf {
  readonly body: (organisation: string) => string;
  readonly step: (step: string) => string;
}
type Line<T extends IncidentEventType> = (
  data: EventData<T>,
  say: Words,
  name: NameOf,
  event: IncidentEvent<T>,
) => string;

const words: Record<Language, Words> = { fr: new Words('fr'), en: new Words('en') };

/** Their lines name the organisations by themselves. */
const SAYS_ITS_BODIES: ReadonlySet<IncidentEventType> = new Set([
  'IncidentDeclared',
  'OrganisationMarkedAffected',
  'CostShareAgreed',
]);

const step =
  (fr: string, en: string) =>
  ({ step: id, reason, evidence }: StepChange, say: Words, name: NameOf): string =>
    say.line(
      say.pick(`Étape ${name.step(id)} ${fr}`, `Step ${name.step(id)} ${en}`),
      say.text(reason),
      say.with('preuve gardée\u00a0:', 'proof kept:', evidence),
    );

const lines: { readonly [T in IncidentEventType]: Line<T> } = {
  IncidentDeclared: ({ title, kind, organisations, exercise }, say) =>
    say.line(
      exercise
        ? say.pick('EXERCICE – incident déclaré', 'EXERCISE – incident declared')
        : say.pick('Incident déclaré', 'Incident declared'),
      say.quote(title),
      say.value('kind', kind),
      say.bodies(organisations.map(({ name }) => name)),
    ),
  IncidentDetected: ({ detectedBy, trigger, symptoms }, say, _name, { occurredAt }) =>
    say.line(
      say.aside(say.pick('Attaque détectée', 'Attack detected'), say.at(occurredAt.at)),
      say.with('par', 'by', detectedBy),
      say.text(trigger),
      say.text(symptoms),
    ),
  IncidentQualified: ({ attackType, certainty, vector, family, similarTo }, say) =>
    say.line(
      say.pick('Attaque qualifiée', 'Attack qualified'),
      say.aside(
        say.value('attackType', attackType) ?? say.pick('type inconnu', 'unknown kind'),
        say.value('certainty', certainty),
      ),
      say.text(family),
      say.with('entrée par', 'way in:', vector),
      say.with('ressemble à', 'similar to', say.list(similarTo)),
    ),
  SeverityAssessed: ({ level, reason }, say) =>
    say.line(
      say.pick('Gravité', 'Severity'),
      say.value('level', level) ?? say.pick('inconnue', 'unknown'),
      say.text(reason),
    ),
  AttackWindowEstimated: ({ from, to, precision }, say) =>
    say.line(
      say.pick('Attaque située', 'Attack dated'),
      say.aside(
        say.pick(`entre le ${say.at(from)} et le ${say.at(to)}`, `between ${say.at(from)} and ${say.at(to)}`),
        say.value('precision', precision),
      ),
    ),
  OrganisationMarkedAffected: ({ organisation, relation }, say) =>
    say.line(
      say.pick('Organisme touché', 'Organisation affected'),
      say.aside(say.text(organisation.name), say.value('relation', relation)),
    ),
  AttackThwarted: ({ stage, how }, say) =>
    say.line(say.pick('Attaque déjouée', 'Attack thwarted'), say.text(stage), say.text(how)),
  AttackPartiallyBlocked: ({ control }, say) =>
    say.line(say.pick('Attaque parée en partie', 'Attack partly blocked'), say.text(control)),
  NetworkIsolated: ({ scope, what }, say) =>
    say.line(
      say.aside(
        say.pick('Réseau isolé', 'Network isolated'),
        scope === 'all' ? say.pick('en entier', 'all of it') : say.value('scope', scope),
      ),
      say.list(what),
    ),
  BackupsIsolated: ({ media, lastGoodAt }, say) =>
    say.line(
      say.pick('Sauvegardes isolées', 'Backups isolated'),
      say.list(media),
      lastGoodAt && say.pick(`dernière saine du ${say.at(lastGoodAt)}`, `last sound one of ${say.at(lastGoodAt)}`),
    ),
  SystemsShutDown: ({ scope, systems = [], reason, decidedBy, memoryCaptured }, say) =>
    say.line(
      say.aside(
        say.pick('Systèmes arrêtés', 'Systems shut down'),
        scope === 'all' ? say.pick('tous', 'all') : say.value('scope', scope),
      ),
      say.list(systems.map(({ name, mode }) => [name, say.value('mode', mode)].join(' ').trim())),
      say.text(reason),
      say.with('décidé par', 'decided by', decidedBy),
      memoryCaptured === 'yes' ? say.pick('mémoire copiée avant', 'memory captured before') : undefined,
      memoryCaptured === 'no' ? say.pick('mémoire non copiée', 'memory not captured') : undefined,
    ),
  StaffInstructionIssued: ({ text, medium, headcount }, say) =>
    say.line(
      say.aside(
        say.pick('Consigne aux agents', 'Instruction to staff'),
        say.text(medium),
        headcount === undefined ? undefined : say.count(headcount, ['agent', 'agents'], ['member of staff', 'staff']),
      ),
      say.text(text),
    ),
  EvidencePreserved: ({ what, custodian, hashes }, say) =>
    say.line(
      say.pick('Preuves mises à l’abri', 'Evidence preserved'),
      say.text(what),
      say.with('gardées par', 'kept by', custodian),
      hashes?.length
        ? say.count(hashes.length, ['empreinte SHA-256', 'empreintes SHA-256'], ['SHA-256 digest', 'SHA-256 digests'])
        : undefined,
    ),
  EvidenceRecorded: ({ name, sha256, storedAt }, say) =>
    say.line(
      say.pick('Pièce versée', 'Exhibit recorded'),
      say.text(name),
      `SHA-256 ${sha256}`,
      say.with('gardée à', 'kept at', storedAt),
    ),
  IndicatorRecorded: ({ kind, value }, say) =>
    say.line(
      say.aside(say.pick('Trace de l’attaque', 'Trace of the attack'), say.value('kind', kind)),
      say.text(value),
    ),
  AnssiContacted: ({ channel, request, reference, answer }, say) =>
    say.line(
      say.aside(
        say.pick('ANSSI contactée', 'ANSSI contacted'),
        say.value('channel', channel),
        say.value('request', request),
      ),
      say.with('référence', 'reference', reference),
      say.text(answer),
    ),
  AuthorityContacted: ({ authority, name, channel, reference, answer }, say) =>
    say.line(
      say.aside(say.pick('Autorité contactée', 'Authority contacted'), say.value('channel', channel)),
      say.value('authority', authority) ?? say.pick('non précisée', 'not specified'),
      say.text(name),
      say.with('référence', 'reference', reference),
      say.text(answer),
    ),
  ComplaintIntended: ({ by, dueBy }, say) =>
    say.line(
      say.pick('Plainte annoncée', 'Complaint announced'),
      say.with('par', 'by', by),
      dueBy && say.pick(`avant le ${say.at(dueBy)}`, `before ${say.at(dueBy)}`),
    ),
  SigningAuthorityChecked: ({ signatory, capacity, mandate, valid }, say) =>
    say.line(
      say.pick('Qualité du signataire vérifiée', 'Authority to sign checked'),
      `${say.text(signatory)}, ${say.text(capacity)}`,
      valid === 'yes' ? say.pick('habilitation valable', 'valid') : undefined,
      valid === 'no' ? say.pick('habilitation insuffisante', 'not valid') : undefined,
      say.text(mandate),
    ),
  ComplaintFiled: ({ filedWith, signatory, receipt, mandate }, say) =>
    say.line(
      say.aside(say.pick('Plainte déposée', 'Complaint filed'), say.value('filedWith', filedWith)),
      signatory &&
        say.aside(
          say.pick(`par ${say.text(signatory.name)}`, `by ${say.text(signatory.name)}`),
          say.list(signatory.capacities),
        ),
      say.with('récépissé', 'receipt', receipt),
      say.text(mandate),
    ),
  JudicialInvestigationOpened: ({ by, reference }, say) =>
    say.line(
      say.pick('Enquête judiciaire ouverte', 'Judicial investigation opened'),
      say.text(by),
      say.with('référence', 'reference', reference),
    ),
  ProsecutorInformed: ({ channel }, say) =>
    say.aside(say.pick('Procureur avisé', 'Prosecutor informed'), say.value('channel', channel)),
  InsurerNotified: ({ insurer, claimReference }, say) =>
    say.line(
      say.pick('Assureur prévenu', 'Insurer notified'),
      say.text(insurer),
      say.with('sinistre', 'claim', claimReference),
    ),
  Nis2Reported: ({ stage, reference }, say) =>
    say.line(
      say.pick('Déclaration NIS 2 envoyée', 'NIS 2 report sent'),
      say.value('stage', stage),
      say.with('référence', 'reference', reference),
    ),
  HealthIncidentReported: ({ reference }, say) =>
    say.line(
      say.pick('Incident de santé signalé', 'Health incident reported'),
      say.with('référence', 'reference', reference),
    ),
  AttackKnowledgeEstablished: ({ reason }, say, _name, { occurredAt }) =>
    say.line(say.aside(say.pick('Attaque connue', 'Attack known'), say.at(occurredAt.at)), say.text(reason)),
  BreachAwarenessEstablished: ({ reason }, say, _name, { occurredAt }) =>
    say.line(
      say.aside(say.pick('Violation de données connue', 'Data breach known'), say.at(occurredAt.at)),
      say.text(reason),
    ),
  BreachRiskAssessed: ({ risk, reason, dataCategories, subjects, records }, say) =>
    say.line(
      say.pick('Risque pour les personnes', 'Risk for persons'),
      say.value('risk', risk),
      say.text(reason),
      say.list(dataCategories),
      subjects === undefined ? undefined : say.count(subjects, ['personne', 'personnes'], ['person', 'persons']),
      records === undefined
        ? undefined
        : say.count(records, ['enregistrement', 'enregistrements'], ['record', 'records']),
    ),
  DataExfiltrationAssessed: ({ status, basis, volume }, say) =>
    say.line(
      say.pick('Vol de données', 'Data theft'),
      say.value('dataExfiltration', status),
      say.text(basis),
      say.text(volume),
    ),
  CnilNotified: ({ kind, reference, lateReason }, say) =>
    say.line(
      say.aside(say.pick('CNIL notifiée', 'CNIL notified'), say.value('kind', kind)),
      say.with('référence', 'reference', reference),
      say.with('retard motivé par', 'late because of', lateReason),
    ),
  BreachRegisterEntryRecorded: ({ facts, effects, measures, reference }, say) =>
    say.line(
      say.pick('Registre des violations complété', 'Breach register entry made'),
      say.text(facts),
      say.with('effets\u00a0:', 'effects:', effects),
      say.with('mesures\u00a0:', 'measures:', measures),
      say.with('référence', 'reference', reference),
    ),
  DataSubjectsInformed: ({ channel, count, text }, say) =>
    say.line(
      say.aside(
        say.pick('Personnes informées', 'Persons informed'),
        say.text(channel),
        count === undefined ? undefined : say.count(count, ['personne', 'personnes'], ['person', 'persons']),
      ),
      say.text(text),
    ),
  RansomDemandAssessed: ({ status, amount, currency }, say) =>
    say.line(
      say.pick('Demande de rançon', 'Ransom demand'),
      say.value('ransomDemand', status),
      say.money(amount, currency),
    ),
  RansomDemandReceived: ({ amount, currency, deadlineAt }, say) =>
    say.line(
      say.pick('Demande de rançon reçue', 'Ransom demand received'),
      say.money(amount, currency),
      deadlineAt && say.pick(`avant le ${say.at(deadlineAt)}`, `before ${say.at(deadlineAt)}`),
    ),
  RansomPolicyStated: ({ payment }, say) =>
    say.line(
      say.pick('Paiement de la rançon', 'Ransom payment'),
      say.value('payment', payment) ?? say.pick('position inconnue', 'policy unknown'),
    ),
  ServiceStatusChanged: ({ service, status, detail, publicAdvice }, say) =>
    say.line(
      say.text(service),
      say.value('status', status) ?? say.pick('état inconnu', 'status unknown'),
      say.text(detail),
      say.with('pour le public\u00a0:', 'for the public:', publicAdvice),
    ),
  WorkaroundActivated: ({ service, kind, detail, number }, say) =>
    say.line(
      say.pick(`Secours pour ${say.text(service)}`, `Workaround for ${say.text(service)}`),
      say.value('kind', kind),
      say.text(number),
      say.text(detail),
    ),
  WorkaroundEnded: ({ service }, say) =>
    say.line(say.pick('Solution de secours terminée', 'Workaround ended'), say.text(service)),
  PublicStatementPublished: ({ channel, text, spokesperson, nextUpdateAt }, say) =>
    say.line(
      say.aside(
        say.pick('Information du public', 'Public statement'),
        say.value('channel', channel),
        say.text(spokesperson),
      ),
      say.text(text),
      nextUpdateAt &&
        say.pick(`prochaine information le ${say.at(nextUpdateAt)}`, `next update ${say.at(nextUpdateAt)}`),
    ),
  CrisisCellOpened: ({ location, members }, say) =>
    say.line(say.pick('Cellule de crise ouverte', 'Crisis cell opened'), say.text(location), say.list(members)),
  CrisisCellClosed: (_data, say) => say.pick('Cellule de crise fermée', 'Crisis cell closed'),
  ExpertsEngaged: ({ provider, onSite, reference }, say) =>
    say.line(
      say.pick('Experts mobilisés', 'Experts engaged'),
      say.text(provider),
      onSite === 'yes' ? say.pick('sur place', 'on site') : undefined,
      onSite === 'no' ? say.pick('à distance', 'remote') : undefined,
      say.with('référence', 'reference', reference),
    ),
  DecisionTaken: ({ decision, decidedBy, reason }, say) =>
    say.line(say.aside(say.pick('Décision', 'Decision'), say.text(decidedBy)), say.text(decision), say.text(reason)),
  LogbookEntryRecorded: ({ kind, text, page }, say) =>
    say.line(
      say.aside(
        say.capital(say.value('kind', kind) ?? say.pick('main courante', 'logbook')),
        page === undefined ? undefined : say.pick(`feuille ${page}`, `sheet ${page}`),
      ),
      say.text(text),
    ),
  ContactReached: ({ contact, outcome }, say) =>
    say.line(say.pick('Appel', 'Call'), say.text(contact), say.value('outcome', outcome)),
  BackupIntegrityAssessed: ({ status, lastGoodAt, recoverable }, say) =>
    say.line(
      say.pick('Sauvegardes', 'Backups'),
      say.value('backups', status),
      lastGoodAt && say.pick(`dernière saine du ${say.at(lastGoodAt)}`, `last sound one of ${say.at(lastGoodAt)}`),
      say.with('récupérable\u00a0:', 'recoverable:', say.value('recoverable', recoverable)),
    ),
  RestorationPlanned: ({ scenario, waves }, say) =>
    say.line(
      say.pick('Plan de reprise', 'Restoration plan'),
      say.text(scenario),
      waves?.map((wave, index) => `${index + 1}. ${say.text(wave)}`).join(', '),
    ),
  RestorationEtaStated: ({ text, eta, notBefore }, say) =>
    say.line(
      say.pick('Délai de reprise annoncé', 'Restoration time stated'),
      say.text(text),
      eta ? say.at(eta) : say.pick('date inconnue', 'date unknown'),
      notBefore && say.pick(`pas avant le ${say.at(notBefore)}`, `not before ${say.at(notBefore)}`),
    ),
  RestorationConstrained: ({ reason, detail }, say) =>
    say.line(say.pick('Reprise freinée', 'Restoration held back'), say.value('reason', reason), say.text(detail)),
  RestorationStarted: ({ scope }, say) =>
    say.line(say.pick('Reprise commencée', 'Restoration started'), say.text(scope)),
  ServiceRestored: ({ service, acceptedBy, tested }, say) =>
    say.line(
      say.pick('Service rétabli', 'Service restored'),
      say.text(service),
      tested === 'yes' ? say.pick('testé', 'tested') : undefined,
      tested === 'no' ? say.pick('pas encore testé', 'not tested yet') : undefined,
      say.with('accepté par', 'accepted by', acceptedBy),
    ),
  RestorationCompleted: ({ summary }, say) =>
    say.line(say.pick('Reprise terminée', 'Restoration completed'), say.text(summary)),
  PlaybookAdopted: ({ playbook, version, definition }, say) =>
    say.line(
      say.pick('Fiche réflexe adoptée', 'Playbook adopted'),
      say.aside(definition.title?.[say.language] ?? playbook, `version ${version}`),
    ),
  PlaybookMigrated: ({ playbook, version, fromVersion, definition }, say) =>
    say.line(
      say.pick('Fiche réflexe mise à jour', 'Playbook migrated'),
      definition.title?.[say.language] ?? playbook,
      say.pick(
        `de la version ${fromVersion} à la version ${version}`,
        `from version ${fromVersion} to version ${version}`,
      ),
    ),
  StepAssigned: ({ step: id, to, reason }, say, name) =>
    say.line(
      say.pick(`Étape ${name.step(id)} confiée`, `Step ${name.step(id)} assigned`),
      say.aside(
        say.text(to.name) ?? say.text(to.role) ?? say.pick('à personne', 'to nobody'),
        to.name === undefined ? undefined : say.text(to.role),
      ),
      say.text(reason),
    ),
  StepStarted: step('commencée', 'started'),
  StepCompleted: step('faite', 'done'),
  StepMarkedUnknown: step('sans réponse connue', 'answered “I don’t know”'),
  StepMarkedNotApplicable: step('sans objet', 'not applicable'),
  StepBlocked: step('bloquée', 'blocked'),
  StepReopened: step('rouverte', 'reopened'),
  GateOverridden: ({ gate, reason }, say, name) =>
    say.line(
      say.pick(`Préalable levé pour ${name.step(gate)}`, `Prerequisite overridden for ${name.step(gate)}`),
      say.text(reason),
    ),
  ObligationOpened: ({ rule, title, dueAt, provisional }, say) =>
    say.line(
      say.aside(
        say.pick('Échéance ouverte', 'Deadline opened'),
        provisional ? say.pick('provisoire', 'provisional') : undefined,
      ),
      say.rule(rule, title),
      dueAt
        ? say.pick(`à faire avant le ${say.at(dueAt)}`, `due ${say.at(dueAt)}`)
        : say.pick('dès que possible', 'as soon as possible'),
    ),
  ObligationRescheduled: ({ rule, title, dueAt, reason, provisional, waiverLifted }, say) =>
    say.line(
      say.aside(
        say.pick('Échéance recalculée', 'Deadline rescheduled'),
        provisional ? say.pick('provisoire', 'provisional') : undefined,
      ),
      say.rule(rule, title),
      dueAt && say.pick(`à faire avant le ${say.at(dueAt)}`, `due ${say.at(dueAt)}`),
      causeText(reason, say),
      waiverLifted &&
        say.pick(
          `la mise à l’écart (${say.quote(waiverLifted)}) ne valait que pour la précaution`,
          `setting it aside (${say.quote(waiverLifted)}) held for the caution only`,
        ),
    ),
  ObligationDischarged: ({ rule }, say) =>
    say.line(say.pick('Échéance satisfaite', 'Deadline satisfied'), say.rule(rule)),
  ObligationWaived: ({ rule, reason }, say) =>
    say.line(say.pick('Échéance écartée', 'Deadline set aside'), say.rule(rule), causeText(reason, say)),
  LatenessJustified: ({ rule, reason }, say) =>
    say.line(say.pick('Retard justifié', 'Lateness justified'), say.rule(rule), say.text(reason)),
  DeadlineApproaching: ({ rule, dueAt, hoursBefore }, say) =>
    say.line(
      say.pick('Échéance proche', 'Deadline approaching'),
      say.rule(rule),
      say.pick(`à faire avant le ${say.at(dueAt)}`, `due ${say.at(dueAt)}`),
      say.pick(`moins de ${hoursBefore} h`, `less than ${hoursBefore} h left`),
    ),
  DeadlineMissed: ({ rule, dueAt }, say) =>
    say.line(
      say.pick('Échéance dépassée', 'Deadline missed'),
      say.rule(rule),
      say.pick(`elle tombait le ${say.at(dueAt)}`, `it was due ${say.at(dueAt)}`),
    ),
  FactSuperseded: ({ reason, replaced }, say) =>
    say.line(
      replaced ? say.pick('Fait rectifié', 'Fact corrected') : say.pick('Fait retiré', 'Fact withdrawn'),
      say.text(reason),
    ),
  IncidentCostRecorded: ({ label, amount, currency }, say) =>
    say.line(say.pick('Dépense', 'Cost'), say.text(label), say.money(amount, currency ?? 'EUR')),
  CostShareAgreed: ({ shares }, say, name) =>
    say.line(
      say.pick('Partage des coûts convenu', 'Cost share agreed'),
      shares
        .map(
          ({ organisation, percent }) => `${say.text(name.body(organisation))} ${percent}${say.pick('\u00a0%', '%')}`,
        )
        .join(', '),
    ),
  IncidentClosed: ({ summary }, say) => say.line(say.pick('Incident clos', 'Incident closed'), say.text(summary)),
  IncidentReopened: ({ reason }, say) => say.line(say.pick('Incident rouvert', 'Incident reopened'), say.text(reason)),
};

const causeText = (reason: string, say: Words): string => causeOf(reason, say.language) ?? say.text(reason);
