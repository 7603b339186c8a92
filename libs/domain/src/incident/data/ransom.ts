import { Amount, OneOf, Pattern, Time } from '../../kernel/fields.js';

const CURRENCY = /^[A-Z]{3,5}$/;

export const RANSOM_DEMAND_STATUSES = ['not_assessed', 'none_known', 'none_received', 'received'] as const;

export class RansomDemandAssessment {
  @OneOf(RANSOM_DEMAND_STATUSES) status: (typeof RANSOM_DEMAND_STATUSES)[number];
  @Amount({ optional: true }) amount?: number;
  @Pattern(CURRENCY, { optional: true }) currency?: string;
}

export class RansomDemand {
  @Amount({ optional: true }) amount?: number;
  @Pattern(CURRENCY, { optional: true }) currency?: string;
  @Time({ optional: true }) deadlineAt?: string;
}

export class RansomPolicy {
  @OneOf(['refused', 'refused_in_principle', 'undecided', 'accepted'])
  payment: 'refused' | 'refused_in_principle' | 'undecided' | 'accepted' | 'unknown';
}
