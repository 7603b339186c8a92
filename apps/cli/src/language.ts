export type Language = 'fr' | 'en';

export const isLanguage = (text: string): text is Language => text === 'fr' || text === 'en';

/** A sentence in both languages; the French one comes first everywhere. */
export type Say = (fr: string, en: string) => string;

export const sayIn =
  (language: Language): Say =>
  (fr, en) =>
    language === 'fr' ? fr : en;

/** The language must be known before the options are, for help and errors speak it: `--lang`, else TOCSIN_LANG, else French. */
export const languageOf = (argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Language => {
  const end = argv.indexOf('--');
  const options = end === -1 ? argv : argv.slice(0, end);
  const given = options.findLast((each, index) => each.startsWith('--lang=') || options[index - 1] === '--lang');
  return (given?.replace('--lang=', '') ?? env['TOCSIN_LANG']) === 'en' ? 'en' : 'fr';
};
