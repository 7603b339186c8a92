import { AXES, instantMs, isInstant, type Axis } from '#libs/domain';
import { BadParameter } from '#libs/application';
import type { Position } from '#libs/event-store';

export const LIMIT_MAX = 500;
const LIMIT_DEFAULT = 100;

/** Where a page of a list goes on, by what the list is in the order of. */
export const CURSORS = {
  number: /^\d{1,15}$/,
  /** A time in milliseconds and a revision. */
  occurrence: /^-?\d{1,16}_\d{1,9}$/,
  /** An incident and a number within it. */
  incident: /^[0-9a-f-]{36}_\d{1,9}$/,
  /** A term in milliseconds, an incident and a number within it. */
  term: /^-?\d{1,16}_[0-9a-f-]{36}_\d{1,9}$/,
} as const;

/** Query string as Fastify gives it: a repeated name is a list. */
export type RawQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

const text = (query: RawQuery, name: string): string | undefined => {
  const value = query[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw new BadParameter(name, { fr: 'une seule valeur', en: 'one value only' });
  if (value.length > 1000)
    throw new BadParameter(name, { fr: '1000 caractères au plus', en: '1000 characters at most' });
  return value;
};

/** Reads query parameters one by one, and refuses those that the route does not have. */
export class Parameters {
  constructor(
    private readonly query: RawQuery,
    names: readonly string[],
  ) {
    const known = new Set([...names, 'await', 'lang']);
    for (const name of Object.keys(query)) {
      if (known.has(name)) continue;
      const all = [...known].join(', ');
      throw new BadParameter(name.slice(0, 100), {
        fr: `un autre nom : il n’existe pas ici. Paramètres possibles : ${all}`,
        en: `another name: it does not exist here. Possible parameters: ${all}`,
      });
    }
  }

  text(name: string): string | undefined {
    return text(this.query, name);
  }

  list(name: string): readonly string[] | undefined {
    return this.text(name)
      ?.split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '');
  }

  limit(otherwise = LIMIT_DEFAULT): number {
    const value = this.text('limit');
    if (value === undefined) return otherwise;
    const limit = Number(value);
    if (/^\d+$/.test(value) && limit >= 1 && limit <= LIMIT_MAX) return limit;
    throw new BadParameter('limit', { fr: `un nombre de 1 à ${LIMIT_MAX}`, en: `a number from 1 to ${LIMIT_MAX}` });
  }

  /** Revision after which to go on; -1 for the start. */
  afterRevision(): number {
    const value = this.text('after');
    if (value === undefined) return -1;
    if (/^\d{1,15}$/.test(value)) return Number(value);
    throw new BadParameter('after', { fr: 'une révision (chiffres)', en: 'a revision (digits)' });
  }

  /** @param form what the list gives as `next`. */
  cursor(name: string, form: RegExp = CURSORS.number): string | undefined {
    const value = this.text(name);
    if (value === undefined || form.test(value)) return value;
    throw new BadParameter(name, {
      fr: 'le curseur « next » d’une page précédente',
      en: 'the cursor "next" of an earlier page',
    });
  }

  axis(): Axis {
    return this.oneOf('axis', AXES) ?? 'recorded';
  }

  flag(name: string): boolean | undefined {
    const value = this.oneOf(name, ['true', 'false']);
    return value === undefined ? undefined : value === 'true';
  }

  oneOf<Value extends string>(name: string, values: readonly Value[]): Value | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = values.find((each) => each === value);
    if (found) return found;
    throw new BadParameter(name, {
      fr: `une de ces valeurs : ${values.join(', ')}`,
      en: `one of: ${values.join(', ')}`,
    });
  }

  timeMs(name: string): number | undefined {
    const value = this.text(name)?.replace(/ (\d\d:\d\d)$/, '+$1');
    if (value === undefined) return undefined;
    if (isInstant(value)) return instantMs(value);
    throw new BadParameter(name, { fr: 'une date RFC 3339 avec fuseau', en: 'an RFC 3339 time with offset' });
  }

  moment(): { readonly asOf?: string; readonly axis: Axis } {
    const asOf = this.text('asOf');
    return { ...(asOf === undefined ? {} : { asOf }), axis: this.axis() };
  }
}

export const awaited = (query: RawQuery): Position | undefined => text(query, 'await');

/** A page of a list that is whole in memory; the cursor is how many came before. */
export const pageOf = <Item>(
  items: readonly Item[],
  parameters: Parameters,
  limitDefault?: number,
): { readonly items: readonly Item[]; readonly next?: string } => {
  const [start, limit] = [Number(parameters.cursor('cursor') ?? 0), parameters.limit(limitDefault)];
  const page = items.slice(start, start + limit);
  return start + limit < items.length ? { items: page, next: String(start + limit) } : { items: page };
};
