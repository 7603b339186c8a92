import { NO_STREAM, jsonEvent } from '@eventstore/db-client';
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
