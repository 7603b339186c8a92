import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OutcomeUnknown } from '../port.js';
import { WalSync } from './wal-sync.js';

const folder = mkdtempSync(join(tmpdir(), 'tocsin-wal-'));
const file = join(folder, 'log.db');
writeFileSync(`${file}-wal`, 'pages');
afterAll(() => rmSync(folder, { recursive: true }));

/** A clock by which each fsync takes as long as the disk is said to. */
function openOn(disk: { fsyncMs: number }, onTheSpotMsMax?: number): WalSync {
  let calls = 0;
  let at = 0;
  return new WalSync(file, onTheSpotMsMax, () => ((calls += 1) % 2 === 0 ? (at += disk.fsyncMs) : at));
}

/** Whether each of so many fsyncs was waited for on the spot. */
async function onTheSpot(wal: WalSync, times: number, alone = false): Promise<boolean[]> {
  const spots: boolean[] = [];
  for (let n = 0; n < times; n += 1) {
    const syncing = wal.sync(alone);
    spots.push(syncing === undefined);
    await syncing;
  }
  return spots;
}

describe('WalSync', () => {
  it('waits for a quick disk on the spot', async () => {
    const wal = openOn({ fsyncMs: 0.05 });
    expect(await onTheSpot(wal, 200)).not.toContain(false);
    await wal.close();
  });

  it('waits for a slow disk on the spot until it knows it, and elsewhere from then on', async () => {
    const wal = openOn({ fsyncMs: 5 });
    const spots = await onTheSpot(wal, 200);
    expect(spots.indexOf(false)).toBeLessThan(10);
    expect(spots.slice(spots.indexOf(false))).not.toContain(true);
    await wal.close();
  });

  it('waits for a middling disk on the spot for an append alone, which has no company to keep waiting', async () => {
    const wal = openOn({ fsyncMs: 0.3 });
    expect(await onTheSpot(wal, 200, true)).not.toContain(false);
    expect(await onTheSpot(wal, 200, false)).not.toContain(true);
    await wal.close();
  });

  it('does not lose its trust in a quick disk by a slow answer here and there', async () => {
    const disk = { fsyncMs: 0.05 };
    const wal = openOn(disk);
    for (let n = 0; n < 10; n += 1) {
      disk.fsyncMs = 20;
      await onTheSpot(wal, 1);
      disk.fsyncMs = 0.05;
      expect(await onTheSpot(wal, 9)).not.toContain(false);
    }
    await wal.close();
  });

  it('comes back to a disk that has become quick', async () => {
    const disk = { fsyncMs: 50 };
    const wal = openOn(disk);
    expect((await onTheSpot(wal, 100)).at(-1)).toBe(false);
    disk.fsyncMs = 0.05;
    expect((await onTheSpot(wal, 100)).at(-1)).toBe(true);
    await wal.close();
  });

  it('never waits on the spot when told so', async () => {
    const wal = openOn({ fsyncMs: 0 }, 0);
    expect(await onTheSpot(wal, 3, true)).not.toContain(true);
    await wal.close();
  });

  it('fails for ever after one failure, on the spot and elsewhere', async () => {
    for (const onTheSpotMsMax of [1e6, 0]) {
      const wal = new WalSync(file, onTheSpotMsMax);
      await wal.close();
      await expect(async () => wal.sync(true)).rejects.toBeInstanceOf(OutcomeUnknown);
      await expect(async () => wal.sync(true)).rejects.toThrow('did not confirm');
      expect(() => wal.syncNow()).toThrow(OutcomeUnknown);
    }
  });
});
