import { problemOfAnswer, ProblemError, Unreachable } from './problem-error.js';
import { retryDelayMs, standardRetry, type RetryPolicy } from './retry.js';

/** An event as the feed gives it (CloudEvents 1.0); `data` is what happened. */
export interface FeedEvent {
  readonly id: string;
  /** `fr.tocsin.<Event>.v<version>`. */
  readonly type: string;
  /** Id of the incident. */
  readonly subject: string;
  /** When it was recorded. */
  readonly time: string;
  /** Revision in the incident, in digits. */
  readonly sequence: string;
  readonly position: string;
  /** When it happened. */
  readonly occurredat: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly [attribute: string]: unknown;
}

export interface FollowFilter {
  /** Event names. */
  readonly types?: readonly string[];
  readonly incident?: string;
  /** Id or exact name. */
  readonly organisation?: string;
  readonly exercise?: boolean;
}

export interface FollowOptions {
  /** Where to begin: `start` (default), `now`, or the last position that `checkpoint` was told. */
  readonly from?: string;
  readonly filter?: FollowFilter;
  /** Called with one event at a time, in order; the next one comes after it settled. A throw ends following. */
  readonly onEvent: (event: FeedEvent) => void | Promise<void>;
  /** Told where to go on from after a restart, once what came before is handled. */
  readonly checkpoint?: (position: string) => void | Promise<void>;
  /** Each time everything that was recorded has been handed over. */
  readonly onCaughtUp?: (position: string) => void | Promise<void>;
  /** The connection was lost, and why; following goes on by itself. */
  readonly onDisconnected?: (cause: unknown) => void;
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  readonly send?: typeof fetch;
  readonly retry?: Pick<RetryPolicy, 'sleep' | 'random'>;
  /** Silence after which the connection is taken for dead. The server gives a sign of life every 15 s. */
  readonly silenceMs?: number;
}

const SILENCE_MS = 40_000;

/**
 * Follows the events of a server for ever, from any position on. Connects again by itself and goes on after the last
 * event that was handled, so nothing is left out, and an event comes twice only when this program died while handling it.
 * @returns when the signal aborts.
 * @throws {ProblemError} the server will not have it: a wrong position or filter, no right.
 * @throws what `onEvent`, `checkpoint` or `onCaughtUp` threw.
 */
export const follow = async (serverUrl: string, options: FollowOptions): Promise<void> => {
  const { retry = standardRetry, onDisconnected } = options;
  const isStopped = (): boolean => options.signal?.aborted ?? false;
  let position = options.from ?? 'start';
  let failures = 0;
  const reached = async (next: string): Promise<void> => {
    position = next;
    failures = 0;
    await options.checkpoint?.(next);
  };
  while (!isStopped()) {
    try {
      await readStream(serverUrl, position, options, reached);
      failures = 0;
    } catch (error) {
      if (error instanceof Handling) throw error.cause;
      if (isStopped()) return;
      if (error instanceof ProblemError && !(error.status === 429 || error.status >= 500)) throw error;
      failures += 1;
      onDisconnected?.(error);
    }
    if (!isStopped()) await retry.sleep(retryDelayMs(Math.max(1, failures), retry.random()), options.signal);
  }
};

/** Something that the caller's own code threw, told apart from what the network does. */
class Handling extends Error {}

const handled = async (work: (() => void | Promise<void>) | undefined): Promise<void> => {
  try {
    await work?.();
  } catch (cause) {
    throw new Handling('handler', { cause });
  }
};

const readStream = async (
  serverUrl: string,
  position: string,
  options: FollowOptions,
  reached: (position: string) => Promise<void>,
): Promise<void> => {
  const silence = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, silence.signal]) : silence.signal;
  let timer = setTimeout(() => undefined, 0);
  const heard = (): void => {
    clearTimeout(timer);
    const timeout = options.silenceMs ?? SILENCE_MS;
    timer = setTimeout(() => silence.abort(new Unreachable(serverUrl)), timeout);
  };
  heard();
  try {
    const answer = await (options.send ?? fetch)(addressOf(serverUrl, position, options.filter), {
      headers: { ...options.headers, accept: 'text/event-stream' },
      redirect: 'error',
      signal,
    });
    if (answer.status !== 200) throw new ProblemError(problemOfAnswer(answer.status, await answer.text()));
    if (!answer.body) throw new Unreachable(serverUrl);
    for await (const message of messagesOf(answer.body, heard)) {
      // A handler takes its time: meanwhile nothing is read, and nothing is missed.
      clearTimeout(timer);
      if (options.signal?.aborted) return;
      await handled(() => handle(message, options, reached));
      heard();
    }
  } finally {
    clearTimeout(timer);
  }
};

const handle = async (
  { id, event, data }: Message,
  { onEvent, onCaughtUp }: FollowOptions,
  reached: (position: string) => Promise<void>,
): Promise<void> => {
  if (event === 'caught-up') {
    if (id !== undefined) await reached(id);
    await onCaughtUp?.(id ?? 'start');
  } else if (data !== undefined) {
    const told = JSON.parse(data) as FeedEvent;
    await onEvent(told);
    await reached(told.position);
  } else if (id !== undefined) await reached(id);
};

const addressOf = (
  serverUrl: string,
  position: string,
  { types, incident, organisation, exercise }: FollowFilter = {},
): string => {
  const query = new URLSearchParams({ after: position });
  if (types?.length) query.set('type', types.join(','));
  if (incident !== undefined) query.set('incident', incident);
  if (organisation !== undefined) query.set('organisation', organisation);
  if (exercise !== undefined) query.set('exercise', String(exercise));
  return `${serverUrl.replace(/\/+$/, '')}/api/v1/events?${query.toString()}`;
};

interface Message {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

/** Server-sent events (WHATWG HTML §9.2), as this server writes them. */
async function* messagesOf(body: ReadableStream<Uint8Array>, heard: () => void): AsyncGenerator<Message> {
  const decoder = new TextDecoder();
  let text = '';
  // Not every browser can iterate a body.
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      text += decoder.decode(value, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) yield messageOf(block);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

const messageOf = (block: string): Message => {
  const message: { id?: string; event?: string; data?: string } = {};
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (name === 'id' || name === 'event') message[name] = value;
    else if (name === 'data') message.data = message.data === undefined ? value : `${message.data}\n${value}`;
  }
  return message;
};
