import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { spawnTypescript } from '../typescript-child.js';

/** A twin that can be killed as a process is, and started again on the same file and port. */
export class TwinProcess {
  port = 0;
  #child: ChildProcess | undefined;

  constructor(private readonly file: string) {}

  get connectionString(): string {
    return `esdb://localhost:${this.port}?tls=false`;
  }

  async start(): Promise<void> {
    const child = spawnTypescript(new URL('main.ts', import.meta.url), [this.file, String(this.port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    this.port = await new Promise<number>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`The twin ended with ${code}`)));
      child.stdout?.once('data', (said: Buffer) => resolve(Number(/listening (\d+)/.exec(said.toString())?.[1])));
    });
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}
