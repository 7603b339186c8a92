import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SigningKeys } from './signatures.js';
import { SigningSecrets } from './signing-secrets.js';

interface StoredKeys extends SigningKeys {
  readonly subscription: string;
}

/**
 * The signing keys, in a file of their own that only the owner of the data folder reads. The log names keys and shows
 * public halves; so whoever exports or audits the log learns nothing with which to forge a message.
 */
export class SecretFile extends SigningSecrets {
  private readonly keys = new Map<string, StoredKeys>();

  /** @param file absent: in memory, for tests. @throws when the file is there and cannot be read. */
  constructor(private readonly file?: string) {
    super();
    if (file === undefined || !existsSync(file)) return;
    for (const each of read(file)) this.keys.set(each.keyId, each);
  }

  override find(keyId: string): SigningKeys | undefined {
    return this.keys.get(keyId);
  }

  override async add(subscription: string, keys: SigningKeys): Promise<void> {
    this.keys.set(keys.keyId, { subscription, ...keys });
    this.write();
  }

  override async forget(subscription: string, keyId?: string): Promise<void> {
    const before = this.keys.size;
    for (const [id, each] of this.keys)
      if (each.subscription === subscription && (keyId ?? id) === id) this.keys.delete(id);
    if (this.keys.size < before) this.write();
  }

  private write(): void {
    const { file } = this;
    if (file === undefined) return;
    const next = `${file}.next`;
    const handle = openSync(next, 'w', 0o600);
    try {
      writeSync(handle, JSON.stringify({ version: 1, keys: [...this.keys.values()] }, null, 1));
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(next, file);
    const folder = openSync(dirname(file), 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }
}

const read = (file: string): readonly StoredKeys[] => {
  const { keys, why } = attempt(file);
  if (keys) return keys;
  throw new Error(
    `${file} est illisible (${why})\u00a0: restaurez-le d’une sauvegarde, ou mettez-le de côté et renouvelez le secret de chaque abonnement. / ` +
      `cannot be read (${why}): restore it from a backup, or put it aside and rotate the secret of each subscription.`,
  );
};

/** The words of a parser repeat what they stumble over, and that may be a key: only a code is told. */
const attempt = (file: string): { readonly keys?: readonly StoredKeys[]; readonly why?: string } => {
  try {
    const { keys } = JSON.parse(readFileSync(file, 'utf8')) as { keys: readonly StoredKeys[] };
    return { keys: [...keys] };
  } catch (error) {
    return { why: (error as { code?: string }).code ?? 'JSON' };
  }
};
