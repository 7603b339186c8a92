import type { Language } from '#libs/domain';
import type { FastifyRequest } from 'fastify';

let fallback: Language = 'fr';

/** Language of those who do not say which one they want (TOCSIN_LANG). */
export const setDefaultLanguage = (language: Language): void => {
  fallback = language;
};

export const defaultLanguage = (): Language => fallback;

/** Language of the answer, by Accept-Language (RFC 9110 §12.5.4). */
export const languageOf = (request: Pick<FastifyRequest, 'headers'>): Language =>
  negotiate(request.headers['accept-language'], fallback);

export const negotiate = (header: string | undefined, otherwise: Language): Language => {
  const wanted = (header ?? '')
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
      const quality = parameters.map((each) => /^\s*q=([\d.]+)/.exec(each)?.[1]).find((each) => each !== undefined);
      return { language: tag.split('-')[0], quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ language, quality }) => (language === 'fr' || language === 'en' || language === '*') && quality > 0)
    .toSorted((left, right) => right.quality - left.quality);
  const [first] = wanted;
  return first?.language === 'fr' || first?.language === 'en' ? first.language : otherwise;
};
