import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this library's data, from the sources and from `dist/` alike: found from Tocsin's own package.json. */
export const dataFolder = (name: 'scenarios' | 'playbooks' | 'rules'): string =>
  join(packageRoot(dirname(fileURLToPath(import.meta.url))), 'libs', 'playbooks', name);

const packageRoot = (from: string): string => {
  for (let folder = from; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === 'tocsin') return folder;
    if (folder === dirname(folder)) throw new Error(`The package.json of Tocsin is not above ${from}.`);
  }
};

/** Where a town puts its own, in its folder of data: playbooks, and rules such as one of the box that it switches on. */
export const ownFolders = (data: string): { readonly playbooks: string; readonly rules: string } => ({
  playbooks: join(data, 'playbooks'),
  rules: join(data, 'rules'),
});
