import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { playbooksFolder } from '#libs/playbooks';

interface Step {
  readonly id: string;
  readonly after?: readonly string[];
  readonly requires?: readonly { readonly step: string; readonly gate: string }[];
  readonly milestone?: string;
}

/**
 * A playbook as long as one may be, as a file: the steps of the one in the box again and again, each time after their own
 * predecessors, and with texts as long.
 */
export const largePlaybook = (steps: number, id = 'grande-fiche'): string => {
  const box = parse(readFileSync(join(playbooksFolder(), 'collectivite-rancongiciel.yaml'), 'utf8')) as {
    readonly steps: readonly Step[];
  };
  const rounds = Math.ceil(steps / box.steps.length);
  const all = Array.from({ length: rounds }, (_, round) => box.steps.map((step) => inRound(step, round))).flat();
  const kept = all.slice(0, steps);
  const ids = new Set(kept.map((step) => step.id));
  const whole = kept.map((step) => ({ ...step, after: step.after?.filter((each) => ids.has(each)) ?? [] }));
  // JSON is YAML too.
  return JSON.stringify({ ...box, id, version: '1', steps: whole }, null, 1);
};

const inRound = (step: Step, round: number): Step => {
  if (round === 0) return step;
  const { milestone: _milestone, ...rest } = step;
  const named = (each: string): string => `${each}-${round}`;
  return {
    ...rest,
    id: named(step.id),
    after: step.after?.map(named) ?? [],
    requires: step.requires?.map(({ step: required, gate }) => ({ step: named(required), gate })) ?? [],
  };
};
