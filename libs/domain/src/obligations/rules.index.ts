import type { IncidentEventType } from '../incident/incident.events.js';
import type { Condition, EventMatch } from '../playbook/condition.js';
import type { RuleDefinition } from './rule.js';

interface RulesIndex {
  /** All versions of each rule, by its id. */
  readonly versions: ReadonlyMap<string, readonly RuleDefinition[]>;
  /** Events that some rule asks for. */
  readonly types: readonly IncidentEventType[];
}

/** Worked out once for each set of rules: every command asks for all of them. */
const indexes = new WeakMap<readonly RuleDefinition[], RulesIndex>();

export const indexRules = (rules: readonly RuleDefinition[]): RulesIndex => {
  const known = indexes.get(rules);
  if (known) return known;
  const versions = new Map<string, RuleDefinition[]>();
  for (const rule of rules) versions.set(rule.id, [...(versions.get(rule.id) ?? []), rule]);
  const index = { versions, types: [...new Set(rules.flatMap(typesOfRule))] };
  indexes.set(rules, index);
  return index;
};

const typesOfRule = ({ starts, dischargedBy, when, notApplicableWhen }: RuleDefinition): IncidentEventType[] => [
  ...starts.filter((start): start is EventMatch & typeof start => 'event' in start).map(({ event }) => event),
  ...dischargedBy.map(({ event }) => event),
  ...(when ? typesOf(when) : []),
  ...(notApplicableWhen ? typesOf(notApplicableWhen) : []),
];

const typesOf = (condition: Condition): IncidentEventType[] => {
  if ('all' in condition) return condition.all.flatMap(typesOf);
  if ('any' in condition) return condition.any.flatMap(typesOf);
  if ('not' in condition) return typesOf(condition.not);
  return 'event' in condition ? [condition.event] : [];
};
