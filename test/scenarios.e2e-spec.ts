import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkExpectations, playScenario } from '#libs/application';
import { listScenarios, loadScenario } from '#libs/playbooks';
import { readConfig } from '../apps/api/src/config.js';
import { createApp } from '../apps/api/src/create-app.js';

describe('The five attacks', () => {
  let folder: string;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tocsin-scenarios-'));
    app = await createApp(readConfig({ TOCSIN_DATA: folder, TOCSIN_LOG_LEVEL: 'error' }));
    await app.init();
  });

  afterAll(async () => {
    await app.close();
    rmSync(folder, { recursive: true });
  });

  it.each(listScenarios().map(({ id }) => id))(
    '%s is played through the commands, and all that it expects holds',
    async (id) => {
      const scenario = loadScenario(id);
      const { incidentId } = await playScenario(app.get(CommandBus), app.get(QueryBus), scenario);
      const checked = await checkExpectations(app.get(QueryBus), incidentId, scenario.expect, 'en');
      expect(checked.failed).toEqual([]);
      expect(checked.held).toBe(scenario.expect.length);
    },
  );
});
