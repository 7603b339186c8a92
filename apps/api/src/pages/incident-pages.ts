import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  diffStates,
  inOrderOfOccurrence,
  InvalidInput,
  instantOf,
  isIncidentEventType,
  lineOf,
  newestFirst,
  obligationViews,
  readCommandBody,
  readDeclarationBody,
  sentence,
  statusView,
  stepViews,
  timelineMoment,
  trueAt,
  warningTexts,
  type IncidentCommand,
  type IncidentDiff,
  type IncidentState,
  type Instant,
  type Language,
} from '#libs/domain';
import {
  Catalogue,
  Clock,
  ExecuteCommand,
  GetIncident,
  isUuid,
  playScenario,
  UnknownIncident,
  type CommandAnswer,
  type Page,
} from '#libs/application';
import { listScenarios, loadShippedScenario } from '#libs/playbooks';
import { GetBoard, GetCurrentIncidents, GetTimeline, type BoardRow } from '#libs/read-models';
import { problemOf, RequestProblem } from '../http/problem.js';
import { version } from '../version.js';
import {
  PagesPort,
  type Answer,
  type BoardItem,
  type BoardItems,
  type BoardPage,
  type BoardPlace,
  type IncidentAsked,
  type IncidentPage,
  type Place,
  type Recorded,
  type RecordedFact,
  type ScenarioChoice,
  type Sent,
  type TimelineEntry,
  type TimelinePage,
} from './pages.port.js';

export const BOARD_ITEMS_MAX = 100;
export const ENTRIES_MAX = 60;

/** The pages' view of the rest of the server: the same commands and queries as over HTTP. */
@Injectable()
export class IncidentPages extends PagesPort {
  override readonly openAccess = true;
  override readonly version = version;

  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
    private readonly catalogue: Catalogue,
  ) {
    super();
  }

  override now(): Instant {
    return instantOf(this.clock.nowMs());
  }

  override async board(language: Language, place?: BoardPlace): Promise<BoardPage> {
    const most = { limit: BOARD_ITEMS_MAX };
    const current = (from: object) =>
      this.boardItems(this.queries.execute(new GetCurrentIncidents({ ...most, ...from })), language);
    const past = (from: object) =>
      this.boardItems(this.queries.execute(new GetBoard({ past: true, ...most, ...from })), language);
    if (place === undefined) return { current: await current({}), past: await past({}) };
    if ('moreCurrent' in place) return { current: await current({ cursor: place.moreCurrent }) };
    return { past: await past({ cursor: place.olderPast }) };
  }

  override scenarios(language: Language): readonly ScenarioChoice[] {
    return listScenarios().map(({ id, title }) => ({ id, title: title[language] }));
  }

  override playbooks(language: Language): readonly ScenarioChoice[] {
    return this.catalogue.playbooks.map(({ definition: { id, title } }) => ({ id, title: title[language] }));
  }

  override async incident(asked: IncidentAsked): Promise<Answer<IncidentPage>> {
    return answered(asked.language, async () => {
      const { incidentId, language, asOf, axis } = asked;
      const { state, at } = await this.read(incidentId, asOf, axis);
      const latest = asOf === undefined ? state : (await this.read(incidentId)).state;
      const place = asOf === undefined ? undefined : placeOf(latest, state, at, asOf, axis);
      const changes = place && (await this.changes(state, at, place, asked));
      return {
        view: statusView(state, at, language),
        at,
        latestRevision: latest.revision,
        steps: stepViews(state, at, language),
        obligations: obligationViews(state, at, language),
        timeline: await this.timeline(asked, state, at),
        ...(place ? { place } : {}),
        ...(changes ? { changes } : {}),
      };
    });
  }

  override async fact(incidentId: string, eventId: string, language: Language): Promise<Answer<RecordedFact>> {
    return answered(language, async () => {
      const { state } = await this.read(incidentId);
      const names = new Map(state.organisations.map(({ id, name }) => [id, name]));
      for (const event of newestFirst(state.history)) {
        if (event.eventId !== eventId.toLowerCase() || !isIncidentEventType(event.type)) continue;
        const { type, data, occurredAt } = event;
        return { eventId: event.eventId, type, data, occurredAt, text: lineOf(event, names, language) };
      }
      throw new RequestProblem('not-found');
    });
  }

  override async declare({ body, idempotencyKey, actor, language }: Sent): Promise<Answer<Recorded>> {
    return answered(language, async () => {
      const read = readDeclarationBody(body, this.now());
      if (read.errors) throw new InvalidInput(read.errors);
      const command = { ...read.value, type: 'DeclareIncident' as const, actor };
      const answer = await this.commands.execute(
        new ExecuteCommand(undefined, command, { idempotencyKey, request: body }),
      );
      return recorded(answer, language);
    });
  }

  override async execute(
    incidentId: string,
    command: Parameters<PagesPort['execute']>[1],
    { body, idempotencyKey, actor, language }: Sent,
  ): Promise<Answer<Recorded>> {
    return answered(language, async () => {
      const read = readCommandBody(command, body, this.now());
      if (read.errors) throw new InvalidInput(read.errors);
      const told = { ...read.value, type: command, actor } as IncidentCommand;
      const answer = await this.commands.execute(
        new ExecuteCommand(known(incidentId), told, { idempotencyKey, request: body }),
      );
      return recorded(answer, language);
    });
  }

  override async startExercise(
    scenario: string,
    { idempotencyKey, language }: Omit<Sent, 'body'>,
  ): Promise<Answer<Recorded>> {
    return answered(language, async () => {
      if (!listScenarios().some(({ id }) => id === scenario))
        throw new RequestProblem('unknown-scenario', { scenario: scenario.slice(0, 100) });
      const played = await playScenario(this.commands, this.queries, loadShippedScenario(scenario), {
        idempotencyKey,
        request: { scenario },
      });
      return recorded(played.last, language);
    });
  }

  private async read(incidentId: string, asOf?: string, axis: 'recorded' | 'occurred' = 'recorded') {
    return this.queries.execute(
      new GetIncident({ incidentId: known(incidentId), axis, ...(asOf === undefined ? {} : { asOf }) }),
    );
  }

  /** What the last event that is shown has changed, against the state before it. */
  private async changes(
    state: IncidentState,
    at: Instant,
    { revision, previous }: Place,
    { incidentId, axis, language }: IncidentAsked,
  ): Promise<IncidentDiff | undefined> {
    if (previous === undefined) return undefined;
    if (axis === 'recorded') {
      const before = await this.read(incidentId, String(revision - 1));
      return diffStates(timelineMoment(before), timelineMoment({ state, at }), language);
    }
    const last = inOrderOfOccurrence(state).find((event) => event.revision === revision);
    const justBefore = instantOf(Date.parse(last?.occurredAt.at ?? at) - 1);
    const before = trueAt(state, justBefore);
    return before && diffStates({ state: before, at: justBefore }, { state, at }, language);
  }

  /** The newest entries up to the moment that is shown. */
  private async timeline(
    { incidentId, language, asOf, axis, before }: IncidentAsked,
    state: IncidentState,
    at: Instant,
  ): Promise<TimelinePage> {
    const filter = { incidentId: known(incidentId), byOccurrence: axis === 'occurred' };
    if (axis === 'occurred') {
      const until = asOf === undefined ? {} : { occurredUntilMs: Date.parse(at) };
      const from = before?.includes('_') ? { after: before } : {};
      const { items, next } = await this.queries.execute(
        new GetTimeline({ ...filter, ...until, ...from, backward: true, limit: ENTRIES_MAX }, language),
      );
      return { entries: items as unknown as TimelineEntry[], ...(next === undefined ? {} : { earlier: next }) };
    }
    const end = Math.min(Number(before ?? Number.NaN) || state.revision + 1, state.revision + 1);
    const start = Math.max(0, end - ENTRIES_MAX);
    const { items } = await this.queries.execute(
      new GetTimeline(
        { ...filter, after: String(start - 1), untilRevision: state.revision, limit: Math.max(1, end - start) },
        language,
      ),
    );
    return {
      entries: (items as unknown as TimelineEntry[]).toReversed(),
      ...(start > 0 ? { earlier: String(start) } : {}),
    };
  }

  private async boardItems(found: Promise<Page<BoardRow>>, language: Language): Promise<BoardItems> {
    const { items, next } = await found;
    const rows = await Promise.all(items.map((row) => this.withLastEntry(row, language)));
    return { items: rows, ...(next === undefined ? {} : { next }) };
  }

  private async withLastEntry(row: BoardRow, language: Language): Promise<BoardItem> {
    const filter = { incidentId: row.incidentId, after: String(row.revision - 1), limit: 1, byOccurrence: false };
    const { items } = await this.queries.execute(new GetTimeline(filter, language));
    const [last] = items;
    return { ...row, ...(last ? { lastEntry: last.text } : {}) };
  }
}

