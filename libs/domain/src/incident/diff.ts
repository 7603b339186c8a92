import { instantMs, type Instant } from '../kernel/instant.js';
import { obligationStatus, type ObligationStatus } from '../obligations/obligation.status.js';
import { stepRows } from '../playbook/step.view.js';
import { lineOf } from './incident.lines.js';
import type { IncidentEvent } from './incident.events.js';
import type { Language } from './incident.rejections.js';
import { FACT_NAMES, newestFirst, UNSTATED, type IncidentState } from './incident.state.js';
import { milestoneView } from './incident.view.js';
import { MILESTONES } from './milestones.js';

export interface StateAndMoment {
  readonly state: IncidentState;
  readonly at: Instant;
}

export const timelineMoment = ({ state, at }: StateAndMoment): StateAndMoment => ({ state, at });

export interface Change<Value = string> {
  readonly from: Value | null;
  readonly to: Value | null;
}

export interface IncidentDiff {
  readonly from: { readonly revision: number; readonly at: Instant };
  readonly to: { readonly revision: number; readonly at: Instant };
  /** How many events were recorded in between. */
  readonly events: number;
  readonly milestones: readonly ({ readonly milestone: string; readonly organisation?: string } & Change)[];
  readonly facts: readonly ({
    readonly fact: string;
    readonly organisation?: string;
    readonly eventId?: string;
  } & Change)[];
  readonly services: readonly ({ readonly organisation: string; readonly service: string } & Change)[];
  readonly steps: readonly ({
    readonly step: string;
    readonly organisation?: string;
    readonly title: string;
  } & Change)[];
  readonly obligations: readonly {
    readonly organisation: string;
    readonly rule: string;
    readonly title: string;
    readonly state: Change<ObligationStatus>;
    readonly dueAt?: Change;
    /** Why the term moved: the event that says so. */
    readonly why?: string;
  }[];
  /** Facts that were corrected in between. */
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

/** What changed between two moments of one incident, in the words of the domain. */
export const diffStates = (before: StateAndMoment, after: StateAndMoment, language: Language): IncidentDiff => {
  const [from, to] = [before.state, after.state];
  const known = new Set(from.organisations.map(({ id }) => id));
  return {
    from: { revision: from.revision, at: before.at },
    to: { revision: to.revision, at: after.at },
    events: to.revision - from.revision,
    milestones: milestoneChanges(from, to),
    facts: factChanges(from, to),
    services: serviceChanges(from, to),
    steps: stepChanges(from, to, language),
    obligations: obligationChanges(before, after, language),
    corrections: corrections(from, to, language),
    organisations: { added: to.organisations.filter(({ id }) => !known.has(id)).map(({ name }) => name) },
    ...(from.status === to.status ? {} : { status: { from: from.status, to: to.status } }),
  };
};

const namesOf = (state: IncidentState): Map<string, string> =>
  new Map(state.organisations.map(({ id, name }) => [id, name]));

/** The body, when it must be said which one. */
const bodyOf = (state: IncidentState, name: string): { readonly organisation?: string } =>
  state.organisations.length > 1 ? { organisation: name } : {};

const milestoneChanges = (from: IncidentState, to: IncidentState): IncidentDiff['milestones'] =>
  MILESTONES.flatMap((milestone) =>
    [...namesOf(to)].flatMap(([id, name]) => {
      const one = new Map([[id, name]]);
      const [was, is] = [milestoneView(from, milestone, one).state, milestoneView(to, milestone, one).state];
      return was === is ? [] : [{ milestone, ...bodyOf(to, name), from: was, to: is }];
    }),
  );

const factChanges = (from: IncidentState, to: IncidentState): IncidentDiff['facts'] =>
  FACT_NAMES.flatMap((fact) =>
    [...namesOf(to)].flatMap(([id, name]) => {
      const [was, is] = [from.facts[fact]?.each[id], to.facts[fact]?.each[id]];
      if (was?.value === is?.value && was?.detail === is?.detail) return [];
      const change = { from: was?.value ?? UNSTATED[fact], to: is?.value ?? UNSTATED[fact] };
      return [{ fact, ...bodyOf(to, name), ...change, ...(is ? { eventId: is.eventId } : {}) }];
    }),
  );

const serviceChanges = (from: IncidentState, to: IncidentState): IncidentDiff['services'] => {
  const names = namesOf(to);
  const keys = new Set([...Object.keys(from.services), ...Object.keys(to.services)]);
  return [...keys].flatMap((key) => {
    const [was, is] = [from.services[key], to.services[key]];
    const row = is ?? was;
    if (!row || was?.status === is?.status) return [];
    return [
      {
        organisation: names.get(row.organisation) ?? '',
        service: row.service,
        from: was?.status ?? null,
        to: is?.status ?? null,
      },
    ];
  });
};

const stepChanges = (from: IncidentState, to: IncidentState, language: Language): IncidentDiff['steps'] => {
  const names = namesOf(to);
  const key = (step: string, organisation?: string): string => `${step}|${organisation ?? ''}`;
  const was = new Map(
    stepRows(from).map(({ definition, organisation, status }) => [key(definition.id, organisation), status]),
  );
  return stepRows(to).flatMap(({ definition, organisation, status }) => {
    const before = was.get(key(definition.id, organisation)) ?? null;
    if (before === status) return [];
    const body = organisation ? bodyOf(to, names.get(organisation) ?? '') : {};
    return [{ step: definition.id, ...body, title: definition.title[language], from: before, to: status }];
  });
};

const obligationChanges = (
  before: StateAndMoment,
  after: StateAndMoment,
  language: Language,
): IncidentDiff['obligations'] => {
  const names = namesOf(after.state);
  const keys = new Set([...Object.keys(before.state.obligations), ...Object.keys(after.state.obligations)]);
  return [...keys].flatMap((key) => {
    const [was, is] = [before.state.obligations[key], after.state.obligations[key]];
    const one = is ?? was;
    if (!one) return [];
    const state = {
      from: was ? obligationStatus(was, before.at) : null,
      to: is ? obligationStatus(is, after.at) : null,
    };
    const moved = was?.dueAt !== is?.dueAt;
    if (state.from === state.to && !moved) return [];
    const why = moved ? rescheduledBy(after.state, one.organisation, one.rule, language) : undefined;
    return [
      {
        organisation: names.get(one.organisation) ?? '',
        rule: one.rule,
        title: one.title[language],
        state,
        ...(moved ? { dueAt: { from: was?.dueAt ?? null, to: is?.dueAt ?? null } } : {}),
        ...(why ? { why } : {}),
      },
    ];
  });
};

/** The sentence of the event that last set the term. */
const rescheduledBy = (
  state: IncidentState,
  organisation: string,
  rule: string,
  language: Language,
): string | undefined => {
  for (const event of newestFirst(state.history)) {
    const sets = event.type === 'ObligationRescheduled' || event.type === 'ObligationOpened';
    if (sets && event.data.rule === rule && event.organisations.includes(organisation))
      return lineOf(event, namesOf(state), language);
  }
  return undefined;
};

const corrections = (from: IncidentState, to: IncidentState, language: Language): IncidentDiff['corrections'] => {
  const names = namesOf(to);
  const all = new Map<string, IncidentEvent>();
  const replacements = new Map<string, IncidentEvent>();
  for (const event of newestFirst(to.history)) {
    all.set(event.eventId, event);
    if (event.supersedes !== undefined) replacements.set(event.supersedes, event);
  }
  return Object.entries(to.superseded)
    .filter(([eventId]) => from.superseded[eventId] === undefined)
    .flatMap(([eventId, supersededBy]) => {
      const [wrong, correction, instead] = [all.get(eventId), all.get(supersededBy), replacements.get(eventId)];
      if (!wrong || correction?.type !== 'FactSuperseded') return [];
      const text = lineOf(wrong, names, language);
      return [
        {
          eventId,
          supersededBy,
          reason: correction.data.reason,
          text,
          ...(instead ? { insteadText: lineOf(instead, names, language) } : {}),
        },
      ];
    })
    .toSorted(
      (left, right) =>
        instantMs(all.get(left.supersededBy)?.recordedAt ?? '') -
        instantMs(all.get(right.supersededBy)?.recordedAt ?? ''),
    );
};
