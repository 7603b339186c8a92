import { BACKWARDS, END, EventStoreDBClient } from '@eventstore/db-client';
import type { ResolvedEvent, StreamingRead } from '@eventstore/db-client';
import { connectivityState, type Channel } from '@grpc/grpc-js';
import type { ConnectionSettings, Credentials } from './connection-string.js';
import { NoAnswer } from './server-failure.js';
import { bytesOf } from './stored-event.js';
import { CANARY_FAILURES_MAX, within, type Timing } from './timing.js';

/**
 * Given with each call: without credentials of its own a call takes the client's batch append, which loses answers
 * (docs/reference/event-store.md). Without TLS the client does not send them.
 */
const NO_CREDENTIALS: Credentials = { username: 'insecure', password: 'insecure' };

/** Of the client, unless the connection string says otherwise. Short, for we look again, and a search cannot be stopped. */
const DISCOVERY = { gossipTimeout: 2, discoveryInterval: 100, maxDiscoverAttempts: 3 };

export interface CallOptions {
  readonly credentials: Credentials;
  /** A follower may lag behind what was acknowledged. */
  readonly requiresLeader: true;
}

/** One client of the server and whoever watches over it. One for each purpose, for an error of a call hits its client. */
export class Connection {
  readonly callOptions: CallOptions;
  readonly #settings: ConnectionSettings;
  readonly #timing: Timing;
  readonly #onNotice: (sentence: string) => void;
  #client: SafeClient;
  #renewed = new AbortController();
  readonly #watch: NodeJS.Timeout;
  #canaryFailures = 0;
  #canaryFlying = false;

  constructor(settings: ConnectionSettings, timing: Timing, onNotice: (sentence: string) => void) {
    this.#settings = settings;
    this.#timing = timing;
    this.#onNotice = onNotice;
    this.callOptions = { credentials: settings.credentials ?? NO_CREDENTIALS, requiresLeader: true };
    this.#client = this.#open();
    this.#watch = setInterval(() => void this.#look(), timing.canaryMs).unref();
  }

  get client(): EventStoreDBClient {
    return this.#client;
  }

  /**
   * Aborts, with the reason as an error, when {@link client} is replaced or goes over to another node: what runs on the old
   * one should end. A node that leads no longer would go on with a subscription, and fall behind or silent unnoticed.
   */
  get renewed(): AbortSignal {
    return this.#renewed.signal;
  }

  /** Replaces the client. Calls under way on the old one still settle. */
  renew(reason: string): void {
    this.#onNotice(`The connection to the event store is made anew: ${reason}`);
    this.#client.close();
    this.#client = this.#open();
    this.#endOld('its connection was replaced');
  }

  /** Reads the last event of the log: the least that shows that calls arrive and are answered. */
  async canary(ms: number): Promise<void> {
    const options = {
      fromPosition: END,
      direction: BACKWARDS,
      maxCount: 1,
      deadline: ms,
      ...this.callOptions,
    } as const;
    await collect(this.#client.readAll(options), ms);
  }

  close(): void {
    clearInterval(this.#watch);
    this.#client.close();
    this.#renewed.abort();
  }

  #open(): SafeClient {
    const client: SafeClient = new SafeClient(this.#settings, () => {
      if (client === this.#client) this.#endOld('another node leads');
    });
    return client;
  }

  #endOld(reason: string): void {
    const old = this.#renewed;
    this.#renewed = new AbortController();
    old.abort(new Error(reason));
  }

  async #look(): Promise<void> {
    if (this.#canaryFlying) return;
    this.#canaryFlying = true;
    const client = this.#client;
    try {
      await this.canary(this.#timing.attemptMs);
      this.#canaryFailures = 0;
    } catch {
      this.#canaryFailures += 1;
      if (this.#canaryFailures >= CANARY_FAILURES_MAX && client === this.#client) {
        this.#canaryFailures = 0;
        this.renew(`${CANARY_FAILURES_MAX} looks in a row found no answer`);
      }
    } finally {
      this.#canaryFlying = false;
    }
  }
}

/** The client, with its holes closed that cannot be closed from outside. */
export class SafeClient extends EventStoreDBClient {
  #open: Channel | undefined;
  #closed = false;

