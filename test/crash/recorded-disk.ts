import type { Random } from '../support/random.js';

/** What happened to the files of one folder, in order, as the kernel was asked for it. */
export type DiskEvent =
  | { readonly kind: 'create' | 'unlink'; readonly file: string }
  | { readonly kind: 'write'; readonly file: string; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly file: string; readonly size: number }
  /** `began`: how many events came before the call; only these are surely on the disk when it returns. */
  | { readonly kind: 'sync'; readonly file: string; readonly began: number }
  | { readonly kind: 'sync-folder'; readonly began: number }
  | { readonly kind: 'said'; readonly lines: readonly string[] };

/** What becomes of writes that no fsync has covered, when the power goes. */
export const FATES = ['none', 'random', 'torn', 'all'] as const;
/** All lost; each kept or lost; each sector of 512 bytes kept or lost; all kept. */
export type Fate = (typeof FATES)[number];

const SECTOR_BYTES = 512;

type Change = Extract<DiskEvent, { kind: 'write' | 'truncate' }>;

interface Inode {
  synced: Buffer;
  unsynced: { readonly at: number; readonly change: Change }[];
}

/** A disk with a cache that forgets: what is on the platter, and what was only written. */
export class RecordedDisk {
  readonly #entries = new Map<string, Inode>();
  #syncedEntries = new Map<string, Inode>();
  #at = 0;

  apply(event: DiskEvent): void {
    this.#at += 1;
    switch (event.kind) {
      case 'create':
        this.#entries.set(event.file, { synced: Buffer.alloc(0), unsynced: [] });
        return;
      case 'unlink':
        this.#entries.delete(event.file);
        return;
      case 'write':
      case 'truncate':
        this.#entries.get(event.file)?.unsynced.push({ at: this.#at, change: event });
        return;
      case 'sync':
        this.#sync(event.file, event.began);
        return;
      case 'sync-folder':
        this.#syncedEntries = new Map(this.#entries);
        return;
      case 'said':
    }
  }

  /** The files as they may be found after a power cut now. */
  afterPowerCut(fate: Fate, random: Random): Map<string, Buffer> {
    const files = new Map<string, Buffer>();
    for (const name of new Set([...this.#entries.keys(), ...this.#syncedEntries.keys()])) {
      const [now, synced] = [this.#entries.get(name), this.#syncedEntries.get(name)];
      const isNow = fate === 'all' || (fate !== 'none' && random.chance(0.5));
      const inode = isNow ? now : synced;
      if (inode !== undefined) files.set(name, contentOf(inode, fate, random));
    }
    return files;
  }

  #sync(file: string, began: number): void {
    const inode = this.#entries.get(file);
    if (inode === undefined) return;
    const covered = inode.unsynced.filter(({ at }) => at <= began);
    inode.synced = covered.reduce((bytes, { change }) => applied(bytes, change), inode.synced);
    inode.unsynced = inode.unsynced.filter(({ at }) => at > began);
  }
}

function contentOf({ synced, unsynced }: Inode, fate: Fate, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(synced);
  if (fate === 'none') return bytes;
  for (const { change } of unsynced) {
    if (fate === 'torn' && change.kind === 'write') {
      for (const sector of sectorsOf(change)) if (random.chance(0.5)) bytes = applied(bytes, sector);
    } else if (fate === 'all' || random.chance(0.5)) {
      bytes = applied(bytes, change);
    }
  }
  return bytes;
}

function applied(bytes: Buffer, change: Change): Buffer {
  const end = change.kind === 'truncate' ? change.size : change.offset + change.bytes.length;
  let result = bytes;
  if (change.kind === 'truncate' && end < bytes.length) return Buffer.from(bytes.subarray(0, end));
  if (end > bytes.length) result = Buffer.concat([bytes, Buffer.alloc(end - bytes.length)]);
  if (change.kind === 'write') change.bytes.copy(result, change.offset);
  return result;
}

type Write = Extract<DiskEvent, { kind: 'write' }>;

function* sectorsOf({ kind, file, offset, bytes }: Write): Generator<Write> {
  for (let from = offset; from < offset + bytes.length;) {
    const to = Math.min(offset + bytes.length, (Math.floor(from / SECTOR_BYTES) + 1) * SECTOR_BYTES);
    yield { kind, file, offset: from, bytes: bytes.subarray(from - offset, to - offset) };
    from = to;
  }
}
