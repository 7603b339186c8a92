import { Controller, Get, Req } from '@nestjs/common';
import {
  commandLabels,
  incidentCommands,
  incidentCommandTypes,
  IncidentDeclaration,
  jsonSchemaOf,
  StatementEnvelope,
  CommandEnvelope,
  type JsonSchema,
} from '#libs/domain';
import { listScenarios } from '#libs/playbooks';
import type { FastifyRequest } from 'fastify';
import { languageOf } from './language.js';

/** What can be asked of Tocsin: commands with their schemas, and the scenarios in the box. */
@Controller('api/v1')
export class CatalogueController {
  @Get('commands')
  commands(@Req() request: FastifyRequest) {
    const language = languageOf(request);
    return {
      items: ['DeclareIncident' as const, ...incidentCommandTypes].map((command) => ({
        command,
        title: commandLabels[command]?.[language],
        schema: commandSchema(command),
      })),
    };
  }

  @Get('scenarios')
  scenarios(@Req() request: FastifyRequest) {
    const language = languageOf(request);
    return { items: listScenarios().map(({ id, title }) => ({ id, title: title[language], titles: title })) };
  }
}

/** The body of a command: its data and the envelope, in one object. */
export const commandSchema = (command: 'DeclareIncident' | keyof typeof incidentCommands): JsonSchema => {
  const [data, envelope] =
    command === 'DeclareIncident'
      ? [IncidentDeclaration, StatementEnvelope]
      : [incidentCommands[command], CommandEnvelope];
  const [own, common] = [jsonSchemaOf(data), jsonSchemaOf(envelope)];
  const properties = { ...(common['properties'] as object), ...(own['properties'] as object) };
  const anyOf = command === 'DeclareIncident' ? { anyOf: [{ required: ['title'] }, { required: ['kind'] }] } : {};
  return { ...own, title: command, properties, ...anyOf };
};
