/**
 * Reads Tocsin's events straight from the EventStoreDB of a cluster, from a checkpoint on.
 *
 *   ESDB=esdb://reader:secret@es1.example:2113 CHECKPOINT=checkpoint.json node eventstoredb.ts
 */
import { EventStoreDBClient, START, streamNameFilter } from '@eventstore/db-client';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const file = process.env['CHECKPOINT'] ?? 'checkpoint.json';

/** Both numbers: events are missed when only `commit` is kept. */
const checkpoint = (): typeof START | { commit: bigint; prepare: bigint } => {
  if (!existsSync(file)) return START;
  const { commit, prepare } = JSON.parse(readFileSync(file, 'utf8'));
  return { commit: BigInt(commit), prepare: BigInt(prepare) };
};

const keep = ({ commit, prepare }: { commit: bigint; prepare: bigint }): void => {
  writeFileSync(`${file}.next`, JSON.stringify({ commit: String(commit), prepare: String(prepare) }));
  renameSync(`${file}.next`, file);
};

const client = EventStoreDBClient.connectionString(process.env['ESDB'] ?? 'esdb://localhost:2113?tls=false');
const events = client.subscribeToAll({
  fromPosition: checkpoint(),
  filter: streamNameFilter({ prefixes: ['incident-'] }),
});
// The end of a subscription without an error is an end all the same: start again from the checkpoint.
for await (const { event } of events) {
  if (!event?.position) continue;
  const meta = event.metadata as { schemaVersion: number; incidentId: string };
  process.stdout.write(`${event.id} fr.tocsin.${event.type}.v${meta.schemaVersion} ${meta.incidentId}\n`);
  keep(event.position);
}
