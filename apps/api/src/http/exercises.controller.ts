import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { Amount, InvalidInput, readInput, Text } from '#libs/domain';
import { Clock, Drills, playScenario, type CommandAnswer, type PlayOptions } from '#libs/application';
import { listScenarios, loadShippedScenario, type Scenario } from '#libs/playbooks';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { idempotencyKey } from './conditions.js';
import { RequestProblem } from './problem.js';

/** Body of `POST /exercises`. */
export class ExerciseInput {
  @Text({ charsMax: 100 }) scenario: string;
  /** How many times faster than it happened; absent: all at once. */
  @Amount({ optional: true, min: 0.001, max: 1e9 }) speed?: number;
}

/** Plays a scenario of the box into an incident that says that it is an exercise. */
@Controller('api/v1/exercises')
export class ExercisesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
    private readonly drills: Drills,
  ) {}

  @Post()
  @HttpCode(201)
  async start(@Body() body: unknown, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const read = readInput(ExerciseInput, body, this.clock.nowMs());
    if (read.errors) throw new InvalidInput(read.errors);
    const { scenario: id } = read.value;
    if (!listScenarios().some((each) => each.id === id)) throw new RequestProblem('unknown-scenario', { scenario: id });
    const key = idempotencyKey(request);
    const options = key ? { idempotencyKey: key, request: body } : {};
    const answer = await this.play(loadShippedScenario(id), read.value.speed, options);
    reply.header('Location', `/api/v1/incidents/${answer.incidentId}`).header('ETag', `"${answer.revision}"`);
    return { incidentId: answer.incidentId, revision: answer.revision, position: answer.position, scenario: id };
  }

  private async play(scenario: Scenario, speed: number | undefined, options: PlayOptions): Promise<CommandAnswer> {
    if (speed !== undefined) return this.drills.start(scenario, speed, options);
    return (await playScenario(this.commands, this.queries, scenario, options)).last;
  }
}
