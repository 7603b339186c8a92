import { fieldsOf, type Class, type OccurredAt } from '#libs/domain';
import type { RawForm } from './form-to-command.js';
import { wallValue } from './wall-time.js';

/** The fields of a form that would say the given data: how a recorded fact is shown for correction. */
export const dataToForm = (type: Class, data: object, before: string, timeZone: string): RawForm => {
  const form: Record<string, string | string[]> = {};
  for (const field of fieldsOf(type)) {
    const value = (data as Readonly<Record<string, unknown>>)[field.name];
    if (value === undefined || value === null) continue;
    const path = before === '' ? field.name : `${before}.${field.name}`;
    const of = field.of?.();
    if (of) {
      const items = Array.isArray(value) ? value : [value];
      for (const [index, item] of items.entries())
        Object.assign(form, dataToForm(of, item as object, field.list ? `${path}[${index}]` : path, timeZone));
    } else if (field.kind === 'when') Object.assign(form, whenToForm(value as OccurredAt, path, timeZone));
    else if (field.kind === 'instant') form[path] = wallValue(String(value), timeZone);
    else if (field.kind === 'any') continue;
    else form[path] = Array.isArray(value) ? value.join('\n') : String(value);
  }
  return form;
};

export const whenToForm = ({ at, until, precision }: OccurredAt, path: string, timeZone: string): RawForm => ({
  [`${path}.at`]: wallValue(at, timeZone),
  ...(until ? { [`${path}.until`]: wallValue(until, timeZone) } : {}),
  [`${path}.precision`]: precision,
});
