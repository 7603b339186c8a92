/** The HTTP contract as its callers see it: docs/reference/api.md in types. Unknown properties may be added at any time. */

export type Axis = 'recorded' | 'occurred';
export type Precision = 'minute' | 'hour' | 'half_day' | 'day' | 'night' | 'unknown';

/** When something happened. */
export interface OccurredAt {
  readonly at: string;
  readonly until?: string;
  readonly precision: Precision;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Cursor of the next page; absent on the last one. */
  readonly next?: string;
}

/** RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** A sentence for the person who asked, in the language of the request. */
  readonly detail: string;
  readonly code: string;
  readonly instance?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly [fact: string]: unknown;
}

export interface CommandAnswer {
  readonly incidentId: string;
  readonly revision: number;
  readonly position: string;
  readonly events: readonly { readonly eventId: string; readonly type: string; readonly revision: number }[];
  readonly warnings?: readonly { readonly code: string; readonly detail: string }[];
}

export interface Organisation {
  readonly id: string;
  readonly name: string;
  readonly kind?: string;
  readonly siren?: string;
  readonly population?: number;
  readonly timeZone?: string;
  readonly insured?: string;
  readonly nis2?: string;
}

export type MilestoneName =
  'detected' | 'systemsShutDown' | 'anssiContacted' | 'complaintFiled' | 'cnilNotified' | 'restoration';
export type MilestoneState = 'unknown' | 'not_applicable' | 'intended' | 'started' | 'done';

export interface Milestone {
  readonly state: MilestoneState;
  readonly at?: string;
  readonly by?: string;
  readonly eventId?: string;
  /** By name, when the incident has several organisations. */
  readonly organisations?: Readonly<Record<string, MilestoneState>>;
}

export type FactName =
  | 'attackType'
  | 'severity'
  | 'attackWindow'
  | 'ransomDemand'
  | 'ransomPolicy'
  | 'dataExfiltration'
  | 'breachRisk'
  | 'backups'
  | 'eta'
  | 'judicialInvestigation';

export interface Fact {
  readonly value: string;
  readonly detail?: string;
  readonly confidence?: string;
  readonly since?: string;
  readonly eventId?: string;
  readonly organisations?: Readonly<Record<string, string>>;
}

export interface Service {
  readonly organisation: string;
  readonly service: string;
  readonly status: string;
  readonly detail?: string;
  readonly publicAdvice?: string;
  readonly workaround?: string;
  readonly workaroundDetail?: string;
  readonly publicNumber?: string;
  readonly since?: string;
}

export interface NextAction {
  readonly step: string;
  readonly organisation?: string;
  readonly title?: string;
  readonly role?: string;
  readonly why: string;
  readonly dueAt?: string;
}

export type ObligationState = 'open' | 'met' | 'late' | 'missed' | 'waived';
export type StepState = 'todo' | 'in_progress' | 'done' | 'unknown' | 'not_applicable' | 'blocked';

export interface Status {
  readonly incidentId: string;
  readonly revision: number;
  readonly position?: string;
  readonly title: string;
  readonly kind: string;
  readonly status: 'open' | 'closed';
  readonly exercise: boolean;
  readonly scenario?: string;
  readonly declaredAt?: string;
  readonly playbook?: { readonly id: string; readonly version: string };
  readonly organisations: readonly Organisation[];
  readonly milestones: Readonly<Record<MilestoneName, Milestone>>;
  readonly facts: Readonly<Record<FactName, Fact>>;
  readonly services: readonly Service[];
  readonly crisisCell: { readonly open: boolean; readonly location?: string; readonly since?: string };
  readonly restoration: { readonly state: MilestoneState; readonly [fact: string]: unknown };
  readonly steps: Readonly<Record<'todo' | 'inProgress' | 'done' | 'unknown' | 'notApplicable' | 'blocked', number>>;
  readonly obligations: Readonly<Record<ObligationState, number>>;
  readonly nextActions: readonly NextAction[];
}

