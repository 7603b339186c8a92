import '../../api/src/require-node24.js';
import { ConfigError, readWorkerConfig } from '../../api/src/config.js';
import { work } from './work.js';

try {
  await work(readWorkerConfig(process.env));
} catch (error) {
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else
    process.stderr.write(
      `Le worker n’a pas pu démarrer\u00a0: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  process.exit(1);
}
