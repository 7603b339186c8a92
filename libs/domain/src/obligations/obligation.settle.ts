import { instantMs, type Instant, type OccurredAt } from '../kernel/instant.js';
import type { DecisionContext } from '../incident/incident.decision.js';
import type { DecidedEvent, EventData, IncidentEvent, IncidentEventType } from '../incident/incident.events.js';
import { uniqueWarnings, type Warning } from '../incident/incident.rejections.js';
import { obligationKey, type AffectedBody, type IncidentState } from '../incident/incident.state.js';
import { happenedByType, holds, matches, type Happened } from '../playbook/condition.evaluate.js';
import type { EventMatch } from '../playbook/condition.js';
import { isDecided } from './obligation.evolve.js';
import type { ObligationState } from './obligation.state.js';
import type { ClockStart, RuleDefinition } from './rule.js';
import { indexRules } from './rules.index.js';
import { DEFAULT_TIME_ZONE, dueAtOf } from './term.js';
import { instantAtWall } from './zone.js';

/** A statement is superseded by the next one of its kind; of acts, the first one counts. */
const STATEMENTS: ReadonlySet<IncidentEventType> = new Set([
  'AttackKnowledgeEstablished',
  'BreachAwarenessEstablished',
  'BreachRiskAssessed',
  'DataExfiltrationAssessed',
  'RansomDemandAssessed',
]);

const SAYS_WHAT_A_BODY_IS: ReadonlySet<IncidentEventType> = new Set(['IncidentDeclared', 'OrganisationMarkedAffected']);

interface Start {
  readonly rule: RuleDefinition;
  readonly at: OccurredAt;
  readonly eventId: string;
  readonly provisional: boolean;
}

/** What one clock of one body should say, given what counts now. */
interface Wanted {
  readonly body: AffectedBody;
  readonly start: Start | undefined;
  readonly discharge: { readonly eventId: string; readonly at: OccurredAt } | undefined;
  readonly notApplicable: boolean;
}

type ClockEventType = 'ObligationOpened' | 'ObligationRescheduled' | 'ObligationDischarged' | 'ObligationWaived';
type ClockDraft = {
  [T in ClockEventType]: {
    readonly type: T;
    readonly data: EventData<T>;
    readonly occurredAt: OccurredAt;
    readonly causedBy: string;
  };
}[ClockEventType];

/**
 * Compares what each clock should say with what is on record, and answers the difference as events.
 * Running it twice decides nothing the second time; what there was no room for, the next append decides.
 * @param most how many events there is room for.
 */
export const settleObligations = (
  state: IncidentState,
  facts: readonly DecidedEvent[],
  context: DecisionContext,
  most: number,
): { readonly events: readonly DecidedEvent[]; readonly warnings: readonly Warning[] } => {
  const cause = facts.find(({ supersedes }) => supersedes !== undefined) ?? facts[0];
  if (!cause) return { events: [], warnings: [] };
  const { versions: rules, types } = indexRules(context.rules);
  const warnings: Warning[] = Object.values(state.obligations).flatMap((clock) => unknownVersion(clock, rules));
  const happened = happenedByType(state);
  const ground = [
    context.rules,
    state.organisations,
    state.facts,
    state.milestones.detected,
    ...types.map((type) => happened[type]),
  ];
  if (isSame(ground, settledOn.get(state.obligations))) return { events: [], warnings: uniqueWarnings(warnings) };
  const grouped: Groups = new Map();
  for (const [id, versions] of rules) {
    for (const body of state.organisations) {
      const now = state.obligations[obligationKey(body.id, id)];
      const known = versionsFor(now, versions);
      if (!known) continue;
      const wanted = wantedOf(known, body, state, happened, now);
      for (const draft of difference(id, now, wanted, cause)) {
        addTo(grouped, draft, [body.id]);
      }
      warnings.push(...lateWarning(id, now, wanted), ...liftedWarning(now, wanted));
    }
  }
  if (grouped.size === 0) settledOn.set(state.obligations, ground);
  const groups = [...(grouped.size > most ? withoutEarlierTerms(grouped) : grouped).values()];
  const events = groups.slice(0, most).map(({ draft, bodies }) => sealed(draft, bodies, cause, context));
  if (events.length < groups.length) {
    warnings.push({ code: 'clocks-left-behind', facts: { count: groups.length - events.length } });
  }
  return { events, warnings: uniqueWarnings(warnings) };
};

