import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { CommandRejected, InvalidInput, rejections, sentence, sentenceOf } from '#libs/domain';
import { playScenario, ScenarioRefused, type PlayOptions } from '#libs/application';
import type { Scenario } from '#libs/playbooks';
import { EXIT, Failure } from './io.js';
import type { Language } from './language.js';
import { sayIn } from './language.js';

/** Plays a scenario in this process. @returns the incident. @throws {Failure} naming the line that is refused. */
export const playHere = async (
  app: NestFastifyApplication,
  scenario: Scenario,
  options: PlayOptions,
  language: Language,
): Promise<string> => {
  try {
    return (await playScenario(app.get(CommandBus), app.get(QueryBus), scenario, options)).incidentId;
  } catch (error) {
    const why = error instanceof ScenarioRefused ? refusalOf(error.cause, language) : undefined;
    if (!(error instanceof ScenarioRefused) || why === undefined) throw error;
    const where = `${error.file}:${error.line}`;
    throw new Failure(EXIT.refused, sayIn(language)(`${where}\u00a0: ${why}`, `${where}: ${why}`), { cause: error });
  }
};

const refusalOf = (cause: unknown, language: Language): string | undefined => {
  if (cause instanceof CommandRejected) return sentence(rejections[cause.code], language, cause.facts);
  if (!(cause instanceof InvalidInput)) return undefined;
  return cause.errors.map(({ path, broken }) => `${path ? `${path} – ` : ''}${sentenceOf(broken, language)}`).join(' ');
};
