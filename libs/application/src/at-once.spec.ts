import { setImmediate as nextTurn } from 'node:timers/promises';
import { eachAtOnce } from './at-once.js';

describe('Work for many, some at once', () => {
  it('is done once for each, never for more at a time than said', async () => {
    const done: number[] = [];
    let [underWay, most] = [0, 0];
    const items = Array.from({ length: 50 }, (_, n) => n);
    await eachAtOnce(items, 4, async (item) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await nextTurn();
      underWay -= 1;
      done.push(item);
    });
    expect(most).toBe(4);
    expect(done.toSorted((left, right) => left - right)).toEqual(items);
  });

  it('fails with the first failure, and leaves no other one unheard', async () => {
    await expect(
      eachAtOnce([1, 2, 3], 2, async (item) => {
        await nextTurn();
        throw new Error(`failed at ${item}`);
      }),
    ).rejects.toThrow('failed at 1');
  });

  it('fails only when nothing is under way any more, and begins nothing after a failure', async () => {
    const [begun, ended]: [number[], number[]] = [[], []];
    let goOn = (): void => undefined;
    const slow = new Promise<void>((resolve) => (goOn = resolve));
    const working = eachAtOnce([1, 2, 3, 4, 5], 2, async (item) => {
      begun.push(item);
      if (item === 1) throw new Error('failed at 1');
      await slow;
      ended.push(item);
    });
    setImmediate(goOn);
    await expect(working).rejects.toThrow('failed at 1');
    expect([begun, ended]).toEqual([[1, 2], [2]]);
  });
});