  constructor(settings: ConnectionSettings, onMoved: () => void = () => undefined) {
    super(...clientArguments(settings));
    const { execute, getChannel, handleError } = this;
    // Nobody waits for it, and it fails with the search for another node, of which the next call tells: the rejection would
    // end the process.
    this.handleError = (client, error) => handleError(client, error).catch(() => undefined);
    // An error closes the channel under the feet of calls that already hold it. The client calls inside an async
    // executor, where a throw is an unhandled rejection and the call never settles.
    this.execute = (Service, name, action) =>
      execute(Service, name, (grpc) => {
        if (grpc.getChannel().getConnectivityState(false) === connectivityState.SHUTDOWN) {
          throw Object.assign(new Error('No connection established: it was just closed'), { type: 'unavailable' });
        }
        return action(grpc);
      });
    // Its `dispose` leaves the channel open.
    this.getChannel = async () => {
      const channel = await getChannel();
      const before = this.#open;
      if (this.#closed) channel.close();
      else this.#open = channel;
      if (before !== undefined && before.getTarget() !== channel.getTarget()) onMoved();
      return channel;
    };
  }

  close(): void {
    this.#closed = true;
    this.#open?.close();
  }
}

type SingleNode = ConstructorParameters<typeof EventStoreDBClient>;

/** Not by `Client.connectionString`, which prints the string under `DEBUG=esdb:*`. */
function clientArguments(settings: ConnectionSettings): SingleNode {
  const { hosts, discover, tls, caCertificate, userCertificate, credentials, nodePreference, numbers } = settings;
  const { keepAliveInterval, keepAliveTimeout, ...discovery } = numbers;
  const common = {
    connectionName: settings.connectionName,
    ...(keepAliveInterval === undefined ? {} : { keepAliveInterval }),
    ...(keepAliveTimeout === undefined ? {} : { keepAliveTimeout }),
  };
  const several = { ...common, ...DISCOVERY, ...discovery, nodePreference };
  const [first = { address: 'localhost', port: 2113 }] = hosts;
  const where = discover
    ? { discover: first, ...several }
    : hosts.length > 1
      ? { endpoints: [...hosts], ...several }
      : { endpoint: first, ...common };
  const channel = {
    insecure: !tls,
    ...(caCertificate && { rootCertificate: caCertificate }),
    ...(userCertificate && { userCertFile: userCertificate.certificate, userKeyFile: userCertificate.key }),
  };
  return [where as SingleNode[0], channel, credentials];
}

export interface Collected<E> {
  readonly events: readonly E[];
  /** The server has more of what was asked for. */
  readonly isCut: boolean;
}

/**
 * Reads to the end, or until that many bytes are there, or fails after the time: reads of the client have no deadline.
 * Two events at least, for the first one may be that where the reader stands.
 */
export async function collect<E extends ResolvedEvent>(
  read: StreamingRead<E>,
  ms: number,
  bytesMax = Number.POSITIVE_INFINITY,
): Promise<Collected<E>> {
  const events: E[] = [];
  let bytes = 0;
  const reading = new Promise<Collected<E>>((resolve, reject) => {
    // Stays for late errors: an `error` event that nobody hears ends the process.
    read.on('error', reject);
    read.on('data', (event: E) => {
      if (bytes >= bytesMax && events.length > 1) return resolve({ events, isCut: true });
      events.push(event);
      bytes += bytesOf(event.event);
    });
    read.on('end', () => resolve({ events, isCut: false }));
    read.on('close', () => reject(new NoAnswer('The read was cut off')));
  });
  let isCut = true;
  try {
    const collected = await within(ms, reading, () => new NoAnswer(`No answer within ${Math.round(ms)} ms`));
    ({ isCut } = collected);
    return collected;
  } finally {
    if (isCut) {
      read.pause();
      void read.cancel().catch(() => undefined);
    }
  }
}
