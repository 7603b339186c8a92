import type { IncidentEvent } from '../incident/incident.events.js';
import { obligationKey, type IncidentState } from '../incident/incident.state.js';
import type { ObligationState } from './obligation.state.js';

type ObligationEvent = IncidentEvent<
  | 'ObligationOpened'
  | 'ObligationRescheduled'
  | 'ObligationDischarged'
  | 'ObligationWaived'
  | 'LatenessJustified'
  | 'DeadlineApproaching'
  | 'DeadlineMissed'
>;

export const applyObligationEvent = (state: IncidentState, event: ObligationEvent): IncidentState => {
  const obligations = { ...state.obligations };
  for (const organisation of event.organisations) {
    const key = obligationKey(organisation, event.data.rule);
    const next = change(obligations[key], event, organisation);
    if (next !== undefined) obligations[key] = next;
  }
  return { ...state, obligations };
};

const change = (
  now: ObligationState | undefined,
  event: ObligationEvent,
  organisation: string,
): ObligationState | undefined => {
  switch (event.type) {
    case 'ObligationOpened':
      // Folded by the time of the facts, a corrected start may come before the opening that it corrects.
      return now ?? opened(event, organisation);
    case 'ObligationRescheduled':
      return { ...opened(event, organisation), ...(now ? kept(now, event.data.provisional) : {}) };
    case 'ObligationDischarged':
      return now && { ...now, discharge: { eventId: event.data.dischargedBy, at: event.data.dischargedAt.at } };
    case 'ObligationWaived': {
      const { reason, byEventId } = event.data;
      return now && { ...now, waiver: { reason, eventId: event.eventId, ...(byEventId ? { byEventId } : {}) } };
    }
    case 'LatenessJustified':
      return now && { ...now, lateness: { reason: event.data.reason, eventId: event.eventId } };
    case 'DeadlineApproaching':
      return now && { ...now, warnedFor: [...now.warnedFor, warningKey(event.data.dueAt, event.data.hoursBefore)] };
    case 'DeadlineMissed':
      return now && { ...now, missedFor: [...now.missedFor, event.data.dueAt] };
  }
};

export const warningKey = (dueAt: string, hoursBefore: number): string => `${dueAt}/${hoursBefore}`;

const opened = (
  event: IncidentEvent<'ObligationOpened' | 'ObligationRescheduled'>,
  organisation: string,
): ObligationState => {
  const { rule, ruleVersion, title, legalBasis, startAt, startEventId, dueAt, provisional, warnHoursBefore } =
    event.data;
  return {
    organisation,
    rule,
    ruleVersion,
    title,
    legalBasis,
    startAt,
    startEventId,
    provisional,
    warnHoursBefore,
    ...(dueAt ? { dueAt } : {}),
    openedEventId: event.eventId,
    setAt: event.recordedAt,
    missedFor: [],
    warnedFor: [],
  };
};

/**
 * A new start moves the term; what was already done, decided by a person or noticed about the clock stays.
 * A waiver that followed from a fact goes with it, and one of a mere caution does not waive the legal term.
 */
const kept = (now: ObligationState, provisional: boolean): Partial<ObligationState> => ({
  openedEventId: now.openedEventId,
  ...(now.discharge ? { discharge: now.discharge } : {}),
  ...waiversKept(now, provisional),
  ...(now.lateness ? { lateness: now.lateness } : {}),
  missedFor: now.missedFor,
  warnedFor: now.warnedFor,
});

/** What a person decided of the caution holds again when the legal term that came instead turns out to be none. */
const waiversKept = (
  now: ObligationState,
  provisional: boolean,
): Pick<ObligationState, 'waiver' | 'waiverOfCaution'> => {
  const ofCaution = now.provisional && now.waiver?.byEventId === undefined ? now.waiver : now.waiverOfCaution;
  const waiver = isDecided(now, provisional) ? now.waiver : provisional ? ofCaution : undefined;
  return { ...(waiver ? { waiver } : {}), ...(ofCaution ? { waiverOfCaution: ofCaution } : {}) };
};

/** Whether a person waived the clock that it will be. */
export const isDecided = ({ waiver, provisional: caution }: ObligationState, provisional: boolean): boolean =>
  waiver !== undefined && waiver.byEventId === undefined && (!caution || provisional);
