/**
 * Lets a child process of a test or benchmark run our TypeScript as it is:
 * `node --conditions=tocsin-src --import <this file> some.ts`. The same transformation as in jest.config.mjs.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const options = {
  jsc: {
    target: 'es2023',
    keepClassNames: true,
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, react: { runtime: 'automatic' } },
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

function isTypescript(url) {
  return /\.tsx?$/.test(url);
}

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier.startsWith('.') && specifier.endsWith('.js') && isTypescript(context.parentURL ?? '')) {
      for (const extension of ['ts', 'tsx']) {
        const url = new URL(`${specifier.slice(0, -2)}${extension}`, context.parentURL);
        if (existsSync(url)) return { url: url.href, format: 'module', shortCircuit: true };
      }
    }
    return nextResolve(specifier, context);
  },
  load(url, context, nextLoad) {
    if (!isTypescript(url) || url.includes('/node_modules/')) return nextLoad(url, context);
    const filename = fileURLToPath(url);
    return { format: 'module', source: transformed(filename), shortCircuit: true };
  },
});

const cache = new URL('../../.cache/typescript-child/', import.meta.url);
mkdirSync(cache, { recursive: true });

/** A child that is started hundreds of times must not transform the same files hundreds of times. */
function transformed(filename) {
  const source = readFileSync(filename, 'utf8');
  const key = createHash('sha256')
    .update(JSON.stringify([options, filename, source]))
    .digest('hex');
  const file = new URL(key, cache);
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const { transformSync } = createRequire(import.meta.url)('@swc/core');
  const parser = { ...options.jsc.parser, tsx: filename.endsWith('x') };
  const { code } = transformSync(source, { ...options, jsc: { ...options.jsc, parser }, filename });
  // Whole or not at all: the process may be killed at any moment.
  const draft = new URL(`${key}.${process.pid}`, cache);
  writeFileSync(draft, code);
  renameSync(draft, file);
  return code;
}
