import { Command, CommanderError, Option } from 'commander';
import { version } from '../../api/src/version.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addFollowCommand } from './commands/follow.js';
import { addHistoryCommands } from './commands/history.js';
import { addPlaybookCommands } from './commands/playbook.js';
import { addRecordCommands } from './commands/record.js';
import { addScenarioCommands } from './commands/scenario.js';
import { addServeCommand } from './commands/serve.js';
import { addViewCommands } from './commands/views.js';
import { addWebhookListenCommand } from './commands/webhook-listen.js';
import { EXIT } from './io.js';
import type { Say } from './language.js';
import { addCommonOptions, inSession, type Cli, type CommonOptions } from './session.js';

/** The command line, in the language of its reader. */
export const buildProgram = (cli: Cli): Command => {
  const { io, say } = cli;
  const program = new Command('tocsin');
  program
    .description(
      say('Tocsin – réponse à incident pour les collectivités', 'Tocsin – incident response for local authorities'),
    )
    .usage(say('<commande> [options]', '<command> [options]'))
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: () => undefined,
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({
      showGlobalOptions: true,
      subcommandTerm: (command: Command) => command.name(),
      styleTitle: (title) => titles[title]?.(say) ?? title,
      optionDescription: (option: Option) => describeOption(option, say),
    })
    .helpOption('-h, --help', say('affiche cette aide', 'shows this help'))
    .helpCommand(false);
  addCommonOptions(program, say);
  addServeCommand(program, cli);
  addRecordCommands(program, cli);
  addViewCommands(program, cli);
  addHistoryCommands(program, cli);
  addScenarioCommands(program, cli);
  addPlaybookCommands(program, cli);
  addFollowCommand(program, cli);
  addWebhookListenCommand(program, cli);
  addDoctorCommand(program, cli);
  const versionCommand = program
    .command('version')
    .description(say('version de ce programme', 'version of this program'))
    .action(() =>
      inSession(cli, versionCommand.optsWithGlobals<CommonOptions>(), async ({ out }) => {
        if (out.json) out.data({ name: 'tocsin', version, node: process.version });
        else out.print(`tocsin ${version} (Node ${process.version})`);
        return EXIT.ok;
      }),
    );
  forEachCommand(program, (command) => {
    command.helpOption('-h, --help', say('affiche cette aide', 'shows this help'));
    if (command.commands.length > 0) command.helpCommand(false);
  });
  return program;
};

/** Subcommands take over what was set on their parent before they were made; help options are set after. */
const forEachCommand = (command: Command, change: (each: Command) => void): void => {
  for (const each of command.commands) {
    change(each);
    forEachCommand(each, change);
  }
};

const titles: Readonly<Record<string, (say: Say) => string>> = {
  'Usage:': (say) => say('Usage\u00a0:', 'Usage:'),
  'Arguments:': (say) => say('Arguments\u00a0:', 'Arguments:'),
  'Options:': (say) => say('Options\u00a0:', 'Options:'),
  'Global Options:': (say) => say('Options générales\u00a0:', 'Global options:'),
  'Commands:': (say) => say('Commandes\u00a0:', 'Commands:'),
};

const describeOption = ({ description, argChoices, defaultValue }: Option, say: Say): string => {
  const more = [
    ...(argChoices ? [`${say('choix\u00a0: ', 'choices: ')}${argChoices.join(', ')}`] : []),
    ...(defaultValue === undefined ? [] : [`${say('par défaut\u00a0: ', 'default: ')}${String(defaultValue)}`]),
  ];
  return more.length === 0 ? description : `${description} (${more.join(say('\u00a0; ', '; '))})`;
};

/** What is wrong with the command line itself, in a sentence. */
export const usageSentence = (error: CommanderError, say: Say): string => {
  const [, named = ''] = /'([^']*)'/.exec(error.message) ?? [];
  const near = /Did you mean (?:one of )?([^?]+)\?/.exec(error.message)?.[1];
  const guess = near === undefined ? '' : say(` Vouliez-vous dire ${near}\u00a0?`, ` Did you mean ${near}?`);
  const sentences: Readonly<Record<string, string>> = {
    'commander.unknownOption': say(`L’option ${named} n’existe pas.`, `There is no option ${named}.`),
    'commander.unknownCommand': say(
      `La commande «\u00a0${named}\u00a0» n’existe pas.`,
      `There is no command "${named}".`,
    ),
    'commander.missingArgument': say(`Il manque <${named}>.`, `<${named}> is missing.`),
    'commander.optionMissingArgument': say(`L’option ${named} attend une valeur.`, `Option ${named} takes a value.`),
    'commander.missingMandatoryOptionValue': say(`L’option ${named} est obligatoire.`, `Option ${named} is required.`),
    'commander.invalidArgument': say(`Valeur non admise\u00a0: ${named}.`, `Value not allowed: ${named}.`),
    'commander.excessArguments': say(
      'Il y a trop de mots dans cette commande.',
      'There are too many words in this command.',
    ),
  };
  const found = sentences[error.code] ?? error.message.replace(/^error: /, '');
  const allowed = /Allowed choices are (.+)\.$/m.exec(error.message)?.[1];
  const choices = allowed === undefined ? '' : say(` Choix\u00a0: ${allowed}.`, ` Choices: ${allowed}.`);
  return `${found}${guess}${choices} ${say('Aide\u00a0: --help', 'Help: --help')}`;
};
