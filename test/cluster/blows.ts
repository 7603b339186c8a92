import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { WORKERS, type Cluster, type Member } from './cluster.js';

/** What a blow shows beside what the load sees of it. */
export interface BlowFigures {
  readonly takeoverMs?: number;
}

/** Something that breaks a part of the cluster and resolves when the part is back. */
export interface Blow {
  readonly name: string;
  readonly strike: () => Promise<BlowFigures>;
}

/** A process of ours dies as in a power cut, and is started again. */
export const killOf = (cluster: Cluster, member: Member): Blow => ({
  name: member,
  strike: async () => {
    await cluster.kill(member);
    await cluster.startMember(member);
    return {};
  },
});

/** The worker that has a duty; it stays dead until the other one has its lease. */
export const killOfHolder = (cluster: Cluster, withinMs: number, duty: 'clocks' | 'webhooks' = 'clocks'): Blow => ({
  name: `the worker that holds the lease of the ${duty}`,
  strike: async () => {
    const holder = await cluster.holder(withinMs, duty);
    await cluster.kill(holder);
    const killedMs = performance.now();
    const other = WORKERS.find((worker) => worker !== holder) ?? holder;
    await cluster.untilAnswered(other, '/readyz', withinMs * 2, ({ body }) => body.leases[duty] === 'held');
    const takeoverMs = Math.round(performance.now() - killedMs);
    await cluster.startMember(holder);
    return { takeoverMs };
  },
});

/** The twin, alone as it is: nothing is written until it is back. */
export const killOfTwin = (cluster: Cluster): Blow => ({
  name: 'the store',
  strike: async () => {
    await cluster.twin.kill();
    await cluster.twin.start();
    return {};
  },
});

/** What the operator does to the store. @throws when the command fails. */
export const blowByCommand = (command: string, name: string): Blow => ({
  name,
  strike: async () => {
    await promisify(execFile)('sh', ['-c', command]);
    return {};
  },
});
