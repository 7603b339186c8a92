import { Unreachable } from './problem-error.js';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path and query, from the root of the server. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: string;
}

/** Carries one request to a server. @throws {Unreachable} when there is no answer. */
export type Transport = (request: HttpRequest) => Promise<HttpAnswer>;

const ANSWER_MS_MAX = 30_000;

/** Over the network. */
export const fetchTransport = (
  serverUrl: string,
  { send = fetch, timeoutMs = ANSWER_MS_MAX }: { readonly send?: typeof fetch; readonly timeoutMs?: number } = {},
): Transport => {
  const root = serverUrl.replace(/\/+$/, '');
  return async ({ method, path, headers, body, signal }) => {
    const within = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await send(`${root}${path}`, {
        method,
        headers: { ...headers },
        ...(body === undefined ? {} : { body }),
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, within]) : within,
      });
      const text = await answer.text();
      return { status: answer.status, header: (name) => answer.headers.get(name) ?? undefined, body: text };
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      throw new Unreachable(root, { cause });
    }
  };
};

/** What light-my-request takes and gives, as far as it is used here. */
export type Inject = (request: {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly payload?: string;
}) => Promise<{
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}>;

/** To a server in the same process, without a socket. */
export const injectTransport =
  (inject: Inject): Transport =>
  async ({ method, path, headers, body, signal }) => {
    signal?.throwIfAborted();
    const answer = await inject({
      method,
      url: path,
      headers: { host: 'localhost', ...headers },
      ...(body === undefined ? {} : { payload: body }),
    });
    return {
      status: answer.statusCode,
      header: (name) => {
        const value = answer.headers[name.toLowerCase()];
        return value === undefined ? undefined : String(value);
      },
      body: answer.body,
    };
  };
