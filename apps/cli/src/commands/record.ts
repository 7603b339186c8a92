import type { Command } from 'commander';
import { readFileSync } from 'node:fs';
import {
  commandGroups,
  commandLabels,
  eventLabels,
  incidentCommandTypes,
  type CommandName,
  type IncidentEventType,
} from '#libs/domain';
import type { CommandAnswer } from '#libs/client';
import { bodyOf, fieldOptions, parseJson, toOption } from '../field-options.js';
import { EXIT, Failure, type Io } from '../io.js';
import type { Output } from '../output.js';
import {
  actorOption,
  incidentArgument,
  incidentOption,
  inSession,
  type Cli,
  type CommonOptions,
  type Session,
} from '../session.js';

/** `tocsin declare` and `tocsin do <Command>`: one option for each field of the command table. */
export const addRecordCommands = (program: Command, cli: Cli): void => {
  const { language, say } = cli;
  const declare = program
    .command('declare')
    .description(say('déclare un incident\u00a0: un titre suffit', 'declares an incident: a title is enough'));
  addFields(declare, 'DeclareIncident', cli, async (session, body, key) => {
    const { client } = await session.place();
    return client.declare(body, key);
  });

  const all = program
    .command('do')
    .description(say('consigne un fait ou une décision', 'records a fact or a decision'))
    .usage(say('<Commande> [options]', '<Command> [options]'));
  for (const name of incidentCommandTypes) {
    const label = commandLabels[name];
    const command = all
      .command(name)
      .summary(label[language])
      .description(`${label[language]}. ${label.help[language]}`)
      .helpGroup(`${commandGroups[label.group][language]}${say('\u00a0:', ':')}`)
      .addArgument(incidentArgument(say))
      .addOption(incidentOption(say));
    addFields(command, name, cli, async (session, body, key, given) => {
      const [id, { client }] = [await session.incident(given), await session.place()];
      return client.command(id, name, body, key);
    });
  }
};

type Send = (
  session: Session,
  body: object,
  key: { readonly idempotencyKey?: string },
  incident: string | undefined,
) => Promise<CommandAnswer>;

const addFields = (command: Command, name: CommandName, cli: Cli, send: Send): void => {
  const { say, io, language } = cli;
  const fields = fieldOptions(name, language, io.nowMs);
  command.optionsGroup(say('Ce que vous consignez\u00a0:', 'What you record:'));
  for (const field of fields.filter(({ common }) => !common)) command.addOption(toOption(field));
  command.optionsGroup(say('Quand, qui le dit, d’où cela vient\u00a0:', 'When, who says so, where it comes from:'));
  for (const field of fields.filter(({ common }) => common)) command.addOption(toOption(field));
  command
    .optionsGroup(say('Options\u00a0:', 'Options:'))
    .addOption(actorOption(say))
    .option(
      '--idempotency-key <uuid>',
      say('répéter avec la même clé n’écrit pas deux fois', 'repeating with the same key does not write twice'),
    )
    .addHelpText(
      'after',
      `\n${say(
        'Ce qui est imbriqué se donne aussi en JSON\u00a0: --data \'{"…": …}\', --data @fichier.json ou --data @- (entrée standard).',
        'What is nested can be given as JSON too: --data \'{"…": …}\', --data @file.json or --data @- (standard input).',
      )}`,
    )
    .action(async (...parameters: unknown[]) => {
      const values = command.optsWithGlobals<CommonOptions & { idempotencyKey?: string; [field: string]: unknown }>();
      const given = typeof parameters[0] === 'string' ? parameters[0] : undefined;
      await inSession(cli, values, async (session) => {
        const body = bodyOf(fields, command.opts(), await baseOf(session));
        const key = values.idempotencyKey === undefined ? {} : { idempotencyKey: values.idempotencyKey };
        show(await send(session, body, key, given), name, session.out);
        return EXIT.ok;
      });
    });
};

const baseOf = async ({ bodies, io, out }: Session): Promise<Record<string, unknown>> => {
  const base: Record<string, unknown> = {};
  for (const text of bodies) {
    const json = text.startsWith('@') ? await readBody(text.slice(1), io, out) : text;
    const value = parseJson(json, text.startsWith('@') ? text : '--data', out.say);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Failure(EXIT.usage, out.say('--data attend un objet JSON.', '--data takes a JSON object.'));
    Object.assign(base, value);
  }
  return base;
};

const readBody = async (file: string, io: Io, { say }: Output): Promise<string> => {
  if (file === '-') return io.stdin();
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Failure(
      EXIT.usage,
      say(
        `Le fichier ${file} ne peut pas être lu\u00a0: ${(cause as Error).message}`,
        `File ${file} cannot be read: ${(cause as Error).message}`,
      ),
      { cause },
    );
  }
};

const show = (answer: CommandAnswer, command: CommandName, out: Output): void => {
  if (out.json) return out.data(answer);
  if (answer.events.length === 0)
    out.print(out.say('C’était déjà consigné\u00a0: rien à ajouter.', 'It was recorded already: nothing to add.'));
  for (const { type, revision } of answer.events)
    out.print(`${out.paint('green', '✓')} ${eventLabel(type, out)} ${out.paint('dim', `#${revision}`)}`);
  for (const { detail } of answer.warnings ?? []) out.print(`${out.paint('yellow', '!')} ${detail}`);
  if (command === 'DeclareIncident') out.print(out.say('Incident ', 'Incident ') + answer.incidentId);
};

export const eventLabel = (type: string, out: Output): string =>
  (eventLabels as Partial<Record<string, (typeof eventLabels)[IncidentEventType]>>)[type]?.[out.language] ?? type;
