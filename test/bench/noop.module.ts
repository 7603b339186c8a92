import { Body, Controller, Get, HttpCode, Injectable, Module, Param, Post, Req, Res } from '@nestjs/common';
import { instantOf } from '#libs/domain';
import { Clock } from '#libs/application';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { commandOf, told } from '../../apps/api/src/http/commands.controller.js';
import { languageOf } from '../../apps/api/src/http/language.js';

const NO_EVENT = '00000000-0000-7000-8000-000000000000';

/** What a command costs before and after the engine: the same request read and checked, the same answer sent. */
@Injectable()
@Controller('bench')
export class NoopController {
  constructor(private readonly clock: Clock) {}

  /** Processor time of this process so far, which a busy machine does not change, in milliseconds; and its memory. */
  @Get('processor')
  processor() {
    const { user, system } = process.cpuUsage();
    return { ms: (user + system) / 1000, rssBytes: process.memoryUsage.rss() };
  }

  @Post('incidents/:id/commands/:command')
  @HttpCode(200)
  async command(
    @Param('id') id: string,
    @Param('command') type: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { incidentId } = commandOf(request, id, type, body, instantOf(this.clock.nowMs()));
    const events = [{ eventId: NO_EVENT, type: 'Nothing', revision: 1 }];
    return told({ incidentId, revision: 1, position: 'p1', events, warnings: [] }, reply, languageOf(request));
  }
}

@Module({ controllers: [NoopController] })
export class NoopModule {}
