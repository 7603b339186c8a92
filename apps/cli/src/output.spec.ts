import type { Sink } from './io.js';
import { Output } from './output.js';

const sink = (isTTY: boolean): Sink & { text: string } => ({
  text: '',
  isTTY,
  columns: 80,
  write(text) {
    this.text += text;
  },
});

const given = (isTTY: boolean, env: Record<string, string> = {}) => {
  const [stdout, stderr] = [sink(isTTY), sink(isTTY)];
  return { stdout, stderr, out: new Output({ stdout, stderr, env }, 'fr', false) };
};

describe('Output', () => {
  it('is coloured on a terminal only, and not for who wants none', () => {
    expect(given(true).out.paint('red', 'x')).toBe('\u001b[31mx\u001b[39m');
    expect(given(false).out.paint('red', 'x')).toBe('x');
    expect(given(true, { NO_COLOR: '1' }).out.paint('red', 'x')).toBe('x');
    expect(given(true, { TERM: 'dumb' }).out.paint('red', 'x')).toBe('x');
  });

  it('shows progress on a terminal only, and wipes it before anything else is said', () => {
    const { out, stderr, stdout } = given(true);
    out.progress('FileComplaint', 1, 4);
    expect(stderr.text).toContain('██████░░░░░░░░░░░░░░░░░░ 1/4 FileComplaint');
    out.print('done');
    expect(stderr.text.endsWith('\r\u001b[K')).toBe(true);
    expect(stdout.text).toBe('done\n');
    const quiet = given(false);
    quiet.out.progress('FileComplaint', 1, 4);
    expect(quiet.stderr.text).toBe('');
  });
});