/**
 * What clocks were found to follow from, at the last look at them: while it is the same, so are they. Most facts of a long
 * incident say nothing to a clock.
 */
const settledOn = new WeakMap<IncidentState['obligations'], readonly unknown[]>();

const isSame = (ground: readonly unknown[], before: readonly unknown[] | undefined): boolean =>
  before?.length === ground.length && ground.every((each, index) => each === before[index]);

/** Bodies whose clocks change alike share one event. */
type Groups = Map<string, { readonly draft: ClockDraft; readonly bodies: string[] }>;

const addTo = (groups: Groups, draft: ClockDraft, bodies: readonly string[]): void => {
  const key = JSON.stringify(draft);
  const group = groups.get(key) ?? { draft, bodies: [] };
  groups.set(key, group);
  group.bodies.push(...bodies);
};

/** Hundreds of bodies that each had a term of their own share one event where they now have the same. */
const withoutEarlierTerms = (groups: Groups): Groups => {
  const merged: Groups = new Map();
  for (const { draft, bodies } of groups.values()) {
    if (draft.type !== 'ObligationRescheduled') addTo(merged, draft, bodies);
    else {
      const { previousDueAt: _earlier, ...data } = draft.data;
      addTo(merged, { ...draft, data }, bodies);
    }
  }
  return merged;
};

const sealed = (
  draft: ClockDraft,
  bodies: readonly string[],
  cause: DecidedEvent,
  context: DecisionContext,
): DecidedEvent =>
  ({
    ...draft,
    eventId: context.nextId(),
    organisations: bodies,
    actor: cause.actor,
    ...(cause.saidBy ? { saidBy: cause.saidBy } : {}),
  }) as DecidedEvent;

/**
 * The versions that a clock may stand under: those that are switched on, and first the one that it was recorded under,
 * whatever became of that since. Undefined when that one is not known here: then nothing may touch the clock.
 */
const versionsFor = (
  now: ObligationState | undefined,
  versions: readonly RuleDefinition[],
): readonly RuleDefinition[] | undefined => {
  const enabled = versions.filter((rule) => rule.enabled);
  if (!now) return enabled;
  const recorded = versions.find(({ version }) => version === now.ruleVersion);
  return recorded && [recorded, ...enabled.filter((rule) => rule !== recorded)];
};

const wantedOf = (
  versions: readonly RuleDefinition[],
  body: AffectedBody,
  state: IncidentState,
  happened: Happened,
  now: ObligationState | undefined,
): Wanted => {
  const start = startOf(versions, body, state, happened, now);
  if (!start) return { body, start, discharge: undefined, notApplicable: false };
  const { notApplicableWhen, dischargedBy } = start.rule;
  return {
    body,
    start,
    discharge: firstOf(dischargedBy, body.id, happened),
    notApplicable: notApplicableWhen !== undefined && holds(notApplicableWhen, state, body.id, happened),
  };
};

/**
 * The preferred start that has happened, under the version of the rule that was in force then, rather one that is switched
 * on. A clock that still runs from the start that it was recorded with keeps its version: a catalogue that changes moves
 * no clock.
 */
