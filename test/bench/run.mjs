/** `npm run bench`: what a crisis cell feels; `-- store`: the log against the limit; `-- streams`: the live feed. */
import { spawnSync } from 'node:child_process';

const [first, ...rest] = process.argv.slice(2);
const node = (...args) => spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;

if (first === 'store') {
  const hooks = new URL('../support/typescript-hooks.mjs', import.meta.url).href;
  process.exit(node('--conditions=tocsin-src', '--import', hooks, 'test/bench/store/main.ts', ...rest));
}
const compiled = node('node_modules/typescript/bin/tsc', '-p', 'test/bench/tsconfig.json');
if (first === 'streams') process.exit(compiled || node('dist/test/bench/streams/main.js', ...rest));
process.exit(compiled || node('dist/test/bench/main.js', ...process.argv.slice(2)));
