/** Requests under way to one endpoint, however many subscriptions lead there. */
export const ENDPOINT_IN_FLIGHT_MAX = 16;

/** Somebody who is told when it is its turn. */
export interface Queued {
  wake(): void;
}

interface Endpoint {
  underWay: number;
  /** In the order in which they came. */
  readonly queue: Set<Queued>;
}

/** Shares out, in turn, the requests that one endpoint (the origin of its address) is sent at a time. */
export class Endpoints {
  private readonly endpoints = new Map<string, Endpoint>();
  /** Where somebody queues. */
  private readonly places = new Map<Queued, string>();

  /** @returns how to say that a request has ended; undefined when there is no room: then `who` queues, and is woken. */
  take(url: string, who: Queued): (() => void) | undefined {
    const origin = originOf(url);
    if (this.places.has(who) && this.places.get(who) !== origin) this.leave(who);
    const endpoint = this.endpoints.get(origin) ?? { underWay: 0, queue: new Set() };
    this.endpoints.set(origin, endpoint);
    const { queue } = endpoint;
    const ahead = queue.has(who) ? [...queue].indexOf(who) : queue.size;
    if (ENDPOINT_IN_FLIGHT_MAX - endpoint.underWay <= ahead) {
      queue.add(who);
      this.places.set(who, origin);
      return undefined;
    }
    queue.delete(who);
    this.places.delete(who);
    endpoint.underWay += 1;
    return () => {
      endpoint.underWay -= 1;
      this.next(origin, endpoint);
    };
  }

  /** Wants nothing now: the next one need not wait for it. */
  leave(who: Queued): void {
    const origin = this.places.get(who);
    const endpoint = origin === undefined ? undefined : this.endpoints.get(origin);
    if (origin === undefined || !endpoint) return;
    this.places.delete(who);
    endpoint.queue.delete(who);
    this.next(origin, endpoint);
  }

  private next(origin: string, { underWay, queue }: Endpoint): void {
    if (underWay === 0 && queue.size === 0) this.endpoints.delete(origin);
    for (const who of [...queue].slice(0, ENDPOINT_IN_FLIGHT_MAX - underWay)) who.wake();
  }
}

const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : url);
