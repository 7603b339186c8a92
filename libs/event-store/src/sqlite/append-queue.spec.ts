import { Conflict, NO_STREAM, OutcomeUnknown, Unavailable } from '../port.js';
import { AppendQueue, BATCH_EVENTS_MAX, QUEUE_APPENDS_MAX, type Outcome, type PendingAppend } from './append-queue.js';

const events = (count: number) => ({
  events: Array.from({ length: count }, () => ({ id: '', type: 'T', data: '{}', meta: '{}' })),
  bytes: 4 * count,
});
const done: Outcome = { revision: 0, position: 'p1' };

function queueThat(write: (batch: readonly PendingAppend[]) => readonly Outcome[]) {
  const batches: string[][] = [];
  let durable = 0;
  const queue = new AppendQueue(
    (batch) => {
      batches.push(batch.map(({ stream }) => stream));
      return write(batch);
    },
    () => (durable += 1),
  );
  return { queue, batches, durable: () => durable };
}

describe('AppendQueue', () => {
  it('makes the appends of one turn one batch, in order, and the next ones another', async () => {
    const { queue, batches, durable } = queueThat((batch) => batch.map(() => done));
    await Promise.all(['a', 'b', 'c'].map((stream) => queue.add(stream, NO_STREAM, events(1))));
    await queue.add('d', NO_STREAM, events(1));
    expect(batches).toEqual([['a', 'b', 'c'], ['d']]);
    expect(durable()).toBe(2);
  });

  it('gives each append its own outcome', async () => {
    const conflict = new Conflict('b', NO_STREAM, 3);
    const { queue } = queueThat(() => [done, conflict]);
    const results = await Promise.allSettled(['a', 'b'].map((stream) => queue.add(stream, NO_STREAM, events(1))));
    expect(results).toEqual([
      { status: 'fulfilled', value: done },
      { status: 'rejected', reason: conflict },
    ]);
  });

  it('bounds a batch, and lets a larger append go alone', async () => {
    const { queue, batches } = queueThat((batch) => batch.map(() => done));
    const sizes = { a: BATCH_EVENTS_MAX + 1, b: 1, c: BATCH_EVENTS_MAX - 1, d: 1 };
    await Promise.all(Object.entries(sizes).map(([stream, size]) => queue.add(stream, NO_STREAM, events(size))));
    expect(batches).toEqual([['a'], ['b', 'c'], ['d']]);
  });

  it('refuses what waits too long a line, and takes appends again when it is shorter', async () => {
    const { queue } = queueThat((batch) => batch.map(() => done));
    const waiting = Array.from({ length: QUEUE_APPENDS_MAX }, () => queue.add('a', NO_STREAM, events(1)));
    await expect(queue.add('b', NO_STREAM, events(1))).rejects.toBeInstanceOf(Unavailable);
    await Promise.all(waiting);
    await expect(queue.add('b', NO_STREAM, events(1))).resolves.toBe(done);
  });

  it('fails a batch that was not written, and goes on', async () => {
    let full = true;
    const { queue, durable } = queueThat((batch) => {
      if (full) throw new Unavailable('The disk is full');
      return batch.map(() => done);
    });
    const refused = ['a', 'b'].map((stream) => queue.add(stream, NO_STREAM, events(1)));
    for (const append of refused) await expect(append).rejects.toThrow('The disk is full');
    full = false;
    await expect(queue.add('a', NO_STREAM, events(1))).resolves.toBe(done);
    expect(durable()).toBe(1);
    expect(queue.halted).toBeUndefined();
  });

  it('halts for ever when the outcome of a batch is unknown', async () => {
    const { queue, batches } = queueThat(() => {
      throw new OutcomeUnknown('The disk did not confirm');
    });
    const first = queue.add('a', NO_STREAM, events(BATCH_EVENTS_MAX));
    const behind = queue.add('b', NO_STREAM, events(1));
    await expect(first).rejects.toBeInstanceOf(OutcomeUnknown);
    await expect(behind).rejects.toBeInstanceOf(Unavailable);
    await expect(queue.add('c', NO_STREAM, events(1))).rejects.toThrow('The disk did not confirm');
    expect(batches).toEqual([['a']]);
    expect(queue.halted).toBe('The disk did not confirm');
    await queue.close();
  });
});
