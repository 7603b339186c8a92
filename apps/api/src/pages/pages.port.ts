import type {
  Actor,
  Axis,
  CommandName,
  IncidentDiff,
  IncidentEventType,
  Instant,
  Language,
  MilestoneView,
  ObligationView,
  OccurredAt,
  StatusView,
  StepView,
} from '#libs/domain';

/** An expected "no", in the reader's language. `errors` say which field of the body each sentence is about. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
}

export type Answer<Value> =
  { readonly value: Value; readonly refusal?: undefined } | { readonly value?: undefined; readonly refusal: Refusal };

export interface BoardItem {
  readonly incidentId: string;
  readonly title: string;
  readonly kind: string;
  readonly status: 'open' | 'closed';
  readonly exercise: boolean;
  /** Its clocks stand where its last entry does. */
  readonly scenario?: string;
  readonly organisations: readonly { readonly id: string; readonly name: string }[];
  readonly milestones: Readonly<Record<string, MilestoneView>>;
  readonly nextClock?: {
    readonly organisation: string;
    readonly rule: string;
    readonly dueAt: Instant;
    readonly provisional: boolean;
  };
  readonly counts: { readonly events: number; readonly obligationsOpen: number };
  readonly servicesOut: number;
  readonly declaredAt: Instant;
  readonly lastEventAt: Instant;
  readonly lastEntry?: string;
}

export interface BoardItems {
  readonly items: readonly BoardItem[];
  /** Cursor of those that follow. */
  readonly next?: string;
}

export interface BoardPage {
  /** Open and real, the nearest clock first. */
  readonly current?: BoardItems;
  /** Closed ones and exercises, the latest declared first. */
  readonly past?: BoardItems;
}

/** Which part of the board, by the cursor of an earlier page; absent: the beginning of both. */
export type BoardPlace = { readonly moreCurrent: string } | { readonly olderPast: string };

export interface ScenarioChoice {
  readonly id: string;
  readonly title: string;
}

export interface IncidentPage {
  readonly view: StatusView;
  /** The moment that is shown: clocks are judged against it. */
  readonly at: Instant;
  /** Of the newest event that is recorded, whatever moment is shown. */
  readonly latestRevision: number;
  readonly steps: readonly StepView[];
  readonly obligations: readonly ObligationView[];
  readonly timeline: TimelinePage;
  /** What the last event that is shown has changed; only in a replay. */
  readonly changes?: IncidentDiff;
  /** Where the moment lies among the events; only in a replay. */
  readonly place?: Place;
}

/** A place in the order of recording, or of occurrence; its neighbours as revisions, absent at the ends. */
export interface Place {
  readonly revision: number;
  /** From 1. */
  readonly number: number;
  readonly count: number;
  readonly first?: number;
  readonly previous?: number;
  readonly next?: number;
  readonly last?: number;
}

export interface TimelineEntry {
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  readonly text: string;
  readonly recordedAt: Instant;
  readonly occurredAt: OccurredAt;
  readonly actor: Actor;
  readonly saidBy?: { readonly name: string; readonly role?: string };
  readonly confidence?: string;
  /** Event that says that this one was wrong. */
  readonly supersededBy?: string;
  /** Event that this one stands in the place of. */
  readonly supersedes?: string;
}

export interface TimelinePage {
  /** The newest first. */
  readonly entries: readonly TimelineEntry[];
  /** Cursor of what comes before; absent at the start of the incident. */
  readonly earlier?: string;
}

/** A recorded fact, to be corrected. */
export interface RecordedFact {
  readonly eventId: string;
  readonly type: IncidentEventType;
  readonly text: string;
  readonly data: object;
  readonly occurredAt: OccurredAt;
}

export interface IncidentAsked {
  readonly incidentId: string;
  readonly language: Language;
  /** Revision, position or time; absent: now. */
  readonly asOf?: string;
  readonly axis: Axis;
  /** Only entries of the timeline before this cursor. */
  readonly before?: string;
}

export interface Sent {
  readonly body: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string;
  readonly actor: Actor;
  readonly language: Language;
}

export interface Recorded {
  readonly incidentId: string;
  readonly position: string;
  /** What was recorded, without what follows from it; absent when nothing changed. */
  readonly fact?: IncidentEventType;
  /** Sentences. */
  readonly warnings: readonly string[];
}

/** All that the pages need of the rest of the server. Plain data in and out; an expected "no" is an answer. */
export abstract class PagesPort {
  /** Access is not controlled: the reader is told so. */
  abstract readonly openAccess: boolean;
  abstract readonly version: string;
  abstract now(): Instant;
  /** Incidents, the latest declared first. @param older cursor of the page before. */
  abstract board(language: Language, place?: BoardPlace): Promise<BoardPage>;
  abstract scenarios(language: Language): readonly ScenarioChoice[];
  abstract playbooks(language: Language): readonly ScenarioChoice[];
  abstract incident(asked: IncidentAsked): Promise<Answer<IncidentPage>>;
  abstract fact(incidentId: string, eventId: string, language: Language): Promise<Answer<RecordedFact>>;
  abstract declare(sent: Sent): Promise<Answer<Recorded>>;
  abstract execute(
    incidentId: string,
    command: Exclude<CommandName, 'DeclareIncident'>,
    sent: Sent,
  ): Promise<Answer<Recorded>>;
  abstract startExercise(scenario: string, sent: Omit<Sent, 'body'>): Promise<Answer<Recorded>>;
}
