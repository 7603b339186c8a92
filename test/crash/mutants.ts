/**
 * Changes of the store that a proof of durability must notice, made in the child process only, from outside: the
 * product has no switch for them.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

type SyncCallback = (error: NodeJS.ErrnoException | null) => void;

const SLOW_DISK_MS = 5;

export const mutants = {
  /** What better-sqlite3 does unless told otherwise, synchronous=NORMAL: acknowledges what a power cut takes away. */
  unsyncedCommits(): void {
    Object.assign(fs, {
      fdatasyncSync: (): void => undefined,
      fdatasync: (_fd: number, callback: SyncCallback): void => void setImmediate(callback, null),
    });
    syncBuiltinESMExports();
  },
  /** Acknowledges when the fsync began, not when it ended: on a disk that is slow, or it would be done by then. */
  impatient(): void {
    const { fdatasync } = fs;
    Object.assign(fs, {
      fdatasync: (fd: number, callback: SyncCallback): void => {
        setTimeout(() => fdatasync(fd, () => undefined), SLOW_DISK_MS);
        setImmediate(callback, null);
      },
    });
    syncBuiltinESMExports();
  },
};

export type Mutant = keyof typeof mutants;
