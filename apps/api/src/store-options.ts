import { Logger } from '@nestjs/common';
import { join } from 'node:path';
import { LEASE_STREAM_PREFIX } from '#libs/application';
import type { EventStoreOptions } from '#libs/event-store';
import {
  ATTEMPTS_KEPT,
  ATTEMPTS_STREAM_PREFIX,
  DELIVERIES_STREAM_PREFIX,
  WEBHOOK_KEYS_STREAM_PREFIX,
} from '#libs/subscriptions';
import type { Config } from './config.js';

/** Streams of which the last event says everything; a few more tell an operator what was before. */
const LAST_EVENTS_KEPT = 10;

/** The log that the configuration names. */
export const storeOptions = ({ store, data }: Config): EventStoreOptions => {
  if (store.kind === 'sqlite') return { store: 'sqlite', file: join(data, 'log.db') };
  const logger = new Logger('EventStore');
  return {
    store: 'eventstoredb',
    connectionString: store.connectionString,
    keepLast: [
      { streamPrefix: LEASE_STREAM_PREFIX, events: LAST_EVENTS_KEPT },
      { streamPrefix: DELIVERIES_STREAM_PREFIX, events: LAST_EVENTS_KEPT },
      { streamPrefix: ATTEMPTS_STREAM_PREFIX, events: ATTEMPTS_KEPT },
      // A key that was rotated away, or whose subscription was deleted, is nobody's any more.
      { streamPrefix: WEBHOOK_KEYS_STREAM_PREFIX, events: 1 },
    ],
    onNotice: (sentence) => logger.warn(sentence),
  };
};
