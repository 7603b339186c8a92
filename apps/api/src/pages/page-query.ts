import type { PipeTransform } from '@nestjs/common';
import type { Language } from '#libs/domain';
import type { FastifyRequest } from 'fastify';
import { languageOf } from '../http/language.js';

/** What the address of a page may say. */
export interface PageQuery {
  readonly lang?: string;
  readonly asOf?: string;
  readonly axis?: string;
  /** A wall time of the incident, from the date field of the replay. */
  readonly at?: string;
  readonly before?: string;
  /** Of the board: the open incidents that did not fit on its first page. */
  readonly more?: string;
  readonly eventId?: string;
  readonly notice?: string;
  /** What a form is opened for. */
  readonly step?: string;
  readonly organisation?: string;
  readonly service?: string;
  readonly rule?: string;
}

/** An address may say the same thing twice: the first time counts. */
export class OneOfEach implements PipeTransform {
  transform(query: Readonly<Record<string, unknown>>): PageQuery {
    const first = (value: unknown): unknown => (Array.isArray(value) ? (value as unknown[])[0] : value);
    return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, first(value)]));
  }
}

export const languageAsked = (
  { lang }: PageQuery,
  request: FastifyRequest,
): { readonly language: Language; readonly chosen: boolean } =>
  lang === 'fr' || lang === 'en' ? { language: lang, chosen: true } : { language: languageOf(request), chosen: false };
