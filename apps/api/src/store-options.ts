import { Logger } from '@nestjs/common';
import { join } from 'node:path';
import { LEASE_STREAM_PREFIX } from '#libs/application';
import type { EventStoreOptions } from '#libs/event-store';
import type { Config } from './config.js';

/** A lease is its last event; a few more tell an operator who held it before. */
const LEASE_EVENTS_KEPT = 10;

/** The log that the configuration names. */
export const storeOptions = ({ store, data }: Config): EventStoreOptions => {
  if (store.kind === 'sqlite') return { store: 'sqlite', file: join(data, 'log.db') };
  const logger = new Logger('EventStore');
  return {
    store: 'eventstoredb',
    connectionString: store.connectionString,
    keepLast: { streamPrefix: LEASE_STREAM_PREFIX, events: LEASE_EVENTS_KEPT },
    onNotice: (sentence) => logger.warn(sentence),
  };
};
