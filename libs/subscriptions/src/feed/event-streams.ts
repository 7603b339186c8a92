import type { ServerResponse } from 'node:http';
import type { Position } from '#libs/event-store';
import { isSelected, type EventSelection } from './event-selection.js';
import type { Feed } from './feed.js';
import { toFrame, type LiveEvent, type LiveReader, type LiveTail } from './live-tail.js';

export interface StreamLimits {
  readonly perCaller: number;
  readonly total: number;
  /** Bytes that wait for one client; beyond that it leaves the live stream and is given pages as it takes them. */
  readonly bufferBytes: number;
  readonly heartbeatMs: number;
  /** A client for which something waits and that takes nothing for so long is disconnected; it resumes where it was. */
  readonly stallMs: number;
}

export const STREAM_LIMITS: StreamLimits = {
  perCaller: 512,
  total: 2048,
  bufferBytes: 256 * 1024,
  heartbeatMs: 15_000,
  stallMs: 30_000,
};

const CATCH_UP_PAGE_EVENTS = 256;
const HEARTBEAT = Buffer.from(': heartbeat\n\n', 'utf8');

/** No more streams for this caller, or at all. */
export class TooManyStreams extends Error {
  override readonly name = 'TooManyStreams';
}

/** Server-sent events: many clients, one subscription to the log; each catches up alone and then goes live without a gap. */
export class EventStreams {
  private readonly clients = new Set<StreamClient>();
  private readonly perCaller = new Map<string, number>();
  private heartbeat: NodeJS.Timeout | undefined;
  private stopped = false;
  private slow = 0;

  constructor(
    private readonly feed: Feed,
    private readonly tail: LiveTail,
    private readonly limits: StreamLimits = STREAM_LIMITS,
  ) {}

  get open(): number {
    return this.clients.size;
  }

  /** Clients that were disconnected because they did not read, since start. */
  get disconnectedSlow(): number {
    return this.slow;
  }

  /** Bytes that wait in this process for clients to take them. */
  get waiting(): { readonly total: number; readonly most: number } {
    let [total, most] = [0, 0];
    for (const { bytesWaiting } of this.clients) {
      total += bytesWaiting;
      most = Math.max(most, bytesWaiting);
    }
    return { total, most };
  }

  /** Checked before the answer begins, so that a refusal can be said in words. @throws {TooManyStreams} */
  admit(caller: string): void {
    const own = this.perCaller.get(caller) ?? 0;
    if (this.stopped || this.clients.size >= this.limits.total || own >= this.limits.perCaller)
      throw new TooManyStreams(caller);
  }

  /** Takes over a response whose head was written; it stays open until the client, or the server, goes. */
  serve(caller: string, response: ServerResponse, after: Position, selection: EventSelection): void {
    const client = new StreamClient(response, after, selection, this.feed, this.tail, this.limits);
    this.clients.add(client);
    this.perCaller.set(caller, (this.perCaller.get(caller) ?? 0) + 1);
    this.heartbeat ??= setInterval(() => this.beat(), this.limits.heartbeatMs).unref();
    response.once('close', () => {
      client.close();
      this.clients.delete(client);
      if (client.wasSlow) this.slow += 1;
      const left = (this.perCaller.get(caller) ?? 1) - 1;
      if (left > 0) this.perCaller.set(caller, left);
      else this.perCaller.delete(caller);
    });
    void client.run();
  }

  /** Ends every stream after what was written to it. */
  stop(): void {
    this.stopped = true;
    clearInterval(this.heartbeat);
    for (const client of this.clients) client.end();
  }

  /** A sign of life to everybody; called by the clock, and by tests. */
  beat(): void {
    for (const client of this.clients) client.beat();
  }
}

class StreamClient implements LiveReader {
  wasSlow = false;
  private closed = false;
  private running = false;
  /** What the client will name when it comes back. */
  private sent: Position;
  private live = false;
  /** The shared tail may be behind this client's own reading: what it repeats is left out up to here. */
  private seen: Position | undefined;

  constructor(
    private readonly response: ServerResponse,
    private after: Position,
    private readonly selection: EventSelection,
    private readonly feed: Feed,
    private readonly tail: LiveTail,
    private readonly limits: StreamLimits,
  ) {
    this.sent = after;
    // A reset by the client is its way to say goodbye.
    response.on('error', () => this.close());
  }

