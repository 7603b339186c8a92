import { instantMs, type Instant } from '../kernel/instant.js';
import type { Language } from '../incident/incident.rejections.js';
import type { IncidentState } from '../incident/incident.state.js';
import type { ObligationState } from './obligation.state.js';
import { obligationStatus, type ObligationStatus } from './obligation.status.js';

/** A legal clock as the contract shows it. */
export interface ObligationView {
  readonly organisation: { readonly id: string; readonly name: string };
  readonly rule: string;
  readonly title: string;
  readonly legalBasis: string;
  readonly ruleVersion: string;
  readonly startAt: Instant;
  readonly startEventId: string;
  readonly dueAt?: Instant;
  readonly state: ObligationStatus;
  readonly provisional: boolean;
  /** Until the term, at the moment asked for; negative once past, absent once the clock has stopped. */
  readonly remainingSeconds?: number;
  readonly dischargedBy?: string;
  readonly dischargedAt?: Instant;
  /** Of a waiver, or of lateness. */
  readonly reason?: string;
  /** True when the miss itself was recorded. */
  readonly missRecorded?: true;
}

export const obligationView = (
  obligation: ObligationState,
  name: string,
  now: Instant,
  language: Language,
): ObligationView => {
  const { organisation, rule, title, legalBasis, ruleVersion, startAt, startEventId, dueAt, provisional } = obligation;
  const { discharge, waiver, lateness, missedFor } = obligation;
  const runs = dueAt !== undefined && !discharge && !waiver;
  const reason = lateness?.reason ?? waiver?.reason;
  return {
    organisation: { id: organisation, name },
    rule,
    title: title[language],
    legalBasis: legalBasis[language],
    ruleVersion,
    startAt,
    startEventId,
    ...(dueAt ? { dueAt } : {}),
    state: obligationStatus(obligation, now),
    provisional,
    ...(runs ? { remainingSeconds: Math.floor((instantMs(dueAt) - instantMs(now)) / 1000) } : {}),
    ...(discharge ? { dischargedBy: discharge.eventId, dischargedAt: discharge.at } : {}),
    ...(reason ? { reason } : {}),
    ...(missedFor.length > 0 ? { missRecorded: true } : {}),
  };
};

/** The clocks of an incident, the nearest term first, those without a term last. */
export const obligationViews = (state: IncidentState, now: Instant, language: Language): ObligationView[] => {
  const names = new Map(state.organisations.map(({ id, name }) => [id, name]));
  const dueMs = ({ dueAt }: ObligationState): number =>
    dueAt === undefined ? Number.MAX_SAFE_INTEGER : instantMs(dueAt);
  return Object.values(state.obligations)
    .toSorted((left, right) => dueMs(left) - dueMs(right))
    .map((obligation) => obligationView(obligation, names.get(obligation.organisation) ?? '', now, language));
};
