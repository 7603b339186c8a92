import './require-node24.js';
import { ConfigError, readConfig } from './config.js';
import { serve } from './serve.js';

try {
  await serve(readConfig(process.env));
} catch (error) {
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else
    process.stderr.write(
      `Tocsin n’a pas pu démarrer\u00a0: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  process.exit(1);
}
