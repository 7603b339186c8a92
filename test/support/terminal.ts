import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../apps/cli/src/run.js';

/** What one command line said. */
export interface Said {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

export interface Asking {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** How long a command waits for what should answer; short, for the tests in which nobody does. */
  readonly patienceMs?: number;
  /** Ctrl-C. */
  readonly signal?: AbortSignal;
  /** Told of each piece of output as it comes. */
  readonly onOut?: (text: string) => void;
  readonly onErr?: (text: string) => void;
}

/** A person at a terminal with a data folder of their own; their clock stands still. */
export class Terminal {
  readonly data = mkdtempSync(join(tmpdir(), 'tocsin-cli-'));

  /** Runs a command line in this process, on this folder. */
  async type(
    argv: readonly string[],
    { env = {}, stdin = '', patienceMs = 300, signal, onOut, onErr }: Asking = {},
  ): Promise<Said> {
    let [out, err] = ['', ''];
    const exit = await run(argv, {
      stdout: {
        write: (text) => {
          out += text;
          onOut?.(text);
        },
      },
      stderr: {
        write: (text) => {
          err += text;
          onErr?.(text);
        },
      },
      env: { TOCSIN_DATA: this.data, TOCSIN_PORT: '0', TOCSIN_LOG_LEVEL: 'silent', ...env },
      stdin: async () => stdin,
      nowMs: () => Date.parse('2026-11-25T12:00:00+01:00'),
      signal: () => signal ?? new AbortController().signal,
      patienceMs,
    });
    return { exit, out, err };
  }

  file(name: string, text: string): string {
    const path = join(this.data, name);
    writeFileSync(path, text);
    return path;
  }

  read(name: string): string {
    return readFileSync(join(this.data, name), 'utf8');
  }

  leave(): void {
    rmSync(this.data, { recursive: true, force: true });
  }
}

export const json = <Answer>({ out }: Said): Answer => JSON.parse(out) as Answer;
