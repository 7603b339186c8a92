import { answerLabel, fieldsOf, PRECISIONS, precisionLabels, type Field } from '#libs/domain';
import type { ReactNode } from 'react';
import { rowsOf } from './form-to-command.js';
import { errorAt, inputId, labelOf, typedAt, type FormState } from './form-state.js';

interface FieldProps {
  readonly form: FormState;
  readonly field: Field;
  readonly path: string;
}

/** A field of a group that may be left out whole is needed only once the group is begun: validation says so then. */
const isNeeded = ({ field, path }: Pick<FieldProps, 'field' | 'path'>): boolean =>
  field.required && !path.includes('.');

const RADIOS_MAX = 5;
const EMPTY_ROWS = 2;
/** Longer texts get a text area. */
const ONE_LINE_CHARS_MAX = 200;
const LONG: ReadonlySet<string> = new Set([
  'text',
  'reason',
  'decision',
  'facts',
  'effects',
  'measures',
  'note',
  'detail',
  'publicAdvice',
  'symptoms',
  'summary',
  'quote',
  'answer',
  'lateReason',
  'basis',
  'how',
  'what',
]);

/** The input for a field of a command, whatever its kind. */
export const FormField = ({ form, field, path }: FieldProps): ReactNode => {
  const choices = form.choices[field.name];
  if (field.kind === 'object')
    return field.list ? (
      <Rows form={form} field={field} path={path} />
    ) : (
      <Group form={form} field={field} path={path} />
    );
  if (field.kind === 'any') return null;
  if (field.kind === 'organisation') return <Organisations form={form} field={field} path={path} />;
  if (field.kind === 'choice') return <Choice form={form} field={field} path={path} />;
  if (field.kind === 'boolean') return <Tick form={form} field={field} path={path} />;
  if (field.kind === 'when') return <When form={form} field={field} path={path} />;
  if (choices && !choices.open) return <Select form={form} field={field} path={path} options={choices.options} />;
  return <TextInput form={form} field={field} path={path} />;
};

/** Label, hint, error and input, tied together. */
const Labelled = ({ form, field, path, children }: FieldProps & { readonly children: ReactNode }) => {
  const error = errorAt(form, path);
  return (
    <div className={error ? 'field wrong' : 'field'}>
      <label htmlFor={inputId(form, path)}>
        {form.reader.of(labelOf(form, path))}
        <Needed form={form} field={field} path={path} />
      </label>
      <Notes form={form} field={field} path={path} />
      {children}
    </div>
  );
};

const Needed = ({ form, field, path }: FieldProps) =>
  isNeeded({ field, path }) ? <span className="needed"> ({form.reader.say('needed')})</span> : null;

const Notes = ({ form, field, path }: FieldProps) => {
  const { hint } = labelOf(form, path);
  const zone =
    field.kind === 'instant' || field.kind === 'when'
      ? form.reader.say('zone', { zone: form.reader.settings.timeZone })
      : undefined;
  const error = errorAt(form, path);
  const text = [hint ? form.reader.of(hint) : undefined, zone].filter(Boolean).join(' · ');
  return (
    <>
      {text ? (
        <span className="hint" id={`${inputId(form, path)}-hint`}>
          {text}
        </span>
      ) : null}
      {error ? (
        <span className="error" id={`${inputId(form, path)}-error`}>
          {error}
        </span>
      ) : null}
    </>
  );
};

const describedBy = (
  form: FormState,
  field: Field,
  path: string,
): { readonly 'aria-describedby'?: string; readonly 'aria-invalid'?: true } => {
  const id = inputId(form, path);
  const hint = labelOf(form, path).hint !== undefined || field.kind === 'instant' || field.kind === 'when';
  const error = errorAt(form, path) !== undefined;
  const ids = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  return { ...(ids ? { 'aria-describedby': ids } : {}), ...(error ? { 'aria-invalid': true } : {}) };
};

