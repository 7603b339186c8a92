import type { PlaybookDefinition, StepDefinition } from './playbook.js';

/** One line for each step that a new version adds, removes or changes: `+ S45`, `- S12`, `~ S23 (roles, requires)`. */
export const migrationChanges = (from: PlaybookDefinition, to: PlaybookDefinition): string[] => {
  const before = new Map(from.steps.map((step) => [step.id, step]));
  const after = new Map(to.steps.map((step) => [step.id, step]));
  const removed = from.steps.filter(({ id }) => !after.has(id)).map(({ id }) => `- ${id}`);
  const others = to.steps.flatMap((step) => {
    const old = before.get(step.id);
    if (!old) return [`+ ${step.id}`];
    const fields = changedFields(old, step);
    return fields.length > 0 ? [`~ ${step.id} (${fields.join(', ')})`] : [];
  });
  return [...removed, ...others];
};

const changedFields = (before: StepDefinition, after: StepDefinition): string[] => {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof StepDefinition)[];
  return names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
};
