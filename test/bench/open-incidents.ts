import { CommandBus } from '@nestjs/cqrs';
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { instantMs, instantOf, readCommandBody, readDeclarationBody, type Actor } from '#libs/domain';
import { ExecuteCommand, type AnyCommand } from '#libs/application';
import { ownFolders } from '#libs/playbooks';
import { NO_STREAM, openEventStore, READ_EVENTS_MAX, type EventStore, type NewEvent } from '#libs/event-store';
import { canonicalJson, eventHash } from '#libs/proof';
import { readConfig } from '../../apps/api/src/config.js';
import { createApp, standardParts } from '../../apps/api/src/create-app.js';
import { largePlaybook } from '../support/large-playbook.js';

/** When the first incident is detected. */
export const START = '2026-01-05T06:40:00.000Z';
/** Incidents are detected one after the other in this time, so that their terms fall on different minutes. */
const SPREAD_MINUTES = 40 * 60;
const OPEN_AT_ONCE = 32;

const PLAYBOOK = 'grande-fiche';
const BODIES = ['Commune', 'Agglomération', 'CCAS', 'Office de tourisme', 'Syndicat des eaux'];

/** Five bodies, each with the clock of the insurance and that of the CNIL: ten of them, one of which became a legal term. */
const sayings: readonly (readonly [type: string, body: object])[] = [
  [
    'DeclareIncident',
    {
      title: 'Rançongiciel',
      kind: 'ransomware',
      playbook: PLAYBOOK,
      organisations: BODIES.map((name) => ({ name })),
      detectedAt: START,
    },
  ],
  ['ContactAnssi', { reference: 'CERT-1' }],
  ['EstablishBreachAwareness', { reason: 'Fichiers chiffrés', organisations: ['Commune'] }],
];

/** Puts the town's own playbook of that many steps in the folder of a server. */
export const writePlaybook = (folder: string, steps: number): void => {
  mkdirSync(ownFolders(folder).playbooks, { recursive: true });
  writeFileSync(join(ownFolders(folder).playbooks, `${PLAYBOOK}.yaml`), largePlaybook(steps, PLAYBOOK));
};

/** One incident as the engine records it. */
const sample = async (folder: string, steps: number): Promise<readonly NewEvent[]> => {
  const data = join(folder, 'sample');
  writePlaybook(data, steps);
  const config = readConfig({ TOCSIN_DATA: data, TOCSIN_LOG_LEVEL: 'error' });
  // Without clocks: on the wall all of this is long overdue.
  const app = await createApp(config, { ...standardParts(config), background: { runs: false } });
  await app.init();
  const bus = app.get(CommandBus);
  const actor: Actor = { id: 'bench', name: 'Banc d’essai', role: 'scribe' };
  let incidentId: string | undefined;
  for (const [index, [type, body]] of sayings.entries()) {
    const at = instantOf(instantMs(START) + index * 60_000);
    const read = type === 'DeclareIncident' ? readDeclarationBody(body, at) : readCommandBody(type as never, body, at);
    if (read.errors) throw new Error(JSON.stringify(read.errors));
    const command = { ...read.value, type, actor } as AnyCommand;
    ({ incidentId } = await bus.execute(new ExecuteCommand(incidentId, command, { nowMs: instantMs(at) })));
  }
  await app.close();
  const store = await openEventStore({ store: 'sqlite', file: join(data, 'log.db'), readOnly: true });
  const events = await store.readStream(`incident-${incidentId}`, { max: READ_EVENTS_MAX });
  await store.close();
  return events.map(({ id, type, data: each, meta }) => ({ id, type, data: each, meta }));
};

const DEFINITION = '@definition';

/** The same incident under other ids and at another time. Its definition, most of its bytes, is hashed but not copied. */
class Mould {
  private readonly text: string;
  private readonly definition: object;
  private readonly canonical: string;

  constructor(events: readonly NewEvent[]) {
    const pinned = events.find(({ type }) => type === 'PlaybookAdopted');
    this.definition = pinned?.data['definition'] as object;
    this.canonical = canonicalJson(this.definition);
    this.text = JSON.stringify(events.map((event) => (event === pinned ? withDefinition(event, DEFINITION) : event)));
  }

  cast(minutesLater: number): { readonly stream: string; readonly events: readonly NewEvent[] } {
    const ids = new Map<string, string>();
    const text = this.text
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) => {
        const known = ids.get(id) ?? randomUUID().replace(/-4/, '-7');
        ids.set(id, known);
        return known;
      })
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, (at) => instantOf(instantMs(at) + minutesLater * 60_000));
    const copies = JSON.parse(text) as NewEvent[];
    const stream = `incident-${String(copies[0]?.meta['incidentId'])}`;
    let hash: string | undefined;
    const events = copies.map(({ meta, ...event }, revision) => {
      const { prevHash: _before, ...rest } = meta;
      const chained = { ...event, meta: hash === undefined ? rest : { ...rest, prevHash: hash } };
      hash = this.hashOf({ ...chained, stream, revision });
      return event.data['definition'] === DEFINITION ? withDefinition(chained, this.definition) : chained;
    });
    return { stream, events };
  }

  private hashOf(event: Parameters<typeof eventHash>[0]): string {
    const text = canonicalJson(event).replace(`"${DEFINITION}"`, () => this.canonical);
    return createHash('sha256').update(text, 'utf8').digest('hex');
  }
}

const withDefinition = (event: NewEvent, definition: unknown): NewEvent => ({
  ...event,
  data: { ...event.data, definition: definition as never },
});

export interface WrittenLog {
  readonly incidents: number;
  readonly obligations: number;
  readonly events: number;
  readonly seconds: number;
}

/** A log of open incidents that all adopted the same large playbook, chained as the engine chains them. */
export const writeOpenIncidents = async (folder: string, incidents: number, steps: number): Promise<WrittenLog> => {
  const pattern = await sample(folder, steps);
  const mould = new Mould(pattern);
  const startedMs = performance.now();
  const store = await openEventStore({ store: 'sqlite', file: join(folder, 'log.db') });
  for (let first = 0; first < incidents; first += OPEN_AT_ONCE) {
    const count = Math.min(OPEN_AT_ONCE, incidents - first);
    const casts = Array.from({ length: count }, (_, index) => mould.cast((first + index) % SPREAD_MINUTES));
    await Promise.all(casts.map(({ stream, events }) => store.append(stream, NO_STREAM, events)));
  }
  await mustBeChained(store);
  await store.close();
  const opened = pattern.filter(({ type }) => type === 'ObligationOpened');
  const obligations = opened.reduce((sum, { meta }) => sum + (meta['organisations'] as readonly string[]).length, 0);
  return {
    incidents,
    obligations: obligations * incidents,
    events: pattern.length * incidents,
    seconds: (performance.now() - startedMs) / 1000,
  };
};

/** Holds the first incident of the log against the hash that the engine computes. */
const mustBeChained = async (store: EventStore): Promise<void> => {
  const { events } = await store.readAll({ max: 1 });
  const stream = await store.readStream(events[0]?.stream ?? '');
  for (const [index, event] of stream.slice(1).entries()) {
    const before = stream[index];
    if (!before || event.meta['prevHash'] !== eventHash(before))
      throw new Error(`The chain of ${event.stream} breaks at ${event.revision}`);
  }
};
