import type { Instant, OccurredAt, Precision } from '../kernel/instant.js';
import type { ObligationState } from '../obligations/obligation.state.js';
import type { PlaybookDefinition } from '../playbook/playbook.js';
import type { StepState } from '../playbook/step.state.js';
import type { AttackKind, Organisation, Relation } from './data/detection.js';
import type { ServiceStatus } from './data/services.js';
import type { Actor, Confidence, IncidentEvent } from './incident.events.js';
import type { Milestone, MilestoneState } from './milestones.js';

/** Facts that are stated, superseded and possibly stated differently by each body, with what holds while nobody spoke. */
export const UNSTATED = {
  attackType: 'unknown',
  severity: 'unknown',
  attackWindow: 'unknown',
  ransomDemand: 'not_assessed',
  ransomPolicy: 'unknown',
  dataExfiltration: 'not_assessed',
  breachRisk: 'not_assessed',
  backups: 'not_assessed',
  eta: 'unknown',
  judicialInvestigation: 'unknown',
} as const;
export type FactName = keyof typeof UNSTATED;
export const FACT_NAMES = Object.keys(UNSTATED) as FactName[];

export interface Statement {
  readonly value: string;
  readonly detail?: string;
  readonly confidence?: Confidence;
  readonly since: Instant;
  readonly eventId: string;
}

export interface StatedFact {
  readonly latest: Statement;
  /** By organisation id. */
  readonly each: Readonly<Record<string, Statement>>;
}

export interface MilestoneReached {
  readonly state: MilestoneState;
  readonly at: Instant;
  /** How exactly `at` is known; absent: to the minute. */
  readonly precision?: Exclude<Precision, 'minute'>;
  readonly by?: string;
  readonly eventId: string;
}

/** A body of the incident, and since when. */
export interface AffectedBody extends Organisation {
  readonly relation?: Relation;
  readonly markedAt: OccurredAt;
  readonly markedEventId: string;
}

export interface ServiceRow {
  readonly organisation: string;
  readonly service: string;
  readonly status: ServiceStatus;
  readonly detail?: string;
  readonly publicAdvice?: string;
  readonly workaround?: string;
  readonly workaroundDetail?: string;
  readonly publicNumber?: string;
  readonly since: Instant;
  readonly eventId: string;
}

export interface CrisisCell {
  readonly open: boolean;
  readonly location?: string;
  readonly members?: readonly string[];
  readonly since?: Instant;
}

export interface Restoration {
  readonly plan?: { readonly scenario?: string; readonly waves?: readonly string[] };
  readonly constraints: readonly { readonly reason: string; readonly detail?: string; readonly since: Instant }[];
  readonly servicesRestored: number;
}

/** Events from the newest to the oldest; shares its tail with every earlier state. */
export interface Chain {
  readonly event: IncidentEvent;
  readonly earlier: Chain | undefined;
}

export interface PinnedPlaybook {
  readonly id: string;
  readonly version: string;
  readonly sha256: string;
  readonly definition: PlaybookDefinition;
  readonly eventId: string;
}

export interface IncidentState {
  readonly incidentId: string;
  /** Of the last event; -1 before the first. */
  readonly revision: number;
  /** Of the last event; never earlier than the one before. */
  readonly recordedAt: Instant;
  readonly title: string;
  readonly kind: AttackKind;
  readonly exercise: boolean;
  /** Scenario that was played: its own clock gave the times, and stands still since its last entry. */
  readonly scenario: string | undefined;
  readonly status: 'open' | 'closed';
  readonly declaredAt: Instant;
  readonly declaredBy: Actor | undefined;
  readonly organisations: readonly AffectedBody[];
  /** Per organisation id, what it reached. */
  readonly milestones: Readonly<Record<Milestone, Readonly<Record<string, MilestoneReached>>>>;
  readonly facts: Readonly<Partial<Record<FactName, StatedFact>>>;
  /** By `serviceKey`, in the order in which they were first named. */
  readonly services: Readonly<Record<string, ServiceRow>>;
  readonly crisisCell: CrisisCell;
  readonly restoration: Restoration;
  readonly playbook: PinnedPlaybook | undefined;
  /** By step, and by body ('' for a step of the whole incident); what nobody touched has no entry. See `stepIn`. */
  readonly steps: Readonly<Record<string, Readonly<Record<string, StepState>>>>;
  /** Steps whose hard prerequisites a named person waived. */
  readonly overriddenGates: Readonly<
    Record<string, { readonly reason: string; readonly by: string; readonly eventId: string }>
  >;
  /** By `obligationKey`. */
  readonly obligations: Readonly<Record<string, ObligationState>>;
  /** Everything ever recorded. */
  readonly history: Chain | undefined;
  /** What counts: corrected facts left out, each replacement in the place of what it corrects. */
  readonly effective: Chain | undefined;
  /** Corrected event -> the FactSuperseded that says so. */
  readonly superseded: Readonly<Record<string, string>>;
}

export const serviceKey = (organisation: string, service: string): string => `${organisation}|${service}`;
export const obligationKey = (organisation: string, rule: string): string => `${organisation}|${rule}`;

/** @param organisation absent for a step of the whole incident. */
export const stepIn = (
  { steps }: Pick<IncidentState, 'steps'>,
  step: string,
  organisation?: string,
): StepState | undefined => steps[step]?.[organisation ?? ''];

export const initialIncident: IncidentState = {
  incidentId: '',
  revision: -1,
  recordedAt: '1970-01-01T00:00:00.000Z',
  title: '',
  kind: 'unknown',
  exercise: false,
  scenario: undefined,
  status: 'open',
  declaredAt: '1970-01-01T00:00:00.000Z',
  declaredBy: undefined,
  organisations: [],
  milestones: {
    detected: {},
    systemsShutDown: {},
    anssiContacted: {},
    complaintFiled: {},
    cnilNotified: {},
    restoration: {},
  },
  facts: {},
  services: {},
  crisisCell: { open: false },
  restoration: { constraints: [], servicesRestored: 0 },
  playbook: undefined,
  steps: {},
  overriddenGates: {},
  obligations: {},
  history: undefined,
  effective: undefined,
  superseded: {},
};

/** From the newest to the oldest. */
export function* newestFirst(chain: Chain | undefined): Generator<IncidentEvent> {
  for (let link = chain; link; link = link.earlier) yield link.event;
}

export const oldestFirst = (chain: Chain | undefined): IncidentEvent[] => [...newestFirst(chain)].toReversed();
