import { OneOf, Text, Whole } from '../../kernel/fields.js';

/** Why a body knew of the attack, or of the breach, at the moment that `occurredAt` gives. */
export class Awareness {
  @Text() reason: string;
}

export const BREACH_RISKS = ['not_assessed', 'unlikely', 'risk', 'high'] as const;

export class BreachRiskAssessment {
  @OneOf(BREACH_RISKS) risk: (typeof BREACH_RISKS)[number];
  @Text({ optional: true }) reason?: string;
  @Text({ optional: true, list: true }) dataCategories?: string[];
  @Whole({ optional: true }) subjects?: number;
  @Whole({ optional: true }) records?: number;
}

export const EXFILTRATION_STATUSES = [
  'not_assessed',
  'under_investigation',
  'none_identified',
  'suspected',
  'confirmed',
  'excluded',
] as const;

export class ExfiltrationAssessment {
  @OneOf(EXFILTRATION_STATUSES) status: (typeof EXFILTRATION_STATUSES)[number];
  @Text({ optional: true }) basis?: string;
  @Text({ optional: true }) volume?: string;
}

export class CnilNotification {
  @OneOf(['initial', 'complementary', 'single']) kind: 'initial' | 'complementary' | 'single' | 'unknown';
  @Text({ optional: true }) reference?: string;
  @Text({ optional: true }) lateReason?: string;
}

export class BreachRegisterEntry {
  @Text() facts: string;
  @Text({ optional: true }) effects?: string;
  @Text({ optional: true }) measures?: string;
  @Text({ optional: true }) reference?: string;
}

export class DataSubjectsNotice {
  @Text() channel: string;
  @Whole({ optional: true }) count?: number;
  @Text({ optional: true }) text?: string;
}
