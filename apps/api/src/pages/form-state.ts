import { fieldLabel, type CommandName, type FieldLabel } from '#libs/domain';
import type { RawForm } from './form-to-command.js';
import type { Refusal } from './pages.port.js';
import type { Reader } from './reader.js';

/** One form on a page: what was typed in it, and what is wrong with it. */
export interface FormState {
  readonly reader: Reader;
  readonly command: CommandName;
  /** Starts the ids of its inputs: unique on the page. */
  readonly id: string;
  readonly typed: RawForm;
  readonly refusal?: Refusal;
  /** Bodies of the incident, to choose from. */
  readonly organisations: readonly { readonly id: string; readonly name: string }[];
  /** What some text fields can be chosen from: steps, rules, services, playbooks. */
  readonly choices: Readonly<Record<string, Choices>>;
}

export interface Choices {
  readonly options: readonly { readonly value: string; readonly label: string }[];
  /** Other values may be typed. */
  readonly open: boolean;
}

export const inputId = (form: FormState, path: string): string =>
  `${form.id}-${path.replaceAll(/[^\w]+/g, '-').replace(/-$/, '')}`;

export const labelOf = (form: FormState, path: string): FieldLabel =>
  fieldLabel(form.command, path.replace(/^instead\.data\./, ''));

/** A field of a group is called by both: several groups have a name, or a kind. */
export const labelInSummary = (form: FormState, path: string): string => {
  const [, before = '', rest = ''] = /^(instead\.data\.)?(.*)$/.exec(path) ?? [];
  const parts = rest.split('.');
  const labels = parts.map((part, index) => {
    const label = form.reader.of(labelOf(form, before + parts.slice(0, index + 1).join('.')));
    const row = /\[(\d+)\]$/.exec(part)?.[1];
    return row === undefined || index === parts.length - 1
      ? label
      : form.reader.say('item', { label, number: Number(row) + 1 });
  });
  return (parts[0] === 'instead' ? labels.slice(1) : labels).join(', ');
};

export const typedAt = (form: FormState, path: string): string => {
  const value = form.typed[path];
  return typeof value === 'string' ? value : (value?.join('\n') ?? '');
};

/** The field in which an error shows: a line of a list is shown in the text area of the list. */
const fieldOfError = (path: string): string => path.replace(/\[\d+\]$/, '');

export const errorAt = (form: FormState, path: string): string | undefined =>
  form.refusal?.errors.find((error) => error.path === path || fieldOfError(error.path) === path)?.message;

export const errorTarget = (form: FormState, path: string): string => inputId(form, fieldOfError(path));