const startOf = (
  versions: readonly RuleDefinition[],
  body: AffectedBody,
  state: IncidentState,
  happened: Happened,
  now: ObligationState | undefined,
): Start | undefined => {
  const choices = Math.max(...versions.map(({ starts }) => starts.length));
  for (let preference = 0; preference < choices; preference += 1) {
    const found = versions.flatMap((rule): Start[] => {
      const clock = rule.starts[preference];
      const start = clock && occurrence(clock, body.id, state, happened);
      if (!start || (rule.when && !holds(rule.when, state, body.id, happened))) return [];
      return [{ rule, ...start, provisional: clock.provisional ?? false }];
    });
    const recorded = found.find(
      ({ rule, eventId }) => now?.ruleVersion === rule.version && now.startEventId === eventId,
    );
    const lawful = found.filter(({ rule, at }) => inForce(rule, at.at));
    const start = recorded ?? lawful.find(({ rule }) => rule.enabled) ?? lawful[0];
    if (start) return start;
  }
  return undefined;
};

const inForce = ({ validFrom, validTo }: RuleDefinition, at: Instant): boolean =>
  (validFrom === undefined || instantMs(at) >= startOfDayMs(validFrom)) &&
  (validTo === undefined || instantMs(at) < startOfDayMs(validTo));

/** A bare date in a rule means midnight in Paris, where the law is published. */
const startOfDayMs = (date: string): number => {
  if (date.length > 10) return instantMs(date);
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  return instantAtWall({ year, month, day, hour: 0, minute: 0, second: 0 }, DEFAULT_TIME_ZONE);
};

const occurrence = (
  clock: ClockStart,
  organisation: string,
  state: IncidentState,
  happened: Happened,
): { readonly at: OccurredAt; readonly eventId: string } | undefined => {
  if (clock.fact === 'detection') {
    const detected = state.milestones.detected[organisation];
    return detected && { at: { at: detected.at, precision: 'minute' }, eventId: detected.eventId };
  }
  let found: IncidentEvent | undefined;
  for (let link = happened[clock.event]; link; link = link.earlier) {
    const { event } = link;
    if (!event.organisations.includes(organisation)) continue;
    if (matches(clock, event)) found = event;
    if (STATEMENTS.has(clock.event)) break;
  }
  return found && { at: found.occurredAt, eventId: found.eventId };
};

/** The earliest fact that the law accepts; of those at one time the one that the rule names first, then the one recorded first. */
const firstOf = (accepted: readonly EventMatch[], organisation: string, happened: Happened): Wanted['discharge'] => {
  let first: IncidentEvent | undefined;
  for (const match of accepted) {
    const its = earliest(match, organisation, happened);
    if (its && (!first || instantMs(its.occurredAt.at) < instantMs(first.occurredAt.at))) first = its;
  }
  return first && { eventId: first.eventId, at: first.occurredAt };
};

const earliest = (match: EventMatch, organisation: string, happened: Happened): IncidentEvent | undefined => {
  let first: IncidentEvent | undefined;
  for (let link = happened[match.event]; link; link = link.earlier) {
    const { event } = link;
    if (!event.organisations.includes(organisation) || !matches(match, event)) continue;
    if (!first || instantMs(event.occurredAt.at) <= instantMs(first.occurredAt.at)) first = event;
  }
  return first;
};

