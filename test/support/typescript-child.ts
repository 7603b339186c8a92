import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const hooks = new URL('typescript-hooks.mjs', import.meta.url).href;

/** Arguments with which Node runs one of our TypeScript files. */
export const typescriptArguments = (file: URL, ...args: readonly string[]): string[] => [
  '--conditions=tocsin-src',
  '--import',
  hooks,
  fileURLToPath(file),
  ...args,
];

export const spawnTypescript = (file: URL, args: readonly string[], options: SpawnOptions): ChildProcess =>
  spawn(process.execPath, typescriptArguments(file, ...args), options);