export interface Step {
  readonly step: string;
  readonly organisation?: string;
  readonly title: string;
  readonly phase?: string;
  readonly state: StepState;
  readonly role: string;
  readonly assignee?: { readonly name?: string; readonly role?: string };
  readonly needsReview?: boolean;
  readonly dueAt?: string;
  readonly applies?: boolean;
}

export interface Obligation {
  readonly organisation: { readonly id: string; readonly name: string };
  readonly rule: string;
  readonly title: string;
  readonly legalBasis: string;
  readonly ruleVersion: string;
  readonly startAt: string;
  readonly startEventId: string;
  readonly dueAt?: string;
  readonly state: ObligationState;
  readonly provisional: boolean;
  /** Negative once past. */
  readonly remainingSeconds?: number;
  readonly dischargedBy?: string;
  readonly dischargedAt?: string;
  readonly reason?: string;
}

export interface ObligationOfIncident extends Obligation {
  readonly incidentId: string;
  readonly incidentTitle?: string;
}

export interface ServiceOfIncident extends Service {
  readonly incidentId: string;
}

export interface TimelineItem {
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  readonly position: string;
  readonly text: string;
  readonly recordedAt?: string;
  readonly occurredAt?: OccurredAt;
  /** Event that says that this one was wrong. */
  readonly supersededBy?: string;
  readonly [envelope: string]: unknown;
}

export interface RawEvent {
  readonly eventId: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly revision: number;
  readonly position: string;
  readonly recordedAt: string;
  readonly occurredAt: OccurredAt;
  readonly actor: { readonly id: string; readonly name: string; readonly role?: string };
  readonly data: object;
  readonly [envelope: string]: unknown;
}

export interface Change<Value = string> {
  readonly from: Value | null;
  readonly to: Value | null;
}

export interface Diff {
  readonly from: { readonly revision: number; readonly at: string };
  readonly to: { readonly revision: number; readonly at: string };
  readonly events: number;
  readonly milestones: readonly ({ readonly milestone: MilestoneName; readonly organisation?: string } & Change)[];
  readonly facts: readonly ({ readonly fact: FactName; readonly organisation?: string } & Change)[];
  readonly services: readonly ({ readonly organisation: string; readonly service: string } & Change)[];
  readonly steps: readonly ({
    readonly step: string;
    readonly organisation?: string;
    readonly title: string;
  } & Change<StepState>)[];
  readonly obligations: readonly {
    readonly organisation: string;
    readonly rule: string;
    readonly title: string;
    readonly state: Change<ObligationState>;
    readonly dueAt?: Change;
    readonly why?: string;
  }[];
  readonly corrections: readonly {
    readonly eventId: string;
    readonly supersededBy: string;
    readonly reason: string;
    readonly text: string;
    readonly insteadText?: string;
  }[];
  readonly organisations: { readonly added: readonly string[] };
  readonly status?: Change;
}

export interface BoardItem {
  readonly incidentId: string;
  readonly title: string;
  readonly kind: string;
  readonly attackType: string;
  readonly status: 'open' | 'closed';
  readonly exercise: boolean;
  readonly scenario?: string;
  readonly organisations: readonly { readonly id: string; readonly name: string }[];
  readonly milestones: Readonly<Record<MilestoneName, Milestone>>;
  readonly servicesOut: number;
  readonly declaredAt: string;
  readonly lastEventAt: string;
  readonly revision: number;
  readonly position: string;
}

export interface CommandDescription {
  readonly command: string;
  readonly title: string;
  /** JSON Schema 2020-12 of the body. */
  readonly schema: object;
}

export interface ScenarioDescription {
  readonly id: string;
  readonly title: string;
}

export interface Exercise {
  readonly incidentId: string;
  readonly revision: number;
  readonly position: string;
  readonly scenario: string;
}

