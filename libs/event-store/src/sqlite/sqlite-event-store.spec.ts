import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { eventStoreContract } from '../testing/event-store.contract.js';
import { SqliteEventStore } from './sqlite-event-store.js';

eventStoreContract('SqliteEventStore', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-log-'));
  const file = join(directory, 'log.db');
  let store = SqliteEventStore.open({ file });
  const shell = (sql: string, ...values: unknown[]): void => {
    const db = new Database(file);
    db.prepare(sql).run(...values);
    db.close();
  };
  const ofStream = 'sid = (SELECT sid FROM streams WHERE name = ?)';
  return {
    store,
    reopen: async () => {
      await store.close();
      store = SqliteEventStore.open({ file });
      return store;
    },
    cleanup: async () => {
      await store.close();
      rmSync(directory, { recursive: true });
    },
    admin: {
      deleteStream: async (stream) => shell(`DELETE FROM events WHERE ${ofStream}`, stream),
      truncateStream: async (stream, before) =>
        shell(`DELETE FROM events WHERE ${ofStream} AND rev < ?`, stream, before),
    },
  };
});
