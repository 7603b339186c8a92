import { Argument, Option, type Command } from 'commander';
import { connect, type Place } from './connect.js';
import { resolveIncident } from './incidents.js';
import type { Io } from './io.js';
import type { Language, Say } from './language.js';
import { Output } from './output.js';

/** Options that every command has. */
export interface CommonOptions {
  readonly server?: string;
  readonly data?: readonly string[];
  readonly as?: string;
  readonly json?: boolean;
  readonly incident?: string;
}

/** What the commands are made with: how to talk, and where to leave the exit code. */
export interface Cli {
  readonly io: Io;
  readonly language: Language;
  readonly say: Say;
  exit: number;
}

/** One run of one command. */
export interface Session {
  readonly io: Io;
  /** Data folder that was named. */
  readonly folder: string | undefined;
  /** What `--data` gave of the body of a command: JSON, or `@file`. */
  readonly bodies: readonly string[];
  readonly out: Output;
  readonly language: Language;
  readonly common: CommonOptions;
  /** Connects at the first call. */
  readonly place: () => Promise<Place>;
  /** The incident that was named, or the only open one. */
  readonly incident: (given?: string) => Promise<string>;
}

/** Runs an action and leaves nothing open behind it. */
export const inSession = async (
  cli: Cli,
  common: CommonOptions,
  action: (session: Session) => Promise<number | undefined>,
): Promise<void> => {
  const { io, language } = cli;
  const given = common.data ?? [];
  const folder = given.findLast((text) => !isBody(text));
  let opening: Promise<Place> | undefined;
  const place = (): Promise<Place> => {
    opening ??= connect(io, {
      server: common.server,
      data: folder,
      language,
      actor: common.as ?? io.env['TOCSIN_ACTOR'],
    });
    return opening;
  };
  const session: Session = {
    io,
    folder,
    bodies: given.filter(isBody),
    out: new Output(io, language, common.json === true),
    language,
    common,
    place,
    incident: async (given) => resolveIncident((await place()).client, given ?? common.incident, language),
  };
  try {
    cli.exit = (await action(session)) ?? cli.exit;
  } finally {
    session.out.clearProgress();
    const opened = await opening?.catch(() => undefined);
    await opened?.close();
  }
};

export const jsonOption = (say: Say): Option =>
  new Option('--json', say('réponse en JSON, pour un programme', 'answer in JSON, for a program'));

export const languageOption = (say: Say): Option =>
  new Option(
    '--lang <fr|en>',
    say('langue (TOCSIN_LANG\u00a0; fr par défaut)', 'language (TOCSIN_LANG; default fr)'),
  ).choices(['fr', 'en']);

/** Also the body of a command, for `do` and `declare`; so it may be repeated. */
export const dataOption = (say: Say): Option =>
  new Option(
    `--data <${say('dossier', 'folder')}>`,
    say('dossier des données (TOCSIN_DATA\u00a0; ./data par défaut)', 'data folder (TOCSIN_DATA; default ./data)'),
  ).argParser((text: string, before: readonly string[] = []) => [...before, text]);

const isBody = (text: string): boolean => /^[{@]/.test(text);

export const serverOption = (say: Say): Option =>
  new Option(
    '--server <url>',
    say(
      'travaille sur ce serveur (sinon\u00a0: celui qui tient le dossier, ou le dossier lui-même)',
      'works against this server (else: the one that has the folder, or the folder itself)',
    ),
  );

export const incidentOption = (say: Say): Option =>
  new Option(
    '-i, --incident <id>',
    say(
      'identifiant, début ou fin d’identifiant, ou titre (par défaut\u00a0: le seul incident ouvert)',
      'id, beginning or end of an id, or title (default: the only open incident)',
    ),
  );

export const incidentArgument = (say: Say): Argument =>
  new Argument('[incident]', say('comme --incident', 'as --incident'));

export const actorOption = (say: Say): Option =>
  new Option(
    `--as <${say('nom;rôle', 'name;role')}>`,
    say('qui consigne (TOCSIN_ACTOR)', 'who records (TOCSIN_ACTOR)'),
  );

export const asOfOption = (say: Say): Option =>
  new Option(
    '--as-of <moment>',
    say(
      'à ce moment\u00a0: date, révision ou position (par défaut\u00a0: maintenant)',
      'at this moment: time, revision or position (default: now)',
    ),
  );

export const axisOption = (say: Say): Option =>
  new Option(
    `--axis <${say('axe', 'axis')}>`,
    say(
      'recorded\u00a0: ce qu’on savait\u00a0; occurred\u00a0: ce qui était vrai',
      'recorded: what was known; occurred: what was true',
    ),
  ).choices(['recorded', 'occurred']);

/** Options of where and how, before or after the command. */
export const addCommonOptions = (program: Command, say: Say): Command =>
  program
    .addOption(serverOption(say))
    .addOption(dataOption(say))
    .addOption(jsonOption(say))
    .addOption(languageOption(say));
