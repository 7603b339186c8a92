import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clock, Incidents, RandomIds } from '#libs/application';
import { openEventStore, Unavailable, type EventStore } from '#libs/event-store';
import { FEED_START, Feed } from '../feed/feed.js';
import { IncidentFacts } from '../feed/incident-facts.js';
import { SealedSecrets } from './sealed-secrets.js';
import { SecretFile } from './secret-file.js';
import type { SigningSecrets } from './signing-secrets.js';
import { Subscriptions } from './subscriptions.js';

const ACTOR = { id: 'a', name: 'A' };
const SETTINGS = {
  name: 'CSIRT',
  url: 'https://csirt.example/',
  payload: 'full',
  exercise: 'exclude',
  from: FEED_START,
} as const;
const clock = new (class extends Clock {
  override nowMs(): number {
    return Date.parse('2026-03-02T08:00:00Z');
  }
})();
const ids = new RandomIds();
const sealingKeys = [randomBytes(32)];

describe('Subscriptions', () => {
  let folder: string;
  let store: EventStore;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tocsin-subscriptions-'));
    store = await openEventStore({ store: 'sqlite', file: join(folder, 'log.db') });
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const process = (secrets: SigningSecrets, of: EventStore = store, onFailure: (error: unknown) => void = () => {}) =>
    new Subscriptions(new Feed(of, new IncidentFacts(of, new Incidents(of))), secrets, clock, ids, onFailure);
  /** The store, but for some of it. */
  const storeWith = (own: Partial<EventStore>): EventStore =>
    new Proxy(store, {
      get: (real, name: keyof EventStore) => {
        if (name in own) return own[name];
        return typeof real[name] === 'function' ? real[name].bind(real) : real[name];
      },
    });
  const sealed = (of: EventStore = store) => new SealedSecrets(of, ids, sealingKeys);

  it.each([
    ['in a file', () => new SecretFile()],
    ['sealed in the log', () => sealed()],
  ])('have both keys when two people rotate a secret at once, keys %s', async (_where, secrets) => {
    const subscriptions = process(secrets());
    const { id } = await subscriptions.create(SETTINGS, ACTOR);
    await Promise.all([subscriptions.rotateSecret(id, ACTOR), subscriptions.rotateSecret(id, ACTOR)]);
    const after = subscriptions.get(id);
    expect(subscriptions.keysOf(after).map(({ keyId }) => keyId)).toEqual([after.key.keyId, after.previousKey?.keyId]);
    await subscriptions.rotateSecret(id, ACTOR);
    expect(subscriptions.keysOf(subscriptions.get(id))).toHaveLength(2);
  });

  it('are asked for one test by the same request, however often it comes', async () => {
    const subscriptions = process(new SecretFile());
    const { id } = await subscriptions.create(SETTINGS, ACTOR);
    const testId = ids.next();
    for (let n = 0; n < 3; n += 1) await subscriptions.askTest(id, testId, ACTOR);
    expect(subscriptions.get(id).tests.map((test) => test.id)).toEqual([testId]);
  });

  it('tell the secret in a process that has not heard of the subscription yet', async () => {
    const shared = storeWith({ soleWriter: false });
    const [one, other] = [process(sealed(shared), shared), process(sealed(shared), shared)];
    const created = await one.create(SETTINGS, ACTOR, 'a key');
    expect(other.secretOf(await other.fresh(created.id))).toBe(one.secretOf(created));
  });

  it('are followed again after the log could not be read', async () => {
    let breakOff: (error: unknown) => void = () => undefined;
    let onFollowed: () => void = () => undefined;
    const broken = storeWith({
      subscribe: (options) => {
        onFollowed();
        const cut = new Promise<void>((_resolve, reject) => (breakOff = reject));
        return Promise.race([store.subscribe(options), cut]);
      },
    });
    const failures: unknown[] = [];
    const [one, other] = [
      process(new SecretFile(), broken, (error) => failures.push(error)),
      process(new SecretFile()),
    ];
    await one.start();
    const heard = new Promise<string>((resolve) => one.onChanged(({ id }) => resolve(id)));
    const followed = new Promise<void>((resolve) => (onFollowed = resolve));
    breakOff(new Unavailable('denied'));
    await followed;
    const { id } = await other.create(SETTINGS, ACTOR);
    expect(await heard).toBe(id);
    expect(failures).toHaveLength(1);
    await one.stop();
  });
});
