import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TwinProcess } from '../../../../test/support/eventstoredb-twin/twin-process.js';
import { spawnTypescript } from '../../../../test/support/typescript-child.js';

const WRITER = new URL('../../../../test/support/eventstoredb-twin/write-through-kills.ts', import.meta.url);
const KILLS = 4;

it('C13 16 writers through kill -9 of their server lose nothing, double nothing, and do not crash', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-kills-'));
  const twin = new TwinProcess(join(folder, 'log.db'));
  await twin.start();
  const writer = spawnTypescript(WRITER, [twin.connectionString, String(KILLS * 1800)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  writer.stdout?.on('data', (text: Buffer) => (said += text.toString()));
  const ended = once(writer, 'exit');
  while (!said.includes('ready')) await delay(20);
  for (let kill = 0; kill < KILLS; kill += 1) {
    await delay(700);
    await twin.kill();
    await twin.start();
  }
  expect(await ended).toEqual([0, null]);
  const result = JSON.parse(said.split('\n').at(-2) ?? '') as Record<string, number>;
  expect(result).toMatchObject({ lost: 0, doubled: 0, unseen: 0 });
  expect(result['acknowledged']).toBeGreaterThan(100);
  process.stdout.write(`${KILLS} kills of the server: ${said.split('\n').at(-2)}\n`);
  await twin.kill('SIGTERM');
  rmSync(folder, { recursive: true });
}, 60_000);
