import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_STREAM, openEventStore, type EventStore } from '#libs/event-store';
import { RandomIds } from './ids.js';
import { LEASE_SILENCE_MS_MAX, LeaseWatch } from './lease-watch.js';
import { LEASE_TIMING, leaseStream } from './lease.js';

describe('Who watches a lease', () => {
  let folder: string;
  let store: EventStore;
  let nowMs = 0;
  const ids = new RandomIds();

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tocsin-watch-'));
    store = await openEventStore({ store: 'sqlite', file: join(folder, 'log.db') });
    nowMs = 1000;
  });

  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const watch = () => new LeaseWatch(store, 'clocks', LEASE_TIMING, () => nowMs);
  const beat = async (type: string, revision: number, holder = 'worker-1') => {
    const event = { id: ids.next(), type, data: { holder }, meta: { schemaVersion: 1 } };
    await store.append(leaseStream('clocks'), revision, [event]);
  };

  it('sees who holds it, and no silence while it moves', async () => {
    const watching = watch();
    await beat('LeaseTaken', NO_STREAM);
    expect(await watching.look()).toEqual({ moved: false, holder: 'worker-1', silentMs: 0 });
    nowMs += 3000;
    await beat('LeaseRenewed', 0);
    expect(await watching.look()).toEqual({ moved: true, holder: 'worker-1', silentMs: 0 });
  });

  it('counts for how long it has not moved, also when nobody ever had it', async () => {
    const watching = watch();
    await watching.look();
    nowMs += LEASE_SILENCE_MS_MAX;
    expect(await watching.look()).toEqual({ moved: false, silentMs: LEASE_SILENCE_MS_MAX });
    await beat('LeaseTaken', NO_STREAM);
    expect(await watching.look()).toEqual({ moved: true, holder: 'worker-1', silentMs: 0 });
    nowMs += 12_000;
    expect(await watching.look()).toEqual({ moved: false, holder: 'worker-1', silentMs: 12_000 });
  });

  it('sees nobody once it was given back', async () => {
    await beat('LeaseTaken', NO_STREAM);
    await beat('LeaseReleased', 0);
    expect(await watch().look()).toEqual({ moved: false, silentMs: 0 });
  });

  it('keeps what it saw last when the store does not answer', async () => {
    await beat('LeaseTaken', NO_STREAM);
    const watching = watch();
    await watching.look();
    await store.close();
    nowMs += 60_000;
    await expect(watching.look()).rejects.toThrow();
    expect(watching.sight).toEqual({ moved: false, holder: 'worker-1', silentMs: 0 });
  });
});
