import { Flag, Nested, OneOf, Pattern, Text, Time, TimeZone, TITLE_CHARS_MAX, When, Whole, YesNo } from '../../kernel/fields.js';
import { PRECISIONS, type OccurredAt, type Precision } from '../../kernel/instant.js';

export const ATTACK_KINDS = [
  'ransomware',
  'intrusion',
  'account_takeover',
  'defacement',
  'data_leak',
  'denial_of_service',
  'other',
  'unknown',
] as const;
export type AttackKind = (typeof ATTACK_KINDS)[number];

export const ORGANISATION_KINDS = [
  'commune',
  'intercommunal_body',
  'department',
  'region',
  'social_action_centre',
  'school',
  'hospital',
  'affiliated_body',
  'other',
  'unknown',
] as const;

export type YesNoUnknown = 'yes' | 'no' | 'unknown';

export class OrganisationInput {
  @Text({ charsMax: TITLE_CHARS_MAX }) name: string;
  @OneOf(ORGANISATION_KINDS, { optional: true }) kind?: (typeof ORGANISATION_KINDS)[number];
  @Pattern(/^\d{9}$/, { optional: true }) siren?: string;
  @Whole({ optional: true, max: 100_000_000 }) population?: number;
  @TimeZone({ optional: true }) timeZone?: string;
  @YesNo({ optional: true }) insured?: YesNoUnknown;
  @YesNo({ optional: true }) nis2?: YesNoUnknown;
}

/** A body of the incident, as the events carry it. */
export interface Organisation extends OrganisationInput {
  readonly id: string;
}

export class IncidentDeclaration {
  @Text({ charsMax: TITLE_CHARS_MAX, optional: true }) title?: string;
  @OneOf(ATTACK_KINDS, { optional: true }) kind?: AttackKind;
  @Nested(() => OrganisationInput, { optional: true, list: true }) organisations?: OrganisationInput[];
  @When({ optional: true }) detectedAt?: OccurredAt;
  @Text({ optional: true }) detectedBy?: string;
  @Text({ optional: true }) trigger?: string;
  @Text({ optional: true, charsMax: TITLE_CHARS_MAX }) playbook?: string;
  @Flag({ optional: true }) exercise?: boolean;
}

export class Detection {
  @Text({ optional: true }) detectedBy?: string;
  @Text({ optional: true }) trigger?: string;
  @Text({ optional: true }) symptoms?: string;
}

export class Qualification {
  @OneOf(ATTACK_KINDS) attackType: AttackKind;
  @OneOf(['suspected', 'confirmed']) certainty: 'suspected' | 'confirmed' | 'unknown';
  @Text({ optional: true }) vector?: string;
  @Text({ optional: true }) family?: string;
  @Text({ optional: true, list: true }) similarTo?: string[];
}

export class SeverityAssessment {
  @OneOf(['minor', 'major', 'serious', 'critical']) level: 'minor' | 'major' | 'serious' | 'critical' | 'unknown';
  @Text({ optional: true }) reason?: string;
}

export class AttackWindow {
  @Time({ past: true }) from: string;
  @Time({ past: true }) to: string;
  @OneOf(PRECISIONS) precision: Precision;
}

export const RELATIONS = ['primary', 'agglomeration', 'hosted_commune', 'affiliated_body', 'partner'] as const;
export type Relation = (typeof RELATIONS)[number] | 'unknown';

export class AffectedOrganisation {
  @Nested(() => OrganisationInput) organisation: OrganisationInput;
  @OneOf(RELATIONS) relation: Relation;
}

export class ThwartedAttack {
  @Text({ optional: true }) stage?: string;
  @Text({ optional: true }) how?: string;
}

export class PartialBlock {
  @Text() control: string;
}
