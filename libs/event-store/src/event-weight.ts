import type { Json, StoredEvent } from './port.js';

/** What a value takes beside the letters that it is made of. */
const VALUE_BYTES = 16;

/** About how many bytes an event takes in memory and when it is sent, without writing it. */
export const weightOf = ({ data, meta }: Pick<StoredEvent, 'data' | 'meta'>): number => weigh(data) + weigh(meta);

/** The same of a value. */
export const weigh = (value: Json): number => {
  if (typeof value === 'string') return VALUE_BYTES + value.length;
  if (typeof value !== 'object' || value === null) return VALUE_BYTES;
  let bytes = VALUE_BYTES;
  if (Array.isArray(value)) for (const each of value as readonly Json[]) bytes += weigh(each);
  else
    for (const name in value) bytes += name.length + weigh((value as { readonly [key: string]: Json })[name] ?? null);
  return bytes;
};
