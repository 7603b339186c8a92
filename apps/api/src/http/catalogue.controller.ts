import { Controller, Get, Param, Query, Req } from '@nestjs/common';
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
import { Catalogue } from '#libs/application';
import { listScenarios } from '#libs/playbooks';
import type { FastifyRequest } from 'fastify';
import { languageOf } from './language.js';
import { LIMIT_MAX, pageOf, Parameters, type RawQuery } from './parameters.js';
import { RequestProblem } from './problem.js';

/** What can be asked of Tocsin: commands with their schemas, and the scenarios in the box. */
@Controller('api/v1')
export class CatalogueController {
  constructor(private readonly catalogue: Catalogue) {}

  @Get('commands')
  commands(@Query() query: RawQuery, @Req() request: FastifyRequest) {
    const language = languageOf(request);
    const items = ['DeclareIncident' as const, ...incidentCommandTypes].map((command) => ({
      command,
      title: commandLabels[command]?.[language],
      schema: commandSchema(command),
    }));
    return listOf(items, query);
  }

  @Get('playbooks')
  playbooks(@Query() query: RawQuery, @Req() request: FastifyRequest) {
    const language = languageOf(request);
    const items = this.catalogue.playbooks.map(({ definition: { id, version, title, kinds, steps }, sha256 }) => ({
      id,
      version,
      sha256,
      title: title[language],
      titles: title,
      kinds,
      steps: steps.length,
    }));
    return listOf(items, query);
  }

  @Get('playbooks/:id')
  playbook(@Param('id') id: string) {
    const found = this.catalogue.playbooks.find(({ definition }) => definition.id === id);
    if (!found) throw new RequestProblem('unknown-playbook-page', { playbook: id.slice(0, 100) });
    return { ...found.definition, sha256: found.sha256 };
  }

  @Get('rules')
  rules(@Query() query: RawQuery, @Req() request: FastifyRequest) {
    const language = languageOf(request);
    const items = this.catalogue.rules.map((rule) => ({
      ...rule,
      title: rule.title[language],
      legalBasis: rule.legalBasis[language],
      to: rule.to[language],
      lateRule: rule.lateRule[language],
    }));
    return listOf(items, query);
  }

  @Get('scenarios')
  scenarios(@Query() query: RawQuery, @Req() request: FastifyRequest) {
    const language = languageOf(request);
    const items = listScenarios().map(({ id, title }) => ({ id, title: title[language], titles: title }));
    return listOf(items, query);
  }
}

/** Whole unless less is asked for: these lists are short, and programs read them as one. */
const listOf = <Item>(items: readonly Item[], query: RawQuery) =>
  pageOf(items, new Parameters(query, ['limit', 'cursor']), LIMIT_MAX);

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
