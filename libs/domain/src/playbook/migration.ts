import type { Decision } from '../incident/incident.decision.js';
import type { DecidedEvent } from '../incident/incident.events.js';
import type { Warning } from '../incident/incident.rejections.js';
import type { IncidentState } from '../incident/incident.state.js';
import type { PlaybookDefinition, StepDefinition } from './playbook.js';

/** What a migration would change, said instead of recorded: definitions, steps that facts on record then fulfil, clocks. */
export const dryRunOf = (state: IncidentState, { events, state: after }: Decision): Decision => {
  const [from, to] = [state.playbook?.definition, after.playbook?.definition];
  if (!from || !to) return { events: [], warnings: [], state };
  const changes = [...migrationChanges(from, to), ...events.flatMap(stepLine)];
  const clocks = [...clockChanges(from, to), ...events.flatMap(clockLine)];
  const warnings: Warning[] = [{ code: 'migration-dry-run', facts: { changes, clocks } }];
  return { events: [], warnings, state };
};

const stepLine = (event: DecidedEvent): string[] =>
  event.type === 'StepCompleted' ? [`${event.data.step} → done`] : [];

const clockLine = (event: DecidedEvent): string[] => {
  switch (event.type) {
    case 'ObligationOpened':
    case 'ObligationRescheduled':
      return [`${event.data.rule} → ${event.data.dueAt ?? 'open'}`];
    case 'ObligationDischarged':
      return [`${event.data.rule} → met`];
    case 'ObligationWaived':
      return [`${event.data.rule} → waived`];
    default:
      return [];
  }
};

/** Clocks that are shown with other steps than before: `+ cnil-complement (S28)`. */
export const clockChanges = (from: PlaybookDefinition, to: PlaybookDefinition): string[] => {
  const [before, after] = [shownClocks(from), shownClocks(to)];
  const removed = [...before].filter((line) => !after.has(line)).map((line) => `- ${line}`);
  const added = [...after].filter((line) => !before.has(line)).map((line) => `+ ${line}`);
  return [...removed, ...added];
};

const shownClocks = ({ steps }: PlaybookDefinition): Set<string> =>
  new Set(steps.flatMap(({ id, obligation }) => (obligation ? [`${obligation} (${id})`] : [])));

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
