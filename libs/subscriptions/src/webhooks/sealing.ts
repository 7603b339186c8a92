import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** Bytes of a key that seals secrets (AES-256). */
export const SEALING_KEY_BYTES = 32;
const [IV_BYTES, TAG_BYTES] = [12, 16];
const BASE64 = /^[A-Za-z0-9+/]{43}=$/;

/** A text that only holders of the key can read, or change unnoticed. */
export interface Sealed {
  /** Which key: the start of its SHA-256. */
  readonly sealedBy: string;
  /** Nonce, tag and ciphertext of AES-256-GCM, in base64. */
  readonly box: string;
}

/**
 * Reads a file of keys: each line 32 bytes in base64 (`openssl rand -base64 32`). The first one seals, all of them open, so
 * that a new one can be put on top of the old one.
 * @throws {RangeError} no key, or a line that is none; the message repeats nothing of it.
 */
export const readSealingKeys = (text: string): readonly Buffer[] => {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const wrong = lines.findIndex((line) => !BASE64.test(line));
  if (lines.length === 0 || wrong >= 0) throw new RangeError(`line ${Math.max(wrong, 0) + 1}`);
  return lines.map((line) => Buffer.from(line, 'base64'));
};

const nameOf = (key: Buffer): string => createHash('sha256').update(key).digest('hex').slice(0, 16);

/** @param about what the text belongs to: it opens nowhere else. */
export const seal = (key: Buffer, text: string, about: string): Sealed => {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(about, 'utf8'));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return { sealedBy: nameOf(key), box: Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64') };
};

/** @returns undefined when none of the keys opens it. */
export const unseal = (keys: readonly Buffer[], { sealedBy, box }: Sealed, about: string): string | undefined => {
  const key = keys.find((each) => nameOf(each) === sealedBy);
  if (!key) return undefined;
  const bytes = Buffer.from(box, 'base64');
  const tag = bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
  try {
    const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(about, 'utf8')).setAuthTag(tag);
    return Buffer.concat([cipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), cipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
};
