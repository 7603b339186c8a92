import { EventStoreDBClient } from '@eventstore/db-client';
import { randomUUID } from 'node:crypto';
import { EventStoreDbTwin } from '../../../../test/support/eventstoredb-twin/twin.js';
import { NO_STREAM, type NewEvent } from '../port.js';
import { EventStoreDbEventStore } from './eventstoredb-event-store.js';

const credentials = { username: 'insecure', password: 'insecure' };
const anEvent = (): NewEvent => ({ id: randomUUID(), type: 'LeaseRenewed', data: {}, meta: {} });

describe('A store that is told to keep the last events of some streams', () => {
  let twin: EventStoreDbTwin;
  let store: EventStoreDbEventStore;
  let admin: EventStoreDBClient;
  let notices: string[];

  const open = (): Promise<EventStoreDbEventStore> =>
    EventStoreDbEventStore.connect({
      connectionString: twin.connectionString,
      keepLast: [
        { streamPrefix: 'lease-', events: 3 },
        { streamPrefix: 'attempts-', events: 5 },
      ],
      onNotice: (sentence) => notices.push(sentence),
    });

  const appendAll = async (stream: string, count: number): Promise<void> => {
    for (let revision = NO_STREAM; revision < count - 1; revision += 1)
      await store.append(stream, revision, [anEvent()]);
  };

  const maxCountOf = async (stream: string): Promise<number | undefined> =>
    (await admin.getStreamMetadata(stream, { credentials })).metadata?.maxCount;

  beforeAll(async () => {
    twin = await EventStoreDbTwin.start();
    admin = EventStoreDBClient.connectionString(twin.connectionString);
  });
  afterAll(async () => {
    await admin.dispose();
    await twin.close();
  });
  beforeEach(async () => {
    notices = [];
    store = await open();
  });
  afterEach(async () => store.close());

  it('has the server hide the others, and reads and appends at the end as before', async () => {
    const stream = `lease-${randomUUID()}`;
    await appendAll(stream, 7);
    await store.close();
    expect(await maxCountOf(stream)).toBe(3);
    store = await open();
    const [last] = await store.readStream(stream, { direction: 'backward', max: 1 });
    expect(last?.revision).toBe(6);
    await expect(store.append(stream, 6, [anEvent()])).resolves.toMatchObject({ revision: 7 });
    const shown = await admin.readStream(stream, { direction: 'backwards', fromRevision: 'end', credentials });
    const revisions: number[] = [];
    for await (const { event } of shown) revisions.push(Number(event?.revision));
    expect(revisions).toEqual([7, 6, 5]);
  });

  it('leaves every other stream whole', async () => {
    const stream = `incident-${randomUUID()}`;
    await appendAll(stream, 7);
    await store.close();
    expect(await maxCountOf(stream)).toBeUndefined();
    store = await open();
    expect(await store.readStream(stream)).toHaveLength(7);
  });

  it('keeps what an administrator has set beside it', async () => {
    const stream = `lease-${randomUUID()}`;
    await admin.setStreamMetadata(stream, { maxAge: 600 }, { credentials });
    await appendAll(stream, 1);
    await store.close();
    expect((await admin.getStreamMetadata(stream, { credentials })).metadata).toMatchObject({
      maxAge: 600,
      maxCount: 3,
    });
    store = await open();
  });

  it('appends all the same where the server does not let it, says so once, and tries again', async () => {
    const stream = `lease-${randomUUID()}`;
    const metadataCalls = twin.faults.calls.read;
    twin.faults.next('read', { kind: 'fail', error: 'denied' }, 2);
    await appendAll(stream, 1);
    while (notices.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await store.append(stream, 0, [anEvent()]);
    while (twin.faults.calls.read < metadataCalls + 2) await new Promise((resolve) => setImmediate(resolve));
    expect(notices).toEqual([expect.stringMatching(/^lease-.* grows for ever/)]);
  });
});
