// Builds when there is nothing built, or when something that it was built from is newer. Says nothing when all is well.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
/** Written last by the compiler. */
const built = join(root, 'dist/.tsbuildinfo');
const entries = ['dist/apps/api/src/main.js', 'dist/apps/cli/src/main.js'].map((file) => join(root, file));
const sources = [
  'apps',
  'libs',
  'package.json',
  'package-lock.json',
  'nest-cli.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

const newestMs = (path) => {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return 0;
  if (!stats.isDirectory()) return /\.(ts|tsx|json)$/.test(path) ? stats.mtimeMs : 0;
  // The time of a folder tells that a file was taken away.
  return Math.max(
    stats.mtimeMs,
    ...readdirSync(path)
      .filter((name) => name !== 'node_modules')
      .map((name) => newestMs(join(path, name))),
  );
};

const isStale = () => {
  if (![built, ...entries].every((file) => existsSync(file))) return true;
  const builtMs = statSync(built).mtimeMs;
  return sources.some((source) => newestMs(join(root, source)) > builtMs);
};

if (isStale()) {
  const fr = (process.env.TOCSIN_LANG ?? 'fr') === 'fr';
  if (process.stderr.isTTY)
    process.stderr.write(fr ? 'Préparation de Tocsin (une seule fois)…\n' : 'Building Tocsin (once)…\n');
  const nest = join(root, 'node_modules/@nestjs/cli/bin/nest.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [nest, 'build'], { cwd: root, encoding: 'utf8' });
  if (status !== 0) {
    rmSync(built, { force: true });
    process.stderr.write(`${stdout}${stderr}`);
    process.stderr.write(fr ? 'Tocsin n’a pas pu être préparé.\n' : 'Tocsin could not be built.\n');
    process.exit(1);
  }
}
