import type { Command } from 'commander';
import { instantMs } from '#libs/domain';
import type { Status, TocsinClient } from '#libs/client';
import {
  checkScenario,
  describeMistake,
  holds,
  listScenarios,
  loadScenario,
  readTextFile,
  type Expectation,
  type Scenario,
} from '#libs/playbooks';
import type { Place } from '../connect.js';
import { EXIT, Failure } from '../io.js';
import type { Output } from '../output.js';
import { inSession, type Cli, type CommonOptions, type Session } from '../session.js';
import { statusLines } from '../show-status.js';
import { table } from '../table.js';
import { readMoment } from '../times.js';
import { notATime, obligationsOf } from './views.js';

interface RunOptions extends CommonOptions {
  readonly until?: string;
}

/** `tocsin scenario list|run|check`. */
export const addScenarioCommands = (program: Command, cli: Cli): void => {
  const { say } = cli;
  const scenario = program
    .command('scenario')
    .description(say('attaques à rejouer et à vérifier', 'attacks to be played and checked'));

  const list = scenario
    .command('list')
    .description(say('les scénarios livrés', 'the scenarios in the box'))
    .action(() => inSession(cli, list.optsWithGlobals<CommonOptions>(), (session) => showList(session)));

  const run = scenario
    .command('run')
    .description(
      say(
        'joue un scénario dans un incident d’exercice, et vérifie ce qu’il attend',
        'plays a scenario into an exercise incident, and checks what it expects',
      ),
    )
    .argument(`<${say('nom|fichier.yaml', 'name|file.yaml')}>`)
    .option('--until <date>', say('s’arrête à ce moment du scénario', 'stops at this moment of the scenario'))
    .action((name: string) => {
      const options = run.optsWithGlobals<RunOptions>();
      return inSession(cli, options, (session) => runScenario(session, name, options));
    });

  const check = scenario
    .command('check')
    .description(
      say('dit toutes les erreurs d’un fichier, avec leur ligne', 'says all mistakes of a file, with their lines'),
    )
    .argument(`<${say('fichier.yaml', 'file.yaml')}>`)
    .action((file: string) =>
      inSession(cli, check.optsWithGlobals<CommonOptions>(), (session) => checkFile(session, file)),
    );
};

const showList = async ({ out, language }: Session): Promise<number> => {
  const items = listScenarios().map(({ id, title }) => ({ id, title: title[language], titles: title }));
  if (out.json) out.data({ items });
  else
    out.print(
      ...table(
        items.map(({ id, title }) => [out.paint('cyan', id), title]),
        '',
      ),
    );
  return EXIT.ok;
};

const checkFile = async ({ out, language }: Session, file: string): Promise<number> => {
  const { scenario, mistakes, warnings } = checkScenario(readTextFile(file), file);
  if (out.json) {
    out.data({
      valid: scenario !== undefined,
      mistakes: mistakes.map(({ file, line, code, message }) => ({ file, line, code, message: message[language] })),
      warnings: warnings.map(({ file, line, code, message }) => ({ file, line, code, message: message[language] })),
    });
    return scenario ? EXIT.ok : EXIT.refused;
  }
  for (const mistake of mistakes) out.print(out.paint('red', describeMistake(mistake, language)));
  for (const warning of warnings) out.print(out.paint('yellow', describeMistake(warning, language)));
  if (!scenario) return EXIT.refused;
  out.print(
    out.say(
      `${file}\u00a0: bon. ${scenario.events.length} événements, ${scenario.expect.length} attentes.`,
      `${file}: good. ${scenario.events.length} events, ${scenario.expect.length} expectations.`,
    ),
  );
  return EXIT.ok;
};

interface Checked {
  readonly held: number;
  readonly failed: readonly {
    readonly line: number;
    readonly at: string;
    readonly path: string;
    readonly message: string;
    readonly found: unknown;
  }[];
}

