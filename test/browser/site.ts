import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RandomIds, shippedCatalogue } from '#libs/application';
import { readConfig } from '../../apps/api/src/config.js';
import { createApp } from '../../apps/api/src/create-app.js';
import { TestClock } from '../support/test-parts.js';

/** Saturday 21 November 2026, 08:12 in Paris: a weekend before everything opens. */
export const SATURDAY = '2026-11-21T07:12:00.000Z';

/** The server as it is shipped, on a free port of this machine and a folder of its own; only its clock is the test's. */
export class Site {
  readonly clock = new TestClock(SATURDAY);
  private readonly folder = mkdtempSync(join(tmpdir(), 'tocsin-browser-'));
  private app!: NestFastifyApplication;
  url = '';

  async open(): Promise<void> {
    const config = readConfig({ TOCSIN_DATA: this.folder, TOCSIN_PORT: '0', TOCSIN_LOG_LEVEL: 'error' });
    const parts = { clock: this.clock, ids: new RandomIds(), catalogue: shippedCatalogue(this.folder) };
    this.app = await createApp(config, parts);
    await this.app.listen(0, '127.0.0.1');
    const { port } = (this.app.getHttpServer() as Server).address() as AddressInfo;
    this.url = `http://127.0.0.1:${port}`;
  }

  async dispose(): Promise<void> {
    await this.app?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What a program would send, to set a scene. */
  async post(path: string, body: object): Promise<any> {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const told = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${JSON.stringify(told)}`);
    return told;
  }
}
