import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { instantMs, InvalidInput, OneOf, readInput, Text } from '#libs/domain';
import { Clock, playScenario } from '#libs/application';
import { listScenarios, loadShippedScenario } from '#libs/playbooks';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { idempotencyKey } from './conditions.js';
import { RequestProblem } from './problem.js';

class ExerciseInput {
  @Text({ charsMax: 100 }) scenario: string;
  @OneOf(['instant'], { optional: true, exact: true }) speed?: 'instant';
}

/** Plays a scenario of the box into an incident that says that it is an exercise. */
@Controller('api/v1/exercises')
export class ExercisesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(201)
  async start(@Body() body: unknown, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const read = readInput(ExerciseInput, body, this.clock.nowMs());
    if (read.errors) throw new InvalidInput(read.errors);
    const { scenario: id } = read.value;
    if (!listScenarios().some((each) => each.id === id)) throw new RequestProblem('unknown-scenario', { scenario: id });
    const key = idempotencyKey(request);
    const { incidentId, last } = await playScenario(
      this.commands,
      this.queries,
      loadShippedScenario(id),
      key ? { idempotencyKey: key, request: body } : {},
    );
    reply.header('Location', `/api/v1/incidents/${incidentId}`).header('ETag', `"${last.revision}"`);
    return { incidentId, revision: last.revision, position: last.position, scenario: id };
  }
}

export const startOfScenarioMs = (id: string): number => instantMs(loadShippedScenario(id).events[0]?.at ?? '');
