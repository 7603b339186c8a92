import { Option, type Command } from 'commander';
import { setTimeout as delay } from 'node:timers/promises';
import { instantMs } from '#libs/domain';
import type { Diff, RawEvent, TimelineItem, TocsinClient } from '#libs/client';
import { EXIT, Failure } from '../io.js';
import {
  asOfOption,
  axisOption,
  incidentArgument,
  incidentOption,
  inSession,
  type Cli,
  type CommonOptions,
  type Session,
} from '../session.js';
import { diffLines } from '../show-diff.js';
import { zoneOf } from '../show-status.js';
import { absolute, occurred, readTime } from '../times.js';
import { eventLabel } from './record.js';
import { collect, momentOf, type MomentOptions } from './views.js';

const PAGE = 500;
/** Between two looks at an incident in which nothing happens. */
const FOLLOW_MS = 1_000;
/** However long the scenario slept, its audience does not wait longer. */
const PAUSE_MS_MAX = 10_000;

interface TimelineOptions extends MomentOptions {
  readonly type?: string;
  readonly q?: string;
  readonly follow?: boolean;
}

interface ReplayOptions extends CommonOptions {
  readonly from?: string;
  readonly to?: string;
  readonly follow?: boolean;
  readonly speed?: number;
}

/** `tocsin timeline` and `tocsin replay`: what was recorded, event after event. */
export const addHistoryCommands = (program: Command, cli: Cli): void => {
  const { say } = cli;
  const timeline = program
    .command('timeline')
    .description(say('chronologie : une ligne par fait consigné', 'timeline: a line for each recorded fact'))
    .addArgument(incidentArgument(say))
    .addOption(incidentOption(say))
    .addOption(asOfOption(say))
    .addOption(axisOption(say))
    .option(
      `--type <${say('événements', 'events')}>`,
      say('ces événements seulement, séparés par des virgules', 'these events only, separated by commas'),
    )
    .option(`--q <${say('mots', 'words')}>`, say('lignes qui contiennent ces mots', 'lines that contain these words'))
    .addOption(followOption(cli))
    .action(async (given?: string) => {
      const options = timeline.optsWithGlobals<TimelineOptions>();
      await inSession(cli, options, (session) => showTimeline(session, options, given));
    });

  const replay = program
    .command('replay')
    .description(say('rejoue l’incident : ce que chaque fait a changé', 'replays the incident: what each fact changed'))
    .addArgument(incidentArgument(say))
    .addOption(incidentOption(say))
    .option('--from <moment>', say('à partir de cette date ou révision', 'from this time or revision on'))
    .option('--to <moment>', say('jusqu’à cette date ou révision', 'up to this time or revision'))
    .addOption(followOption(cli))
    .addOption(
      new Option(
        `--speed <${say('fois', 'times')}>`,
        say(
          'au rythme des faits, tant de fois plus vite (par défaut : sans attendre)',
          'at the pace of the facts, so many times faster (default: without waiting)',
        ),
      ).argParser((text) => {
        const speed = Number(text);
        if (speed > 0 && Number.isFinite(speed)) return speed;
        throw new Failure(EXIT.usage, say('--speed attend un nombre positif.', '--speed takes a positive number.'));
      }),
    )
    .action(async (given?: string) => {
      const options = replay.optsWithGlobals<ReplayOptions>();
      await inSession(cli, options, (session) => showReplay(session, options, given));
    });
};

const followOption = ({ say }: Cli): Option =>
  new Option('--follow', say('attend la suite (Ctrl-C pour arrêter)', 'waits for what comes (Ctrl-C to stop)'));

/** The log has one writer: when it is this process, nothing can come. */
const refuseToWaitAlone = async ({ place, out }: Session): Promise<void> => {
  const { url } = await place();
  if (url !== undefined) return;
  throw new Failure(
    EXIT.unreachable,
    out.say(
      '--follow attend ce qu’un serveur consigne, et aucun ne tient ce dossier. Lancez « tocsin serve », ou donnez --server.',
      '--follow waits for what a server records, and none has this folder. Start "tocsin serve", or give --server.',
    ),
  );
};

const showTimeline = async (session: Session, options: TimelineOptions, given?: string): Promise<number> => {
  const { out, io } = session;
  if (options.follow) await refuseToWaitAlone(session);
  const id = await session.incident(given);
  const { client } = await session.place();
  const moment = momentOf(options, io);
  const zone = zoneOf(await client.status(id));
  const { type, q } = options;
  const filter = { ...moment, limit: PAGE, ...(type === undefined ? {} : { type }), ...(q === undefined ? {} : { q }) };
  const pages = (after?: string) =>
    client.all((cursor) => {
      const next = cursor ?? after;
      return client.timeline(id, { ...filter, ...(next === undefined ? {} : { after: next }) });
    });
  const show = (item: TimelineItem): void => (out.json ? out.item(item) : out.print(timelineLine(item, zone, session)));

  if (out.json && !options.follow) {
    out.data({ items: await collect(pages()) });
    return EXIT.ok;
  }
  let last = -1;
  for await (const item of pages()) {
    show(item);
    last = Math.max(last, item.revision);
  }
  if (options.follow) {
    for await (const event of eventsFrom(client, id, last, io.signal())) {
      for await (const item of pages(String(last))) {
        show(item);
        last = Math.max(last, item.revision);
      }
      last = Math.max(last, event.revision);
    }
  }
  return EXIT.ok;
};

