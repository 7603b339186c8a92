/** Does the work for each, so many at a time: one after the other, a store on another machine would be waited for each time. */
export const eachAtOnce = async <Item>(
  items: Iterable<Item>,
  max: number,
  work: (item: Item) => Promise<void>,
): Promise<void> => {
  const queue = [...items].values();
  const takeTurns = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: max }, takeTurns));
};
