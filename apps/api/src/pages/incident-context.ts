import { commandLabels, type CommandName } from '#libs/domain';
import type { Choices, FormState } from './form-state.js';
import type { IncidentPage, ScenarioChoice } from './pages.port.js';
import type { Reader } from './reader.js';

/** What every part of an incident's page needs. */
export interface IncidentContext {
  readonly reader: Reader;
  readonly page: IncidentPage;
  readonly playbooks: readonly ScenarioChoice[];
  /** The moment that was asked for; absent: the present. Nothing can be written then. */
  readonly replay?: Replay;
}

export interface Replay {
  readonly asOf: string;
  readonly axis: 'recorded' | 'occurred';
}

export const incidentPath = (incidentId: string): string => `/incidents/${incidentId}`;

export const commandPath = ({ reader, page }: IncidentContext, command: string): string =>
  reader.link(`${incidentPath(page.view.incidentId)}/commands/${command}`);

export const eventAnchor = (revision: number): string => `e${revision}`;

export const stepAnchor = (step: string, organisation?: string): string =>
  `step-${step}${organisation ? `-${organisation.replaceAll(/[^\p{L}\p{N}]+/gu, '-')}` : ''}`;

/** An empty form of a command on this incident. */
export const blankForm = (context: IncidentContext, command: CommandName, id: string): FormState => ({
  reader: context.reader,
  command,
  id,
  typed: {},
  organisations: context.page.view.organisations,
  choices: choicesOf(context),
});

/** Names that are known here, so that nobody has to remember them. */
export const choicesOf = ({ page, playbooks, reader }: IncidentContext): FormState['choices'] => {
  const unique = (options: readonly { readonly value: string; readonly label: string }[]) => [
    ...new Map(options.map((option) => [option.value, option])).values(),
  ];
  const steps = unique(page.steps.map(({ step, title }) => ({ value: step, label: `${step} – ${title}` })));
  const rules = unique(page.obligations.map(({ rule, title }) => ({ value: rule, label: title })));
  const services = unique(page.view.services.map(({ service }) => ({ value: service, label: service })));
  const commands = Object.entries(commandLabels).map(([value, label]) => ({ value, label: reader.of(label) }));
  const choices: Record<string, Choices> = {
    rule: { options: rules, open: false },
    service: { options: services, open: true },
    playbook: { options: playbooks.map(({ id, title }) => ({ value: id, label: title })), open: false },
    do: { options: commands, open: false },
  };
  return steps.length > 0
    ? { ...choices, step: { options: steps, open: false }, gate: { options: steps, open: true } }
    : choices;
};
