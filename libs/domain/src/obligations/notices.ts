import { instantMs, type Instant } from '../kernel/instant.js';
import type { Actor, DecidedEvent, EventData } from '../incident/incident.events.js';
import { record, type Decision, type DecisionContext } from '../incident/incident.decision.js';
import type { IncidentState } from '../incident/incident.state.js';
import { warningKey } from './obligation.evolve.js';
import type { ObligationState } from './obligation.state.js';

/** A warning or a missed term that is to be recorded at `atMs`. */
interface Notice {
  readonly atMs: number;
  readonly obligation: ObligationState;
  readonly dueAt: Instant;
  /** Absent for the term itself. */
  readonly hoursBefore?: number;
}

/** Appends of one command stay below the limit of the store; what is left is noticed by the next one. */
const NOTICES_MAX = 256;

const noticesOf = (obligation: ObligationState): Notice[] => {
  const { dueAt, discharge, waiver, provisional, setAt, startAt } = obligation;
  if (dueAt === undefined || discharge || waiver) return [];
  const dueMs = instantMs(dueAt);
  // A clock that was entered when its term was already over is missed, not warned of.
  const warnable = dueMs > instantMs(setAt);
  const warnings = obligation.warnHoursBefore
    .map((hoursBefore): Notice => ({ atMs: dueMs - hoursBefore * 3_600_000, obligation, dueAt, hoursBefore }))
    .filter(
      ({ atMs, hoursBefore = 0 }) =>
        warnable && atMs > instantMs(startAt) && !obligation.warnedFor.includes(warningKey(dueAt, hoursBefore)),
    );
  const missed: Notice[] =
    provisional || obligation.missedFor.includes(dueAt) ? [] : [{ atMs: dueMs, obligation, dueAt }];
  return [...warnings, ...missed];
};

const inDueOrder = (state: IncidentState): Notice[] =>
  Object.values(state.obligations)
    .flatMap(noticesOf)
    .toSorted((left, right) => left.atMs - right.atMs);

/** When the next warning or miss of an incident is to be recorded, in milliseconds; undefined when none is ahead. */
export const nextNoticeMs = (state: IncidentState): number | undefined => {
  let next: number | undefined;
  for (const obligation of Object.values(state.obligations)) {
    for (const { atMs } of noticesOf(obligation)) if (next === undefined || atMs < next) next = atMs;
  }
  return next;
};

/** What the clocks have to say by now: sent at least once by the clock process, so a repeat decides nothing. */
export interface NoticeDeadlines {
  readonly type: 'NoticeDeadlines';
  readonly actor: Actor;
  /** Position up to which the log was read when this was noticed. */
  readonly logPosition?: string;
}

export const decideNotices = (state: IncidentState, command: NoticeDeadlines, context: DecisionContext): Decision => {
  const nowMs = instantMs(context.now);
  const due = inDueOrder(state).filter(({ atMs, hoursBefore }) =>
    hoursBefore === undefined ? atMs < nowMs : atMs <= nowMs,
  );
  // Two workers that notice the same thing write the same bytes under the same id, or conflict: an id that stood for two
  // contents would let one of them take the other's event for its own.
  const basis = [context.incidentId, String(state.revision), context.now, command.logPosition ?? ''];
  const events = due.slice(0, NOTICES_MAX).map((notice) => toEvent(notice, command, context, basis));
  return { events, warnings: [], state: record(state, events, context) };
};

const toEvent = (
  { obligation, dueAt, hoursBefore }: Notice,
  command: NoticeDeadlines,
  context: DecisionContext,
  basis: readonly string[],
): DecidedEvent => {
  const { organisation, rule } = obligation;
  const common = { organisation, rule, dueAt, noticedAt: context.now };
  const what = hoursBefore === undefined ? 'missed' : `${hoursBefore}h`;
  const envelope = {
    eventId: context.derivedId(...basis, organisation, rule, dueAt, what),
    organisations: [organisation],
    occurredAt: { at: context.now, precision: 'minute' },
    actor: command.actor,
    causedBy: obligation.openedEventId,
  } as const;
  if (hoursBefore !== undefined) return { ...envelope, type: 'DeadlineApproaching', data: { ...common, hoursBefore } };
  const position = command.logPosition ? { logPosition: command.logPosition } : {};
  return {
    ...envelope,
    type: 'DeadlineMissed',
    data: { ...common, ...position } satisfies EventData<'DeadlineMissed'>,
  };
};
