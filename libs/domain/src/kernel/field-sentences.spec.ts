import { sentenceOf } from './field-sentences.js';
import type { Broken } from './fields.js';

it('says what is allowed and what the limit is', () => {
  expect(sentenceOf({ code: 'not-one-of', values: ['all', 'partial'] }, 'fr')).toBe(
    'Cette valeur n’existe pas ici\u00a0: choisissez parmi all, partial.',
  );
  expect(sentenceOf({ code: 'too-long', limit: 10_000 }, 'en')).toBe(
    'This text is too long: 10,000 characters at most.',
  );
  expect(sentenceOf({ code: 'bad-format', pattern: String.raw`^\d{9}$` }, 'fr')).toBe(
    'Format attendu\u00a0: 9 chiffres, sans espace.',
  );
});

it('guesses the field that was meant', () => {
  const written = { name: 'recepit', known: ['receipt', 'mandate'] };
  expect(sentenceOf({ code: 'unknown-property' }, 'fr', written)).toMatch(
    'Vouliez-vous dire «\u00a0receipt\u00a0»\u00a0?',
  );
  expect(sentenceOf({ code: 'unknown-property' }, 'en', { name: 'zzz', known: ['receipt'] })).not.toMatch('mean');
});

it('never says a code', () => {
  const all: Broken[] = [
    { code: 'required' },
    { code: 'blank' },
    { code: 'not-when' },
    { code: 'far-future' },
    { code: 'too-small', limit: 1 },
    { code: 'too-many', limit: 200 },
    { code: 'title-or-kind' },
  ];
  for (const broken of all) expect(sentenceOf(broken, 'fr')).not.toContain(broken.code);
});
