import type { Instant } from '../kernel/instant.js';
import type { LocalText } from '../playbook/playbook.js';

/** One legal clock, of one organisation, as recorded. Whether it is met, late or missed depends on the moment of asking. */
export interface ObligationState {
  readonly organisation: string;
  readonly rule: string;
  readonly ruleVersion: string;
  readonly title: LocalText;
  readonly legalBasis: LocalText;
  readonly startAt: Instant;
  readonly startEventId: string;
  /** Absent: no legal term. */
  readonly dueAt?: Instant;
  readonly provisional: boolean;
  readonly warnHoursBefore: readonly number[];
  readonly openedEventId: string;
  /** When the term was recorded as it stands. */
  readonly setAt: Instant;
  readonly discharge?: { readonly eventId: string; readonly at: Instant };
  readonly waiver?: { readonly reason: string; readonly eventId: string; readonly byEventId?: string };
  /** A person's waiver of the caution that a legal term took the place of. */
  readonly waiverOfCaution?: { readonly reason: string; readonly eventId: string };
  readonly lateness?: { readonly reason: string; readonly eventId: string };
  /** Due times for which a miss is on record. */
  readonly missedFor: readonly Instant[];
  /** `<dueAt>/<hours>` of the warnings on record. */
  readonly warnedFor: readonly string[];
}
