import { CommanderError } from 'commander';
import { ProblemError, Unreachable } from '#libs/client';
import { describeMistake, FileMistakes } from '#libs/playbooks';
import { EXIT, Failure, type Io } from './io.js';
import { languageOf, sayIn, type Say } from './language.js';
import { Output } from './output.js';
import { buildProgram, usageSentence } from './program.js';
import type { Cli } from './session.js';

/** Runs one command line. @returns the exit code. */
export const run = async (argv: readonly string[], io: Io): Promise<number> => {
  const language = languageOf(argv, io.env);
  const cli: Cli = { io, language, say: sayIn(language), exit: EXIT.ok };
  try {
    await buildProgram(cli).parseAsync([...argv], { from: 'user' });
    return cli.exit;
  } catch (error) {
    return failed(error, new Output(io, language, wantsJson(argv)), cli.say);
  }
};

/** Before the options were understood, or when they could not be. */
const wantsJson = (argv: readonly string[]): boolean => argv.includes('--json');

const failed = (error: unknown, out: Output, say: Say): number => {
  if (error instanceof CommanderError) {
    // Help and version were shown. Help for lack of a command is a mistake.
    if (error.exitCode === 0) return EXIT.ok;
    if (error.code !== 'commander.help') out.note(usageSentence(error, say));
    return EXIT.usage;
  }
  if (error instanceof ProblemError) return refused(error, out, say);
  if (error instanceof Unreachable) {
    out.note(
      say(
        `${error.where} ne répond pas. Vérifiez l’adresse et que le serveur est lancé (tocsin serve).`,
        `${error.where} does not answer. Check the address, and that the server runs (tocsin serve).`,
      ),
    );
    return EXIT.unreachable;
  }
  if (error instanceof Failure) {
    out.note(error.message);
    return error.exit;
  }
  if (error instanceof FileMistakes) {
    for (const mistake of error.mistakes)
      out.note(mistake.code === 'no-file' ? mistake.message[out.language] : describeMistake(mistake, out.language));
    return EXIT.refused;
  }
  if (error instanceof Error && error.name === 'AbortError') return EXIT.ok;
  out.note(say(`Erreur interne de Tocsin\u00a0: ${stackOf(error)}`, `Internal error of Tocsin: ${stackOf(error)}`));
  return EXIT.refused;
};

const refused = ({ problem, status }: ProblemError, out: Output, say: Say): number => {
  if (out.json) out.data(problem);
  if (status < 400) {
    out.note(say('Ce qui répond à cette adresse n’est pas Tocsin.', 'What answers at this address is not Tocsin.'));
    return EXIT.unreachable;
  }
  out.note(problem.detail);
  for (const { path, message } of (problem.errors ?? []).slice(1)) out.note(`  ${path} – ${message}`);
  return status >= 500 ? EXIT.unreachable : EXIT.refused;
};

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
