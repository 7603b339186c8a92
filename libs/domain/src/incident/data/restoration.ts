import { OneOf, OrganisationRef, Text, Time, TITLE_CHARS_MAX, YesNo } from '../../kernel/fields.js';
import type { YesNoUnknown } from './detection.js';

export const BACKUP_STATUSES = ['not_assessed', 'presumed_intact', 'intact', 'partial', 'lost'] as const;

export class BackupAssessment {
  @OneOf(BACKUP_STATUSES) status: (typeof BACKUP_STATUSES)[number];
  @Time({ optional: true, past: true }) lastGoodAt?: string;
  @OneOf(['full', 'partial', 'none'], { optional: true }) recoverable?: 'full' | 'partial' | 'none' | 'unknown';
}

export class RestorationPlan {
  @Text({ optional: true }) scenario?: string;
  @Text({ optional: true, list: true }) waves?: string[];
}

export class RestorationEta {
  @Text() text: string;
  @Time({ optional: true, nullable: true }) eta?: string | null;
  @Time({ optional: true }) notBefore?: string;
}

export class RestorationConstraint {
  @OneOf(['judicial_evidence', 'supply', 'staff', 'other']) reason: string;
  @Text({ optional: true }) detail?: string;
}

export class RestorationStart {
  @Text({ optional: true }) scope?: string;
}

export class RestoredService {
  @Text({ charsMax: TITLE_CHARS_MAX }) service: string;
  @OrganisationRef({ optional: true }) organisation?: string;
  @Text({ optional: true }) acceptedBy?: string;
  @YesNo({ optional: true }) tested?: YesNoUnknown;
}

export class RestorationSummary {
  @Text({ optional: true }) summary?: string;
}
