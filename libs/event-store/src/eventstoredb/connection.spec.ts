import { NO_STREAM, jsonEvent } from '@eventstore/db-client';
import { Metadata } from '@grpc/grpc-js';
import { EventStoreDbTwin } from '../../../../test/support/eventstoredb-twin/twin.js';
import { readConnectionString } from './connection-string.js';
import { Connection } from './connection.js';
import { TIMING, within } from './timing.js';

/** More than a call of the client takes until it is on its way. */
const MICROTASKS = 12;

it('C13 a call whose channel is closed at any moment of its start settles', async () => {
  const twin = await EventStoreDbTwin.start();
  const connection = new Connection(readConnectionString(twin.connectionString), TIMING, () => undefined);
  for (let moment = 0; moment < MICROTASKS; moment += 1) {
    await connection.canary(2000);
    const event = jsonEvent({ type: 'Noted', data: {} });
    const appending = connection.client.appendToStream(`moment-${moment}`, event, {
      expectedRevision: NO_STREAM,
      ...connection.callOptions,
    });
    const settling = within(2000, Promise.allSettled([appending]), () => new Error(`hangs at moment ${moment}`));
    for (let turn = 0; turn < moment; turn += 1) await Promise.resolve();
    connection.renew('a test');
    await settling;
  }
  connection.close();
  await twin.close();
});

it('C17 a call that fails while no node is found leaves no rejection behind, which would end the process', async () => {
  // Nobody listens at either, as no node leads while one is elected.
  const nodes = readConnectionString('esdb://localhost:1,localhost:2?tls=false&maxDiscoverAttempts=1');
  const connection = new Connection(nodes, TIMING, () => undefined);
  const looking = connection.canary(5000);
  // As the client calls it for each call that was on its way, and waits for it nowhere.
  const { handleError } = connection.client as unknown as ClientParts;
  const dropped = Object.assign(new Error('14 UNAVAILABLE: Connection dropped'), {
    code: 14,
    metadata: new Metadata(),
  });
  const handling = handleError({ getChannel: () => 'the one before' }, dropped);
  await expect(looking).rejects.toThrow('Failed to discover');
  await expect(handling).resolves.toBeUndefined();
  connection.close();
});

interface ClientParts {
  readonly handleError: (client: object, error: Error) => Promise<void>;
}
