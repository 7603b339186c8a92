import { holds, type Test } from './index.js';

const view = {
  milestones: { complaintFiled: { state: 'done', organisations: { 'Caen la Mer': 'done', 'a/b~c': 'unknown' } } },
  services: [{ service: 'Standard', since: '2023-05-24T13:00:00Z' }],
  exercise: false,
  nothing: null,
};
const at = (path: string, test: Test): boolean => holds({ path, test }, view).held;

describe('An expectation', () => {
  it.each<[string, string, Test]>([
    ['a value', '/milestones/complaintFiled/state', { equals: 'done' }],
    ['a name with a space', '/milestones/complaintFiled/organisations/Caen la Mer', { equals: 'done' }],
    ['a name with / and ~', '/milestones/complaintFiled/organisations/a~1b~0c', { equals: 'unknown' }],
    ['an item of a list', '/services/0/service', { equals: 'Standard' }],
    ['a whole block', '/services/0', { equals: { since: '2023-05-24T13:00:00Z', service: 'Standard' } }],
    ['the same instant with another offset', '/services/0/since', { equals: '2023-05-24T15:00:00+02:00' }],
    ['one of several values', '/milestones/complaintFiled/state', { in: ['intended', 'done'] }],
    ['a false', '/exercise', { equals: false }],
    ['what is not there', '/services/1', { absent: true }],
    ['a null as no value', '/nothing', { absent: true }],
    ['what an object only inherits', '/constructor', { absent: true }],
    ['the length of a list', '/services/length', { absent: true }],
  ])('holds for %s', (_what, path, test) => expect(at(path, test)).toBe(true));

  it.each<[string, string, Test]>([
    ['another value', '/exercise', { equals: 'false' }],
    ['a block with more in it', '/services/0', { equals: { service: 'Standard' } }],
    ['a list for an object', '/services', { equals: {} }],
    ['none of the values', '/exercise', { in: [] }],
    ['what is there', '/exercise', { absent: true }],
    ['an index with a zero before it', '/services/00', { equals: view.services[0] }],
  ])('fails for %s', (_what, path, test) => expect(at(path, test)).toBe(false));

  it('says in a sentence what was found', () =>
    expect(holds({ path: '/exercise', test: { in: [true, 'yes'] } }, view)).toEqual({
      held: false,
      found: false,
      message: {
        fr: '/exercise\u00a0: attendu une valeur parmi true, "yes", trouvé false.',
        en: '/exercise: expected one of true, "yes", found false.',
      },
    }));
});
