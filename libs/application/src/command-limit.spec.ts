import { OutcomeUnknown } from '#libs/event-store';
import { CommandLimit, type CommandTime } from './command-limit.js';
import { Busy } from './problems.js';

/** Work of a command that goes on when the test says so. */
interface Work {
  readonly answer: Promise<string>;
  readonly time: CommandTime;
  readonly done: (answer: string) => void;
  readonly fail: (error: Error) => void;
  /** Lets the time of this command be over. */
  readonly expire: () => void;
}

const given = (underWayMax = 2) => {
  const timers: { readonly ms: number; readonly ring: () => void }[] = [];
  const cancelled = new Set<number>();
  const limit = new CommandLimit({
    msMax: 700,
    underWayMax,
    schedule: (ms, ring) => {
      const place = timers.push({ ms, ring }) - 1;
      return () => void cancelled.add(place);
    },
  });
  const begin = (): Work => {
    let work: Pick<Work, 'time' | 'done' | 'fail'> | undefined;
    const answer = limit.run((time) => new Promise<string>((done, fail) => (work = { time, done, fail })));
    const timer = timers.at(-1);
    if (!work || !timer) throw new Error('It was not begun');
    return { ...work, answer, expire: timer.ring };
  };
  return { limit, begin, timers, cancelled };
};

describe('A command', () => {
  it('that is done in time gives its answer, and its timer is stopped', async () => {
    const { begin, timers, cancelled } = given();
    const work = begin();
    work.done('written');
    expect(await work.answer).toBe('written');
    await Promise.resolve();
    expect(timers.map(({ ms }) => ms)).toEqual([700]);
    expect([...cancelled]).toEqual([0]);
  });

  it('that is refused in time is refused with that error', async () => {
    const { begin } = given();
    const work = begin();
    work.time.mayWrite();
    work.fail(new Error('no'));
    await expect(work.answer).rejects.toThrow('no');
  });

  it('whose time is over before anything was sent has recorded nothing, and never will', async () => {
    const { begin } = given();
    const work = begin();
    work.expire();
    await expect(work.answer).rejects.toBeInstanceOf(Busy);
    expect(() => work.time.mayWrite()).toThrow(Busy);
    expect(() => work.time.check()).toThrow(Busy);
  });

  it('whose time is over after it was sent may be written, whatever becomes of it later', async () => {
    const { begin } = given();
    const work = begin();
    work.time.mayWrite();
    work.expire();
    await expect(work.answer).rejects.toBeInstanceOf(OutcomeUnknown);
    work.fail(new Error('refused in the end'));
    await expect(work.answer).rejects.toBeInstanceOf(OutcomeUnknown);
  });
});

describe('Commands under way', () => {
  it('are bounded: one more is refused at once, and is not begun', async () => {
    const { limit, begin } = given(2);
    const first = begin();
    begin();
    let begun = false;
    const third = limit.run(async () => (begun = true));
    await expect(third).rejects.toBeInstanceOf(Busy);
    expect(begun).toBe(false);
    first.done('written');
    await first.answer;
    await Promise.resolve();
    const next = begin();
    next.done('now');
    expect(await next.answer).toBe('now');
  });

  it('are those that still wait for the log, also when their callers were answered', async () => {
    const { limit, begin } = given(1);
    const work = begin();
    work.expire();
    await expect(work.answer).rejects.toBeInstanceOf(Busy);
    await expect(limit.run(async () => 'next')).rejects.toBeInstanceOf(Busy);
  });
});
