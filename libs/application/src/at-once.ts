/**
 * Does the work for each, so many at a time: one after the other, a store on another machine would be waited for each time.
 * @throws what the work threw, once nothing is under way any more; what was not begun by then is left out.
 */
export const eachAtOnce = async <Item>(
  items: Iterable<Item>,
  max: number,
  work: (item: Item) => Promise<void>,
): Promise<void> => {
  // A generator, which a throw closes for all who take from it.
  const queue = eachOf(items);
  const takeTurns = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  const turns = await Promise.allSettled(Array.from({ length: max }, takeTurns));
  const failed = turns.find((turn) => turn.status === 'rejected');
  if (failed) throw failed.reason;
};

function* eachOf<Item>(items: Iterable<Item>): Generator<Item> {
  yield* items;
}
