import { fieldsOf } from '../kernel/fields.js';
import { instantMs, type Instant } from '../kernel/instant.js';
import { readInput, type Read } from '../kernel/validation.js';
import { IncidentDeclaration } from './data/detection.js';
import {
  CommandEnvelope,
  incidentCommands,
  StatementEnvelope,
  type CommandData,
  type IncidentCommandType,
} from './incident.commands.js';

export type CommandBody<T extends IncidentCommandType = IncidentCommandType> = Pick<
  CommandEnvelope,
  keyof CommandEnvelope
> & {
  readonly data: CommandData<T>;
};

/** Reads what a caller sent for a command: its data and the envelope, in one flat object. */
export const readCommandBody = <T extends IncidentCommandType>(
  type: T,
  body: unknown,
  now: Instant,
): Read<CommandBody<T>> =>
  readFlat(incidentCommands[type] as new () => CommandData<T>, CommandEnvelope, body, now) as Read<CommandBody<T>>;

export type DeclarationBody = Pick<StatementEnvelope, keyof StatementEnvelope> & { readonly data: IncidentDeclaration };

export const readDeclarationBody = (body: unknown, now: Instant): Read<DeclarationBody> => {
  const read = readFlat(IncidentDeclaration, StatementEnvelope, body, now) as Read<DeclarationBody>;
  if (read.value && read.value.data.title === undefined && read.value.data.kind === undefined) {
    return { errors: [{ path: 'title', broken: { code: 'title-or-kind' } }] };
  }
  return read;
};

const readFlat = (data: new () => object, envelope: new () => object, body: unknown, now: Instant): Read<object> => {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return { errors: [{ path: '', broken: { code: 'not-object' } }] };
  const ofEnvelope = new Set(fieldsOf(envelope).map(({ name }) => name));
  for (const { name } of fieldsOf(data)) ofEnvelope.delete(name);
  const entries = Object.entries(body);
  const nowMs = instantMs(now);
  const readData = readInput(data, Object.fromEntries(entries.filter(([key]) => !ofEnvelope.has(key))), nowMs);
  const readEnvelope = readInput(envelope, Object.fromEntries(entries.filter(([key]) => ofEnvelope.has(key))), nowMs);
  const errors = [...(readData.errors ?? []), ...(readEnvelope.errors ?? [])];
  return errors.length > 0 ? { errors } : { value: { ...readEnvelope.value, data: readData.value } };
};