/** Where a moment lies: at the event that was asked for, else at the last one by then. */
const placeOf = (
  latest: IncidentState,
  state: IncidentState,
  at: Instant,
  asOf: string,
  axis: IncidentAsked['axis'],
): Place => {
  if (axis === 'recorded') {
    const revisions = Array.from({ length: latest.revision + 1 }, (_, revision) => revision);
    return placeIn(revisions, state.revision);
  }
  const order = inOrderOfOccurrence(latest);
  const asked = order.findIndex(({ revision }) => String(revision) === asOf);
  const atMs = Date.parse(at);
  const byThen = order.findLastIndex(({ occurredAt }) => Date.parse(occurredAt.at) <= atMs);
  return placeIn(
    order.map(({ revision }) => revision),
    Math.max(0, asked === -1 ? byThen : asked),
  );
};

const placeIn = (revisions: readonly number[], index: number): Place => {
  const [first, previous, next, last] = [revisions[0], revisions[index - 1], revisions[index + 1], revisions.at(-1)];
  return {
    revision: revisions[index] ?? 0,
    number: index + 1,
    count: revisions.length,
    ...(index > 0 ? { first, previous } : {}),
    ...(index < revisions.length - 1 ? { next, last } : {}),
  } as Place;
};

const known = (incidentId: string): string => {
  if (!isUuid(incidentId)) throw new UnknownIncident(incidentId);
  return incidentId.toLowerCase();
};

const recorded = ({ incidentId, position, events, warnings }: CommandAnswer, language: Language): Recorded => {
  const [type] = events.map((event) => event.type);
  return {
    incidentId,
    position,
    ...(type !== undefined && isIncidentEventType(type) ? { fact: type } : {}),
    warnings: warnings.map(({ code, facts }) => sentence(warningTexts[code], language, facts)),
  };
};

/** An expected "no" becomes an answer; a bug goes on to where bugs are logged. */
const answered = async <Value>(language: Language, work: () => Promise<Value>): Promise<Answer<Value>> => {
  try {
    return { value: await work() };
  } catch (error) {
    const problem = problemOf(error, language);
    if (!problem) throw error;
    const { status, code, detail, errors = [] } = problem;
    return { refusal: { status, code, detail, errors } };
  }
};
