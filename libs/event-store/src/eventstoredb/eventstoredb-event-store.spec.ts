import { EventStoreDBClient } from '@eventstore/db-client';
import { EventStoreDbTwin } from '../../../../test/support/eventstoredb-twin/twin.js';
import { eventStoreContract, type ContractTarget } from '../testing/event-store.contract.js';
import { readConnectionString } from './connection-string.js';
import { EventStoreDbEventStore } from './eventstoredb-event-store.js';

const REAL = process.env['TOCSIN_TEST_EVENTSTORE'];

eventStoreContract('EventStoreDbEventStore on the twin', async () => {
  const twin = await EventStoreDbTwin.start();
  const target = await targetOn(twin.connectionString);
  return {
    ...target,
    cleanup: async () => {
      await target.cleanup();
      await twin.close();
    },
  };
});

if (REAL === undefined) {
  it.skip('EventStoreDbEventStore on a real server (skipped: TOCSIN_TEST_EVENTSTORE holds no connection string)', () =>
    undefined);
} else {
  eventStoreContract('EventStoreDbEventStore on a real server', async () => targetOn(REAL));
}

/** The administrator works through a client of the same server. */
async function targetOn(connectionString: string): Promise<ContractTarget> {
  let store = await EventStoreDbEventStore.connect({ connectionString });
  const admin = EventStoreDBClient.connectionString(connectionString);
  // Any will do without TLS; they keep the administrator off the batch append.
  const credentials = readConnectionString(connectionString).credentials ?? { username: 'admin', password: 'changeit' };
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await EventStoreDbEventStore.connect({ connectionString });
      return store;
    },
    cleanup: async () => {
      await store.close();
      await admin.dispose();
    },
    admin: {
      deleteStream: async (stream) => void (await admin.tombstoneStream(stream, { credentials })),
      truncateStream: async (stream, before) =>
        void (await admin.setStreamMetadata(stream, { truncateBefore: before }, { credentials })),
    },
  };
}
