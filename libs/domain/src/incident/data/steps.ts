import { Flag, Nested, OrganisationRef, Text, TITLE_CHARS_MAX } from '../../kernel/fields.js';

export class Assignee {
  @Text({ charsMax: TITLE_CHARS_MAX, optional: true }) name?: string;
  @Text({ charsMax: TITLE_CHARS_MAX, optional: true }) role?: string;
}

export class StepChange {
  @Text({ charsMax: TITLE_CHARS_MAX }) step: string;
  @OrganisationRef({ optional: true }) organisation?: string;
  @Nested(() => Assignee, { optional: true }) to?: Assignee;
  @Text({ optional: true }) reason?: string;
  @Text({ optional: true }) evidence?: string;
}

export class StepAssignment extends StepChange {}

export class GateOverride {
  @Text({ charsMax: TITLE_CHARS_MAX }) gate: string;
  @Text() reason: string;
}

export class ObligationChange {
  @Text({ charsMax: TITLE_CHARS_MAX }) rule: string;
  @OrganisationRef({ optional: true }) organisation?: string;
  @Text() reason: string;
}

export class PlaybookChoice {
  @Text({ charsMax: TITLE_CHARS_MAX }) playbook: string;
}

export class PlaybookMigration {
  @Text({ charsMax: TITLE_CHARS_MAX }) version: string;
  @Flag({ optional: true }) dryRun?: boolean;
}
