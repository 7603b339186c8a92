import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const isRoot = (folder: string): boolean => {
  const file = join(folder, 'package.json');
  return existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'tocsin';
};

const rootAbove = (folder: string): string => {
  if (isRoot(folder)) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('No package.json of Tocsin above this program');
  return rootAbove(parent);
};

/** Folder of the project, from its sources as from what was built of them. */
export const projectRoot = rootAbove(import.meta.dirname);
