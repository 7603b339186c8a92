/**
 * Other stores of events, measured beside ours. They are not dependencies: they are installed by hand in a folder of
 * their own, since their peer dependencies do not resolve and one of them needs a compiler (docs/benchmarks.md).
 */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { NewEvent } from '../../../libs/event-store/src/port.js';

export const PEERS = ['emmett-sqlite', 'emmett-postgres', 'castore-postgres'] as const;
export type Peer = (typeof PEERS)[number];

export interface PeerOptions {
  /** Where the peers are installed. */
  readonly folder: string;
  /** Of the database, for those that keep their events in one. */
  readonly file: string;
  /** Connection string of a PostgreSQL in which a database named tocsin_bench may be made, and thrown away. */
  readonly postgres: string;
}

export interface OpenPeer {
  /** Answers the revision of the last event. */
  append(stream: string, expected: number, events: readonly NewEvent[]): Promise<number>;
  /** Answers the number of events read. */
  load(stream: string): Promise<number>;
  close(): Promise<void>;
}

interface EmmettStore {
  appendToStream(
    stream: string,
    events: readonly object[],
    options: { expectedStreamVersion: bigint | 'STREAM_DOES_NOT_EXIST' },
  ): Promise<{ nextExpectedStreamVersion: bigint }>;
  readStream(stream: string): Promise<{ events: readonly unknown[] }>;
  close?(): Promise<void>;
}

interface EmmettSqlite {
  sqliteConnection(options: { fileName: string }): { command(sql: string): Promise<unknown>; close(): void };
  SQLiteConnectionPool(options: object): object;
  getSQLiteEventStore(options: object): EmmettStore;
}

interface EmmettPostgres {
  getPostgreSQLEventStore(connectionString: string): EmmettStore;
}

interface CastoreEvent {
  readonly aggregateId: string;
  readonly version: number;
  readonly type: string;
  readonly payload: unknown;
  readonly metadata: unknown;
}

interface CastoreAdapter {
  pushEvent(event: CastoreEvent, options: { eventStoreId: string }): Promise<unknown>;
  groupEvent(event: CastoreEvent): { context?: { eventStoreId: string } };
  pushEventGroup(options: object, ...events: unknown[]): Promise<unknown>;
  getEvents(aggregateId: string, context: { eventStoreId: string }): Promise<{ events: readonly unknown[] }>;
}

interface CastorePostgres {
  PostgresEventStorageAdapter: (new (options: { connectionString: string }) => CastoreAdapter) & {
    createEventTable(options: { connectionString: string }): Promise<unknown>;
  };
}

interface Postgres {
  (
    connectionString: string,
    options: { onnotice(): void },
  ): { unsafe(sql: string): Promise<unknown>; end(): Promise<void> };
}

const loaderIn =
  (folder: string) =>
  <Module>(name: string): Module =>
    createRequire(join(folder, 'package.json'))(name) as Module;

export function openPeer(peer: Peer, options: PeerOptions): Promise<OpenPeer> {
  return {
    'emmett-sqlite': openEmmettSqlite,
    'emmett-postgres': openEmmettPostgres,
    'castore-postgres': openCastorePostgres,
  }[peer](options);
}

/** One connection for all, set by hand to what is durable: its fastest way that is. */
async function openEmmettSqlite({ folder, file }: PeerOptions): Promise<OpenPeer> {
  const emmett = loaderIn(folder)<EmmettSqlite>('@event-driven-io/emmett-sqlite');
  const connection = emmett.sqliteConnection({ fileName: file });
  await connection.command('PRAGMA journal_mode = WAL');
  await connection.command('PRAGMA synchronous = FULL');
  const shared = { fileName: file, connectionOptions: { singleton: true, connection } };
  const store = emmett.getSQLiteEventStore({ ...shared, pool: emmett.SQLiteConnectionPool(shared) });
  return emmettPeer(store, async () => connection.close());
}

async function openEmmettPostgres({ folder, postgres }: PeerOptions): Promise<OpenPeer> {
  const database = await newDatabase(folder, postgres);
  const emmett = loaderIn(folder)<EmmettPostgres>('@event-driven-io/emmett-postgresql');
  const store = emmett.getPostgreSQLEventStore(database.connectionString);
  return emmettPeer(store, async () => store.close?.());
}

const emmettPeer = (store: EmmettStore, close: () => Promise<void>): OpenPeer => ({
  append: async (stream, expected, events) => {
    const appended = await store.appendToStream(
      stream,
      events.map(({ type, data, meta }) => ({ type, data, metadata: meta })),
      { expectedStreamVersion: expected < 0 ? 'STREAM_DOES_NOT_EXIST' : BigInt(expected + 1) },
    );
    return Number(appended.nextExpectedStreamVersion) - 1;
  },
  load: async (stream) => (await store.readStream(stream)).events.length,
  close,
});

const EVENT_STORE = { eventStoreId: 'incidents' };

async function openCastorePostgres({ folder, postgres }: PeerOptions): Promise<OpenPeer> {
  const database = await newDatabase(folder, postgres);
  const { PostgresEventStorageAdapter } = loaderIn(folder)<CastorePostgres>('@castore/event-storage-adapter-postgres');
  await PostgresEventStorageAdapter.createEventTable(database);
  const adapter = new PostgresEventStorageAdapter(database);
  // Its ids are UUIDs.
  const aggregates = new Map<string, string>();
  const aggregateOf = (stream: string): string => {
    const known = aggregates.get(stream) ?? randomUUID();
    aggregates.set(stream, known);
    return known;
  };
  return {
    append: async (stream, expected, events) => {
      const details = events.map(({ type, data, meta }, index) => ({
        aggregateId: aggregateOf(stream),
        version: expected + 2 + index,
        type,
        payload: data,
        metadata: meta,
      }));
      const [only] = details;
      if (only !== undefined && details.length === 1) await adapter.pushEvent(only, EVENT_STORE);
      else {
        const grouped = details.map((detail) => Object.assign(adapter.groupEvent(detail), { context: EVENT_STORE }));
        await adapter.pushEventGroup({}, ...grouped);
      }
      return expected + events.length;
    },
    load: async (stream) => (await adapter.getEvents(aggregateOf(stream), EVENT_STORE)).events.length,
    close: async () => undefined, // it has no way to: the process ends
  };
}

const DATABASE = 'tocsin_bench';

/** Made anew for each measurement, so that none pays for what another one wrote. The last one stays. */
async function newDatabase(folder: string, server: string): Promise<{ connectionString: string }> {
  const admin = loaderIn(folder)<Postgres>('postgres')(server, { onnotice: () => undefined });
  await admin.unsafe(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`);
  await admin.unsafe(`CREATE DATABASE ${DATABASE}`);
  await admin.end();
  const connectionString = new URL(server);
  connectionString.pathname = `/${DATABASE}`;
  return { connectionString: connectionString.href };
}
