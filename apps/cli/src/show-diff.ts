import {
  factLabels,
  milestoneLabels,
  milestoneStateLabels,
  obligationStatusLabels,
  serviceStatusLabels,
  stepStatusLabels,
  type StatusLabel,
} from '#libs/domain';
import type { Diff } from '#libs/client';
import type { Output } from './output.js';
import { factText } from './show-fact.js';
import { absolute } from './times.js';

/** One change in words; the same change of several bodies is said once. */
interface Line {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly body?: string | undefined;
  readonly more?: string;
}

/** What changed between two moments, a line each. */
export const diffLines = (diff: Diff, zone: string, out: Output): string[] => {
  const { say } = out;
  const newSteps = diff.steps.filter(({ from, to }) => from === null && to === 'todo').length;
  return [
    ...diff.organisations.added.map((name) => say(`Organisme touché\u00a0: ${name}`, `Organisation affected: ${name}`)),
    ...merged(changes(diff, zone, out)).map((line) => written(line, out)),
    ...(newSteps > 0 ? [say(`${newSteps} étapes à faire`, `${newSteps} steps to do`)] : []),
    ...diff.corrections.map(({ text, reason, insteadText }) =>
      say(
        `Rectifié\u00a0: «\u00a0${text}\u00a0» – ${reason}${insteadText ? `\u00a0; à la place\u00a0: «\u00a0${insteadText}\u00a0»` : ''}`,
        `Corrected: "${text}" – ${reason}${insteadText ? `; instead: "${insteadText}"` : ''}`,
      ),
    ),
  ];
};

const changes = (diff: Diff, zone: string, out: Output): Line[] => {
  const { say, language } = out;
  const word = (labels: Readonly<Record<string, StatusLabel>>, value: string | null): string =>
    value === null ? NOTHING : (labels[value]?.[language] ?? value);
  const due = (at: string | null): string => (at === null ? NOTHING : absolute(at, zone, language));
  const fact = (name: Diff['facts'][number]['fact'], value: string | null): string =>
    value === null ? NOTHING : factText(name, value, zone, out);
  const state = (value: string | null): string =>
    value === null ? NOTHING : value === 'open' ? say('ouvert', 'open') : say('clos', 'closed');
  return [
    ...(diff.status ? [{ what: 'Incident', from: state(diff.status.from), to: state(diff.status.to) }] : []),
    ...diff.milestones.map(({ milestone, organisation, from, to }) => ({
      what: out.heading(milestoneLabels[milestone][language]),
      from: word(milestoneStateLabels, from),
      to: word(milestoneStateLabels, to),
      body: organisation,
    })),
    ...diff.facts.map(({ fact: name, organisation, from, to }) => ({
      what: factLabels[name][language],
      from: fact(name, from),
      to: fact(name, to),
      body: organisation,
    })),
    ...diff.services.map(({ organisation, service, from, to }) => ({
      what: service,
      from: word(serviceStatusLabels, from),
      to: word(serviceStatusLabels, to),
      body: organisation,
    })),
    ...diff.obligations.map(({ organisation, title, state: { from, to }, dueAt }) => ({
      what: title,
      from: word(obligationStatusLabels, from),
      to: word(obligationStatusLabels, to),
      body: organisation,
      ...(dueAt ? { more: `${say('terme', 'due')} ${due(dueAt.from)} → ${due(dueAt.to)}` } : {}),
    })),
    ...diff.steps
      .filter(({ from, to }) => from !== null || to !== 'todo')
      .map(({ step, title, organisation, from, to }) => ({
        what: `${step} ${title}`,
        from: word(stepStatusLabels, from),
        to: word(stepStatusLabels, to),
        body: organisation,
      })),
  ];
};

const NOTHING = '–';

const merged = (lines: readonly Line[]): Line[] => {
  const groups = new Map<string, Line>();
  for (const line of lines) {
    const key = [line.what, line.from, line.to, line.more].join('|');
    const before = groups.get(key);
    groups.set(key, before?.body && line.body ? { ...before, body: `${before.body}, ${line.body}` } : line);
  }
  return [...groups.values()];
};

const written = ({ what, from, to, body, more }: Line, out: Output): string =>
  [
    `${what}${body ? ` (${body})` : ''}${out.say('\u00a0:', ':')}`,
    from === to ? to : `${from === NOTHING ? '' : `${out.paint('dim', `${from} →`)} `}${to}`,
    ...(more ? [out.paint('dim', `· ${more}`)] : []),
  ].join(' ');
