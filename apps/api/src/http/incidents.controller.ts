import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import {
  diffStates,
  instantMs,
  instantOf,
  obligationViews,
  OBLIGATION_STATUSES,
  SERVICE_STATUSES,
  serviceViews,
  stepViews,
  STEP_STATES,
  timelineMoment,
  type IncidentState,
} from '#libs/domain';
import {
  BadParameter,
  Clock,
  GetIncident,
  GetRawEvents,
  isUuid,
  UnknownIncident,
  viewOf,
  type IncidentAt,
} from '#libs/application';
import { GetBoard, GetObligations, GetServices, GetTimeline } from '#libs/read-models';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { languageOf } from './language.js';
import { CURSORS, pageOf, Parameters, type RawQuery } from './parameters.js';
import { obligationRowView } from './obligation-row.js';

@Controller('api/v1')
export class IncidentsController {
  constructor(
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  @Get('incidents')
  async board(@Query() query: RawQuery) {
    const parameters = new Parameters(query, ['status', 'organisation', 'exercise', 'limit', 'cursor']);
    const [status, organisation] = [parameters.oneOf('status', ['open', 'closed']), parameters.text('organisation')];
    const [exercise, cursor] = [parameters.flag('exercise'), parameters.cursor('cursor')];
    return this.queries.execute(
      new GetBoard({
        limit: parameters.limit(),
        ...(status ? { status } : {}),
        ...(organisation ? { organisation } : {}),
        ...(exercise === undefined ? {} : { exercise }),
        ...(cursor ? { cursor } : {}),
      }),
    );
  }

  @Get('incidents/:id')
  async status(
    @Param('id') id: string,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const parameters = new Parameters(query, ['asOf', 'axis', 'role']);
    const incident = await this.incident(id, parameters, reply);
    const { incidentId, revision, ...view } = viewOf(incident, languageOf(request), parameters.text('role'));
    return { incidentId, revision, position: incident.position, ...view };
  }

  @Get('incidents/:id/steps')
  async steps(
    @Param('id') id: string,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const parameters = new Parameters(query, ['asOf', 'axis', 'role', 'state', 'limit', 'cursor']);
    const { state, at } = await this.incident(id, parameters, reply);
    const [role, wanted] = [parameters.text('role'), parameters.oneOf('state', STEP_STATES)];
    const items = stepViews(state, at, languageOf(request)).filter(
      (step) => (!role || step.roles.includes(role)) && (!wanted || step.state === wanted),
    );
    return pageOf(items, parameters);
  }

  @Get('incidents/:id/obligations')
  async obligations(
    @Param('id') id: string,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const parameters = new Parameters(query, ['asOf', 'axis', 'state', 'limit', 'cursor']);
    const { state, at } = await this.incident(id, parameters, reply);
    const wanted = parameters.oneOf('state', OBLIGATION_STATUSES);
    return pageOf(
      obligationViews(state, at, languageOf(request)).filter((each) => !wanted || each.state === wanted),
      parameters,
    );
  }

  @Get('incidents/:id/services')
  async services(@Param('id') id: string, @Query() query: RawQuery, @Res({ passthrough: true }) reply: FastifyReply) {
    const parameters = new Parameters(query, ['asOf', 'axis', 'status', 'limit', 'cursor']);
    const { state } = await this.incident(id, parameters, reply);
    const status = parameters.oneOf('status', SERVICE_STATUSES);
    return pageOf(
      serviceViews(state).filter((each) => !status || each.status === status),
      parameters,
    );
  }

  @Get('incidents/:id/timeline')
  async timeline(
    @Param('id') id: string,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const parameters = new Parameters(query, ['asOf', 'axis', 'after', 'limit', 'type', 'q']);
    const { asOf, axis } = parameters.moment();
    const incident = await this.incident(id, parameters, reply);
    const after = parameters.cursor('after', axis === 'occurred' ? CURSORS.occurrence : CURSORS.number);
    const [types, q] = [parameters.list('type'), parameters.text('q')];
    return this.queries.execute(
      new GetTimeline(
        {
          incidentId: id.toLowerCase(),
          limit: parameters.limit(),
          byOccurrence: axis === 'occurred',
          ...(after ? { after } : {}),
          ...(types ? { types } : {}),
          ...(q ? { q } : {}),
          ...(axis === 'recorded' ? { untilRevision: incident.state.revision } : {}),
          ...(axis === 'occurred' && asOf ? { occurredUntilMs: instantMs(incident.at) } : {}),
        },
        languageOf(request),
      ),
    );
  }

  @Get('incidents/:id/diff')
  async diff(
    @Param('id') id: string,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const parameters = new Parameters(query, ['from', 'to', 'axis']);
    const from = parameters.text('from');
    if (!from)
      throw new BadParameter('from', {
        fr: 'une révision, une date ou une position',
        en: 'a revision, a time or a position',
      });
    const [axis, to] = [parameters.axis(), parameters.text('to')];
    const before = await this.read(id, { asOf: from, axis });
    const after = await this.read(id, { axis, ...(to ? { asOf: to } : {}) });
    reply.header('ETag', `"${after.state.revision}"`);
    return diffStates(timelineMoment(before), timelineMoment(after), languageOf(request));
  }

  @Get('incidents/:id/events')
  async events(@Param('id') id: string, @Query() query: RawQuery, @Res({ passthrough: true }) reply: FastifyReply) {
    const parameters = new Parameters(query, ['after', 'limit']);
    // Before the events are read: a revision that is older than the page is refused, a newer one would hide events.
    await this.incident(id, parameters, reply);
    return this.queries.execute(new GetRawEvents(id.toLowerCase(), parameters.afterRevision(), parameters.limit()));
  }

  @Get('obligations')
  async allObligations(@Query() query: RawQuery, @Req() request: FastifyRequest) {
    const parameters = new Parameters(query, ['state', 'before', 'limit', 'cursor']);
    const nowMs = this.clock.nowMs();
    const [state, beforeMs, cursor] = [
      parameters.oneOf('state', OBLIGATION_STATUSES),
      parameters.timeMs('before'),
      parameters.cursor('cursor', CURSORS.term),
    ];
    const page = await this.queries.execute(
      new GetObligations({
        nowMs,
        limit: parameters.limit(),
        ...(state ? { state } : {}),
        ...(beforeMs === undefined ? {} : { beforeMs }),
        ...(cursor ? { cursor } : {}),
      }),
    );
    return { ...page, items: page.items.map((row) => obligationRowView(row, instantOf(nowMs), languageOf(request))) };
  }

  @Get('services')
  async allServices(@Query() query: RawQuery) {
    const parameters = new Parameters(query, ['status', 'limit', 'cursor']);
    const status = parameters.oneOf('status', SERVICE_STATUSES);
    const cursor = parameters.cursor('cursor', CURSORS.incident);
    return this.queries.execute(
      new GetServices({ limit: parameters.limit(), ...(status ? { status } : {}), ...(cursor ? { cursor } : {}) }),
    );
  }

  private async incident(id: string, parameters: Parameters, reply: FastifyReply): Promise<IncidentAt> {
    const incident = await this.read(id, parameters.moment());
    reply.header('ETag', `"${incident.state.revision}"`);
    return incident;
  }

  private async read(
    id: string,
    moment: ReturnType<Parameters['moment']>,
  ): Promise<{ readonly state: IncidentState } & IncidentAt> {
    if (!isUuid(id)) throw new UnknownIncident(id);
    return this.queries.execute(new GetIncident({ incidentId: id.toLowerCase(), ...moment }));
  }
}
