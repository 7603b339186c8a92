import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { typescriptArguments } from '../support/typescript-child.js';
import type { AppenderOptions } from './appender.js';
import type { DiskEvent } from './recorded-disk.js';

const CALLS = 'openat,pwrite64,write,ftruncate,fsync,fdatasync,unlink';
const CHILD_LIFE_MS_MAX = 60_000;
const INSTALL_MS_MAX = 120_000;
/** More than the longest page run that SQLite writes at once. */
const STRING_BYTES_MAX = 1_000_000;

/** @returns why disks cannot be recorded here; undefined when they can. Installs strace where that is allowed. */
export function cannotRecord(): string | undefined {
  if (process.platform !== 'linux') return 'recording a disk needs Linux and strace';
  if (runs('strace', '-V')) return undefined;
  if (process.getuid?.() === 0 && process.env['CI'] !== undefined) {
    spawnSync('apt-get', ['install', '-y', 'strace'], { stdio: 'ignore', timeout: INSTALL_MS_MAX });
  }
  return runs('strace', '-V') ? undefined : 'strace is not installed';
}

const runs = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Runs the appender to its end and tells what it did to the folder of its log, and when it said what. */
export function recordAppender(options: Omit<AppenderOptions, 'file'>): DiskEvent[] {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-record-'));
  const file = join(folder, 'log.db');
  const trace = `${folder}.trace`;
  const appender = typescriptArguments(
    new URL('appender.ts', import.meta.url),
    JSON.stringify({ ...options, file } satisfies AppenderOptions),
  );
  const strace = ['-f', '-qq', '-y', '-xx', '-s', String(STRING_BYTES_MAX), '--seccomp-bpf', '-e', `trace=${CALLS}`];
  try {
    execFileSync('strace', [...strace, '-o', trace, process.execPath, ...appender], { timeout: CHILD_LIFE_MS_MAX });
    return readTrace(readFileSync(trace, 'latin1'), folder);
  } finally {
    rmSync(folder, { recursive: true });
    rmSync(trace, { force: true });
  }
}

/** `call(arguments) = result`, in which another thread may have cut in between the arguments and the result. */
const LINE = /^(?<pid>\d+) +(?:<\.\.\. \w+ resumed>(?<rest>.*)|(?<call>\w+)\((?<args>.*))$/;
const UNFINISHED = ' <unfinished ...>';

export function readTrace(trace: string, folder: string): DiskEvent[] {
  const events: DiskEvent[] = [];
  const known = new Set<string>();
  const begun = new Map<string, { readonly call: string; readonly args: string; readonly at: number }>();
  for (const line of trace.split('\n')) {
    const { pid = '', rest, call = '', args = '' } = LINE.exec(line)?.groups ?? {};
    if (args.endsWith(UNFINISHED)) {
      begun.set(pid, { call, args: args.slice(0, -UNFINISHED.length), at: events.length });
      continue;
    }
    const begin = rest === undefined ? undefined : begun.get(pid);
    const event = toEvent(begin?.call ?? call, (begin?.args ?? args) + (rest ?? ''), begin?.at ?? events.length);
    if (event !== undefined) events.push(event);
  }
  return events;

  function toEvent(call: string, args: string, began: number): DiskEvent | undefined {
    if (/ = -1 \w+ \(/.test(args)) return undefined;
    const first = unescape(/"([^"]*)"/.exec(args)?.[1] ?? '');
    const path = unescape(/^\w+<([^>]*)>/.exec(args)?.[1] ?? '').toString('utf8');
    const file = basename(path);
    const [, number] = /, (\d+)\) += /.exec(args) ?? [];
    switch (call) {
      case 'openat':
        return opened(first.toString(), args);
      case 'unlink':
        return inFolder(first.toString()) ? { kind: 'unlink', file: forget(basename(first.toString())) } : undefined;
      case 'write':
        return args.startsWith('1<') ? { kind: 'said', lines: first.toString().split('\n').slice(0, -1) } : undefined;
      case 'pwrite64':
        return inFolder(path) ? { kind: 'write', file, offset: Number(number), bytes: first } : undefined;
      case 'ftruncate':
        return inFolder(path) ? { kind: 'truncate', file, size: Number(number) } : undefined;
      default:
        if (path === folder) return { kind: 'sync-folder', began };
        return inFolder(path) ? { kind: 'sync', file, began } : undefined;
    }
  }

  function opened(path: string, args: string): DiskEvent | undefined {
    if (!inFolder(path) || !args.includes('O_CREAT') || known.has(basename(path))) return undefined;
    known.add(basename(path));
    return { kind: 'create', file: basename(path) };
  }

  function forget(file: string): string {
    known.delete(file);
    return file;
  }

  // The shared index is memory that happens to have a name: it is made anew after a power cut.
  function inFolder(path: string): boolean {
    return dirname(path) === folder && !path.endsWith('-shm');
  }
}

const unescape = (text: string): Buffer => Buffer.from(text.replaceAll('\\x', ''), 'hex');
