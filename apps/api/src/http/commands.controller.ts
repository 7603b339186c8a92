import { Body, Controller, HttpCode, Param, Post, Req, Res, UseInterceptors } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import {
  incidentCommands,
  instantOf,
  InvalidInput,
  isIncidentCommandType,
  readCommandBody,
  readDeclarationBody,
  sentence,
  warningTexts,
  type DeclareIncident,
  type IncidentCommand,
  type Language,
} from '#libs/domain';
import {
  Clock,
  ExecuteCommand,
  isUuid,
  UnknownIncident,
  type CommandAnswer,
  type ExecutionOptions,
} from '#libs/application';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CountCommandsInterceptor } from './count-commands.interceptor.js';
import { actorOf } from './actor.js';
import { expectedRevision, idempotencyKey } from './conditions.js';
import { languageOf } from './language.js';
import { RequestProblem } from './problem.js';

/** Every change of an incident comes in here: one route for a declaration, one for all commands of the table. */
@Controller('api/v1/incidents')
@UseInterceptors(CountCommandsInterceptor)
export class CommandsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(201)
  async declare(
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    requireJson(request);
    const command = this.declaration(body, request);
    const answer = await this.commands.execute(new ExecuteCommand(undefined, command, optionsOf(request, body)));
    reply.header('Location', `/api/v1/incidents/${answer.incidentId}`);
    return told(answer, reply, languageOf(request));
  }

  @Post(':id/commands/:command')
  @HttpCode(200)
  async command(
    @Param('id') id: string,
    @Param('command') type: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { incidentId, command, options } = commandOf(request, id, type, body, this.now());
    const answer = await this.commands.execute(new ExecuteCommand(incidentId, command, options));
    return told(answer, reply, languageOf(request));
  }

  private declaration(body: unknown, request: FastifyRequest): DeclareIncident {
    const read = readDeclarationBody(body, this.now());
    if (read.errors) throw new InvalidInput(read.errors);
    return { ...read.value, type: 'DeclareIncident', actor: actorOf(request) };
  }

  private now(): string {
    return instantOf(this.clock.nowMs());
  }
}

export const commandNames = Object.keys(incidentCommands);

/** A command on an incident as the request states it. */
export const commandOf = (
  request: FastifyRequest,
  id: string,
  type: string,
  body: unknown,
  now: string,
): { readonly incidentId: string; readonly command: IncidentCommand; readonly options: ExecutionOptions } => {
  requireJson(request);
  if (!isIncidentCommandType(type)) throw new RequestProblem('unknown-command', { command: type.slice(0, 100) });
  if (!isUuid(id)) throw new UnknownIncident(id);
  const read = readCommandBody(type, body ?? {}, now);
  if (read.errors) throw new InvalidInput(read.errors);
  const expects = expectedRevision(request) ?? read.value.expects;
  const command = {
    ...read.value,
    type,
    actor: actorOf(request),
    ...(expects === undefined ? {} : { expects }),
  } as IncidentCommand;
  return { incidentId: id.toLowerCase(), command, options: optionsOf(request, body ?? {}) };
};

/** A body in another format must not be taken for an empty one. */
export const requireJson = ({ headers, body }: FastifyRequest): void => {
  const type = headers['content-type'];
  if (type === undefined ? body !== undefined && body !== null : !/^application\/json\b/i.test(type)) {
    throw new RequestProblem('unsupported-media-type');
  }
};

const optionsOf = (request: FastifyRequest, body: unknown): ExecutionOptions => {
  const key = idempotencyKey(request);
  return key === undefined ? {} : { idempotencyKey: key, request: body };
};

/** The answer in the caller's language. */
export const told = (answer: CommandAnswer, reply: FastifyReply, language: Language) => {
  const { incidentId, revision, position, events, warnings } = answer;
  reply.header('ETag', `"${revision}"`);
  return {
    incidentId,
    revision,
    position,
    events,
    warnings: warnings.map(({ code, facts }) => ({ code, detail: sentence(warningTexts[code], language, facts) })),
  };
};
