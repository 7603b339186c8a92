import { derivedId, isUuid, RandomIds } from './ids.js';

describe('RandomIds', () => {
  it('never gives an id twice, however many are drawn together', () => {
    const ids = new RandomIds();
    const drawn = Array.from({ length: 10_000 }, () => ids.next());
    expect(new Set(drawn).size).toBe(drawn.length);
    expect(drawn.every(isUuid)).toBe(true);
    expect(drawn.every((id) => id[14] === '7' && '89ab'.includes(id[19] ?? ''))).toBe(true);
  });

  it('draws other ids in another process', () => {
    const tail = (ids: RandomIds): string => ids.next().slice(19);
    expect(tail(new RandomIds())).not.toBe(tail(new RandomIds()));
  });

  it('begins with the time in milliseconds', () => {
    const before = Date.now();
    const id = new RandomIds().next();
    const at = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(Date.now());
  });
});

describe('derivedId', () => {
  it('is the same for the same words and another for others', () => {
    expect(derivedId('a', 'b')).toBe(derivedId('a', 'b'));
    expect(derivedId('a', 'b')).not.toBe(derivedId('a', 'c'));
    expect(isUuid(derivedId('a'))).toBe(true);
  });
});
