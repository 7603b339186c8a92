import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { EventStore } from './port.js';
import type { EventStoreDbEventStoreOptions } from './eventstoredb/eventstoredb-event-store.js';
import type { SqliteEventStoreOptions } from './sqlite/sqlite-event-store.js';

/** Which adapter, and what it needs. */
export type EventStoreOptions =
  | ({ readonly store: 'sqlite' } & SqliteEventStoreOptions)
  | ({ readonly store: 'eventstoredb' } & EventStoreDbEventStoreOptions);

/** Provides the {@link EventStore} of the process, and closes it after everything that uses it was stopped. */
@Module({})
export class EventStoreModule implements OnApplicationShutdown {
  constructor(private readonly store: EventStore) {}

  static forRoot(options: EventStoreOptions): DynamicModule {
    return {
      module: EventStoreModule,
      global: true,
      providers: [{ provide: EventStore, useFactory: () => openEventStore(options) }],
      exports: [EventStore],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
  }
}

/** Loads only the adapter that is used, with its client. For programs without Nest, such as the CLI. */
export async function openEventStore(options: EventStoreOptions): Promise<EventStore> {
  switch (options.store) {
    case 'sqlite': {
      const { SqliteEventStore } = await import('./sqlite/sqlite-event-store.js');
      return SqliteEventStore.open(options);
    }
    case 'eventstoredb': {
      const { EventStoreDbEventStore } = await import('./eventstoredb/eventstoredb-event-store.js');
      return EventStoreDbEventStore.connect(options);
    }
    default:
      throw new Error(`No such event store: ${String((options as { store: unknown }).store)}`);
  }
}

/** A node of a server, as the one that answered knows it. */
export interface ServerNode {
  readonly address: string;
  readonly isAlive: boolean;
  /** `other`: it starts, catches up, or only ever reads. */
  readonly role: 'leader' | 'follower' | 'other';
}

/** What a server says of itself: for a person, not for a program to act on. */
export interface ServerReport {
  readonly version?: string;
  readonly nodes: readonly ServerNode[];
}

/** @param ms for the whole examination. */
export async function examineEventStoreDb(connectionString: string, ms: number): Promise<ServerReport> {
  const { examineServer } = await import('./eventstoredb/examine-server.js');
  return examineServer(connectionString, ms);
}
