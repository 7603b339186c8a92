import { Option, type Command } from 'commander';
import { setTimeout as delay } from 'node:timers/promises';
import { instantMs, instantOf } from '#libs/domain';
import { follow, ProblemError, type Diff, type RawEvent, type TimelineItem, type TocsinClient } from '#libs/client';
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
import { absolute, occurred, readMoment } from '../times.js';
import { eventLabel } from './record.js';
import { collect, momentOf, notATime, type MomentOptions } from './views.js';

const PAGE = 500;
const FEED_START = 'start';
const REVISION_OR_POSITION = /^\d+$|^[A-Za-z]/;
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
    .description(say('chronologie\u00a0: une ligne par fait consigné', 'timeline: a line for each recorded fact'))
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
    .description(
      say('rejoue l’incident\u00a0: ce que chaque fait a changé', 'replays the incident: what each fact changed'),
    )
    .addArgument(incidentArgument(say))
    .addOption(incidentOption(say))
    .option('--from <moment>', say('à partir de cette date ou révision', 'from this time or revision on'))
    .option('--to <moment>', say('jusqu’à cette date ou révision', 'up to this time or revision'))
    .addOption(followOption(cli))
    .addOption(
      new Option(
        `--speed <${say('fois', 'times')}>`,
        say(
          'au rythme des faits, tant de fois plus vite (par défaut\u00a0: sans attendre)',
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

/** Where the server is that will record what comes: the log has one writer, and when it is this process nothing can. */
const serverToFollow = async ({ place, out }: Session): Promise<string> => {
  const { url } = await place();
  if (url !== undefined) return url;
  throw new Failure(
    EXIT.unreachable,
    out.say(
      '--follow attend ce qu’un serveur consigne, et aucun ne tient ce dossier. Lancez «\u00a0tocsin serve\u00a0», ou donnez --server.',
      '--follow waits for what a server records, and none has this folder. Start "tocsin serve", or give --server.',
    ),
  );
};

/** Calls `onNews` each time that the server says that the incident has something new after `from`, until the signal. */
const followIncident = (
  { io, out, language }: Session,
  url: string,
  incident: string,
  from: string,
  onNews: () => Promise<void>,
): Promise<void> =>
  follow(url, {
    from,
    filter: { incident },
    headers: { 'accept-language': language },
    signal: io.signal(),
    onEvent: onNews,
    onDisconnected: () => out.note(out.say('— connexion perdue\u00a0; reprise… —', '— connection lost; resuming… —')),
  });

const refuseToFollowThePast = ({ follow: isFollowing, axis, asOf }: TimelineOptions, { out }: Session): void => {
  if (!isFollowing || (axis !== 'occurred' && asOf === undefined)) return;
  throw new Failure(
    EXIT.usage,
    out.say(
      '--follow attend ce qui sera consigné\u00a0: retirez --as-of, et --axis occurred.',
      '--follow waits for what will be recorded: leave --as-of, and --axis occurred, out.',
    ),
  );
};

const showTimeline = async (session: Session, options: TimelineOptions, given?: string): Promise<number> => {
  const { out, io } = session;
  refuseToFollowThePast(options, session);
  const server = options.follow ? await serverToFollow(session) : undefined;
  const id = await session.incident(given);
  const { client } = await session.place();
  const moment = momentOf(options, io);
  const now = await client.status(id);
  const zone = zoneOf(now);
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
  const showNews = async (): Promise<void> => {
    for await (const item of pages(last < 0 ? undefined : String(last))) {
      show(item);
      last = Math.max(last, item.revision);
    }
  };
  await showNews();
  if (server !== undefined) await followIncident(session, server, id, now.position ?? FEED_START, showNews);
  return EXIT.ok;
};

const timelineLine = (item: TimelineItem, zone: string, { out, language }: Session): string => {
  const recorded = item.recordedAt ? absolute(item.recordedAt, zone, language) : '';
  const happened = item.occurredAt ? occurred(item.occurredAt, zone, language) : '';
  const late =
    happened === recorded || happened === ''
      ? ''
      : out.paint('dim', out.say(` (fait\u00a0: ${happened})`, ` (fact: ${happened})`));
  const wrong = item.supersededBy ? ` ${out.paint('yellow', out.say('[rectifié]', '[corrected]'))}` : '';
  const number = out.paint('dim', `#${item.revision}`.padStart(5));
  return `${number}  ${out.paint('cyan', recorded)}  ${item.text}${late}${wrong}`;
};

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
  const { out } = session;
  const server = options.follow ? await serverToFollow(session) : undefined;
  const id = await session.incident(given);
  const { client } = await session.place();
  const now = await client.status(id);
  const from = options.from === undefined ? 0 : await firstFrom(session, client, id, options.from);
  const to = options.to === undefined ? now.revision : await lastBy(session, client, id, options.to);
  const stepper = new Replay(session, client, id, zoneOf(now), options.speed);
  if (!out.json && from === 0) out.print(out.heading(now.title));

  let last = from - 1;
  for await (const event of eventsUpTo(client, id, from - 1, to)) {
    await stepper.show(event);
    last = event.revision;
    out.progress('', last - from + 1, to - from + 1);
  }
  const showNews = async (): Promise<void> => {
    for await (const event of eventsUpTo(client, id, last, Number.MAX_SAFE_INTEGER)) {
      await stepper.show(event);
      last = event.revision;
    }
  };
  if (server !== undefined) await followIncident(session, server, id, now.position ?? FEED_START, showNews);
  return EXIT.ok;
};

/** Revision of the first event from a moment on. */
const firstFrom = async ({ io, out }: Session, client: TocsinClient, id: string, moment: string): Promise<number> => {
  const time = readMoment(moment, 'start', io.nowMs());
  if (time === undefined && !REVISION_OR_POSITION.test(moment)) throw notATime(moment, '--from', out);
  try {
    const { revision } = await client.status(id, { asOf: time ? instantOf(instantMs(time) - 1) : moment });
    return time ? revision + 1 : revision;
  } catch (error) {
    // Nothing had been recorded before that time: the whole incident is what comes from then on.
    if (time !== undefined && error instanceof ProblemError && error.code === 'not-yet') return 0;
    throw error;
  }
};

/** Revision of the last event up to a moment. */
const lastBy = async ({ io, out }: Session, client: TocsinClient, id: string, moment: string): Promise<number> => {
  const asOf = readMoment(moment, 'end', io.nowMs()) ?? (REVISION_OR_POSITION.test(moment) ? moment : undefined);
  if (asOf === undefined) throw notATime(moment, '--to', out);
  return (await client.status(id, { asOf })).revision;
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
