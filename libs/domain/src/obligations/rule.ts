import type { Condition, EventMatch } from '../playbook/condition.js';
import type { LocalText } from '../playbook/playbook.js';

/** When the clock of a rule starts. The first of the list that has happened for the organisation counts. */
export type ClockStart =
  | { readonly fact: 'detection'; readonly provisional?: boolean }
  | (EventMatch & { readonly fact?: never; readonly provisional?: boolean });

export type Term =
  | { readonly hours: number }
  /** Calendar months in the organisation's zone; the last day of the month when the day is absent. */
  | { readonly months: number }
  /** Days without Saturdays, Sundays and French public holidays, to the end of the last one in the organisation's zone. */
  | { readonly workingDays: number };

/** A legal clock as versioned data; pinned in the event that opens it. */
export interface RuleDefinition {
  readonly id: string;
  readonly version: string;
  readonly title: LocalText;
  /** Article and text. */
  readonly legalBasis: LocalText;
  readonly to: LocalText;
  readonly enabled: boolean;
  /** In force from this day on, at midnight in Paris. */
  readonly validFrom?: string;
  /** The first day on which it is no longer in force. */
  readonly validTo?: string;
  /** Preferred first: awareness before the provisional detection. */
  readonly starts: readonly ClockStart[];
  /** Absent: an obligation without a legal term. */
  readonly term?: Term;
  readonly dischargedBy: readonly EventMatch[];
  /** Waived by itself while this holds. */
  readonly notApplicableWhen?: Condition;
  /** The clock concerns the organisation only while this holds. */
  readonly when?: Condition;
  /** True when the law takes reasons for lateness. */
  readonly latenessJustifiable: boolean;
  readonly lateRule: LocalText;
  /** Hours before the term at which to warn. */
  readonly warnHoursBefore: readonly number[];
  /** Sources, and what is not confirmed. */
  readonly sources: readonly string[];
}
