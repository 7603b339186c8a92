import { Amount, AnyObject, Nested, OrganisationRef, Pattern, Text, TITLE_CHARS_MAX, Uuid, When } from '../../kernel/fields.js';
import type { OccurredAt } from '../../kernel/instant.js';

export class Replacement {
  /** Command that says what should have been recorded. */
  @Text({ charsMax: TITLE_CHARS_MAX }) do: string;
  @AnyObject({ optional: true }) data?: object;
  /** Absent: the time of the corrected fact. */
  @When({ optional: true }) occurredAt?: OccurredAt;
}

export class Supersession {
  @Uuid() eventId: string;
  @Text() reason: string;
  @Nested(() => Replacement, { optional: true }) instead?: Replacement;
}

export class IncidentCost {
  @Text() label: string;
  @Amount() amount: number;
  @Pattern(/^[A-Z]{3,5}$/, { optional: true }) currency?: string;
  @OrganisationRef({ optional: true }) organisation?: string;
}

export class CostShare {
  @OrganisationRef() organisation: string;
  @Amount({ max: 100 }) percent: number;
}

export class CostShares {
  @Nested(() => CostShare, { list: true }) shares: CostShare[];
}

export class Closing {
  @Text({ optional: true }) summary?: string;
}

export class Reopening {
  @Text() reason: string;
}
