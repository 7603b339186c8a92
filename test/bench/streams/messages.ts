export interface ClientsOptions {
  readonly url: string;
  readonly reading: number;
  /** Clients that take nothing. */
  readonly stalled: number;
}

/** To the clients: leave and come back, one of them; or tell what you saw, given when each position was answered. */
export type ToClients =
  { readonly reconnect: number } | { readonly answered: readonly (readonly [position: string, ms: number])[] };

export interface SeenReport {
  readonly arrivals: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
  readonly reconnects: number;
  /** Clients that missed an event, or had one twice or out of order. */
  readonly broken: readonly string[];
}

/** On the clock that all processes of a machine share. */
const originMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();
export const nowMs = (): number => originMs + performance.now();
