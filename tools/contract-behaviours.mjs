// What the contract suite of the event store tests, asked of the suite itself, and held against its reference page.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import '../test/support/typescript-hooks.mjs';

/** How many behaviours of EventStoreDB and KurrentDB each letter has; their numbers run through. P is of our own. */
const COUNTS = { A: 24, B: 18, C: 5, D: 16, E: 12, F: 20, G: 5, H: 18, I: 22, J: 8 };

/** Registers the suite with words of Jest that only take down what would be run. */
export const contractBehaviours = async () => {
  const behaviours = [];
  const words = {
    describe: (_name, register) => register(),
    it: (name) => behaviours.push(name),
    beforeAll: () => undefined,
    afterAll: () => undefined,
  };
  Object.assign(globalThis, words);
  const { eventStoreContract } = await import('../libs/event-store/src/testing/event-store.contract.ts');
  eventStoreContract('', () => undefined);
  for (const word of Object.keys(words)) delete globalThis[word];
  return behaviours.map((name) => {
    const [, number, title] = /^([A-Z]\d+) (.+)$/s.exec(name);
    return { number, title };
  });
};

/** Behaviours that an adapter's spec skips, with its reason. */
export const contractSkips = (root) =>
  globSync('libs/event-store/src/*/*.spec.ts', { cwd: root }).flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/\bbehaviour: '(\w+)',\s*reason: '([^']+)'/g)].map(
      ([, number, reason]) => ({ adapter: file.split('/').at(-2), number, reason }),
    ),
  );

/** Sentences: what the suite and the page's own table of behaviours without counterpart do not agree on. */
export const mismatches = (behaviours, page) => {
  const inSuite = new Set(behaviours.map(({ number }) => number));
  const without = new Map(rowsWithout(page));
  const known = Object.entries(COUNTS).reduce(
    ({ all, next }, [letter, count]) => ({
      all: [...all, ...Array.from({ length: count }, (_, n) => `${letter}${next + n}`)],
      next: next + count,
    }),
    { all: [], next: 1 },
  ).all;
  return [
    ...(inSuite.size < behaviours.length ? ['A number is twice in the suite'] : []),
    ...known
      .filter((number) => !inSuite.has(number) && !isWithout(without, number))
      .map((number) => `${number} is not in the suite, and the page does not say why`),
    ...[...inSuite]
      .filter((number) => without.get(number) === 'missing')
      .map((number) => `${number} is in the suite, and the page says that it has no counterpart`),
    ...[...without.keys()]
      .filter((number) => !known.includes(number) && !(number in COUNTS))
      .map((number) => `${number} is on the page, and no behaviour has this number`),
  ];
};

const isWithout = (without, number) => without.has(number) || without.has(number[0]);

/** Number (or letter, for all of them) and whether it differs only; a row names several, and ranges of them. */
const rowsWithout = (page) =>
  [...page.matchAll(/^\| ([A-Z][A-Z\d, –]*) \| (.+) \|$/gm)].flatMap(([, numbers, why]) =>
    numbers.split(', ').flatMap((range) => {
      const [, letter, from, to = from] = /^([A-Z])(\d*)(?:–[A-Z](\d+))?$/.exec(range);
      const each = from === '' ? [letter] : Array.from({ length: to - from + 1 }, (_, n) => `${letter}${+from + n}`);
      return each.map((number) => [number, why.startsWith('differ') ? 'differs' : 'missing']);
    }),
  );
