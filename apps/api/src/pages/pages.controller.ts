import { Body, Controller, Get, Header, Param, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import { fieldsOf, isIncidentCommandType, incidentCommands, type Actor, type CommandName } from '#libs/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { BoardPageView } from './board.page.js';
import { dataToForm, whenToForm } from './command-to-form.js';
import { CommandPageView } from './command.page.js';
import { commandThatRecords } from './corrections.js';
import type { FormState } from './form-state.js';
import { compactRows, formToCommand, type RawForm } from './form-to-command.js';
import { choicesOf, incidentPath, type IncidentContext, type Replay } from './incident-context.js';
import { IncidentPageView } from './incident.page.js';
import { Notices } from './notices.js';
import { renderPage, STYLES_PATH } from './page.js';
import { penCookie, penOf, readPen } from './pen.js';
import { ProblemPageView } from './problem.page.js';
import { PagesPort, type BoardPlace, type Recorded, type RecordedFact, type Refusal } from './pages.port.js';
import { PageProblemFilter } from './page-problem.filter.js';
import { OneOfEach, type PageQuery } from './page-query.js';
import { readerOf } from './page-reader.js';
import { DEFAULT_ZONE, Reader } from './reader.js';
import { styles } from './styles.js';
import { instantOfWall } from './wall-time.js';

/** The pages that work everywhere: rendered here, without script, readable on paper. */
@Controller()
@UseFilters(PageProblemFilter)
export class PagesController {
  private readonly notices = new Notices();

  constructor(private readonly port: PagesPort) {}

  @Get(STYLES_PATH)
  @Header('Content-Type', 'text/css; charset=utf-8')
  @Header('Cache-Control', 'max-age=3600')
  styles(): string {
    return styles;
  }

  @Get('/')
  async board(@Query(OneOfEach) query: PageQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return this.showBoard(this.reader(request, query), reply, {}, { place: boardPlace(query) });
  }

  @Post('pen')
  pen(
    @Body() form: RawForm,
    @Query(OneOfEach) query: PageQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const pen = readPen(form);
    if (pen) reply.header('Set-Cookie', penCookie(pen));
    const back = URL.parse(request.headers.referer ?? '', `http://${request.headers.host ?? 'local'}`);
    const here = back?.host === request.headers.host ? `${back?.pathname ?? '/'}${back?.search ?? ''}` : '/';
    return reply.redirect(
      here.includes('/commands/') || !here.startsWith('/') ? this.reader(request, query).link('/') : here,
      303,
    );
  }

  @Post('incidents')
  async declare(
    @Body() form: RawForm,
    @Query(OneOfEach) query: PageQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const reader = this.reader(request, query);
    const { key, typed } = readForm(form);
    const body = formToCommand('DeclareIncident', typed, DEFAULT_ZONE);
    const answer = await this.port.declare({
      body,
      idempotencyKey: key,
      actor: actorOf(request),
      language: reader.language,
    });
    if (answer.refusal) return this.showBoard(reader, reply, typed, { refusal: answer.refusal, key });
    return this.seeIncident(reader, reply, key, 'DeclareIncident', answer.value);
  }

  @Post('exercises')
  async exercise(
    @Body() form: RawForm,
    @Query(OneOfEach) query: PageQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const reader = this.reader(request, query);
    const { key, typed } = readForm(form);
    const scenario = String(typed['scenario'] ?? '');
    const answer = await this.port.startExercise(scenario, {
      idempotencyKey: key,
      actor: actorOf(request),
      language: reader.language,
    });
    if (answer.refusal) return problem(reader, reply, answer.refusal);
    return this.seeIncident(reader, reply, key, 'DeclareIncident', answer.value);
  }

  @Get('incidents/:id')
  async incident(
    @Param('id') id: string,
    @Query(OneOfEach) query: PageQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const reader = this.reader(request, query);
    const axis = query.axis === 'occurred' ? 'occurred' : 'recorded';
    if (query.at) return this.toMoment(reader, reply, id, query.at, axis);
    const replay: Replay | undefined = query.asOf ? { asOf: query.asOf, axis } : undefined;
    const before = query.before && CURSOR.test(query.before) ? { before: query.before } : {};
    const answer = await this.port.incident({
      incidentId: id,
      language: reader.language,
      axis,
      ...(replay ? { asOf: replay.asOf } : {}),
      ...before,
    });
    if (answer.refusal) return problem(reader, reply, answer.refusal);
    const context = this.context(reader, answer.value, replay);
    const notice = this.notices.get(query.notice);
    return html(reply, 200, renderPage(IncidentPageView({ context, ...(notice ? { notice } : {}) })));
  }

  @Get('incidents/:id/commands/:command')
  async commandForm(
    @Param('id') id: string,
    @Param('command') command: string,
    @Query(OneOfEach) query: PageQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const reader = this.reader(request, query);
    if (!isIncidentCommandType(command)) return problem(reader, reply, unknownCommand(reader, command));
    const { eventId, step, organisation, service, rule } = query;
    return this.showCommand(reader, reply, id, command, { eventId, step, organisation, service, rule });
  }

  @Post('incidents/:id/commands/:command')
  async command(
    @Param('id') id: string,
    @Param('command') command: string,
    @Body() form: RawForm,
    @Query(OneOfEach) query: PageQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const reader = this.reader(request, query);
    if (!isIncidentCommandType(command)) return problem(reader, reply, unknownCommand(reader, command));
    const { key, typed } = readForm(form);
    const shown = await this.port.incident({ incidentId: id, language: reader.language, axis: 'recorded' });
    if (shown.refusal) return problem(reader, reply, shown.refusal);
    const body = formToCommand(command, typed, zoneOf(shown.value.view.organisations));
    const answer = await this.port.execute(id, command, {
      body,
      idempotencyKey: key,
      actor: actorOf(request),
      language: reader.language,
    });
    if (answer.refusal) return this.showCommand(reader, reply, id, command, typed, answer.refusal, key);
    const step = String(typed['step'] ?? typed['gate'] ?? '');
    return this.seeIncident(reader, reply, key, command, answer.value, step);
  }

  private reader(request: FastifyRequest, query: PageQuery): Reader {
    return readerOf(this.port, request, query);
  }

  private context(reader: Reader, page: IncidentContext['page'], replay?: Replay): IncidentContext {
    const playbooks = this.port.playbooks(reader.language);
    return { reader: reader.in(zoneOf(page.view.organisations)), page, playbooks, ...(replay ? { replay } : {}) };
  }

  private async showBoard(
    reader: Reader,
    reply: FastifyReply,
    typed: RawForm,
    {
      refusal,
      key,
      place,
    }: { readonly refusal?: Refusal; readonly key?: string; readonly place?: BoardPlace | undefined },
  ) {
    const board = await this.port.board(reader.language, place);
    const form: FormState = {
      reader: keepingKey(reader, refusal, key),
      command: 'DeclareIncident',
      id: 'declare-form',
      typed: compactRows(typed),
      organisations: [],
      choices: {
        playbook: {
          options: this.port.playbooks(reader.language).map(({ id, title }) => ({ value: id, label: title })),
          open: false,
        },
      },
      ...(refusal ? { refusal } : {}),
    };
    const scenarios = this.port.scenarios(reader.language);
    return html(reply, refusal?.status ?? 200, renderPage(BoardPageView({ reader, ...board, scenarios, form })));
  }

  private async showCommand(
    reader: Reader,
    reply: FastifyReply,
    id: string,
    command: Exclude<CommandName, 'DeclareIncident'>,
    typed: RawForm,
    refusal?: Refusal,
    key?: string,
  ) {
    const answer = await this.port.incident({ incidentId: id, language: reader.language, axis: 'recorded' });
    if (answer.refusal) return problem(reader, reply, answer.refusal);
    const context = this.context(keepingKey(reader, refusal, key), answer.value);
    const eventId = command === 'SupersedeFact' ? String(typed['eventId'] ?? '') : '';
    const found = eventId ? await this.port.fact(id, eventId, reader.language) : undefined;
    const fact = found?.value;
    const form: FormState = {
      reader: context.reader,
      command,
      id: 'command-form',
      typed: fact && !refusal ? factToForm(fact, context.reader.settings.timeZone) : compactRows(typed),
      organisations: context.page.view.organisations,
      choices: choicesOf(context),
      ...((refusal ?? found?.refusal) ? { refusal: refusal ?? found?.refusal } : {}),
    } as FormState;
    const page = CommandPageView({ context, form, ...(fact ? { fact } : {}) });
    return html(reply, refusal?.status ?? 200, renderPage(page));
  }

  private seeIncident(
    reader: Reader,
    reply: FastifyReply,
    key: string,
    command: string,
    { incidentId, position, fact, warnings }: Recorded,
    step = '',
  ) {
    this.notices.put(key, { command, warnings, ...(fact ? { fact } : {}), ...(step ? { step } : {}) });
    return reply.redirect(reader.link(incidentPath(incidentId), { await: position, notice: key }, 'notice'), 303);
  }

  /** A date that was typed on the wall becomes an address that says the same everywhere. */
  private async toMoment(reader: Reader, reply: FastifyReply, id: string, at: string, axis: Replay['axis']) {
    const answer = await this.port.incident({ incidentId: id, language: reader.language, axis: 'recorded' });
    if (answer.refusal) return problem(reader, reply, answer.refusal);
    const asOf = instantOfWall(at, zoneOf(answer.value.view.organisations));
    return reply.redirect(reader.link(incidentPath(id), { asOf: asOf ?? at, axis }), 303);
  }
}

/** A revision, or a time in milliseconds and a revision. */
const CURSOR = /^\d{1,9}$|^-?\d{1,16}_\d{1,9}$/;

/** A cursor that is none shows the whole board. */
const boardPlace = ({ more, before }: PageQuery): BoardPlace | undefined => {
  if (more && /^\d{1,16}_\d{1,15}$/.test(more)) return { moreCurrent: more };
  return before && /^\d{1,15}$/.test(before) ? { olderPast: before } : undefined;
};

/** The time zone of the first body: the one whose wall the crisis cell looks at. */
const zoneOf = (organisations: readonly { readonly timeZone?: string }[]): string =>
  organisations.find(({ timeZone }) => timeZone !== undefined)?.timeZone ?? DEFAULT_ZONE;

const actorOf = (request: FastifyRequest): Actor => {
  const pen = penOf(request);
  return pen
    ? { id: pen.name, name: pen.name, ...(pen.role ? { role: pen.role } : {}) }
    : { id: 'local', name: 'local' };
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const readForm = (form: RawForm | undefined): { readonly key: string; readonly typed: RawForm } => {
  const { key, ...typed } = form ?? {};
  return { key: typeof key === 'string' && UUID.test(key) ? key : randomUUID(), typed };
};

/** After an answer that may have been written, the same key must be sent again; after a plain "no", a new one. */
const keepingKey = (reader: Reader, refusal: Refusal | undefined, key: string | undefined): Reader =>
  refusal && refusal.status >= 500 && key ? new Reader({ ...reader.settings, newKey: () => key }) : reader;

const factToForm = (fact: RecordedFact, timeZone: string): RawForm => {
  const command = commandThatRecords(fact.type);
  return {
    eventId: fact.eventId,
    ...(command && fieldsOf(incidentCommands[command]).length > 0
      ? dataToForm(incidentCommands[command], fact.data, 'instead.data', timeZone)
      : {}),
    ...whenToForm(fact.occurredAt, 'instead.occurredAt', timeZone),
    'instead.do': command ?? '',
  };
};

const unknownCommand = (reader: Reader, command: string): Refusal => ({
  status: 404,
  code: 'unknown-command',
  detail:
    reader.language === 'fr'
      ? `Il n’y a pas de commande «\u00a0${command.slice(0, 60)}\u00a0».`
      : `There is no command “${command.slice(0, 60)}”.`,
  errors: [],
});

const problem = (reader: Reader, reply: FastifyReply, refusal: Refusal) =>
  html(reply, refusal.status, renderPage(ProblemPageView({ reader, refusal })));

const html = (reply: FastifyReply, status: number, page: string) =>
  reply
    .status(status)
    .header('Content-Type', 'text/html; charset=utf-8')
    .header('Vary', 'Accept-Language, Cookie')
    .send(page);
