import type { Io } from './io.js';
import type { Language, Say } from './language.js';
import { sayIn } from './language.js';
import { shownWidth } from './table.js';

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;
export type Style = keyof typeof CODES;

const BAR_CELLS = 24;

/** Answers go to standard output, in words or as JSON; everything said on the way goes to standard error. */
export class Output {
  readonly say: Say;
  private readonly coloured: boolean;
  private progressShown = false;

  constructor(
    private readonly io: Pick<Io, 'stdout' | 'stderr' | 'env'>,
    readonly language: Language,
    readonly json: boolean,
  ) {
    this.say = sayIn(language);
    this.coloured = io.stdout.isTTY === true && !io.env['NO_COLOR'] && io.env['TERM'] !== 'dumb';
  }

  /** The answer for a program. */
  data(value: unknown): void {
    this.io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** One of many answers for a program, a line each. */
  item(value: unknown): void {
    this.io.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** The answer for a person. */
  print(...lines: readonly string[]): void {
    this.clearProgress();
    for (const line of lines) this.io.stdout.write(`${line}\n`);
  }

  /** A remark for a person, which no program should read. */
  note(line: string): void {
    this.clearProgress();
    this.io.stderr.write(`${line}\n`);
  }

  paint(style: Style, text: string): string {
    if (!this.coloured || text === '') return text;
    const [on, off] = CODES[style];
    return `\u001b[${on}m${text}\u001b[${off}m`;
  }

  heading(text: string): string {
    return this.paint('bold', text);
  }

  get columns(): number {
    return this.io.stdout.isTTY ? (this.io.stdout.columns ?? 100) : 200;
  }

  /** A bar that redraws itself, on a terminal only. */
  progress(label: string, done: number, total: number): void {
    if (!this.io.stderr.isTTY) return;
    if (done >= total) return this.clearProgress();
    const filled = Math.floor((BAR_CELLS * done) / total);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_CELLS - filled);
    const line = `${bar} ${done}/${total} ${label}`;
    const columns = this.io.stderr.columns ?? 80;
    this.io.stderr.write(`\r${shownWidth(line) < columns ? line : line.slice(0, columns - 1)}\u001b[K`);
    this.progressShown = true;
  }

  clearProgress(): void {
    if (this.progressShown) this.io.stderr.write('\r\u001b[K');
    this.progressShown = false;
  }
}
