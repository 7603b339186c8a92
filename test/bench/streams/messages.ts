export interface ClientsOptions {
  readonly url: string;
  readonly reading: number;
  /** Clients that take nothing. */
  readonly stalled: number;
  /** More are not sent. */
  readonly eventsMax: number;
}

/** A command whose event has this position. */
export interface Answered {
  readonly position: number;
  readonly askedMs: number;
  readonly answeredMs: number;
}

/** To the clients: leave and come back, one of them; or tell what you saw of these, given in the order of the log. */
export type ToClients = { readonly reconnect: number } | { readonly answered: readonly Answered[] };

/** Milliseconds. */
export interface Waits {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly worst: number;
}

export interface SeenReport {
  readonly arrivals: number;
  readonly sinceAsked: Waits;
  readonly sinceAnswered: Waits;
  readonly reconnects: number;
  /** Clients that missed an event, or had one twice or out of order. */
  readonly broken: readonly string[];
}

/** On the clock that all processes of a machine share. */
const originMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();
export const nowMs = (): number => originMs + performance.now();
