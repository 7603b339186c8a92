import type { Command } from 'commander';
import { instantMs, instantOf, roleLabel, stepStatusLabels } from '#libs/domain';
import type { Axis, Moment, Obligation, Step, TocsinClient } from '#libs/client';
import { EXIT, Failure, type Io } from '../io.js';
import type { Output } from '../output.js';
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
import { clockRows, labelled, statusLines, zoneOf } from '../show-status.js';
import { table } from '../table.js';
import { absolute, readMoment } from '../times.js';

export interface MomentOptions extends CommonOptions {
  readonly asOf?: string;
  readonly axis?: Axis;
}

/** `tocsin status`, `clocks` and `steps`: an incident at a moment. */
export const addViewCommands = (program: Command, cli: Cli): void => {
  const { say } = cli;
  viewCommand(program, cli, 'status', say('où en est l’incident', 'where the incident stands'), showStatus);
  viewCommand(
    program,
    cli,
    'clocks',
    say('échéances légales, la plus proche d’abord', 'legal deadlines, nearest first'),
    showClocks,
  );
  viewCommand(program, cli, 'steps', say('étapes de la fiche réflexe', 'steps of the playbook'), showSteps);
};

type Show = (session: Session, client: TocsinClient, id: string, moment: Moment) => Promise<void>;

const viewCommand = (program: Command, cli: Cli, name: string, description: string, show: Show): void => {
  const command = program
    .command(name)
    .description(description)
    .addArgument(incidentArgument(cli.say))
    .addOption(incidentOption(cli.say))
    .addOption(asOfOption(cli.say))
    .addOption(axisOption(cli.say))
    .action(async (given?: string) => {
      const options = command.optsWithGlobals<MomentOptions>();
      await inSession(cli, options, async (session) => {
        const id = await session.incident(given);
        await show(session, (await session.place()).client, id, momentOf(options, session.io));
        return EXIT.ok;
      });
    });
};

/** A day that is not over is asked for as it stands now. */
const momentIn = (text: string, nowMs: number): string => {
  const moment = readMoment(text, 'end', nowMs);
  if (moment === undefined) return text;
  const startMs = instantMs(readMoment(text, 'start', nowMs) ?? moment);
  return startMs <= nowMs && nowMs < instantMs(moment) ? instantOf(nowMs) : moment;
};

export const momentOf = ({ asOf, axis }: MomentOptions, io: Io): Moment => ({
  ...(asOf === undefined ? {} : { asOf: momentIn(asOf, io.nowMs()) }),
  ...(axis === undefined ? {} : { axis }),
});

/** All items of a list, for the lists of one incident are short. */
export const collect = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
};

export const obligationsOf = (client: TocsinClient, id: string, moment: Moment): Promise<Obligation[]> =>
  collect(client.all((cursor) => client.obligations(id, { ...moment, limit: 500, ...(cursor ? { cursor } : {}) })));

const showStatus: Show = async ({ out }, client, id, moment) => {
  const status = await client.status(id, moment);
  if (out.json) return out.data(status);
  out.print(...statusLines({ status, obligations: await obligationsOf(client, id, moment) }, out));
};

const showClocks: Show = async ({ out }, client, id, moment) => {
  const items = await obligationsOf(client, id, moment);
  if (out.json) return out.data({ items });
  const status = await client.status(id, moment);
  if (items.length === 0) return out.print(out.say('Aucune échéance ne court.', 'No deadline is running.'));
  out.print(...table(clockRows(items, status, out), ''));
};

const showSteps: Show = async ({ out }, client, id, moment) => {
  const items = await collect(
    client.all((cursor) => client.steps(id, { ...moment, limit: 500, ...(cursor ? { cursor } : {}) })),
  );
  if (out.json) return out.data({ items });
  const status = await client.status(id, moment);
  if (items.length === 0)
    return out.print(
      out.say(
        'Cet incident ne suit aucune fiche réflexe (tocsin do AdoptPlaybook).',
        'This incident follows no playbook (tocsin do AdoptPlaybook).',
      ),
    );
  for (const group of phasesOf(items)) {
    if (group[0]?.phase) out.print('', out.heading(group[0].phase));
    out.print(...table(group.map((step) => stepRow(step, zoneOf(status), status.organisations.length > 1, out))));
  }
};

const phasesOf = (steps: readonly Step[]): Step[][] => {
  const phases = new Map<string, Step[]>();
  for (const step of steps) phases.set(step.phase ?? '', [...(phases.get(step.phase ?? '') ?? []), step]);
  return [...phases.values()];
};

const stepStyle = {
  done: 'green',
  in_progress: 'yellow',
  blocked: 'red',
  todo: 'bold',
  unknown: 'dim',
  not_applicable: 'dim',
} as const;

const stepRow = (step: Step, zone: string, several: boolean, out: Output): string[] => [
  out.paint(step.applies === false ? 'dim' : stepStyle[step.state], labelled(stepStatusLabels[step.state], out)),
  step.dueAt ? absolute(step.dueAt, zone, out.language) : '',
  step.step,
  step.title,
  several ? (step.organisation ?? '') : '',
  out.paint('dim', step.assignee?.name ?? roleLabel(step.assignee?.role ?? step.role)[out.language]),
  step.needsReview ? out.paint('yellow', out.say('à revoir', 'to be reviewed')) : '',
];

export const notATime = (text: string, option: string, out: Output): Failure =>
  new Failure(
    EXIT.usage,
    out.say(
      `${option} «\u00a0${text}\u00a0»\u00a0: il faut une date, par exemple 2021-01-18T09:00:00+01:00, «\u00a02021-01-18 09:00\u00a0» (heure de Paris) ou 2021-01-18.`,
      `${option} "${text}": it takes a time, for instance 2021-01-18T09:00:00+01:00, "2021-01-18 09:00" (Paris time) or 2021-01-18.`,
    ),
  );