const timelineLine = (item: TimelineItem, zone: string, { out, language }: Session): string => {
  const recorded = item.recordedAt ? absolute(item.recordedAt, zone, language) : '';
  const happened = item.occurredAt ? occurred(item.occurredAt, zone, language) : '';
  const late =
    happened === recorded || happened === ''
      ? ''
      : out.paint('dim', out.say(` (fait : ${happened})`, ` (fact: ${happened})`));
  const wrong = item.supersededBy ? ` ${out.paint('yellow', out.say('[rectifié]', '[corrected]'))}` : '';
  const number = out.paint('dim', `#${item.revision}`.padStart(5));
  return `${number}  ${out.paint('cyan', recorded)}  ${item.text}${late}${wrong}`;
};

/** The events after a revision as they come, until the signal. Asks once a second at most. */
async function* eventsFrom(
  client: TocsinClient,
  id: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<RawEvent, void> {
  let last = after;
  while (!signal.aborted) {
    const { items, next } = await client
      .events(id, { limit: PAGE, ...(last >= 0 ? { after: last } : {}) }, { signal })
      .catch((error: unknown) => {
        if (signal.aborted) return { items: [], next: undefined };
        throw error;
      });
    for (const event of items) {
      last = event.revision;
      yield event;
    }
    if (next === undefined) await delay(FOLLOW_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function* eventsUpTo(
  client: TocsinClient,
  id: string,
  after: number,
  to: number,
): AsyncGenerator<RawEvent, void> {
  let last = after;
  for (;;) {
    const { items, next } = await client.events(id, { limit: PAGE, ...(last >= 0 ? { after: last } : {}) });
    for (const event of items) {
      if (event.revision > to) return;
      last = event.revision;
      yield event;
    }
    if (next === undefined) return;
  }
}

const showReplay = async (session: Session, options: ReplayOptions, given?: string): Promise<number> => {
  const { out, io } = session;
  if (options.follow) await refuseToWaitAlone(session);
  const id = await session.incident(given);
  const { client } = await session.place();
  const now = await client.status(id);
  const revisionAt = async (moment: string): Promise<number> =>
    (await client.status(id, { asOf: readTime(moment, io.nowMs()) ?? moment })).revision;
  const from = options.from === undefined ? 0 : await revisionAt(options.from);
  const to = options.to === undefined ? now.revision : await revisionAt(options.to);
  const stepper = new Replay(session, client, id, zoneOf(now), options.speed);
  if (!out.json && from === 0) out.print(out.heading(now.title));

  let last = from - 1;
  for await (const event of eventsUpTo(client, id, from - 1, to)) {
    await stepper.show(event);
    last = event.revision;
    out.progress('', last - from + 1, to - from + 1);
  }
  if (options.follow) for await (const event of eventsFrom(client, id, last, io.signal())) await stepper.show(event);
  return EXIT.ok;
};

class Replay {
  private previous: RawEvent | undefined;

  constructor(
    private readonly session: Session,
    private readonly client: TocsinClient,
    private readonly id: string,
    private readonly zone: string,
    private readonly speed: number | undefined,
  ) {}

  /** Prints the event, and what it changed in the status. */
  async show(event: RawEvent): Promise<void> {
    const { out } = this.session;
    await this.pause(event);
    const { revision } = event;
    const diff: Diff | undefined =
      revision === 0
        ? undefined
        : await this.client.diff(this.id, { from: String(revision - 1), to: String(revision) });
    if (out.json) out.item({ event, diff: diff ?? null });
    else {
      const head = `${out.paint('dim', `#${revision}`.padStart(5))}  ${out.paint('cyan', absolute(event.recordedAt, this.zone, out.language))}`;
      out.print(`${head}  ${eventLabel(event.type, out)} ${out.paint('dim', `– ${event.actor.name}`)}`);
      if (diff) out.print(...diffLines(diff, this.zone, out).map((line) => `${' '.repeat(25)}${line}`));
    }
    this.previous = event;
  }

  private async pause({ recordedAt }: RawEvent): Promise<void> {
    if (this.speed === undefined || !this.previous) return;
    const pastMs = instantMs(recordedAt) - instantMs(this.previous.recordedAt);
    const waitMs = Math.min(pastMs / this.speed, PAUSE_MS_MAX);
    if (waitMs > 0) await delay(waitMs, undefined, { signal: this.session.io.signal() });
  }
}
