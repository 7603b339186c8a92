import { instantMs, type Instant } from '../kernel/instant.js';
import type { Language } from '../incident/incident.rejections.js';
import { obligationKey, type IncidentState } from '../incident/incident.state.js';
import { SPREAD_RISKS } from './playbook.js';
import { stepOf } from './playbook.index.js';
import { adviseSteps, stepRows, type StepAdvice, type StepRow } from './step.view.js';

export interface NextAction {
  readonly step: string;
  /** Name of the body, for a step of each body in an incident of several. */
  readonly organisation?: string;
  readonly title: string;
  readonly role: string;
  /** One sentence: why this one comes now. */
  readonly why: string;
  readonly dueAt?: Instant;
}

export const NEXT_ACTIONS_MAX = 3;

interface Candidate extends StepRow {
  readonly index: number;
  readonly advice: StepAdvice;
  readonly dueAt: Instant | undefined;
}

/**
 * At most three steps to do now, the same for the same state and moment. Ordered by: nothing stands before it, legal
 * clock left, spread risk, somebody owns it, order of the playbook.
 * @param role only steps that this role may do.
 */
export const nextActions = (state: IncidentState, now: Instant, language: Language, role?: string): NextAction[] => {
  if (state.status === 'closed' || !state.playbook) return [];
  const rows = stepRows(state);
  const advice = adviseSteps(state, rows);
  const candidates = rows.flatMap((row, index): Candidate[] => {
    const its = advice[index];
    const open = row.status === 'todo' || row.status === 'in_progress';
    const mine = role === undefined || row.definition.roles.includes(role) || row.state?.assignee?.role === role;
    if (!its || !open || !mine || !its.applies || its.blockedBy.length > 0) return [];
    return [{ ...row, index, advice: its, dueAt: clockOf(state, row) }];
  });
  return candidates
    .toSorted((left, right) => compare(left, right, now))
    .slice(0, NEXT_ACTIONS_MAX)
    .map((candidate) => toAction(state, candidate, now, language));
};

const compare = (left: Candidate, right: Candidate, now: Instant): number =>
  left.advice.waitsFor.length - right.advice.waitsFor.length ||
  leftMs(left, now) - leftMs(right, now) ||
  SPREAD_RISKS.indexOf(right.definition.spreadRisk) - SPREAD_RISKS.indexOf(left.definition.spreadRisk) ||
  Number(right.state?.assignee !== undefined) - Number(left.state?.assignee !== undefined) ||
  left.index - right.index;

/** A clock counts once it is near: far ones do not push aside what stops the attack. */
const CLOCK_NEAR_MS = 24 * 3_600_000;

const leftMs = ({ dueAt }: Candidate, now: Instant): number => {
  if (dueAt === undefined) return CLOCK_NEAR_MS;
  return Math.min(CLOCK_NEAR_MS, instantMs(dueAt) - instantMs(now));
};

const clockOf = (state: IncidentState, { definition, organisation }: StepRow): Instant | undefined => {
  const { obligation } = definition;
  if (!obligation) return undefined;
  const bodies = organisation ? [organisation] : state.organisations.map(({ id }) => id);
  const due = bodies.flatMap((id) => {
    const clock = state.obligations[obligationKey(id, obligation)];
    return clock?.dueAt && !clock.discharge && !clock.waiver ? [clock.dueAt] : [];
  });
  return due.toSorted((left, right) => instantMs(left) - instantMs(right))[0];
};

const toAction = (state: IncidentState, candidate: Candidate, now: Instant, language: Language): NextAction => {
  const { definition, organisation, dueAt } = candidate;
  const body =
    organisation && state.organisations.length > 1
      ? state.organisations.find(({ id }) => id === organisation)?.name
      : undefined;
  return {
    step: definition.id,
    ...(body ? { organisation: body } : {}),
    title: definition.title[language],
    role: candidate.state?.assignee?.role ?? definition.roles[0] ?? '',
    why: whySentence(state, candidate, now, language),
    ...(dueAt ? { dueAt } : {}),
  };
};

const whySentence = (
  state: IncidentState,
  { definition, advice, dueAt }: Candidate,
  now: Instant,
  language: Language,
): string => {
  const why = definition.why[language];
  if (dueAt !== undefined) {
    const hours = Math.floor((instantMs(dueAt) - instantMs(now)) / 3_600_000);
    const left = hours < 0 ? clockTexts.past[language] : clockTexts.left[language].replace('{hours}', String(hours));
    return `${left} ${why}`;
  }
  const [first] = advice.waitsFor;
  if (first === undefined) return why;
  const before = stepOf(state.playbook?.definition, first)?.title[language] ?? first;
  return `${clockTexts.after[language].replace('{step}', before)} ${why}`;
};

const clockTexts = {
  past: { fr: 'Délai légal dépassé\u00a0:', en: 'The legal term has passed:' },
  left: { fr: 'Délai légal, il reste {hours} h\u00a0:', en: 'Legal clock, {hours} h left:' },
  after: { fr: 'D’ordinaire après «\u00a0{step}\u00a0»\u00a0:', en: 'Usually after “{step}”:' },
};
