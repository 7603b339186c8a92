import { jest } from '@jest/globals';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExecuteCommand, playScenario } from '#libs/application';
import { readCommandBody, type IncidentCommand } from '#libs/domain';
import { EventStore, Unavailable } from '#libs/event-store';
import { listScenarios, loadScenario } from '#libs/playbooks';
import { GetTimeline, openViews, ProjectionRunner, projections, Views, type TimelineFilter } from '#libs/read-models';
import { readConfig } from '../apps/api/src/config.js';
import { createApp } from '../apps/api/src/create-app.js';

const NOW = '2026-11-25T08:00:00.000Z';
const TABLES = ['board', 'services', 'obligations', 'clocks'];

jest.setTimeout(60_000);

describe('The views', () => {
  let folder: string;
  let app: NestFastifyApplication;
  const incidents: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tocsin-views-'));
    app = await createApp(readConfig({ TOCSIN_DATA: folder, TOCSIN_LOG_LEVEL: 'error' }));
    await app.init();
    for (const { id } of listScenarios()) {
      incidents.push((await playScenario(app.get(CommandBus), app.get(QueryBus), loadScenario(id))).incidentId);
    }
    const [fact] = (await timeline({ types: ['ServiceStatusChanged'] })).items;
    const read = readCommandBody('SupersedeFact', { eventId: fact?.eventId, reason: 'Erreur de service' }, NOW);
    if (read.errors) throw new Error(JSON.stringify(read.errors));
    const command: IncidentCommand = { ...read.value, type: 'SupersedeFact', actor: { id: 'a', name: 'A' } };
    await app.get(CommandBus).execute(new ExecuteCommand(incidents[0], command));
  });

  afterAll(async () => {
    await app.close();
    rmSync(folder, { recursive: true });
  });

  it('have the same rows when they are rebuilt as they got one event after the other', async () => {
    const store = app.get(EventStore);
    const head = (await store.head()) ?? '';
    await app.get(ProjectionRunner).reach(head);
    const rebuilt = openViews(':memory:', projections);
    const runner = new ProjectionRunner(store, rebuilt, projections, (error) => {
      throw error;
    });
    await runner.start();
    await runner.reach(head);
    await runner.stop();
    for (const table of TABLES) {
      const all = `SELECT * FROM ${table} ORDER BY incident, 2`;
      expect(rebuilt.prepare(all).all()).toEqual(app.get(Views).db.prepare(all).all());
    }
  });

  it('go on, with the same rows, when the log did not answer while an incident was read', async () => {
    const log = app.get(EventStore);
    const head = (await log.head()) ?? '';
    let silent = 3;
    const readStream: EventStore['readStream'] = (stream, options) => {
      silent -= 1;
      return silent >= 0 ? Promise.reject(new Unavailable('no leader')) : log.readStream(stream, options);
    };
    // In small batches, so that a correction makes a view read what came before.
    const subscribe: EventStore['subscribe'] = (options) => log.subscribe({ ...options, batchMax: 5 });
    const store = {
      head: () => log.head(),
      readAll: (options) => log.readAll(options),
      comparePositions: (left, right) => log.comparePositions(left, right),
      readStream,
      subscribe,
    } as EventStore;
    const rebuilt = openViews(':memory:', projections);
    const told: string[] = [];
    const runner = new ProjectionRunner(store, rebuilt, projections, (error) => told.push(String(error)), 1);
    await runner.start();
    await runner.reach(head, 30_000);
    expect(runner.lag()).toMatchObject({ caughtUp: true });
    expect(runner.lag().failure).toBeUndefined();
    await runner.stop();
    expect(told).toEqual(Array(3).fill('Unavailable: no leader'));
    for (const table of TABLES) {
      const all = `SELECT * FROM ${table} ORDER BY incident, 2`;
      expect(rebuilt.prepare(all).all()).toEqual(app.get(Views).db.prepare(all).all());
    }
  });

  const timeline = (filter: Partial<TimelineFilter>, incident = incidents[0] ?? '') =>
    app
      .get(QueryBus)
      .execute(new GetTimeline({ incidentId: incident, limit: 500, byOccurrence: false, ...filter }, 'fr'));

  it.each([false, true])('give the timeline in pages without a gap or a repeat (by occurrence: %s)', async (by) => {
    const whole = await timeline({ byOccurrence: by });
    const pages = [];
    let after: string | undefined;
    do {
      const page = await timeline({ byOccurrence: by, limit: 7, ...(after ? { after } : {}) });
      pages.push(...page.items);
      after = page.next;
    } while (after);
    expect(whole.items.length).toBeGreaterThan(20);
    expect(pages).toEqual(whole.items);
  });

  it('find a line by words without their accents, and by type', async () => {
    const declared = await timeline({ types: ['IncidentDeclared'] });
    const word = declared.items[0]?.text.split(' ').find((each) => /[éèêàç]/.test(each)) ?? '';
    const found = await timeline({ q: word.normalize('NFD').replaceAll(/\p{M}/gu, '').toUpperCase(), limit: 1 });
    expect(found.items.map(({ text }) => text.toLowerCase())).toEqual([expect.stringContaining(word.toLowerCase())]);
  });

  it('show a correction on the line that it corrects, from its own revision on', async () => {
    const { items } = await timeline({});
    const corrected = items.find(({ supersededBy }) => supersededBy !== undefined);
    const by = items.find(({ eventId }) => eventId === corrected?.supersededBy);
    expect([corrected?.type, by?.type]).toEqual(['ServiceStatusChanged', 'FactSuperseded']);
    const before = await timeline({ untilRevision: (by?.revision ?? 0) - 1 });
    expect(before.items.filter(({ supersededBy }) => supersededBy !== undefined)).toEqual([]);
    const occurred = await timeline({ byOccurrence: true });
    expect(occurred.items.map(({ eventId }) => eventId)).not.toContain(corrected?.eventId);
  });
});
