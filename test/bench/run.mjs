/**
 * `npm run bench`: what a crisis cell feels; `-- store`: the log against the limit; `-- obligations`: many clocks;
 * `-- streams`: the live feed.
 */
import { spawnSync } from 'node:child_process';

const SCRIPTS = { obligations: 'obligations.js', streams: 'streams/main.js' };

const [first, ...rest] = process.argv.slice(2);
const node = (...args) => spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;

if (first === 'store') {
  const hooks = new URL('../support/typescript-hooks.mjs', import.meta.url).href;
  process.exit(node('--conditions=tocsin-src', '--import', hooks, 'test/bench/store/main.ts', ...rest));
}
const compiled = node('node_modules/typescript/bin/tsc', '-p', 'test/bench/tsconfig.json');
const script = SCRIPTS[first];
process.exit(
  compiled ||
    (script ? node(`dist/test/bench/${script}`, ...rest) : node('dist/test/bench/main.js', ...process.argv.slice(2))),
);
