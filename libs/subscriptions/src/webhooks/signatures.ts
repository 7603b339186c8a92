import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign as signWith,
  type KeyObject,
} from 'node:crypto';

/** Keys of a subscription, as Standard Webhooks writes them. */
export interface SigningKeys {
  readonly keyId: string;
  /** `whsec_…`: shared with the receiver, for signatures v1 (HMAC-SHA256). */
  readonly secret: string;
  /** `whsk_…`: stays here, for signatures v1a (Ed25519); its public half `whpk_…` is anybody's. */
  readonly privateKey: string;
}

const SECRET_BYTES = 32;
const [SECRET_BYTES_MIN, SECRET_BYTES_MAX] = [24, 64];
/** What comes before the 32 bytes of an Ed25519 key in PKCS 8 (RFC 8410). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

export const newKeys = (keyId: string, secret?: string): SigningKeys => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  return {
    keyId,
    secret: secret ?? `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`,
    privateKey: `whsk_${seed.toString('base64')}`,
  };
};

/** True for `whsec_` and 24 to 64 bytes in base64. */
export const isSecret = (text: string): boolean => {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  if (base64 === undefined || base64.length % 4 !== 0) return false;
  const { length } = Buffer.from(base64, 'base64');
  return length >= SECRET_BYTES_MIN && length <= SECRET_BYTES_MAX;
};

const parsed = new WeakMap<SigningKeys, KeyObject>();

const privateKeyOf = (keys: SigningKeys): KeyObject => {
  const known = parsed.get(keys);
  if (known) return known;
  const seed = Buffer.from(keys.privateKey.slice('whsk_'.length), 'base64');
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
  parsed.set(keys, key);
  return key;
};

export const publicKeyOf = (keys: SigningKeys): string => {
  const raw = createPublicKey(privateKeyOf(keys)).export({ format: 'der', type: 'spki' }).subarray(-32);
  return `whpk_${raw.toString('base64')}`;
};

/** Headers of Standard Webhooks 1.0: the id, the moment of this attempt, and a signature by every key that counts now. */
export const signedHeaders = (
  id: string,
  nowMs: number,
  body: string,
  keys: readonly SigningKeys[],
): Readonly<Record<string, string>> => {
  const timestamp = String(Math.floor(nowMs / 1000));
  const content = Buffer.from(`${id}.${timestamp}.${body}`, 'utf8');
  const shared = keys.map(({ secret }) => {
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
  });
  const asymmetric = keys.map((each) => `v1a,${signWith(null, content, privateKeyOf(each)).toString('base64')}`);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': [...shared, ...asymmetric].join(' '),
  };
};
