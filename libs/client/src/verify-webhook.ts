/** Messages older, or more in the future, than this are refused: somebody may have recorded them. */
const TOLERANCE_S = 5 * 60;

export interface WebhookHeaders {
  get(name: string): string | null | undefined;
}

/**
 * Whether a message is from the Tocsin that shares the secret, as Standard Webhooks 1.0 says (signatures v1).
 * @param body the bytes that came, before anything parsed them.
 * @param nowMs milliseconds since 1970.
 */
export const verifyWebhook = async (
  secret: string,
  headers: WebhookHeaders,
  body: string,
  nowMs: number,
): Promise<boolean> => {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    headers.get(name),
  );
  if (!id || !timestamp || !signatures) return false;
  if (!(Math.abs(nowMs / 1000 - Number(timestamp)) <= TOLERANCE_S)) return false;
  const bytes = Uint8Array.from(atob(secret.replace(/^whsec_/, '')), (char) => char.codePointAt(0) ?? 0);
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  const content = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  for (const each of signatures.split(' ')) {
    const [version, base64 = ''] = each.split(',', 2);
    if (version !== 'v1' || !/^[A-Za-z0-9+/]+=*$/.test(base64)) continue;
    const signature = Uint8Array.from(atob(base64), (char) => char.codePointAt(0) ?? 0);
    if (await crypto.subtle.verify('HMAC', key, signature, content)) return true;
  }
  return false;
};
