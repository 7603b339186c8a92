import type { Instant, Language, LocalText } from '#libs/domain';
import { pageTexts, type PageText } from './page-texts.js';
import { dayAndTime, dayOf, timeOfDay } from './wall-time.js';

type Facts = Readonly<Record<string, string | number>>;

export interface ReaderSettings {
  readonly language: Language;
  /** The language was chosen in the address: links keep it. */
  readonly chosen: boolean;
  readonly now: Instant;
  /** Of the incident that is shown. */
  readonly timeZone: string;
  readonly openAccess: boolean;
  readonly version: string;
  readonly pen?: { readonly name: string; readonly role?: string };
  /** Address of the page, with its query, in which the language can be changed. */
  readonly address: string;
  /** A fresh idempotency key for each form. */
  readonly newKey: () => string;
}

export const DEFAULT_ZONE = 'Europe/Paris';

/** For whom a page is written: the words, the times and the addresses of one reader. */
export class Reader {
  constructor(readonly settings: ReaderSettings) {}

  get language(): Language {
    return this.settings.language;
  }

  say(text: PageText, facts: Facts = {}): string {
    return pageTexts[text][this.language].replaceAll(/\{(\w+)\}/g, (_match, name: string) => String(facts[name] ?? ''));
  }

  of(text: LocalText): string {
    return text[this.language];
  }

  at(instant: Instant): string {
    return dayAndTime(instant, this.language, this.settings.timeZone);
  }

  day(instant: Instant): string {
    return dayOf(instant, this.language, this.settings.timeZone);
  }

  time(instant: Instant): string {
    return timeOfDay(instant, this.language, this.settings.timeZone);
  }

  in(timeZone: string): Reader {
    return new Reader({ ...this.settings, timeZone });
  }

  /** An address of ours, in the reader's language where it was chosen. */
  link(path: string, query: Readonly<Record<string, string | number | undefined>> = {}, hash = ''): string {
    const all: typeof query = { ...query, ...(this.settings.chosen ? { lang: this.language } : {}) };
    const pairs = Object.entries(all).filter(([, value]) => value !== undefined && value !== '');
    const search = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
    return `${path}${search ? `?${search}` : ''}${hash ? `#${hash}` : ''}`;
  }

  /** This page in the other language. */
  get otherLanguage(): { readonly language: Language; readonly href: string } {
    const language = this.language === 'fr' ? 'en' : 'fr';
    // Of several slashes in front, browsers take what follows for the name of a server.
    const url = new URL(`http://local/${this.settings.address.replace(/^[/\\]+/, '')}`);
    url.searchParams.set('lang', language);
    return { language, href: `${url.pathname.replace(/^\/+/, '/')}${url.search}` };
  }
}
