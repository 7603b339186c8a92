import { Nested, OneOf, Text, Time, YesNo } from '../../kernel/fields.js';
import type { YesNoUnknown } from './detection.js';

const CHANNELS = ['phone', 'email', 'portal', 'in_person'] as const;

export class AnssiContact {
  @OneOf(CHANNELS, { optional: true }) channel?: string;
  @OneOf(['accompaniment', 'report', 'advice'], { optional: true }) request?: string;
  @Text({ optional: true }) reference?: string;
  @Text({ optional: true }) answer?: string;
}

export class AuthorityContact {
  @OneOf(['regional_csirt', 'cyber17', 'prefecture', 'police', 'gendarmerie', 'dgfip', 'ans', 'other']) authority: string;
  @Text({ optional: true }) name?: string;
  @OneOf(CHANNELS, { optional: true }) channel?: string;
  @Text({ optional: true }) reference?: string;
  @Text({ optional: true }) answer?: string;
}

export class ComplaintIntention {
  @Text({ optional: true }) by?: string;
  @Time({ optional: true }) dueBy?: string;
}

export class SigningAuthorityCheck {
  @Text() signatory: string;
  @Text() capacity: string;
  @Text({ optional: true }) mandate?: string;
  @YesNo() valid: YesNoUnknown;
}

export class Signatory {
  @Text() name: string;
  @Text({ list: true }) capacities: string[];
}

export class Complaint {
  @OneOf(['gendarmerie', 'police', 'prosecutor']) filedWith: 'gendarmerie' | 'police' | 'prosecutor' | 'unknown';
  @Nested(() => Signatory, { optional: true }) signatory?: Signatory;
  @Text({ optional: true }) receipt?: string;
  @Text({ optional: true }) mandate?: string;
}

export class JudicialInvestigation {
  @Text() by: string;
  @Text({ optional: true }) reference?: string;
}

export class ProsecutorNotice {
  @OneOf([...CHANNELS, 'letter'], { optional: true }) channel?: string;
}

export class InsurerNotice {
  @Text({ optional: true }) insurer?: string;
  @Text({ optional: true }) claimReference?: string;
}

export class Nis2Report {
  @OneOf(['early_warning', 'notification', 'intermediate', 'final'], { exact: true })
  stage: 'early_warning' | 'notification' | 'intermediate' | 'final';
  @Text({ optional: true }) reference?: string;
}

export class HealthIncidentReport {
  @Text({ optional: true }) reference?: string;
}
