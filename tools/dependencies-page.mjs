// Fails when a dependency has no line in docs/dependencies.md that says why it is there, or a line has no dependency.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);
const used = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
const explained = [...readFileSync(join(root, 'docs/dependencies.md'), 'utf8').matchAll(/^\| `([^`]+)` \| \S/gm)].map(
  ([, name]) => name,
);
const missing = used.filter((name) => !explained.includes(name));
const gone = explained.filter((name) => !used.includes(name));
for (const name of missing) console.error(`docs/dependencies.md does not say why ${name} is there`);
for (const name of gone) console.error(`docs/dependencies.md explains ${name}, which is not in package.json`);
if (missing.length + gone.length > 0) process.exit(1);
