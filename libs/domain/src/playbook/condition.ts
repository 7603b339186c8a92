import type { IncidentEventType } from '../incident/incident.events.js';

/** A fact of the incident, or something that happened. No code: only named facts and their values. */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | FactTest
  | EventMatch;

/** `fact` is a name of {@link CONDITION_FACTS}; holds when its value is one of `in`. */
export interface FactTest {
  readonly fact: ConditionFact;
  readonly in: readonly string[];
}

/** Holds when such an event is on record for the organisation (or any, for a step of the incident), corrections applied. */
export interface EventMatch {
  readonly event: IncidentEventType;
  /** Values that fields of its data must have: all of them; a list means one of its values. */
  readonly where?: Readonly<Record<string, string | readonly string[]>>;
}

export const CONDITION_FACTS = [
  'attackType',
  'severity',
  'ransomDemand',
  'ransomPolicy',
  'dataExfiltration',
  'breachRisk',
  'backups',
  'judicialInvestigation',
  'organisationKind',
  'insured',
  'nis2',
  'organisationCount',
] as const;
export type ConditionFact = (typeof CONDITION_FACTS)[number];
