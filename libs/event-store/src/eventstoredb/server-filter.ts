import { eventTypeFilter, streamNameFilter, type SubscribeToAllOptions } from '@eventstore/db-client';
import type { EventFilter } from '../port.js';

/** A longer expression costs the server more than it saves. */
const EXPRESSION_CHARS_MAX = 4096;
/** Events that the server examines in one go; by default it is 32, and a large log takes thrice the time. */
const WINDOW_EVENTS = 1024;

export type ServerFilter = NonNullable<SubscribeToAllOptions['filter']>;

/**
 * What the server can leave out: it takes one filter, on names or on types, so the rest is left to ours. By regular
 * expression, for it compares prefixes by the rules of a language (a combining character after one hides the stream).
 */
export function serverFilter({ streamPrefixes, types }: EventFilter): ServerFilter | undefined {
  const expression = streamPrefixes ? `^(?:${anyOf(streamPrefixes)})` : types && `^(?:${anyOf(types)})$`;
  if (expression === undefined || expression.length > EXPRESSION_CHARS_MAX) return undefined;
  const options = { regex: expression, maxSearchWindow: WINDOW_EVENTS };
  return streamPrefixes ? streamNameFilter(options) : eventTypeFilter(options);
}

const anyOf = (values: readonly string[]): string =>
  values.map((value) => value.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)).join('|');
