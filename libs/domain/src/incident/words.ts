import type { Language } from './incident.rejections.js';
import { instantMs, type Instant } from '../kernel/instant.js';
import type { LocalText } from '../playbook/playbook.js';
import { ruleLabels } from './incident.labels.js';
import { valueLabel } from './value.labels.js';

export const NBSP = '\u00a0';
const LINE_TEXT_CHARS_MAX = 1000;
const NAMES_MAX = 4;

const MONTHS = {
  fr: ['janv.', 'févr.', 'mars', 'avr.', 'mai', 'juin', 'juil.', 'août', 'sept.', 'oct.', 'nov.', 'déc.'],
  en: ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
} as const;

/** Labels that keep their capital inside a sentence. */
const PROPER: ReadonlySet<string> = new Set(['ans', 'facebook']);

/** The words of one language, made once: lines are built for hundreds of thousands of events. */
export class Words {
  private readonly values = new Map<string, string>();

  constructor(readonly language: Language) {}

  pick(fr: string, en: string): string {
    return this.language === 'fr' ? fr : en;
  }

  /** `head : detail – detail`, without what is absent. */
  line(head: string, ...details: readonly (string | undefined)[]): string {
    const said = details.filter((detail) => detail !== undefined && detail !== '');
    return said.length === 0 ? head : `${head}${this.language === 'fr' ? NBSP : ''}: ${said.join(' – ')}`;
  }

  /** `head (detail, detail)`, without what is absent. */
  aside(head: string, ...details: readonly (string | undefined)[]): string {
    const said = details.filter((detail) => detail !== undefined && detail !== '');
    return said.length === 0 ? head : `${head} (${said.join(', ')})`;
  }

  /** A value of a closed list, as it stands inside a sentence; undefined when it is absent or not known. */
  value(field: string, value: string | undefined): string | undefined {
    if (value === undefined || value === 'unknown') return undefined;
    const key = `${field}|${value}`;
    let word = this.values.get(key);
    if (word === undefined) {
      word = inSentence(value, valueLabel(field, value)[this.language]);
      this.values.set(key, word);
    }
    return word;
  }

  /** `before words`, when there are words. */
  with(fr: string, en: string, text: string | undefined): string | undefined {
    return text === undefined || text === '' ? undefined : `${this.pick(fr, en)} ${this.text(text)}`;
  }

  text(text: string): string;
  text(text: string | undefined): string | undefined;
  text(text: string | undefined): string | undefined {
    return text === undefined ? undefined : plain(text);
  }

  quote(text: string): string {
    return this.language === 'fr' ? `«${NBSP}${plain(text)}${NBSP}»` : `“${plain(text)}”`;
  }

  capital(text: string): string {
    return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`;
  }

  list(items: readonly string[] | undefined): string | undefined {
    return items === undefined || items.length === 0 ? undefined : items.map(plain).join(', ');
  }

  /** Names of organisations, the first few and how many more. */
  bodies(names: readonly string[]): string {
    if (names.length <= NAMES_MAX) return names.map(plain).join(', ');
    const more = names.length - NAMES_MAX + 1;
    const first = names.slice(0, NAMES_MAX - 1).map(plain);
    return `${first.join(', ')} ${this.pick(`et ${more} autres`, `and ${more} more`)}`;
  }

  rule(rule: string, title?: LocalText): string {
    return ruleLabels[rule]?.[this.language] ?? title?.[this.language] ?? rule;
  }

  number(value: number): string {
    return String(value).replaceAll(/\B(?=(?:\d{3})+(?!\d))/g, this.language === 'fr' ? '\u202f' : ',');
  }

  /** A number and what it counts, singular and plural: French has one plural less, of 0. */
  count(value: number, fr: readonly [string, string], en: readonly [string, string]): string {
    const isOne = this.language === 'fr' ? value < 2 : value === 1;
    return `${this.number(value)} ${this.pick(fr[isOne ? 0 : 1], en[isOne ? 0 : 1])}`;
  }

  money(amount: number | undefined, currency: string | undefined): string | undefined {
    if (amount === undefined) return undefined;
    const [whole = '', cents] = String(amount).split('.');
    const point = this.language === 'fr' ? ',' : '.';
    const value = `${this.number(Number(whole))}${cents ? point + cents.padEnd(2, '0') : ''}`;
    return currency ? `${value}${NBSP}${currency === 'EUR' ? '€' : currency}` : value;
  }

  /** The time as it was written where it has an offset; in French time where it was written in UTC. */
  at(instant: Instant): string {
    const utc = instant.endsWith('Z');
    const local = utc ? new Date(instantMs(instant) + parisOffsetMs(instantMs(instant))).toISOString() : instant;
    const day = Number(local.slice(8, 10));
    const month = MONTHS[this.language][Number(local.slice(5, 7)) - 1] ?? '';
    const date = `${day === 1 && this.language === 'fr' ? '1er' : day}${NBSP}${month}${NBSP}${local.slice(0, 4)}`;
    const time = local.slice(11, 16);
    const zone = utc ? ` (${this.pick('heure de Paris', 'Paris time')})` : '';
    return this.language === 'fr' ? `${date} à ${time}${zone}` : `${date}, ${time}${zone}`;
  }
}

const inSentence = (value: string, label: string): string =>
  /^\p{Lu}\p{Ll}/u.test(label) && !PROPER.has(value) ? label[0]?.toLowerCase() + label.slice(1) : label;

/** Line breaks, controls and marks that turn the direction of writing: an attacker's text must not pose as ours. */
const NOT_PLAIN = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

const plain = (text: string): string => {
  const clean = text.replaceAll(NOT_PLAIN, ' ').trim();
  return clean.length > LINE_TEXT_CHARS_MAX ? `${clean.slice(0, LINE_TEXT_CHARS_MAX - 1).trimEnd()}…` : clean;
};

const HOUR_MS = 3_600_000;

/** Summer time from the last Sunday of March to the last Sunday of October, 01:00 UTC (directive 2000/84/EC). */
const parisOffsetMs = (ms: number): number => {
  const year = new Date(ms).getUTCFullYear();
  return ms >= lastSundayMs(year, 2) && ms < lastSundayMs(year, 9) ? 2 * HOUR_MS : HOUR_MS;
};

/** 01:00 UTC on the last Sunday of a month of 31 days; `month` from 0. */
const lastSundayMs = (year: number, month: number): number => {
  const last = Date.UTC(year, month, 31, 1);
  return last - new Date(last).getUTCDay() * 24 * HOUR_MS;
};
