import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretFile } from './secret-file.js';
import { newKeys } from './signatures.js';

describe('The file of signing keys', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tocsin-keys-'));
    file = join(folder, 'webhook-keys.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is read again, and forgets one key of a subscription, or all of them', async () => {
    const secrets = new SecretFile(file);
    for (const keyId of ['a', 'b', 'c']) await secrets.add('one', newKeys(keyId));
    await secrets.add('two', newKeys('d'));
    await secrets.forget('one', 'b');
    const found = (): string[] => ['a', 'b', 'c', 'd'].filter((keyId) => new SecretFile(file).find(keyId));
    expect(found()).toEqual(['a', 'c', 'd']);
    await secrets.forget('one');
    expect(found()).toEqual(['d']);
  });

  it.each(['{"version":1,"keys":[{"secret": whsec_SECRET}]}', '{"version":1}', 'whsec_SECRET'])(
    'says what to do when it is damaged, and repeats nothing of it: %j',
    (text) => {
      writeFileSync(file, text);
      const open = (): SecretFile => new SecretFile(file);
      expect(open).toThrow(/webhook-keys\.json .* cannot be read .* rotate the secret/);
      expect(open).not.toThrow(/whsec|SECRET/);
    },
  );
});
