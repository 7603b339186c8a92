import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { spawnTypescript } from './typescript-child.js';

const MAIN = new URL('../../apps/api/src/main.ts', import.meta.url);

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: any;
}

/** A real server in a process of its own, spoken to over sockets that stay open. */
export class ServerProcess {
  readonly agent = new Agent({ keepAlive: true, maxSockets: 128 });

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    readonly exited: Promise<Exit>,
  ) {}

  /** @throws with what the server said, when it stops before it listens. */
  static async start(data: string, env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
    const child = spawnTypescript(MAIN, [], {
      env: { ...process.env, TOCSIN_LOG_LEVEL: 'error', ...env, TOCSIN_DATA: data, TOCSIN_PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (!child.stdout || !child.stderr) throw new Error('No pipes');
    const said = text(child.stderr);
    const exited = once(child, 'close').then(async ([code, signal]): Promise<Exit> => ({
      code,
      signal,
      stderr: await said,
    }));
    const line = once(createInterface(child.stdout), 'line').then(([each]) => String(each));
    const url = await Promise.race([line, exited.then(({ stderr }) => Promise.reject(new Error(stderr)))]);
    return new ServerProcess(child, /http:\/\/\S+/.exec(url)?.[0] ?? '', exited);
  }

  /** As a power cut of this process: nothing of it runs any more. */
  async kill(): Promise<Exit> {
    this.child.kill('SIGKILL');
    return this.gone();
  }

  async stop(signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<Exit> {
    this.child.kill(signal);
    return this.gone();
  }

  private async gone(): Promise<Exit> {
    const exit = await this.exited;
    this.agent.destroy();
    return exit;
  }

  /** @throws when the connection breaks before the whole answer is there: nobody knows what became of the request. */
  send(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const sent = request(
        `${this.url}${path}`,
        {
          method,
          agent: this.agent,
          headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        },
        (response) => {
          response.once('error', reject);
          text(response).then(
            (whole) =>
              resolve({
                status: response.statusCode ?? 0,
                headers: response.headers,
                body: whole === '' ? undefined : JSON.parse(whole),
              }),
            reject,
          );
        },
      );
      sent.once('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
