import type { IncidentEventType } from '../incident/incident.events.js';
import type { Milestone } from '../incident/milestones.js';
import type { PlaybookDefinition, StepDefinition } from './playbook.js';

interface PlaybookIndex {
  readonly byId: ReadonlyMap<string, StepDefinition>;
  readonly byMilestone: ReadonlyMap<Milestone, StepDefinition>;
  readonly reviewedOn: ReadonlyMap<IncidentEventType, readonly StepDefinition[]>;
}

/** Worked out once for each definition: a playbook may have hundreds of steps, and every event asks for some of them. */
const indexes = new WeakMap<PlaybookDefinition, PlaybookIndex>();

const indexOf = (definition: PlaybookDefinition): PlaybookIndex => {
  const known = indexes.get(definition);
  if (known) return known;
  const byId = new Map<string, StepDefinition>();
  const byMilestone = new Map<Milestone, StepDefinition>();
  const reviewedOn = new Map<IncidentEventType, StepDefinition[]>();
  for (const step of definition.steps) {
    if (!byId.has(step.id)) byId.set(step.id, step);
    if (step.milestone && !byMilestone.has(step.milestone)) byMilestone.set(step.milestone, step);
    for (const type of step.reviewOn) reviewedOn.set(type, [...(reviewedOn.get(type) ?? []), step]);
  }
  const index = { byId, byMilestone, reviewedOn };
  indexes.set(definition, index);
  return index;
};

export const stepOf = (definition: PlaybookDefinition | undefined, id: string): StepDefinition | undefined =>
  definition && indexOf(definition).byId.get(id);

/** The step that a milestone is shown for. */
export const milestoneStep = (definition: PlaybookDefinition, milestone: Milestone): StepDefinition | undefined =>
  indexOf(definition).byMilestone.get(milestone);

/** Steps to look at again after an event of a type. */
export const stepsReviewedOn = (definition: PlaybookDefinition, type: IncidentEventType): readonly StepDefinition[] =>
  indexOf(definition).reviewedOn.get(type) ?? [];
