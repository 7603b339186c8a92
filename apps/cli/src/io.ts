/** What the command line reads and writes, handed in so that tests are its terminal. */
export interface Io {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** All of standard input, for `--data @-`. */
  readonly stdin: () => Promise<string>;
  readonly nowMs: () => number;
  /** Aborts when the person wants to stop (Ctrl-C). Asked for only by what waits. */
  readonly signal: () => AbortSignal;
  /** How long to wait for a folder that another program has. Default 5 s. */
  readonly patienceMs?: number;
}

export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export const EXIT = {
  ok: 0,
  /** Somebody said no: the rules of the incident, a scenario's expectation, a mistake in a file. */
  refused: 1,
  /** The command itself is wrong: an option, a configuration value. */
  usage: 2,
  /** Nobody to ask: no server, no log that can be opened, or not now. */
  unreachable: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with a sentence. */
export class Failure extends Error {
  override readonly name = 'Failure';
  constructor(
    readonly exit: ExitCode,
    message: string,
    options: ErrorOptions = {},
  ) {
    super(message, options);
  }
}
