import { instantMs, isInstant, type Instant, type LocalText } from '#libs/domain';

/** What the status view must show at a moment. */
export interface Expectation {
  readonly line: number;
  readonly at: Instant;
  /** JSON pointer (RFC 6901) into the status view. */
  readonly path: string;
  readonly test: Test;
}

export type Test =
  | { readonly equals: unknown; readonly in?: never; readonly absent?: never }
  | { readonly in: readonly unknown[]; readonly equals?: never; readonly absent?: never }
  | { readonly absent: true; readonly equals?: never; readonly in?: never };

export type Verdict =
  { readonly held: true } | { readonly held: false; readonly found: unknown; readonly message: LocalText };

/** Whether the status view shows what was expected. `found` is undefined where there is no value. */
export const holds = (expectation: Pick<Expectation, 'path' | 'test'>, statusView: unknown): Verdict => {
  const { path, test } = expectation;
  const found = valueAt(statusView, path);
  if (passes(test, found)) return { held: true };
  const [wanted, shown] = [describeTest(test), describeValue(found)];
  return {
    held: false,
    found,
    message: {
      fr: `${path}\u00a0: attendu ${wanted.fr}, trouvé ${shown.fr}.`,
      en: `${path}: expected ${wanted.en}, found ${shown.en}.`,
    },
  };
};

const passes = (test: Test, found: unknown): boolean => {
  if (test.absent) return found === undefined || found === null;
  return test.in ? test.in.some((value) => isSame(value, found)) : isSame(test.equals, found);
};

const describeTest = (test: Test): LocalText => {
  if (test.absent) return { fr: 'aucune valeur', en: 'no value' };
  if (!test.in) return describeValue(test.equals);
  const values = test.in.map((value) => JSON.stringify(value)).join(', ');
  return { fr: `une valeur parmi ${values}`, en: `one of ${values}` };
};

const describeValue = (value: unknown): LocalText =>
  value === undefined
    ? { fr: 'aucune valeur', en: 'no value' }
    : { fr: JSON.stringify(value), en: JSON.stringify(value) };

export const isPointer = (path: string): boolean => /^(\/([^~/]|~[01])*)*$/u.test(path);

/** The segments of a JSON pointer, unescaped. */
export const segmentsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));

/** The value that a JSON pointer (RFC 6901) leads to; undefined when there is none. */
export const valueAt = (document: unknown, pointer: string): unknown => {
  let value = document;
  for (const segment of segmentsOf(pointer)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    if (Array.isArray(value) && !/^(0|[1-9]\d*)$/.test(segment)) return undefined;
    value = (value as Record<string, unknown>)[segment];
  }
  return value;
};

/** Deep equality of JSON. Two times are the same when they are the same instant, whatever their offset. */
const isSame = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (isInstant(a) && isInstant(b)) return instantMs(a) === instantMs(b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every(
      (key) =>
        Object.hasOwn(b, key) && isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
    )
  );
};
