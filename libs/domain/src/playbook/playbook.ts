import type { IncidentEventType } from '../incident/incident.events.js';
import type { AttackKind } from '../incident/data/detection.js';
import type { Milestone } from '../incident/milestones.js';
import type { Condition, EventMatch } from './condition.js';

export interface LocalText {
  readonly fr: string;
  readonly en: string;
}

/** How far an attack can still spread while a step waits: the third criterion of the next actions. */
export const SPREAD_RISKS = ['none', 'low', 'high'] as const;
export type SpreadRisk = (typeof SPREAD_RISKS)[number];

/** Prerequisites that block a step completed by hand until they are done or a named person overrides them. */
export const GATES = ['evidence', 'mandate', 'awareness'] as const;
export type Gate = (typeof GATES)[number];

export interface StepDefinition {
  readonly id: string;
  readonly title: LocalText;
  readonly why: LocalText;
  readonly how: LocalText;
  /** What to keep as proof that it was done. */
  readonly evidence: LocalText;
  /** Roles that may do it, the first one by default. */
  readonly roles: readonly string[];
  readonly phase: string;
  readonly milestone?: Milestone;
  /** Soft prerequisites: missing ones warn. */
  readonly after: readonly string[];
  /** Hard prerequisites: missing ones refuse. */
  readonly requires: readonly { readonly step: string; readonly gate: Gate }[];
  /** The step concerns the incident only while this holds; absent: always. */
  readonly when?: Condition;
  readonly perOrganisation: boolean;
  /** Hours after detection by which it is wanted: policy, not law. */
  readonly targetHours?: number;
  /** Facts that fulfil it. Empty: a person says so. */
  readonly completedBy: readonly EventMatch[];
  /** Events after which a done step is to be looked at again. */
  readonly reviewOn: readonly IncidentEventType[];
  /** Obligation whose clock runs on this step. */
  readonly obligation?: string;
  readonly spreadRisk: SpreadRisk;
}

/** Steps of one playbook. */
export const PLAYBOOK_STEPS_MAX = 500;
/**
 * Bytes of a playbook as JSON in UTF-8. The event that pins it is recorded in one append with the steps and clocks that
 * follow, which must stay below what a store takes at once.
 */
export const PLAYBOOK_BYTES_MAX = 512 * 1024;

/** A way to respond, pinned whole in the incident that adopts it. */
export interface PlaybookDefinition {
  readonly id: string;
  readonly version: string;
  readonly title: LocalText;
  /** Kinds of incident that adopt it by default. */
  readonly kinds: readonly AttackKind[];
  readonly phases: readonly { readonly id: string; readonly title: LocalText }[];
  readonly steps: readonly StepDefinition[];
}
