import { PassThrough } from 'node:stream';
import type { Obligation } from '#libs/client';
import { Output } from './output.js';
import { clockRows } from './show-status.js';

const waived: Obligation = {
  organisation: { id: '0190a000-0000-7000-8000-00000000000a', name: 'Ville' },
  rule: 'insurance-complaint',
  title: 'Porter plainte',
  legalBasis: 'Code des assurances, article L12-10-1',
  ruleVersion: '1',
  startAt: '2023-05-24T12:00:00+02:00',
  startEventId: '0190a000-0000-7000-8000-00000000000b',
  dueAt: '2023-05-27T12:00:00+02:00',
  state: 'waived',
  provisional: false,
};

const rowOf = (clock: Obligation, language: 'fr' | 'en'): string => {
  const out = new Output({ stdout: new PassThrough(), stderr: new PassThrough(), env: {} }, language, false);
  return clockRows([clock], { organisations: [] }, out).flat().join(' | ');
};

describe('A clock on the command line', () => {
  it.each([
    ['fr', 'sans objet'],
    ['en', 'not applicable'],
  ] as const)('says in words (%s) why the engine set it aside', (language, words) => {
    const row = rowOf({ ...waived, reason: 'not-applicable' }, language);
    expect(row).toContain(words);
    expect(row).not.toContain('not-applicable');
  });

  it('keeps the reason that a person wrote', () =>
    expect(rowOf({ ...waived, reason: 'aucun contrat' }, 'fr')).toContain('aucun contrat'));

  it.each([
    ['fr', 'dès que possible'],
    ['en', 'as soon as possible'],
  ] as const)('without a date is due as soon as possible, not without a legal term (%s)', (language, words) => {
    const { dueAt: _dueAt, ...undated } = waived;
    expect(rowOf({ ...undated, state: 'open' }, language)).toContain(words);
  });

  it('names its legal basis when nothing has to be explained', () =>
    expect(rowOf({ ...waived, state: 'open' }, 'fr')).toContain('L12-10-1'));
});
