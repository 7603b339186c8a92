import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { Metadata, sendUnaryData, ServerWritableStream } from '@grpc/grpc-js';
import gossipGrpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import featuresGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEventStore, type EventStore } from '#libs/event-store';
import { Faults, type ErrorName, type Method } from './faults.js';
import { streamsService } from './streams-service.js';
import { TwinLog } from './twin-log.js';

export interface TwinOptions {
  /** Default: a log of its own that goes with the twin. */
  readonly file?: string;
  readonly port?: number;
  /** TLS and a user; absent: insecure, everybody may do everything. */
  readonly secure?: {
    readonly certificate: Buffer;
    readonly key: Buffer;
    readonly username: string;
    readonly password: string;
    /** By default only administrators may read the whole log. */
    readonly mayReadAll?: boolean;
  };
}

export interface TwinNode {
  readonly port: number;
  readonly state: 'LEADER' | 'FOLLOWER' | 'CATCHINGUP';
  readonly isAlive: boolean;
}

/**
 * A server that speaks EventStoreDB's protocol and keeps its events in our own log, with a switch for each fault.
 * A test part: what it does not do is not needed by a test.
 */
export class EventStoreDbTwin {
  readonly faults = new Faults();
  clockAheadMs = 0;
  /** Of the last append that arrived. */
  lastAppend: Metadata | undefined;
  /** Events that went out to those who follow the log. */
  eventsFollowed = 0;
  /** Ends every subscription after so many of them, as a server does to whoever is slow. */
  dropEvery = Number.POSITIVE_INFINITY;
  /** What gossip tells; absent: itself alone. */
  nodes: readonly TwinNode[] | undefined;
  port: number;
  readonly #subscriptions = new Set<ServerWritableStream<ReadReq, ReadResp>>();
  readonly #store: EventStore;
  readonly #log: TwinLog;
  readonly #options: TwinOptions;
  readonly #cleanup: () => void;
  #server: Server | undefined;

  static async start(options: TwinOptions = {}): Promise<EventStoreDbTwin> {
    const folder = options.file === undefined ? mkdtempSync(join(tmpdir(), 'tocsin-twin-')) : undefined;
    const store = await openEventStore({ store: 'sqlite', file: options.file ?? join(folder ?? '', 'log.db') });
    const twin = new EventStoreDbTwin(store, options, () => {
      if (folder !== undefined) rmSync(folder, { recursive: true });
    });
    await twin.listen();
    return twin;
  }

  private constructor(store: EventStore, options: TwinOptions, cleanup: () => void) {
    this.#store = store;
    this.#log = new TwinLog(store);
    this.#options = options;
    this.#cleanup = cleanup;
    this.port = options.port ?? 0;
  }

  get connectionString(): string {
    return `esdb://localhost:${this.port}?tls=false`;
  }

  /** With which a server of ours uses it. */
  get environment(): { readonly TOCSIN_STORE: string } {
    return { TOCSIN_STORE: this.connectionString };
  }

  /** After {@link kill}, on the same port. */
  async listen(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = new Server({ 'grpc.max_receive_message_length': 17 * 1024 * 1024 });
    const parts = {
      log: this.#log,
      faults: this.faults,
      clockAheadMs: () => this.clockAheadMs,
      refusal: (metadata: Metadata, what: 'all' | 'stream') => this.#refusal(metadata, what),
      subscriptions: this.#subscriptions,
      onAppend: (metadata: Metadata) => (this.lastAppend = metadata),
      onFollowed: () => {
        this.eventsFollowed += 1;
        if (this.eventsFollowed % this.dropEvery === 0) this.dropSubscriptions('timeout');
      },
    };
    server.addService(streamsGrpc.StreamsService, streamsService(parts));
    server.addService(featuresGrpc.ServerFeaturesService, {
      getSupportedMethods: (_call: unknown, answer: sendUnaryData<unknown>) => answer(null, supportedMethods()),
    });
    server.addService(gossipGrpc.GossipService, {
      read: (_call: unknown, answer: sendUnaryData<unknown>) => {
        const fault = this.faults.take('gossip');
        if (fault?.kind === 'silent') return;
        if (fault?.kind === 'fail') return answer(this.faults.error(fault.error));
        answer(null, clusterOf(this.nodes ?? [{ port: this.port, state: 'LEADER', isAlive: true }]));
      },
    });
    const { secure } = this.#options;
    const credentials =
      secure === undefined
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(null, [{ cert_chain: secure.certificate, private_key: secure.key }]);
    this.port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`localhost:${this.port}`, credentials, (error, port) => (error ? reject(error) : resolve(port)));
    });
    this.faults.leader = { host: 'localhost', port: this.port };
    this.#server = server;
  }

  /** As kill -9 does: connections break, nothing is said. */
  kill(): void {
    this.#server?.forceShutdown();
    this.#server = undefined;
  }

  /** Says nothing any more to any call; what is open stays open. */
  freeze(): void {
    this.faults.always(['append', 'batchAppend', 'read', 'subscribe', 'gossip'], { kind: 'silent' });
  }

  get subscribers(): number {
    return this.#subscriptions.size;
  }

  /** Ends what follows the log: with an error, or politely. */
  dropSubscriptions(error?: ErrorName): void {
    for (const call of this.#subscriptions) {
      this.#subscriptions.delete(call);
      if (error === undefined) call.end();
      else call.emit('error', this.faults.error(error));
    }
  }

  /** Writes an event as another program may: any bytes, any content type. */
  async appendRaw(stream: string, type: string, contentType: string, data: string): Promise<void> {
    const id = crypto.randomUUID();
    await this.#log.append(stream, 'any', [{ id, type, contentType, data: Buffer.from(data), meta: Buffer.from('') }]);
  }

  async softDelete(stream: string): Promise<void> {
    await this.#log.softDelete(stream);
  }

  async tombstone(stream: string): Promise<void> {
    await this.#log.tombstone(stream);
  }

  async truncate(stream: string, before: number): Promise<void> {
    await this.#log.setMetadata(stream, { $tb: before });
  }

  async close(): Promise<void> {
    this.kill();
    await this.#store.close();
    this.#cleanup();
  }

  #refusal(metadata: Metadata, what: 'all' | 'stream'): 'denied' | 'unauthenticated' | undefined {
    const { secure } = this.#options;
    if (secure === undefined) return undefined;
    const basic = Buffer.from(`${secure.username}:${secure.password}`).toString('base64');
    if (metadata.get('authorization')[0] !== `Basic ${basic}`) return 'unauthenticated';
    return what === 'all' && secure.mayReadAll === false ? 'denied' : undefined;
  }
}

function supportedMethods(): features.SupportedMethods {
  const methods = new features.SupportedMethods();
  methods.setEventStoreServerVersion('23.10.8');
  for (const name of ['append', 'batchappend', 'delete', 'read', 'tombstone']) {
    const method = new features.SupportedMethod();
    method.setServiceName('event_store.client.streams.streams');
    method.setMethodName(name);
    methods.addMethods(method);
  }
  return methods;
}

function clusterOf(nodes: readonly TwinNode[]): gossip.ClusterInfo {
  const cluster = new gossip.ClusterInfo();
  for (const { port, state, isAlive } of nodes) {
    const endPoint = new gossip.EndPoint();
    endPoint.setAddress('localhost');
    endPoint.setPort(port);
    const member = new gossip.MemberInfo();
    member.setHttpEndPoint(endPoint);
    member.setIsAlive(isAlive);
    member.setState(gossip.MemberInfo.VNodeState[state]);
    cluster.addMembers(member);
  }
  return cluster;
}

export type { Method };
