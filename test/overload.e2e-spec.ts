import { CommandLimit, FixedCatalogue } from '#libs/application';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { EventStore } from '#libs/event-store';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readConfig } from '../apps/api/src/config.js';
import { createApp } from '../apps/api/src/create-app.js';
import { mustFollowContract } from './support/contract.js';
import { EventStoreDbTwin } from './support/eventstoredb-twin/twin.js';
import { CountingIds, keyOf, TestClock } from './support/test-parts.js';

const UNDER_WAY_MAX = 3;
/** An append whose call is not answered is sent again after 5 s. */
const SETTLED_MS = 30_000;

/** A server on the twin, whose commands have time until the test says otherwise. */
class Replica {
  readonly expire: (() => void)[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'tocsin-overload-'));

  private constructor(
    readonly twin: EventStoreDbTwin,
    private app?: NestFastifyApplication,
  ) {}

  static async start(): Promise<Replica> {
    const replica = new Replica(await EventStoreDbTwin.start());
    const env = { TOCSIN_DATA: replica.folder, TOCSIN_PORT: '0', TOCSIN_LOG_LEVEL: 'error' };
    const schedule = (_ms: number, then: () => void): (() => void) => {
      replica.expire.push(then);
      return () => undefined;
    };
    const app = await createApp(readConfig({ ...env, ...replica.twin.environment }), {
      clock: new TestClock(),
      ids: new CountingIds(),
      catalogue: new FixedCatalogue(),
      // No watch of leases, whose reads would take the faults.
      background: { runs: true },
      limit: new CommandLimit({ underWayMax: UNDER_WAY_MAX, schedule }),
    });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    replica.app = app;
    return replica;
  }

  get store(): EventStore {
    return this.running.get(EventStore, { strict: false });
  }

  async post(path: string, payload: object, key?: string) {
    const url = `/api/v1/incidents${path}`;
    const headers = key === undefined ? {} : { 'idempotency-key': key };
    const { statusCode, headers: said, body } = await this.running.inject({ method: 'POST', url, payload, headers });
    const answer = { status: statusCode, headers: said as Record<string, string>, body: JSON.parse(body) };
    mustFollowContract('POST', url, answer);
    return answer;
  }

  async get(url: string): Promise<number> {
    return (await this.running.inject({ method: 'GET', url })).statusCode;
  }

  async declare(): Promise<string> {
    const { body } = await this.post('', {
      title: 'Surcharge',
      playbook: 'none',
      organisations: [{ name: 'Valmont' }],
    });
    return body.incidentId;
  }

  /** Until the log has been asked so often. */
  async asked(method: 'append' | 'read', times: number): Promise<void> {
    while (this.twin.faults.calls[method] < times) await pause(5);
  }

  async dispose(): Promise<void> {
    this.twin.faults.clear();
    await this.running.close();
    await this.twin.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get running(): NestFastifyApplication {
    if (!this.app) throw new Error('Not started');
    return this.app;
  }
}

const entry = { kind: 'fact', text: 'Une fois' };

describe('A command on a log that does not answer', () => {
  let replica: Replica;
  beforeEach(async () => void (replica = await Replica.start()));
  afterEach(async () => replica.dispose(), SETTLED_MS);

  it(
    'is answered in time that its outcome is unknown, and with its key again it is written once',
    async () => {
      const { twin } = replica;
      const incident = await replica.declare();
      const path = `/${incident}/commands/RecordLogbookEntry`;
      // It is done, and the answer stays away.
      twin.faults.next('append', { kind: 'late', ms: SETTLED_MS });
      const before = twin.faults.calls.append;
      const sending = replica.post(path, entry, keyOf(1));
      await replica.asked('append', before + 1);
      replica.expire.at(-1)?.();
      const late = await sending;
      expect(late).toMatchObject({ status: 503, body: { code: 'outcome-unknown' }, headers: { 'retry-after': '1' } });
      // One that comes while the first is under way cannot know either, and says so.
      const again = replica.post(path, entry, keyOf(1));
      while (replica.expire.length < 3) await pause(5);
      replica.expire.at(-1)?.();
      expect(await again).toMatchObject({ status: 503, body: { code: 'outcome-unknown' } });
      expect(await replica.post(path, entry, keyOf(1))).toMatchObject({ status: 200, body: { revision: 1 } });
      expect((await replica.store.readStream(`incident-${incident}`)).map(({ type }) => type)).toEqual([
        'IncidentDeclared',
        'LogbookEntryRecorded',
      ]);
    },
    SETTLED_MS,
  );

  it(
    'that was not sent to it has recorded nothing, and is not written later',
    async () => {
      const { twin } = replica;
      const incident = await replica.declare();
      // Every read: views and connections read too, and whose turn is next is theirs to settle.
      twin.faults.always(['read'], { kind: 'silent' });
      const [reads, appends] = [twin.faults.calls.read, twin.faults.calls.append];
      const sending = replica.post(`/${incident}/commands/RecordLogbookEntry`, entry, keyOf(2));
      await replica.asked('read', reads + 1);
      replica.expire.at(-1)?.();
      expect(await sending).toMatchObject({
        status: 503,
        body: { code: 'busy', detail: expect.stringContaining('cette demande n’a rien consigné') },
        headers: { 'retry-after': '1' },
      });
      twin.faults.clear();
      await replica.asked('read', twin.faults.calls.read + 1);
      const other = await replica.post(`/${incident}/commands/RecordLogbookEntry`, { ...entry, text: 'Autre' });
      expect(other).toMatchObject({ status: 200, body: { revision: 1 } });
      expect(twin.faults.calls.append).toBe(appends + 1);
    },
    SETTLED_MS,
  );

  it(
    `is refused at once while ${UNDER_WAY_MAX} others wait, and what is read is answered`,
    async () => {
      const { twin } = replica;
      const incidents = [];
      for (let n = 0; n < UNDER_WAY_MAX; n += 1) incidents.push(await replica.declare());
      const before = twin.faults.calls.append;
      twin.faults.next('append', { kind: 'silent' }, UNDER_WAY_MAX);
      const waiting = incidents.map((incident, n) =>
        replica.post(`/${incident}/commands/RecordLogbookEntry`, entry, keyOf(10 + n)),
      );
      await replica.asked('append', before + UNDER_WAY_MAX);
      const refused = await replica.post(`/${incidents[0]}/commands/RecordLogbookEntry`, entry, keyOf(20));
      expect(refused).toMatchObject({ status: 503, body: { code: 'busy' }, headers: { 'retry-after': '1' } });
      expect(await replica.get(`/api/v1/incidents/${incidents[0]}`)).toBe(200);
      for (const { status } of await Promise.all(waiting)) expect(status).toBe(200);
      const after = await replica.post(`/${incidents[0]}/commands/RecordLogbookEntry`, entry, keyOf(20));
      expect(after).toMatchObject({ status: 200, body: { revision: 2 } });
    },
    SETTLED_MS,
  );
});