const TextInput = ({ form, field, path }: FieldProps) => {
  const common = { id: inputId(form, path), name: path, ...describedBy(form, field, path) };
  const area = field.list || (field.kind === 'text' && LONG.has(field.name));
  const list = form.choices[field.name] ? `${inputId(form, path)}-choices` : undefined;
  return (
    <Labelled form={form} field={field} path={path}>
      {area ? (
        <textarea {...common} rows={field.list ? 3 : 2} defaultValue={typedAt(form, path)} />
      ) : (
        <input
          {...common}
          {...inputKind(field)}
          {...(list ? { list } : {})}
          maxLength={field.kind === 'text' ? (field.charsMax ?? ONE_LINE_CHARS_MAX) : undefined}
          defaultValue={typedAt(form, path)}
          autoComplete="off"
        />
      )}
      {list ? (
        <datalist id={list}>
          {form.choices[field.name]?.options.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </datalist>
      ) : null}
    </Labelled>
  );
};

const inputKind = (field: Field): { readonly type: string; readonly inputMode?: 'numeric' | 'decimal' } => {
  if (field.kind === 'instant') return { type: 'datetime-local' };
  if (field.kind === 'integer') return { type: 'text', inputMode: 'numeric' };
  if (field.kind === 'number') return { type: 'text', inputMode: 'decimal' };
  return { type: 'text' };
};

const Choice = ({ form, field, path }: FieldProps) => {
  const options = (field.values ?? []).map((value) => ({
    value,
    label: form.reader.of(answerLabel(field.name, value)),
  }));
  if (options.length > RADIOS_MAX) return <Select form={form} field={field} path={path} options={options} />;
  const error = errorAt(form, path);
  const id = inputId(form, path);
  return (
    <fieldset className={error ? 'field radios wrong' : 'field radios'} {...describedBy(form, field, path)} id={id}>
      <legend>
        {form.reader.of(labelOf(form, path))}
        <Needed form={form} field={field} path={path} />
      </legend>
      <Notes form={form} field={field} path={path} />
      {options.map(({ value, label }) => (
        <label key={value} className="option">
          <input type="radio" name={path} value={value} defaultChecked={typedAt(form, path) === value} /> {label}
        </label>
      ))}
    </fieldset>
  );
};

const Select = ({
  form,
  field,
  path,
  options,
}: FieldProps & { readonly options: readonly { readonly value: string; readonly label: string }[] }) => (
  <Labelled form={form} field={field} path={path}>
    <select id={inputId(form, path)} name={path} defaultValue={typedAt(form, path)} {...describedBy(form, field, path)}>
      <option value="">{form.reader.say('noAnswer')}</option>
      {options.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  </Labelled>
);

const Tick = ({ form, path }: FieldProps) => (
  <div className="field">
    <label className="option">
      <input
        id={inputId(form, path)}
        type="checkbox"
        name={path}
        value="true"
        defaultChecked={typedAt(form, path) === 'true'}
      />{' '}
      {form.reader.of(labelOf(form, path))}
    </label>
  </div>
);

/** A time of fact and how well it is known. */
const When = ({ form, field, path }: FieldProps) => {
  const { reader } = form;
  const id = inputId(form, path);
  const error = errorAt(form, path);
  return (
    <fieldset className={error ? 'field when wrong' : 'field when'} id={id}>
      <legend>
        {reader.of(labelOf(form, path))}
        <Needed form={form} field={field} path={path} />
      </legend>
      <Notes form={form} field={field} path={path} />
      <div className="pair">
        <div>
          <label className="minor" htmlFor={`${id}-at`}>
            {reader.language === 'fr' ? 'Date et heure' : 'Date and time'}
          </label>
          <input
            id={`${id}-at`}
            type="datetime-local"
            name={`${path}.at`}
            defaultValue={typedAt(form, `${path}.at`)}
            {...describedBy(form, field, path)}
          />
        </div>
        <div>
          <label className="minor" htmlFor={`${id}-until`}>
            {reader.say('until')}
          </label>
          <input
            id={`${id}-until`}
            type="datetime-local"
            name={`${path}.until`}
            defaultValue={typedAt(form, `${path}.until`)}
          />
        </div>
        <div>
          <label className="minor" htmlFor={`${id}-precision`}>
            {reader.of(labelOf(form, 'precision'))}
          </label>
          <select
            id={`${id}-precision`}
            name={`${path}.precision`}
            defaultValue={typedAt(form, `${path}.precision`) || 'minute'}
          >
            {PRECISIONS.map((precision) => (
              <option key={precision} value={precision}>
                {reader.of(precisionLabels[precision])}
              </option>
            ))}
          </select>
        </div>
      </div>
    </fieldset>
  );
};

/** A body may be named in an address by its name. */
const withBodyId = (form: FormState, path: string): FormState => {
  const named = form.organisations.find(({ name }) => name === typedAt(form, path));
  return named ? { ...form, typed: { ...form.typed, [path]: named.id } } : form;
};

const Organisations = ({ form, field, path }: FieldProps) => {
  const { organisations, reader } = form;
  if (organisations.length < 2 && !field.required) return null;
  const options = organisations.map(({ id, name }) => ({ value: id, label: name }));
  if (!field.list) return <Select form={withBodyId(form, path)} field={field} path={path} options={options} />;
  const ticked = form.typed[path] ?? [];
  return (
    <fieldset className="field radios" id={inputId(form, path)}>
      <legend>{reader.of(labelOf(form, path))}</legend>
      <span className="hint">{reader.say('noneMeansAll')}</span>
      <Notes form={form} field={field} path={path} />
      {options.map(({ value, label }) => (
        <label key={value} className="option">
          <input
            type="checkbox"
            name={path}
            value={value}
            defaultChecked={ticked === value || ticked.includes(value)}
          />{' '}
          {label}
        </label>
      ))}
    </fieldset>
  );
};

const Group = ({ form, field, path }: FieldProps) => (
  <fieldset className="field group" id={inputId(form, path)}>
    <legend>
      {form.reader.of(labelOf(form, path))}
      <Needed form={form} field={field} path={path} />
    </legend>
    <Notes form={form} field={field} path={path} />
    <Fields form={form} field={field} path={path} />
  </fieldset>
);

const Fields = ({ form, field, path }: FieldProps) =>
  fieldsOf(field.of?.() ?? Object).map((each) => (
    <FormField key={each.name} form={form} field={each} path={`${path}.${each.name}`} />
  ));

/** A list of groups: the rows that were filled in, and a few empty ones. Shares have one row for each organisation. */
const Rows = ({ form, field, path }: FieldProps) => {
  const { reader } = form;
  const typed = rowsOf(form.typed, path);
  const count = field.name === 'shares' ? form.organisations.length : typed.length + EMPTY_ROWS;
  return (
    <fieldset className="field rows" id={inputId(form, path)}>
      <legend>
        {reader.of(labelOf(form, path))}
        <Needed form={form} field={field} path={path} />
      </legend>
      <Notes form={form} field={field} path={path} />
      {Array.from({ length: count }, (_, index) => (
        <fieldset key={index} className="row">
          <legend>{reader.say('item', { label: reader.of(labelOf(form, path)), number: index + 1 })}</legend>
          <Fields form={form} field={field} path={`${path}[${index}]`} />
        </fieldset>
      ))}
    </fieldset>
  );
};
