import { VNodeState } from '@eventstore/db-client';
import { GossipClient } from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import type { ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { ServerNode, ServerReport } from '../event-store.module.js';
import { readConnectionString, type ConnectionSettings } from './connection-string.js';
import { SafeClient } from './connection.js';
import { NoAnswer } from './server-failure.js';
import { within } from './timing.js';

/** Asks a server what it is and which nodes it knows, once. What it does not say in time, or to this user, is left out. */
export async function examineServer(connectionString: string, ms: number): Promise<ServerReport> {
  const client = new ExaminedClient(readConnectionString(connectionString));
  const late = (): NoAnswer => new NoAnswer(`No answer within ${ms} ms`);
  try {
    const [version, nodes] = await Promise.all([
      within(ms, client.version(), late).catch(() => undefined),
      within(ms, client.nodes(ms), late).catch(() => []),
    ]);
    return { ...(version !== undefined && { version }), nodes };
  } finally {
    client.close();
  }
}

/** What the client knows of its server, and keeps to itself. */
class ExaminedClient extends SafeClient {
  readonly #credentials: ConnectionSettings['credentials'];

  constructor(settings: ConnectionSettings) {
    super(settings);
    this.#credentials = settings.credentials;
  }

  async version(): Promise<string> {
    return (await this.capabilities).serverVersion;
  }

  async nodes(deadline: number): Promise<readonly ServerNode[]> {
    const [metadata, options] = this.callArguments({
      deadline,
      ...(this.#credentials && { credentials: this.#credentials }),
    });
    const cluster = await this.execute(
      GossipClient,
      'gossip',
      (gossip) =>
        new Promise<ClusterInfo>((resolve, reject) => {
          gossip.read(new shared.Empty(), metadata, options, (error, info) => (error ? reject(error) : resolve(info)));
        }),
    );
    return cluster.getMembersList().map((member): ServerNode => {
      const at = member.getHttpEndPoint();
      const state = member.getState();
      return {
        address: `${at?.getAddress() ?? '?'}:${at?.getPort() ?? '?'}`,
        isAlive: member.getIsAlive(),
        role: state === VNodeState.LEADER ? 'leader' : state === VNodeState.FOLLOWER ? 'follower' : 'other',
      };
    });
  }
}
