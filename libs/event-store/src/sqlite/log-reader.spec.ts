import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_STREAM } from '../port.js';
import { SqliteEventStore } from './sqlite-event-store.js';

const directory = mkdtempSync(join(tmpdir(), 'tocsin-shared-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('Large data that many events have in common', () => {
  it('are one object, which no reader can change for the others', async () => {
    const store = SqliteEventStore.open({ file: join(directory, 'log.db') });
    const data = { definition: { steps: [{ id: 'S01', text: 'x'.repeat(20_000) }] } };
    for (const number of [1, 2]) {
      const id = `0190a000-0000-7000-8000-00000000000${number}`;
      await store.append(`incident-${number}`, NO_STREAM, [{ id, type: 'PlaybookAdopted', data, meta: {} }]);
    }
    const [first] = await store.readStream('incident-1', {});
    const [second] = await store.readStream('incident-2', {});
    expect(second?.data).toBe(first?.data);
    const definition = first?.data['definition'] as { readonly steps: { id: string }[] } | undefined;
    const steps = definition?.steps ?? [];
    expect(() => steps.push({ id: 'S02' })).toThrow(TypeError);
    expect(() => Object.assign(steps[0] ?? {}, { id: 'S02' })).toThrow(TypeError);
    expect(second?.data).toEqual(data);
    await store.close();
  });
});
