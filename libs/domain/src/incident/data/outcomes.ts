import { AnyObject, Flag, Nested, OneOf, OrganisationRef, Pattern, Text, Time, TITLE_CHARS_MAX, Uuid, Whole, When } from '../../kernel/fields.js';
import type { OccurredAt } from '../../kernel/instant.js';
import type { LocalText, PlaybookDefinition } from '../../playbook/playbook.js';
import { ATTACK_KINDS, OrganisationInput, RELATIONS, type AttackKind, type Relation } from './detection.js';
import { Assignee, PlaybookChoice, StepChange } from './steps.js';

/* What the decider works out from a command and records, so that history never has to be worked out again. */

export class DeclaredOrganisation extends OrganisationInput {
  @Uuid() id: string;
}

export class DeclaredIncident {
  @Text({ charsMax: TITLE_CHARS_MAX }) title: string;
  @OneOf(ATTACK_KINDS) kind: AttackKind;
  @Nested(() => DeclaredOrganisation, { list: true }) organisations: DeclaredOrganisation[];
  @Flag() exercise: boolean;
  /** Scenario that was played, with its own clock; only for exercises. */
  @Text({ charsMax: TITLE_CHARS_MAX, optional: true }) scenario?: string;
}

export class MarkedOrganisation {
  @Nested(() => DeclaredOrganisation) organisation: DeclaredOrganisation;
  @OneOf(RELATIONS, { optional: true }) relation?: Relation;
}

export class FactSupersession {
  @Uuid() eventId: string;
  @Text() reason: string;
  /** True when the next event of the same append says what is right. */
  @Flag() replaced: boolean;
}

export class AdoptedPlaybook extends PlaybookChoice {
  @Text({ charsMax: 64 }) version: string;
  /** SHA-256 of the definition as canonical JSON (RFC 8785). */
  @Pattern(/^[0-9a-f]{64}$/) sha256: string;
  @AnyObject() definition: PlaybookDefinition;
}

export class MigratedPlaybook extends AdoptedPlaybook {
  @Text({ charsMax: 64 }) fromVersion: string;
}

export class StepCompletion extends StepChange {
  /** The fact that fulfilled the step; absent when a person said so. */
  @Uuid({ optional: true }) byEventId?: string;
}

export class StepAssigned extends StepChange {
  @Nested(() => Assignee) declare to: Assignee;
}

export class OverriddenGate {
  /** Step whose hard prerequisites are waived. */
  @Text({ charsMax: TITLE_CHARS_MAX }) gate: string;
  @Text() reason: string;
}

/** Bodies whose clock stands alike share one event: the envelope's `organisations` says which. */
class Obligation {
  @Text({ charsMax: TITLE_CHARS_MAX }) rule: string;
}

export class ObligationOpening extends Obligation {
  @Text({ charsMax: 64 }) ruleVersion: string;
  @AnyObject() title: LocalText;
  @AnyObject() legalBasis: LocalText;
  @Whole({ list: true }) warnHoursBefore: number[];
  @Time() startAt: string;
  @Uuid() startEventId: string;
  @Time({ optional: true }) dueAt?: string;
  @Flag() provisional: boolean;
}

export class ObligationReschedule extends ObligationOpening {
  @Text() reason: string;
  @Time({ optional: true }) previousDueAt?: string;
  /** Why a person had set the caution aside: that does not hold for the legal term, which runs again. */
  @Text({ optional: true }) waiverLifted?: string;
}

export class ObligationDischarge extends Obligation {
  @Uuid() dischargedBy: string;
  @When() dischargedAt: OccurredAt;
}

export class ObligationWaiver extends Obligation {
  @Text() reason: string;
  /** The fact that made it not applicable; absent when a person decided. */
  @Uuid({ optional: true }) byEventId?: string;
}

export class LatenessJustification extends Obligation {
  @Text() reason: string;
}

export class DeadlineWarning extends Obligation {
  /** Id of the organisation that owes it. */
  @OrganisationRef() organisation: string;
  @Time() dueAt: string;
  @Time() noticedAt: string;
  @Whole() hoursBefore: number;
}

export class DeadlineMiss extends Obligation {
  /** Id of the organisation that owes it. */
  @OrganisationRef() organisation: string;
  @Time() dueAt: string;
  @Time() noticedAt: string;
  /** Position of the log up to which everything was known when this was noticed. */
  @Text({ charsMax: 128, optional: true }) logPosition?: string;
}
