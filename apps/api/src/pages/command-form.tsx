import {
  commandLabels,
  fieldsOf,
  incidentCommands,
  StatementEnvelope,
  type CommandName,
  type Field,
} from '#libs/domain';
import { FormField } from './form-field.js';
import { dataClassOf, formFields } from './form-to-command.js';
import { errorAt, errorTarget, labelInSummary, typedAt, type FormState } from './form-state.js';
import { canBeCorrected, commandThatRecords } from './corrections.js';
import { refusalDetail, refusalTitle } from './refusal-words.js';
import type { PageText } from './page-texts.js';
import type { RecordedFact } from './pages.port.js';

interface CommandFormProps {
  readonly form: FormState;
  readonly action: string;
  /** Fields that are shown at once; absent: all of the command's own. */
  readonly first?: readonly string[];
  /** Only the fields that are shown at once: the others are on the command's own page. */
  readonly short?: boolean;
  readonly hidden?: Readonly<Record<string, string>>;
  /** The fact that is corrected. */
  readonly fact?: RecordedFact;
  readonly button?: string;
}

/** The form of a command, built from its fields: its own first, those that every statement may carry folded below. */
export const CommandForm = ({ form, action, first, short = false, hidden = {}, fact, button }: CommandFormProps) => {
  const { reader, command } = form;
  const fields = formFields(command).filter(
    ({ name }) => !(name in hidden) && name !== 'expects' && name !== 'instead',
  );
  const own = new Set(fieldsOf(dataClassOf(command)).map(({ name }) => name));
  // Whom it is about is never folded away: no answer means every body.
  const isAtOnce = (name: string): boolean =>
    own.has(name) || (name === 'organisations' && !own.has('organisation') && form.organisations.length > 1);
  const shown = fields.filter(({ name }) => (first ? first.includes(name) : isAtOnce(name)));
  const rest = short ? [] : fields.filter((field) => !shown.includes(field));
  return (
    <form method="post" action={action} id={form.id} className={short ? 'command' : 'command sheet'} noValidate>
      <input type="hidden" name="key" value={reader.settings.newKey()} />
      {Object.entries(hidden).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {shown.map((field) => (
        <FormField key={field.name} form={form} field={field} path={field.name} />
      ))}
      {fact ? <Instead form={form} fact={fact} /> : null}
      <Folded form={form} text="more" fields={rest.filter(({ name }) => own.has(name))} />
      <Folded form={form} text="aboutEntry" fields={rest.filter(({ name }) => !own.has(name))} />
      <button>{button ?? reader.of(commandLabels[command])}</button>
    </form>
  );
};

const Folded = ({
  form,
  text,
  fields,
}: {
  readonly form: FormState;
  readonly text: PageText;
  readonly fields: readonly Field[];
}) =>
  fields.length === 0 ? null : (
    <details open={fields.some((field) => touched(form, field))}>
      <summary>{form.reader.say(text)}</summary>
      {fields.map((field) => (
        <FormField key={field.name} form={form} field={field} path={field.name} />
      ))}
    </details>
  );

/** A field in which something was typed or went wrong is not folded away. */
const touched = (form: FormState, { name }: Field): boolean =>
  Object.entries(form.typed).some(
    ([path, value]) => value !== '' && startsAt(path, name) && !path.endsWith('.precision'),
  ) ||
  (form.refusal?.errors.some(({ path }) => startsAt(path, name)) ?? false);

const startsAt = (path: string, name: string): boolean =>
  path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`);

/** What should have been recorded: nothing, or the same kind of fact with other data. */
const Instead = ({ form, fact }: { readonly form: FormState; readonly fact: RecordedFact }) => {
  const { reader } = form;
  const command = canBeCorrected(fact.type) ? commandThatRecords(fact.type) : undefined;
  if (!command) return null;
  const chosen = typedAt(form, 'instead.do');
  const inner: FormState = { ...form, command: command as CommandName };
  return (
    <fieldset className="field group">
      <legend>{reader.say('withdrawOrReplace')}</legend>
      <label className="option">
        <input type="radio" name="instead.do" value="" defaultChecked={chosen === ''} /> {reader.say('withdraw')}
      </label>
      <label className="option">
        <input type="radio" name="instead.do" value={command} defaultChecked={chosen !== ''} /> {reader.say('replace')}
      </label>
      {errorAt(form, 'instead.do') ? <span className="error">{errorAt(form, 'instead.do')}</span> : null}
      {fieldsOf(incidentCommands[command]).map((field) => (
        <FormField key={field.name} form={inner} field={field} path={`instead.data.${field.name}`} />
      ))}
      {fieldsOf(StatementEnvelope)
        .filter(({ name }) => name === 'occurredAt')
        .map((field) => (
          <FormField key={field.name} form={form} field={field} path="instead.occurredAt" />
        ))}
    </fieldset>
  );
};

/** All that is wrong, above the form, each with a link to its field. */
export const ErrorSummary = ({ form }: { readonly form: FormState }) => {
  const { reader, refusal } = form;
  if (!refusal) return null;
  const errors = refusal.errors.filter(({ path }) => path !== '');
  return (
    <div className="summary" role="alert" aria-labelledby={`${form.id}-summary`} tabIndex={-1} autoFocus id="errors">
      <h2 id={`${form.id}-summary`}>{reader.say(refusalTitle(refusal))}</h2>
      {errors.length === 0 ? <p>{refusalDetail(refusal, reader)}</p> : null}
      {errors.length > 0 ? (
        <ul>
          {errors.map(({ path, message }) => (
            <li key={path}>
              <a href={`#${errorTarget(form, path)}`}>{labelInSummary(form, path)}</a> – {message}
            </li>
          ))}
        </ul>
      ) : null}
      <p>{reader.say('errorsKept')}</p>
    </div>
  );
};
