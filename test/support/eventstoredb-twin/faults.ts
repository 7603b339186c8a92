import { Metadata, status, type ServiceError } from '@grpc/grpc-js';

export type Method = 'append' | 'batchAppend' | 'read' | 'subscribe' | 'gossip';

/** What a server may do wrong with one call. */
export type Fault =
  /** Takes the call and never answers, as a frozen process. */
  | { readonly kind: 'silent' }
  /** Waits, then does it. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Does it, and answers much later. */
  | { readonly kind: 'late'; readonly ms: number }
  /** Does it, and the answer is lost on the way. */
  | { readonly kind: 'lost'; readonly error?: ErrorName }
  /** Does nothing, and says why. */
  | { readonly kind: 'fail'; readonly error: ErrorName }
  /** Ends the stream politely, with nothing said. */
  | { readonly kind: 'end' };

export type ErrorName = keyof typeof errors;

type Plan = { readonly fault: Fault; times: number };

/** Which faults come next, by method. */
export class Faults {
  readonly calls: Record<Method, number> = { append: 0, batchAppend: 0, read: 0, subscribe: 0, gossip: 0 };
  readonly #plans = new Map<Method, Plan[]>();
  /** Where a call that is not for this node is sent. */
  leader = { host: 'localhost', port: 0 };

  next(method: Method, fault: Fault, times = 1): void {
    this.#plans.set(method, [...(this.#plans.get(method) ?? []), { fault, times }]);
  }

  always(methods: readonly Method[], fault: Fault): void {
    for (const method of methods) this.#plans.set(method, [{ fault, times: Number.POSITIVE_INFINITY }]);
  }

  clear(): void {
    this.#plans.clear();
  }

  /** Counts the call. @returns its fault, if it has one. */
  take(method: Method): Fault | undefined {
    this.calls[method] += 1;
    const plans = this.#plans.get(method) ?? [];
    const [plan] = plans;
    if (plan === undefined) return undefined;
    plan.times -= 1;
    if (plan.times <= 0) plans.shift();
    return plan.fault;
  }

  error(name: ErrorName): Partial<ServiceError> {
    const { code, details, ...more } = errors[name] as ErrorShape;
    const metadata = new Metadata();
    if (more.exception !== undefined) metadata.set('exception', more.exception);
    if (name === 'not-leader') {
      metadata.set('leader-endpoint-host', this.leader.host);
      metadata.set('leader-endpoint-port', String(this.leader.port));
    }
    if (name === 'too-large') metadata.set('maximum-append-size', '1048576');
    return { code, details, metadata };
  }
}

interface ErrorShape {
  readonly code: status;
  readonly details: string;
  readonly exception?: string;
}

/** As EventStoreDB 23.10 words them. */
const errors = {
  unavailable: { code: status.UNAVAILABLE, details: 'Connection dropped' },
  internal: { code: status.INTERNAL, details: 'Received RST_STREAM with code 2' },
  'data-loss': { code: status.DATA_LOSS, details: 'Unrecoverable data loss' },
  busy: { code: status.UNAVAILABLE, details: 'Server Is Too Busy' },
  'not-ready': { code: status.UNAVAILABLE, details: 'Server Is Not Ready' },
  timeout: { code: status.ABORTED, details: 'Operation timed out: CommitTimeout' },
  cancelled: { code: status.CANCELLED, details: 'Operation canceled by the server' },
  'no-leader': { code: status.UNKNOWN, details: 'No leader info available in response' },
  'not-leader': { code: status.NOT_FOUND, details: 'Leader info available', exception: 'not-leader' },
  denied: { code: status.PERMISSION_DENIED, details: 'Access Denied', exception: 'access-denied' },
  unauthenticated: { code: status.UNAUTHENTICATED, details: 'Unauthenticated' },
  'too-large': {
    code: status.INVALID_ARGUMENT,
    details: 'Maximum Append Size of 1048576 Exceeded.',
    exception: 'maximum-append-size-exceeded',
  },
  /** As servers from 25.0 say it; the client has no name for it. */
  'event-too-large': { code: status.INVALID_ARGUMENT, details: 'Maximum Append Event Size of 16767216 exceeded' },
} satisfies Record<string, ErrorShape>;
