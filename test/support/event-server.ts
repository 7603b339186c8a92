import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { EventStoreDbTwin } from './eventstoredb-twin/twin.js';

/** A server of events of a test's own, empty at first: the log of a server is one, and cannot be emptied. */
export interface EventServer {
  readonly connectionString: string;
  /** With which a server of ours uses it. */
  readonly environment: { readonly TOCSIN_STORE: string };
  close(): Promise<void>;
}

/** What the tests run on; see CONTRIBUTING.md. */
const STORE = process.env['TOCSIN_TEST_STORE'] ?? 'sqlite';
const COMMAND = /^exec:(.+)$/.exec(STORE)?.[1];
if (COMMAND === undefined && STORE !== 'sqlite' && STORE !== 'twin') {
  throw new Error(`TOCSIN_TEST_STORE=${STORE}: it takes sqlite, twin or exec:<command>`);
}

/** Whether the end-to-end tests keep their log on a server of events. */
export const onEventServer = STORE !== 'sqlite';

/** The twin; with `TOCSIN_TEST_STORE=exec:<command>` a real server, whatever store the other tests have. */
export const startEventServer = async (file?: string): Promise<EventServer> =>
  COMMAND === undefined ? EventStoreDbTwin.start({ ...(file !== undefined && { file }) }) : startByCommand(COMMAND);

/** The command starts an empty server, prints its connection string, and ends both when its standard input ends. */
const startByCommand = async (command: string): Promise<EventServer> => {
  const child = spawn(command, { shell: true, stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'close');
  const line = once(createInterface(child.stdout), 'line').then(([text]) => String(text));
  const early = exited.then(([code]) => Promise.reject(new Error(`${command} ended with ${code}`)));
  const connectionString = await Promise.race([line, early]);
  early.catch(() => undefined);
  return {
    connectionString,
    environment: { TOCSIN_STORE: connectionString },
    close: async () => {
      child.stdin.end();
      await exited;
    },
  };
};