const runScenario = async (session: Session, name: string, { until }: RunOptions): Promise<number> => {
  const { out, io } = session;
  const scenario = loadScenario(name);
  const end = until === undefined ? undefined : readMoment(until, 'end', io.nowMs());
  if (until !== undefined && end === undefined) throw notATime(until, '--until', out);
  if (end !== undefined && instantMs(end) < instantMs(scenario.events[0]?.at ?? end))
    throw new Failure(
      EXIT.refused,
      out.say(
        `Le scénario commence le ${scenario.events[0]?.at}\u00a0: --until ${end} est avant.`,
        `The scenario begins at ${scenario.events[0]?.at}: --until ${end} is before.`,
      ),
    );
  const place = await session.place();
  const incidentId = await play(place, scenario, name, end, session);
  const expectations = scenario.expect.filter(({ at }) => end === undefined || instantMs(at) <= instantMs(end));
  const { client } = place;
  const expect = await checkExpectations(client, incidentId, expectations, session);
  const moment = end === undefined ? {} : { asOf: end };
  const status = await client.status(incidentId, moment);
  if (out.json) out.data({ incidentId, status, expect });
  else {
    out.print(...statusLines({ status, obligations: await obligationsOf(client, incidentId, moment) }, out), '');
    showChecked(expect, scenario, out);
  }
  return expect.failed.length === 0 ? EXIT.ok : EXIT.refused;
};

/** In this process with any file; through a server, a scenario of its box from beginning to end. */
const play = async (
  { app, client, url }: Place,
  scenario: Scenario,
  name: string,
  end: string | undefined,
  { out, language }: Session,
): Promise<string> => {
  if (app) {
    let done = 0;
    const options = {
      ...(end === undefined ? {} : { untilMs: instantMs(end) }),
      onEntry: ({ command }: { readonly command: string }) =>
        out.progress(command, (done += 1), scenario.events.length),
    };
    const { playHere } = await import('../play.js');
    return playHere(app, scenario, options, language);
  }
  if (end === undefined && !/[/\\]|\.ya?ml$/.test(name)) return (await client.startExercise(name)).incidentId;
  throw new Failure(
    EXIT.unreachable,
    out.say(
      `Le serveur ${url} tient ces données, et ne joue en entier que les scénarios livrés. Pour un fichier ou avec --until, indiquez un autre dossier (--data DOSSIER) ou arrêtez le serveur.`,
      `Server ${url} has this data, and plays only the scenarios in the box, whole. For a file, or with --until, name another folder (--data FOLDER) or stop the server.`,
    ),
  );
};

/** Holds the expectations against the status as it was known at each moment. */
const checkExpectations = async (
  client: TocsinClient,
  incidentId: string,
  expectations: readonly Expectation[],
  { out, language }: Session,
): Promise<Checked> => {
  const views = new Map<string, Status>();
  const failed: Checked['failed'][number][] = [];
  for (const [index, { at, path, test, line }] of expectations.entries()) {
    const view = views.get(at) ?? (await client.status(incidentId, { asOf: at, axis: 'recorded' }));
    views.set(at, view);
    const verdict = holds({ path, test }, view);
    if (!verdict.held)
      failed.push({ line, at, path, message: verdict.message[language], found: verdict.found ?? null });
    out.progress(path, index + 1, expectations.length);
  }
  return { held: expectations.length - failed.length, failed };
};

const showChecked = ({ held, failed }: Checked, { file }: Scenario, out: Output): void => {
  const total = held + failed.length;
  const line = out.say(`${held} attentes sur ${total} tenues`, `${held} of ${total} expectations held`);
  out.print(out.paint(failed.length === 0 ? 'green' : 'red', line));
  for (const { line: at, at: moment, message } of failed)
    out.print(
      out.paint(
        'red',
        out.say(
          `  ${file}, ligne ${at} (${moment})\u00a0: ${message}`,
          `  ${file}, line ${at} (${moment}): ${message}`,
        ),
      ),
    );
};
