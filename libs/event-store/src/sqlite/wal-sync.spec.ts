import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OutcomeUnknown } from '../port.js';
import { WalSync } from './wal-sync.js';

const folder = mkdtempSync(join(tmpdir(), 'tocsin-wal-'));
const file = join(folder, 'log.db');
writeFileSync(`${file}-wal`, 'pages');
afterAll(() => rmSync(folder, { recursive: true }));

const QUICK_DISK = 1e6;
const SLOW_DISK = 1e-9;

describe('WalSync', () => {
  it('waits for a quick disk on the spot', async () => {
    const wal = new WalSync(file, QUICK_DISK);
    for (let n = 0; n < 20; n += 1) expect(wal.sync()).toBeUndefined();
    await wal.close();
  });

  it('waits for a slow disk on the spot once, to know it, and elsewhere from then on', async () => {
    const wal = new WalSync(file, SLOW_DISK);
    expect(wal.sync()).toBeUndefined();
    for (let n = 0; n < 20; n += 1) {
      const syncing = wal.sync();
      expect(syncing).toBeInstanceOf(Promise);
      await syncing;
    }
    await wal.close();
  });

  it('never waits on the spot when told so', async () => {
    const wal = new WalSync(file, 0);
    expect(wal.sync()).toBeInstanceOf(Promise);
    await wal.close();
  });

  it('fails for ever after one failure, on the spot and elsewhere', async () => {
    for (const onTheSpotMsMax of [QUICK_DISK, 0]) {
      const wal = new WalSync(file, onTheSpotMsMax);
      await wal.close();
      await expect(async () => wal.sync()).rejects.toBeInstanceOf(OutcomeUnknown);
      await expect(async () => wal.sync()).rejects.toThrow('did not confirm');
      expect(() => wal.syncNow()).toThrow(OutcomeUnknown);
    }
  });
});
