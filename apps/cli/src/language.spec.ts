import { languageOf } from './language.js';

describe('The language', () => {
  it.each([
    [[], {}, 'fr'],
    [[], { TOCSIN_LANG: 'en' }, 'en'],
    [['status', '--lang', 'en'], {}, 'en'],
    [['status', '--lang=fr'], { TOCSIN_LANG: 'en' }, 'fr'],
    [['do', 'TakeDecision', '--', '--lang', 'en'], {}, 'fr'],
  ] as const)('of %j with %j is %s', (argv, env, language) => expect(languageOf(argv, env)).toBe(language));
});
