import type { Command } from 'commander';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { eventLabels, isIncidentEventType } from '#libs/domain';
import { follow, ProblemError, type FeedEvent } from '#libs/client';
import { configOf, findServer } from '../connect.js';
import { EXIT, Failure } from '../io.js';
import { inSession, type Cli, type CommonOptions, type Session } from '../session.js';

interface FollowCommandOptions extends CommonOptions {
  readonly from?: string;
  readonly type?: string;
  readonly organisation?: string;
  readonly checkpoint?: string;
}

/** `tocsin follow`: events as they happen, a line each, from any position on. */
export const addFollowCommand = (program: Command, cli: Cli): void => {
  const { say } = cli;
  const command = program
    .command('follow')
    .description(say('suit les événements en direct (Ctrl-C pour arrêter)', 'follows events live (Ctrl-C to stop)'))
    .option(
      '--from <position>',
      say('start (par défaut), now, ou une position déjà donnée', 'start (default), now, or a position given before'),
    )
    .option('--type <A,B>', say('ces événements seulement', 'these events only'))
    .option(
      `--organisation <${say('nom', 'name')}>`,
      say('cet organisme seulement (nom ou identifiant)', 'this body only (name or id)'),
    )
    .option(
      `--checkpoint <${say('fichier', 'file')}>`,
      say('garde la position dans ce fichier, et repart de là', 'keeps the position in this file, and goes on from it'),
    )
    .action(() => {
      const options = command.optsWithGlobals<FollowCommandOptions>();
      return inSession(cli, options, (session) => followEvents(session, options));
    });
};

const followEvents = async (session: Session, options: FollowCommandOptions): Promise<number> => {
  const { io, out } = session;
  const url = await serverOf(session);
  const { checkpoint: file } = options;
  const from = options.from ?? (file !== undefined && existsSync(file) ? readFileSync(file, 'utf8').trim() : 'start');
  const types = options.type?.split(',').map((each) => each.trim());
  try {
    await follow(url, {
      from,
      filter: {
        ...(types ? { types } : {}),
        ...(options.incident ? { incident: options.incident } : {}),
        ...(options.organisation ? { organisation: options.organisation } : {}),
      },
      headers: { 'accept-language': session.language },
      signal: io.signal(),
      onEvent: (event) => (out.json ? out.item(event) : out.print(lineOf(event, session))),
      onCaughtUp: () =>
        out.note(out.say('— à jour\u00a0; en attente de la suite —', '— up to date; waiting for what comes —')),
      onDisconnected: () => out.note(out.say('— connexion perdue\u00a0; reprise… —', '— connection lost; resuming… —')),
      ...(file === undefined ? {} : { checkpoint: (position) => keep(file, position) }),
    });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof ProblemError) throw new Failure(EXIT.usage, error.message, { cause: error });
    throw error;
  }
};

const serverOf = async ({ io, folder, language, common, out }: Session): Promise<string> => {
  if (common.server !== undefined)
    return /^https?:\/\//.test(common.server) ? common.server : `http://${common.server}`;
  const { data } = configOf(io, { data: folder, language });
  const url = await findServer(data);
  if (url !== undefined) return url;
  throw new Failure(
    EXIT.unreachable,
    out.say(
      `Aucun serveur ne tient le dossier ${data}. Lancez «\u00a0tocsin serve\u00a0», ou donnez une adresse\u00a0: --server http://127.0.0.1:3000.`,
      `No server has folder ${data}. Start "tocsin serve", or give an address: --server http://127.0.0.1:3000.`,
    ),
  );
};

/** The file holds the old position or the new one, whatever happens in between. */
const keep = (file: string, position: string): void => {
  writeFileSync(`${file}.next`, `${position}\n`);
  renameSync(`${file}.next`, file);
};

const lineOf = ({ type, subject, occurredat, data }: FeedEvent, { language, out: { say } }: Session): string => {
  const name = type.replace(/^fr\.tocsin\.|\.v\d+$/g, '');
  const label = isIncidentEventType(name) ? eventLabels[name][language] : name;
  const words = [data['title'], data['text'], data['service'], data['status'], data['step'], data['reason']];
  const said = words.filter((each) => typeof each === 'string').join(', ');
  return `${occurredat}  ${subject.slice(-6)}  ${label}${said === '' ? '' : `${say('\u00a0: ', ': ')}${said.replaceAll(/[\n\r\t ]+/g, ' ')}`}`;
};
