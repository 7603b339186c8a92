import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Tells this run of the program from any other: a file that says where a server listens may be older than the server. */
export const instance = randomUUID();

/** Where the server of a data folder listens, for programs on the same machine. */
export interface Announcement {
  readonly url: string;
  readonly pid: number;
  readonly instance: string;
}

const fileOf = (data: string): string => join(data, 'server.json');

/** Writes `server.json` beside the log, for its owner alone. @returns takes it away, if it is still ours. */
export const announce = (data: string, url: string): (() => void) => {
  const [file, draft] = [fileOf(data), `${fileOf(data)}.${process.pid}`];
  const announcement: Announcement = { url, pid: process.pid, instance };
  writeFileSync(draft, `${JSON.stringify(announcement)}\n`, { mode: 0o600 });
  renameSync(draft, file);
  return () => {
    if (readAnnouncement(data)?.instance === instance) rmSync(file, { force: true });
  };
};

/** What the last server of a data folder said; it may have died since, so ask it for its instance. */
export const readAnnouncement = (data: string): Announcement | undefined => {
  try {
    const { url, pid, instance: said } = JSON.parse(readFileSync(fileOf(data), 'utf8')) as Partial<Announcement>;
    return typeof url === 'string' && typeof pid === 'number' && typeof said === 'string'
      ? { url, pid, instance: said }
      : undefined;
  } catch {
    return undefined;
  }
};
