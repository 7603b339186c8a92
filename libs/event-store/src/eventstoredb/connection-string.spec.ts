import { makeCertificates, type Certificates } from '../../../../test/support/certificates.js';
import { EventStoreDbTwin } from '../../../../test/support/eventstoredb-twin/twin.js';
import { NO_STREAM } from '../port.js';
import { readConnectionString } from './connection-string.js';
import { EventStoreDbEventStore } from './eventstoredb-event-store.js';

const SECRET = 'p:a@s%s';
const WRITTEN = 'p%3Aa%40s%25s';

describe('a connection string', () => {
  it('gives hosts, credentials and options, a password whole', () => {
    expect(
      readConnectionString(`esdb://ops:${WRITTEN}@n1:2113,n2,n3:2115?nodePreference=FOLLOWER&keepAliveInterval=-1`),
    ).toMatchObject({
      discover: false,
      hosts: [
        { address: 'n1', port: 2113 },
        { address: 'n2', port: 2113 },
        { address: 'n3', port: 2115 },
      ],
      tls: true,
      credentials: { username: 'ops', password: SECRET },
      nodePreference: 'follower',
      numbers: { keepAliveInterval: -1 },
    });
    expect(readConnectionString('esdb+discover://cluster.local/?TLS=false')).toMatchObject({
      discover: true,
      tls: false,
      credentials: undefined,
    });
  });

  it.each([
    ['http://localhost', 'esdb://'],
    ['esdb://', 'esdb://'],
    ['esdb://localhost', 'user:password@'],
    [`esdb://ops:${WRITTEN}@n1?colour=blue`, 'no option colour'],
    [`esdb://ops:${WRITTEN}@n1?tlsVerifyCert=false`, 'tlsCAFile'],
    [`esdb://ops:${WRITTEN}@n1?tls=maybe`, 'true or false'],
    [`esdb://ops:${WRITTEN}@n1?gossipTimeout=soon`, 'whole number'],
    [`esdb://ops:${WRITTEN}@n1?nodePreference=best`, 'read_only_replica'],
    [`esdb://ops:${WRITTEN}@n1?tlsCAFile=/no/such/file`, 'ENOENT'],
    [`esdb://ops:${WRITTEN}@n1?userCertFile=${import.meta.filename}`, 'go together'],
    [`esdb+discover://ops:${WRITTEN}@n1,n2`, 'one host'],
    [`esdb://ops:${WRITTEN}@n1:0`, '%40'],
    [`esdb://${WRITTEN}@n1`, 'user:password'],
    [`esdb://ops:100%@n1`, '%25'],
    ['esdb://ops:2024?p:a@s@n1:2113', '%3F'],
    ['esdb://ops:2024?p:a@s@n1:2113?tls=false', '%3F'],
    ['esdb://ops:2024?p%3Aa=@n1:2113', '%3F'],
  ])('%s is refused with a sentence that repeats nothing secret', (text, sentence) => {
    const reading = (): unknown => readConnectionString(text);
    expect(reading).toThrow(sentence);
    expect(reading).not.toThrow(/p:a@s|p%3Aa|100%/);
  });
});

describe('at connect', () => {
  const timing = { connectMs: 300, attemptMs: 300 };
  const connecting = async (connectionString: string): Promise<string> => {
    try {
      await (await EventStoreDbEventStore.connect({ connectionString, timing })).close();
      return 'connected';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('a server that is not there is named', async () => {
    expect(await connecting('esdb://localhost:1?tls=false')).toMatch(/No event store answers at localhost:1 /);
  });

  it('a server without TLS is told from one that is away', async () => {
    const twin = await EventStoreDbTwin.start();
    expect(await connecting(`esdb://ops:${WRITTEN}@localhost:${twin.port}`)).toMatch(/speaks no TLS: write tls=false/);
    await twin.close();
  });

  const certificates = makeCertificates();
  if (certificates === undefined) {
    it.skip('TLS (skipped: openssl is not installed)', () => undefined);
  } else {
    withTls(certificates, connecting);
  }
});

function withTls(certificates: Certificates, connecting: (connectionString: string) => Promise<string>): void {
  describe('a secured server', () => {
    let twin: EventStoreDbTwin;
    const secured = (query: string, password = WRITTEN): string =>
      `esdb://ops:${password}@localhost:${twin.port}${query}`;
    const ca = `?tlsCAFile=${encodeURIComponent(certificates.caFile)}`;
    beforeAll(async () => {
      twin = await EventStoreDbTwin.start({ secure: { ...certificates, username: 'ops', password: SECRET } });
    });
    afterAll(async () => {
      await twin.close();
      certificates.dispose();
    });

    it('is written to with the right authority, user and password', async () => {
      const store = await EventStoreDbEventStore.connect({ connectionString: secured(ca) });
      const event = { id: crypto.randomUUID(), type: 'Noted', data: {}, meta: {} };
      expect(await store.append('secured', NO_STREAM, [event])).toMatchObject({ revision: 0 });
      expect(await store.readStream('secured')).toHaveLength(1);
      expect(twin.faults.calls.batchAppend).toBe(0);
      await store.close();
    });

    it.each([
      ['J148 of an unknown authority', () => secured(''), /certificate .* is not accepted .*tlsCAFile/],
      ['J142 with a wrong password', () => secured(ca, 'guess'), /refuses the user or password/],
      ['asked without TLS', () => `esdb://localhost:${twin.port}?tls=false`, /speaks TLS: leave tls=false out/],
    ])('%s is refused with a sentence', async (_what, connectionString, sentence) => {
      const told = await connecting(connectionString());
      expect(told).toMatch(sentence);
      expect(told).not.toMatch(/p:a@s|p%3Aa|guess/);
    });

    it('J143 with a user who may not read the whole log is refused with a sentence', async () => {
      const user = { username: 'ops', password: SECRET, mayReadAll: false };
      const strict = await EventStoreDbTwin.start({ secure: { ...certificates, ...user } });
      const told = await connecting(`esdb://ops:${WRITTEN}@localhost:${strict.port}${ca}`);
      expect(told).toMatch(/does not let the user .* read the whole log: it takes a user of \$admins/);
      await strict.close();
    });
  });
}
