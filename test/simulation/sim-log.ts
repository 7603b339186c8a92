import {
  Conflict,
  EventStore,
  NO_STREAM,
  Unavailable,
  type Appended,
  type EventFilter,
  type ExpectedRevision,
  type LogPage,
  type NewEvent,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type StoredEvent,
  type SubscribeOptions,
} from '#libs/event-store';
import type { Random } from '../support/random.js';

/** What survives every crash: the durable log. */
export class SimLog {
  readonly events: StoredEvent[] = [];
  readonly streams = new Map<string, StoredEvent[]>();
  private readonly wakes = new Set<() => void>();

  append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Appended {
    const known = this.streams.get(stream) ?? [];
    const actual = known.length - 1;
    if (actual !== expected) {
      const there = known.slice(expected + 1, expected + 1 + events.length);
      const last = there.at(-1);
      if (last && there.length === events.length && there.every(({ id }, index) => id === events[index]?.id)) {
        return { revision: last.revision, position: last.position };
      }
      throw new Conflict(stream, expected, known.length === 0 ? NO_STREAM : actual);
    }
    // As bytes, like any real store: what is read back shares nothing with what was written.
    for (const event of JSON.parse(JSON.stringify(events)) as NewEvent[]) {
      const stored = { ...event, stream, revision: known.length, position: `p${this.events.length + 1}` };
      known.push(stored);
      this.events.push(stored);
    }
    this.streams.set(stream, known);
    for (const wake of this.wakes) wake();
    const last = known.at(-1);
    if (!last) throw new RangeError('Nothing to append');
    return { revision: last.revision, position: last.position };
  }

  onAppend(wake: () => void): () => void {
    this.wakes.add(wake);
    return () => this.wakes.delete(wake);
  }
}

const numberOf = (position: Position): number => Number(position.slice(1));

/** The log as one process sees it. After its crash no call of it ever returns, and nothing more of it is written. */
export class SimStore extends EventStore {
  override readonly soleWriter = false;
  private crashed = false;
  private stepsLeft = Number.POSITIVE_INFINITY;

  constructor(
    private readonly log: SimLog,
    private readonly chance: Random,
  ) {
    super();
  }

  /** Dies at the n-th call from now, before or after what the call does. */
  crashAfter(steps: number): void {
    this.stepsLeft = steps;
  }

  crash(): void {
    this.crashed = true;
  }

  get isCrashed(): boolean {
    return this.crashed;
  }

  override async append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> {
    const writesFirst = this.chance.chance(0.5);
    if (!writesFirst) await this.step();
    if (this.chance.chance(0.02)) throw new Unavailable('simulated');
    const appended = this.log.append(stream, expected, events);
    await (writesFirst ? this.step() : Promise.resolve());
    return appended;
  }

  override async readStream(
    stream: string,
    { from = 0, max = 4096 }: ReadStreamOptions = {},
  ): Promise<readonly StoredEvent[]> {
    await this.step();
    return (this.log.streams.get(stream) ?? []).slice(from, from + max);
  }

  override async readAll({ after, max = 4096, filter }: ReadAllOptions = {}): Promise<LogPage> {
    await this.step();
    return this.page(after, max, filter);
  }

  override async subscribe({ after, filter, batchMax = 512, signal, onBatch }: SubscribeOptions): Promise<void> {
    let position = after;
    let told = false;
    while (!signal.aborted) {
      await this.step();
      const page = this.page(position, batchMax, filter);
      if (page.position === position && told) {
        await this.moved(position, signal);
        continue;
      }
      await onBatch({ events: page.events, position: page.position, caughtUp: page.atHead });
      ({ position } = page);
      told = page.atHead;
    }
  }

  override async head(): Promise<Position | undefined> {
    await this.step();
    return this.log.events.at(-1)?.position;
  }

  override comparePositions(left: Position, right: Position): number {
    return numberOf(left) - numberOf(right);
  }

  override async close(): Promise<void> {
    this.crashed = true;
  }

  private page(after: Position | undefined, max: number, filter: EventFilter | undefined): LogPage {
    const start = after === undefined ? 0 : numberOf(after);
    const examined = this.log.events.slice(start, start + max);
    const events = examined.filter(
      ({ stream }) => filter?.streamPrefixes?.some((prefix) => stream.startsWith(prefix)) ?? true,
    );
    const position = examined.at(-1)?.position ?? after;
    return { events, position, atHead: start + examined.length >= this.log.events.length };
  }

  private async step(): Promise<void> {
    if (!this.crashed) await Promise.resolve();
    this.stepsLeft -= 1;
    if (this.stepsLeft <= 0) this.crashed = true;
    if (this.crashed) await new Promise(() => undefined);
  }

  private moved(from: Position | undefined, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        stop();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const stop = this.log.onAppend(done);
      signal.addEventListener('abort', done);
      if (this.log.events.at(-1)?.position !== from) done();
    });
  }
}
