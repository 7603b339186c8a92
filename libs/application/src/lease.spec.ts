import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEventStore, type EventStore } from '#libs/event-store';
import { RandomIds } from './ids.js';
import { Lease } from './lease.js';

const timing = { beatMs: 5, lookMs: 5, takeoverMs: 60 };

/** A duty that tells when it begins and ends. */
class Watched {
  running = false;
  begun = 0;
  private waiters: (() => void)[] = [];

  start(): void {
    this.running = true;
    this.begun += 1;
    this.tell();
  }

  async stop(): Promise<void> {
    this.running = false;
    this.tell();
  }

  async until(running: boolean): Promise<void> {
    while (this.running !== running) await new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  private tell(): void {
    for (const waiter of this.waiters.splice(0)) waiter();
  }
}

describe('A lease of a duty', () => {
  let folder: string;
  let store: EventStore;
  const leases: Lease[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tocsin-lease-'));
    store = await openEventStore({ store: 'sqlite', file: join(folder, 'log.db') });
  });

  afterEach(async () => {
    for (const lease of leases.splice(0)) await lease.stop();
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const contender = (holder: string, through: EventStore = store, isAble: () => boolean = () => true) => {
    const duty = new Watched();
    const failures: unknown[] = [];
    const lease = new Lease({
      store: through,
      ids: new RandomIds(),
      duty,
      name: 'clocks',
      holder,
      timing,
      isAble,
      onFailure: (error) => failures.push(error),
    });
    leases.push(lease);
    lease.start();
    return { duty, lease, failures };
  };

  /** The store as a process sees it that cannot reach it any more. */
  const cutOff = (answer = () => Promise.reject(new Error('unreachable'))) => {
    const line = { store, cut: false };
    line.store = new Proxy(store, {
      get: (target, name) => {
        if (line.cut && (name === 'append' || name === 'readStream')) return answer;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    return line;
  };

  it('is held by one of two processes', async () => {
    const [one, other] = [contender('one'), contender('other')];
    await Promise.race([one.duty.until(true), other.duty.until(true)]);
    expect([one.lease.isHeld, other.lease.isHeld].filter(Boolean)).toHaveLength(1);
  });

  it('passes at once to the other one when it is given back', async () => {
    const one = contender('one');
    await one.duty.until(true);
    const other = contender('other');
    await one.lease.stop();
    expect(one.duty.running).toBe(false);
    await other.duty.until(true);
  });

  it('passes to the other one when its holder is cut off, which stops by itself', async () => {
    const line = cutOff();
    const one = contender('one', line.store);
    await one.duty.until(true);
    const other = contender('other');
    line.cut = true;
    await one.duty.until(false);
    await other.duty.until(true);
    expect(one.failures.length).toBeGreaterThan(0);
    line.cut = false;
  });

  it('is not held on to by a holder whose store is silent and refuses nothing', async () => {
    const line = cutOff(() => new Promise<never>(() => undefined));
    const one = contender('one', line.store);
    await one.duty.until(true);
    line.cut = true;
    await one.duty.until(false);
    expect(one.lease.isHeld).toBe(false);
    line.cut = false;
  });

  it('is not begun by a process that hears too late that it took it', async () => {
    let answer: () => void = () => undefined;
    let one!: ReturnType<typeof contender>;
    const asked = new Promise<void>((resolve) => {
      const slow = new Proxy(store, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name, target);
          if (name !== 'append') return typeof value === 'function' ? value.bind(target) : value;
          return async (...all: Parameters<EventStore['append']>) => {
            const appended = await target.append(...all);
            if (all[2][0]?.data['holder'] !== 'one') return appended;
            await new Promise<void>((late) => {
              answer = late;
              resolve();
            });
            return appended;
          };
        },
      });
      one = contender('one', slow);
    });
    await asked;
    const other = contender('other');
    await other.duty.until(true);
    answer();
    await new Promise<void>((resolve) => void setImmediate(resolve));
    expect(one.duty.begun).toBe(0);
  });

  it('is left to the other one by a holder that cannot do the duty any more', async () => {
    let able = true;
    const one = contender('one', store, () => able);
    await one.duty.until(true);
    const other = contender('other');
    able = false;
    await one.duty.until(false);
    await other.duty.until(true);
    expect(one.lease.isHeld).toBe(false);
    expect(one.failures).toEqual([]);
  });

  it('is lost by a holder that was taken for dead, from the conflict of its renewal', async () => {
    const one = contender('one');
    await one.duty.until(true);
    const [last] = await store.readStream('lease-clocks', { direction: 'backward', max: 1 });
    const usurp = async (revision: number): Promise<void> => {
      const event = { id: new RandomIds().next(), type: 'LeaseTaken', data: { holder: 'other' }, meta: {} };
      await store.append('lease-clocks', revision, [event]).catch(async () => {
        const [now] = await store.readStream('lease-clocks', { direction: 'backward', max: 1 });
        await usurp(now?.revision ?? -1);
      });
    };
    await usurp(last?.revision ?? -1);
    await one.duty.until(false);
  });
});
