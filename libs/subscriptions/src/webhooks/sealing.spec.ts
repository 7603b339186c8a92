import { randomBytes } from 'node:crypto';
import { readSealingKeys, seal, unseal } from './sealing.js';

const key = randomBytes(32);

describe('A sealed secret', () => {
  it('opens with its key, for what it was sealed for, and never looks the same twice', () => {
    const sealed = seal(key, 'whsec_secret', 'one/key');
    expect(unseal([randomBytes(32), key], sealed, 'one/key')).toBe('whsec_secret');
    expect(seal(key, 'whsec_secret', 'one/key').box).not.toBe(sealed.box);
    expect(Buffer.from(sealed.box, 'base64').toString('latin1')).not.toContain('secret');
  });

  it('opens with no other key, elsewhere, or after a change', () => {
    const sealed = seal(key, 'whsec_secret', 'one/key');
    expect(unseal([randomBytes(32)], sealed, 'one/key')).toBeUndefined();
    expect(unseal([key], sealed, 'other/key')).toBeUndefined();
    const bytes = Buffer.from(sealed.box, 'base64');
    bytes[20]! ^= 1;
    expect(unseal([key], { ...sealed, box: bytes.toString('base64') }, 'one/key')).toBeUndefined();
    for (const box of ['', 'AAAA']) expect(unseal([key], { ...sealed, box }, 'one/key')).toBeUndefined();
  });
});

describe('A file of keys', () => {
  it('has a key a line, the first of which seals', () => {
    const lines = [randomBytes(32), randomBytes(32)].map((each) => each.toString('base64'));
    expect(readSealingKeys(`${lines.join('\r\n')}\n\n`).map((each) => each.toString('base64'))).toEqual(lines);
  });

  it.each(['', '\n', 'short', randomBytes(31).toString('base64'), `${key.toString('base64')}\nshort`])(
    'is refused when it holds anything else, without repeating it: %j',
    (text) => {
      expect(() => readSealingKeys(text)).toThrow(/^line [12]$/);
    },
  );
});