export interface Readiness {
  readonly status: 'ready' | 'not-ready';
  readonly access: string;
  readonly store: { readonly kind: string; readonly ok: boolean; readonly head?: string; readonly cause?: string };
  readonly views: { readonly ok: boolean; readonly lag: string; readonly position?: string; readonly cause?: string };
  readonly clocks: {
    readonly ok: boolean;
    readonly heldBy?: string;
    readonly nextAt?: string;
    readonly warning?: 'clocks-stand-still';
    readonly cause?: string;
  };
  /** Absent where one process does everything. */
  readonly webhooks?: {
    readonly ok: boolean;
    readonly sent: boolean;
    readonly heldBy?: string;
    readonly warning?: 'webhooks-stand-still';
    readonly cause?: string;
  };
  readonly disk: { readonly ok: boolean; readonly freeBytes: number };
}

export interface Version {
  readonly name: string;
  readonly version: string;
  readonly api: string;
  readonly node: string;
  /** Tells one run of the server from another. */
  readonly instance?: string;
}

/** What a webhook gets, and where. */
export interface WebhookSettings {
  readonly name: string;
  readonly url: string;
  /** Event names; absent: all. */
  readonly types?: readonly string[];
  readonly incidents?: readonly string[];
  /** Ids or exact names. */
  readonly organisations?: readonly string[];
  readonly payload?: 'thin' | 'full';
  readonly exercise?: 'exclude' | 'include' | 'only';
}

export interface NewWebhook extends WebhookSettings {
  /** `start` (default), `now` or a position. */
  readonly from?: string;
  /** `whsec_…`; absent: Tocsin makes one. */
  readonly secret?: string;
}

/** A change of settings; `null` takes a filter away. */
export type WebhookChange = { readonly [Name in keyof WebhookSettings]?: WebhookSettings[Name] | null };

export interface Cause {
  readonly code: string;
  readonly status?: number;
  /** A sentence in the language of the request. */
  readonly text: string;
}

export type WebhookStatus = 'active' | 'degraded' | 'paused' | 'held';

/** How far deliveries have got. */
export interface DeliveryProgress {
  readonly position: string;
  readonly delivered: number;
  readonly failed: number;
  readonly lastDeliverySeq: number;
  readonly waiting: { readonly incidents: number; readonly failing: number; readonly held: number };
  readonly lag: { readonly events: number; readonly more: boolean; readonly oldestAt?: string };
  readonly lastSuccessAt?: string;
  readonly lastFailureAt?: string;
  readonly nextAttemptAt?: string;
  readonly lastCause?: Cause;
}

export interface Webhook extends WebhookSettings {
  readonly payload: 'thin' | 'full';
  readonly exercise: 'exclude' | 'include' | 'only';
  readonly id: string;
  readonly revision: number;
  readonly from: string;
  readonly status: WebhookStatus;
  readonly statusSince: string;
  readonly createdAt: string;
  /** `whpk_…`, for signatures v1a. */
  readonly publicKey: string;
  readonly delivery: DeliveryProgress;
  /** What stands in the way, in words. */
  readonly summary: string;
}

/** The secret is told once. */
export type WebhookWithSecret = Webhook & { readonly secret?: string };

export interface DeliveryAttempt {
  readonly id?: number;
  readonly eventId: string;
  readonly type: string;
  readonly incidentId: string | null;
  readonly deliverySeq: number | null;
  readonly attempt: number;
  readonly kind: 'delivery' | 'replay' | 'test';
  readonly outcome: 'delivered' | 'failed';
  readonly at: string;
  readonly durationMs: number;
  readonly status: number | null;
  readonly cause?: Cause;
  readonly nextAttemptAt?: string;
  readonly request: { readonly url: string; readonly headers: object; readonly body: string };
  readonly response: { readonly body: string } | null;
}

export interface Deliveries extends Page<DeliveryAttempt> {
  readonly status: WebhookStatus;
  readonly summary: string;
  readonly delivery: DeliveryProgress;
}

/** One event, what came after a position, or what was recorded since a time. */
export type RedeliveryAsked = { readonly eventId: string } | { readonly from: string } | { readonly since: string };

/** At which moment a view is asked for. */
export interface Moment {
  /** Revision, position or RFC 3339 time; absent: now. */
  readonly asOf?: string;
  readonly axis?: Axis;
}

export interface Paging {
  /** At most 500. */
  readonly limit?: number;
  readonly cursor?: string;
}
