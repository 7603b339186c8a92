import '../../api/src/require-node24.js';
import { run } from './run.js';

const stopping = new AbortController();
let listening = false;

/** Ctrl-C ends a wait; a second one ends the program. */
const signal = (): AbortSignal => {
  if (!listening) for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort());
  listening = true;
  return stopping.signal;
};

const stdin = async (): Promise<string> => {
  process.stdin.setEncoding('utf8');
  let text = '';
  for await (const chunk of process.stdin) text += String(chunk);
  return text;
};

// A reader that has seen enough (head, less) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const { stdout, stderr, env } = process;
const exit = await run(process.argv.slice(2), { stdout, stderr, env, stdin, nowMs: Date.now, signal });
process.exitCode = exit;
// Connections that are kept alive would hold the program for seconds.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exit)));
