// Builds when there is nothing built, or when something that it was built from is newer. Says nothing when all is well.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
/** Written last by the compiler. */
const built = join(root, 'dist/.tsbuildinfo');
const entries = ['dist/apps/api/src/main.js', 'dist/apps/cli/src/main.js', 'dist/apps/worker/src/main.js'].map((file) =>
  join(root, file),
);
const sources = [
  'apps',
  'libs',
  'package.json',
  'package-lock.json',
  'nest-cli.json',
  'tsconfig.json',
  'tsconfig.build.json',
];
const lock = join(root, '.cache/build.lock');
const LOOK_MS = 200;

const timeOf = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

const newestMs = (path) => {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return 0;
  if (!stats.isDirectory()) return /\.(ts|tsx|json)$/.test(path) ? stats.mtimeMs : 0;
  const names = readdirSync(path).filter((name) => name !== 'node_modules');
  // The time of a folder tells that a file was taken away.
  return Math.max(stats.mtimeMs, ...names.map((name) => newestMs(join(path, name))));
};

const isStale = () => {
  if (![built, ...entries].every((file) => existsSync(file))) return true;
  const builtMs = timeOf(built);
  return sources.some((source) => newestMs(join(root, source)) > builtMs);
};

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** Who builds now; 0 for nobody, or for somebody who was interrupted. */
const builder = () => {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    return isAlive(pid) ? pid : 0;
  } catch {
    return 0;
  }
};

/** One build at a time: it empties the folder first. @returns false when another one was under way, and is over. */
const takeLock = () => {
  mkdirSync(join(root, '.cache'), { recursive: true });
  if (existsSync(lock) && builder() === 0) rmSync(lock, { force: true });
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    while (builder() !== 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
    return false;
  }
};

const say = (fr, en) => process.stderr.write(`${(process.env.TOCSIN_LANG ?? 'fr') === 'fr' ? fr : en}\n`);

const build = () => {
  if (process.stderr.isTTY) say('Préparation de Tocsin (une seule fois)…', 'Building Tocsin (once)…');
  const nest = join(root, 'node_modules/@nestjs/cli/bin/nest.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [nest, 'build'], { cwd: root, encoding: 'utf8' });
  if (status === 0) return true;
  rmSync(built, { force: true });
  process.stderr.write(`${stdout}${stderr}`);
  say('Tocsin n’a pas pu être préparé.', 'Tocsin could not be built.');
  return false;
};

while (isStale()) {
  if (!takeLock()) continue;
  let done = false;
  try {
    done = build();
  } finally {
    rmSync(lock, { force: true });
  }
  if (!done) process.exit(1);
}
