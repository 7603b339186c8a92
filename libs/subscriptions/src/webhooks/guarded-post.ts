import { lookup as lookUp } from 'node:dns/promises';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { hostOf, RefusedTarget, type TargetPolicy, type TargetRefusal } from './target-policy.js';

export type SendFailure =
  'name-not-found' | 'connection-refused' | 'unreachable' | 'reset' | 'timeout' | 'certificate' | 'not-http' | 'failed';

/** What became of one request. */
export type Sent =
  | {
      readonly status: number;
      readonly body: string;
      readonly retryAfter?: string;
      readonly location?: string;
    }
  | { readonly refused: TargetRefusal; readonly target: string }
  | { readonly failed: SendFailure; readonly detail: string };

export interface Outgoing {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Gives up when it aborts. */
  readonly signal?: AbortSignal;
}

/** Sends one request and says what became of it; never throws. */
export type Post = (outgoing: Outgoing) => Promise<Sent>;

/** Addresses of a name. */
export type Resolve = (name: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

export interface PostLimits {
  readonly totalMs: number;
  /** Read of an answer at most; the rest is not waited for. */
  readonly answerBytes: number;
  /** Kept of an answer. */
  readonly keptBytes: number;
}

export const POST_LIMITS: PostLimits = { totalMs: 15_000, answerBytes: 64 * 1024, keptBytes: 2048 };

const resolveByDns: Resolve = (name) => lookUp(name, { all: true, verbatim: true });

/**
 * Asks once for those who ask for a name at the same time. Looking a name up holds one of the few threads of the process
 * until the system gives up, so a receiver whose name server is silent must not hold them all.
 */
const oneAtATime = (resolve: Resolve): Resolve => {
  const underWay = new Map<string, ReturnType<Resolve>>();
  return (name) => {
    const known = underWay.get(name);
    if (known) return known;
    const asked = resolve(name).finally(() => underWay.delete(name));
    underWay.set(name, asked);
    return asked;
  };
};

/**
 * A POST that cannot be turned against the network it is sent from. The name is resolved once, every address that it
 * stands for is judged, and the connection is made to those addresses and no other. Redirects are not followed, no proxy
 * of the environment is used, and an answer is limited in time and size.
 */
export const guardedPost = (
  policy: TargetPolicy,
  { resolve = resolveByDns, limits = POST_LIMITS }: { readonly resolve?: Resolve; readonly limits?: PostLimits } = {},
): Post => {
  const lookUpOnce = oneAtATime(resolve);
  // Own agents: the global ones may be told by the environment to use a proxy.
  const agents = { 'http:': new HttpAgent({ keepAlive: false }), 'https:': new HttpsAgent({ keepAlive: false }) };
  return async ({ url: text, headers, body, signal }) => {
    const timeout = AbortSignal.timeout(limits.totalMs);
    const deadline = signal ? AbortSignal.any([timeout, signal]) : timeout;
    try {
      const url = policy.checkUrl(text);
      const addresses = await judged(url, policy, lookUpOnce, deadline);
      const answer = await send(url, addresses, headers, body, agents, deadline);
      const kept = await read(answer, limits);
      return {
        status: answer.statusCode ?? 0,
        body: kept,
        ...header(answer, 'retry-after', 'retryAfter'),
        ...header(answer, 'location', 'location'),
      };
    } catch (error) {
      if (error instanceof RefusedTarget) return { refused: error.code, target: error.target };
      return { failed: timeout.aborted ? 'timeout' : failureOf(error), detail: detailOf(error) };
    }
  };
};

type Addresses = Awaited<ReturnType<Resolve>>;

const judged = async (url: URL, policy: TargetPolicy, resolve: Resolve, deadline: AbortSignal): Promise<Addresses> => {
  const host = hostOf(url);
  const family = isIP(host);
  const addresses = family > 0 ? [{ address: host, family }] : await before(deadline, resolve(host));
  if (addresses.length === 0) throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' });
  for (const { address } of addresses) policy.checkAddress(address, url);
  return addresses;
};

const before = async <Value>(deadline: AbortSignal, promise: Promise<Value>): Promise<Value> =>
  Promise.race([
    promise,
    new Promise<never>((_resolve, reject) => {
      deadline.addEventListener('abort', () => reject(new Error('timeout')), { once: true });
    }),
  ]);

const send = (
  url: URL,
  addresses: Addresses,
  headers: Outgoing['headers'],
  body: string,
  agents: Readonly<Record<'http:' | 'https:', HttpAgent>>,
  deadline: AbortSignal,
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const protocol = url.protocol as 'http:' | 'https:';
    const bytes = Buffer.from(body, 'utf8');
    const outgoing = (protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': bytes.length },
      agent: agents[protocol],
      lookup: only(addresses),
      signal: deadline,
    });
    outgoing.on('response', resolve).on('error', reject).end(bytes);
  });

/** Answers every question for an address with the ones that were judged. */
const only =
  (addresses: Addresses): LookupFunction =>
  (_name, options, done) => {
    const [first] = addresses;
    if (options.all) done(null, [...addresses]);
    else done(null, first?.address ?? '', first?.family);
  };

const read = async (answer: IncomingMessage, limits: PostLimits): Promise<string> => {
  const chunks: Buffer[] = [];
  let [kept, bytes] = [0, 0];
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (kept < limits.keptBytes) chunks.push(chunk.subarray(0, limits.keptBytes - kept));
    kept = Math.min(limits.keptBytes, kept + chunk.length);
    bytes += chunk.length;
    if (bytes > limits.answerBytes) break;
  }
  answer.destroy();
  return new TextDecoder('utf-8').decode(Buffer.concat(chunks));
};

const header = (answer: IncomingMessage, name: 'retry-after' | 'location', as: string): Record<string, string> => {
  const value = answer.headers[name];
  return value === undefined ? {} : { [as]: value.slice(0, 500) };
};

const CAUSES: Readonly<Record<string, SendFailure>> = {
  ENOTFOUND: 'name-not-found',
  EAI_AGAIN: 'name-not-found',
  ECONNREFUSED: 'connection-refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ECONNABORTED: 'reset',
  ETIMEDOUT: 'timeout',
};

const failureOf = (error: unknown): SendFailure => {
  const { code = '' } = error as { code?: string };
  if (CAUSES[code]) return CAUSES[code];
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO|ALTNAME|EPROTO/.test(code)) return 'certificate';
  return code.startsWith('HPE_') ? 'not-http' : 'failed';
};

const detailOf = (error: unknown): string => {
  const { code, message } = error as { code?: string; message?: string };
  return (code ?? message ?? String(error)).slice(0, 200);
};