function* difference(
  id: string,
  now: ObligationState | undefined,
  wanted: Wanted,
  cause: DecidedEvent,
): Generator<ClockDraft> {
  const { start, discharge, notApplicable } = wanted;
  if (!start) {
    if (now && !now.waiver && !now.discharge) {
      yield {
        type: 'ObligationWaived',
        data: { rule: id, reason: 'start-withdrawn', byEventId: cause.eventId },
        ...because(cause),
      };
    }
    return;
  }
  const opening = openingOf(start, wanted.body);
  if (!now) yield { type: 'ObligationOpened', data: opening, occurredAt: start.at, causedBy: start.eventId };
  const moved = now !== undefined && !sameClock(now, opening);
  const ruledOut = now?.waiver?.byEventId !== undefined;
  if (now && (moved || (ruledOut && !notApplicable))) {
    const reason = moved
      ? now.provisional && !start.provisional
        ? 'awareness-established'
        : 'start-changed'
      : 'applies-again';
    const lifted = liftedWaiver(now, start);
    const data = {
      ...opening,
      reason,
      ...(now.dueAt ? { previousDueAt: now.dueAt } : {}),
      ...(lifted ? { waiverLifted: lifted } : {}),
    };
    yield { type: 'ObligationRescheduled', data, ...because(cause, start), ...(moved ? { occurredAt: start.at } : {}) };
  }
  const waived = now?.waiver !== undefined && (!moved || isDecided(now, start.provisional));
  if (discharge && (!now?.discharge || instantMs(discharge.at.at) < instantMs(now.discharge.at))) {
    const data = { rule: id, dischargedBy: discharge.eventId, dischargedAt: discharge.at };
    yield { type: 'ObligationDischarged', data, occurredAt: discharge.at, causedBy: discharge.eventId };
  } else if (notApplicable && !waived && !now?.discharge) {
    yield {
      type: 'ObligationWaived',
      data: { rule: id, reason: 'not-applicable', byEventId: cause.eventId },
      ...because(cause, start),
    };
  }
}

/** What a body is, such as insured, holds at every moment: then also when its clock started. */
const because = (
  cause: DecidedEvent,
  start?: Start,
): { readonly occurredAt: OccurredAt; readonly causedBy: string } => ({
  occurredAt: start && SAYS_WHAT_A_BODY_IS.has(cause.type) ? start.at : cause.occurredAt,
  causedBy: cause.eventId,
});

const openingOf = ({ rule, at, eventId, provisional }: Start, body: AffectedBody): EventData<'ObligationOpened'> => ({
  rule: rule.id,
  ruleVersion: rule.version,
  title: rule.title,
  legalBasis: rule.legalBasis,
  warnHoursBefore: [...rule.warnHoursBefore],
  startAt: at.at,
  startEventId: eventId,
  ...(rule.term ? { dueAt: dueAtOf(rule.term, at.at, body.timeZone) } : {}),
  provisional,
});

const sameClock = (now: ObligationState, opening: EventData<'ObligationOpened'>): boolean =>
  now.startEventId === opening.startEventId &&
  now.ruleVersion === opening.ruleVersion &&
  now.dueAt === opening.dueAt &&
  now.startAt === opening.startAt &&
  now.provisional === opening.provisional;

/** The reason with which a person set a mere caution aside, which does not hold for the legal term. */
const liftedWaiver = (now: ObligationState, start: Start): string | undefined =>
  now.waiver && now.waiver.byEventId === undefined && now.provisional && !start.provisional
    ? now.waiver.reason
    : undefined;

const liftedWarning = (now: ObligationState | undefined, { start, discharge }: Wanted): Warning[] => {
  const reason = now && start && !discharge ? liftedWaiver(now, start) : undefined;
  return now && reason !== undefined ? [{ code: 'waiver-lifted', facts: { rule: now.rule, reason } }] : [];
};

/** Of a clock that runs and that nothing here can stop. */
const unknownVersion = (
  { rule, ruleVersion: version, discharge, waiver }: ObligationState,
  rules: ReadonlyMap<string, readonly RuleDefinition[]>,
): Warning[] => {
  if (discharge || waiver || rules.get(rule)?.some((each) => each.version === version)) return [];
  return [{ code: 'rule-version-unknown', facts: { rule, version } }];
};

const lateWarning = (rule: string, now: ObligationState | undefined, { discharge, start, body }: Wanted): Warning[] => {
  if (!discharge || now?.discharge || !start?.rule.term) return [];
  const dueAt = dueAtOf(start.rule.term, start.at.at, body.timeZone);
  return instantMs(discharge.at.at) > instantMs(dueAt) ? [{ code: 'late-discharge', facts: { rule, dueAt } }] : [];
};
