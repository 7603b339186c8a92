import { canonicalJson, eventHash, type HashedEvent } from './event-hash.js';

const event: HashedEvent = {
  id: '0190a000-0000-7000-8000-000000000001',
  type: 'NetworkIsolated',
  stream: 'incident-0190a000-0000-7000-8000-00000000aaaa',
  revision: 3,
  data: { scope: 'all', what: ['Internet', 'réseau de la mairie'] },
  meta: { recordedAt: '2021-01-16T01:00:00.000Z', prevHash: '0'.repeat(64) },
};

describe('canonicalJson', () => {
  it('gives the sample of RFC 8785, section 3.2.2, as section 3.2.4 has it in bytes', () => {
    const sample = {
      numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(sample)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts names by UTF-16 code units, as section 3.2.3 shows', () => {
    const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const text = canonicalJson(Object.fromEntries(names.map((name) => [name, 0])));
    const order = [...text.matchAll(/"((?:[^"\\]|\\.)+)":/g)].map(([, name]) => JSON.parse(`"${name}"`));
    expect(order).toEqual(['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33']);
  });

  it.each([
    ['half of a character', '\ud83d'],
    ['a number that JSON has not', Number.NaN],
    ['nothing at all', undefined],
  ])('refuses %s', (_, value) => {
    expect(() => canonicalJson(value)).toThrow();
  });
});

describe('eventHash', () => {
  it('is what it has been since the first version: others have recorded it', () => {
    expect(eventHash(event)).toBe('bdd0ac5389d2aa20216ba50b109950c373175cd76e5c3f8f6cd15bdadbc1b910');
  });

  it('does not depend on the order in which the fields were written', () => {
    const turned = Object.fromEntries(Object.entries(event).toReversed()) as unknown as HashedEvent;
    expect(eventHash({ ...turned, data: { what: ['Internet', 'réseau de la mairie'], scope: 'all' } })).toBe(
      eventHash(event),
    );
  });

  it.each<[string, Partial<HashedEvent>]>([
    ['id', { id: '0190a000-0000-7000-8000-000000000002' }],
    ['type', { type: 'NetworkIsolatedd' }],
    ['stream', { stream: 'incident-0190a000-0000-7000-8000-00000000aaab' }],
    ['place in its stream', { revision: 4 }],
    ['data', { data: { scope: 'all', what: ['Internet', 'reseau de la mairie'] } }],
    ['time of recording', { meta: { recordedAt: '2021-01-16T01:00:00.001Z', prevHash: '0'.repeat(64) } }],
    ['predecessor', { meta: { recordedAt: '2021-01-16T01:00:00.000Z', prevHash: `1${'0'.repeat(63)}` } }],
  ])('changes with its %s', (_, change) => {
    expect(eventHash({ ...event, ...change })).not.toBe(eventHash(event));
  });
});