  /** Reads for the client until it is live, or goes. */
  async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      while (!this.closed && !this.live) await this.catchUp();
    } catch {
      // The log cannot be read now: the client comes back and resumes.
      this.response.destroy();
    } finally {
      this.running = false;
    }
  }

  get bytesWaiting(): number {
    return this.response.writableLength;
  }

  close(): void {
    this.closed = true;
    this.tail.leave(this);
  }

  end(): void {
    this.close();
    this.response.end();
  }

  beat(): void {
    if (this.closed) return;
    if (this.response.writableNeedDrain) {
      // Also a live one, for which nothing comes that would tell.
      void this.drained();
      return;
    }
    // A filter may leave everything out for weeks: the place to resume from moves on all the same.
    const moved = this.live && this.tail.isBefore(this.sent, this.tail.position);
    if (moved) this.write(Buffer.from(`: heartbeat\nid: ${this.tail.position}\n\n`, 'utf8'), this.tail.position);
    else this.response.write(HEARTBEAT);
  }

  onEvents(events: readonly LiveEvent[]): void {
    if (events.length > 1) this.response.cork();
    for (const event of events) {
      if (this.closed || !this.live) break;
      const { position } = event.published.stored;
      if (this.seen !== undefined && !this.tail.isBefore(this.seen, position)) continue;
      this.seen = undefined;
      if (isSelected(this.selection, event.published)) this.write(event.frame, position);
      if (this.response.writableLength > this.limits.bufferBytes) this.fallBehind();
    }
    if (events.length > 1) this.response.uncork();
  }

  /** A piece at a time, the next one only when the client has taken this one; after the last one it goes live. */
  private async catchUp(): Promise<void> {
    await this.drained();
    if (this.closed) return;
    const recent = this.tail.since(this.after);
    if (recent ? this.writeRecent(recent) : await this.writePage()) this.goLive();
  }

  /**
   * What every client of this place is sent, written once for all of them. Ends when the client must first take it, so that
   * none of it is kept for a slow one longer than for all.
   * @returns whether that was everything.
   */
  private writeRecent(recent: readonly LiveEvent[]): boolean {
    for (const event of recent) {
      if (this.response.writableNeedDrain) return false;
      const { position } = event.published.stored;
      if (isSelected(this.selection, event.published)) this.write(event.frame, position);
      this.after = position;
    }
    return true;
  }

  /** @returns whether it was the last one. */
  private async writePage(): Promise<boolean> {
    const page = await this.feed.read(this.after, this.selection, CATCH_UP_PAGE_EVENTS, this.limits.bufferBytes);
    for (const published of page.events) {
      const frame = toFrame(await this.feed.write(published));
      if (this.response.writableNeedDrain) await this.drained();
      if (this.closed) return false;
      this.write(frame, published.stored.position);
    }
    this.after = page.position;
    return page.atHead;
  }

  /** Nothing awaits between joining and the last line, so what comes next comes after it. */
  private goLive(): void {
    if (this.closed) return;
    const between = this.tail.join(this.after, this);
    // The log grew by more than the tail remembers: another page first.
    if (between === undefined) return;
    this.live = true;
    this.seen = this.after;
    this.onEvents(between);
    if (!this.live) return;
    const position = this.tail.isBefore(this.after, this.tail.position) ? this.tail.position : this.after;
    this.write(caughtUp(position), position);
  }

  private write(frame: Buffer, position: Position): void {
    this.sent = position;
    this.response.write(frame);
  }

  /** Nothing more is kept for a client that does not keep up: it reads the log again, at its own pace. */
  private fallBehind(): void {
    this.tail.leave(this);
    this.live = false;
    this.after = this.sent;
    void this.run();
  }

  private async drained(): Promise<void> {
    if (this.closed || !this.response.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.wasSlow = true;
        this.response.destroy();
      }, this.limits.stallMs);
      const settle = (): void => {
        clearTimeout(timer);
        this.response.off('drain', settle).off('close', settle);
        resolve();
      };
      this.response.on('drain', settle).on('close', settle);
    });
  }
}

const caughtUp = (position: Position): Buffer =>
  Buffer.from(`event: caught-up\nid: ${position}\ndata: ${JSON.stringify({ position })}\n\n`, 'utf8');
