import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Test } from '@nestjs/testing';
import { EventStoreModule, openEventStore, type EventStoreOptions } from './event-store.module.js';
import { EventStore, NO_STREAM } from './port.js';

const directory = mkdtempSync(join(tmpdir(), 'tocsin-module-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('EventStoreModule', () => {
  it('provides the store, and closes it when the application shuts down', async () => {
    const options: EventStoreOptions = { store: 'sqlite', file: join(directory, 'log.db') };
    const app = await Test.createTestingModule({ imports: [EventStoreModule.forRoot(options)] }).compile();
    await app.init();
    const store = app.get(EventStore);
    const id = '7d0c2c1e-2f0a-4c53-8a4e-0a4f8f0b9c11';
    const appending = store.append('incident-1', NO_STREAM, [{ id, type: 'Noted', data: {}, meta: {} }]);
    await app.close();
    expect((await appending).revision).toBe(0);
    await expect(store.head()).rejects.toThrow('closed');
    const again = await openEventStore(options);
    expect(await again.readStream('incident-1')).toHaveLength(1);
    await again.close();
  });

  it('names an adapter that it does not know', async () => {
    await expect(openEventStore({ store: 'paper' } as unknown as EventStoreOptions)).rejects.toThrow('paper');
  });
});
