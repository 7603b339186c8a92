import type { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  instantMs,
  InvalidInput,
  nextNoticeMs,
  readCommandBody,
  readDeclarationBody,
  type Actor,
  type Language,
  type StatusView,
} from '#libs/domain';
import { holds, resolveLabels, type Expectation, type Scenario, type ScenarioEvent } from '#libs/playbooks';
import { ExecuteCommand, type AnyCommand, type CommandAnswer, type ExecutionOptions } from './execute-command.js';
import { GetIncident, viewOf } from './queries.js';
import { CLOCKS } from './actors.js';
import { derivedId } from './ids.js';

export interface PlayOptions {
  /** Stop after the entries of this moment, and let the clocks run up to it. Milliseconds. */
  readonly untilMs?: number;
  readonly idempotencyKey?: string;
  readonly request?: unknown;
  /** Waits before an entry, for a drill that takes its time; given the scenario's milliseconds since the entry before. */
  readonly pause?: (sinceMs: number) => Promise<void>;
  /** Told of each entry once it is recorded. */
  readonly onEntry?: (event: ScenarioEvent, answer: CommandAnswer) => void;
}

export interface Played {
  readonly incidentId: string;
  readonly last: CommandAnswer;
}

/** An entry that the rules refuse; `cause` is the refusal as any caller would get it. */
export class ScenarioRefused extends Error {
  override readonly name = 'ScenarioRefused';
  constructor(
    readonly file: string,
    readonly line: number,
    override readonly cause: unknown,
  ) {
    super(`${file}:${line}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/**
 * Plays a scenario into a new exercise incident, through the same commands as everything else. Its own clock gives the
 * moments of recording, and runs the legal clocks: what falls due between two entries is recorded between them.
 * @throws {ScenarioRefused} what came before stays recorded.
 */
export const playScenario = async (
  commands: CommandBus,
  queries: QueryBus,
  scenario: Scenario,
  options: PlayOptions = {},
): Promise<Played> => {
  const { untilMs = Number.POSITIVE_INFINITY } = options;
  const ids = new Map<string, string>();
  let played: Played | undefined;
  for (const [index, event] of scenario.events.entries()) {
    const atMs = instantMs(event.at);
    if (atMs > untilMs) break;
    if (played && options.pause) await options.pause(atMs - instantMs(scenario.events[index - 1]?.at ?? event.at));
    if (played) await runClocks(commands, queries, played.incidentId, atMs);
    const answer = await enter(
      commands,
      scenario,
      { event, data: resolveLabels(event.data, ids) },
      played?.incidentId,
      keyedAs(options, index),
    );
    played = { incidentId: answer.incidentId, last: answer };
    const fact = answer.events.find(({ type }) => type !== 'FactSuperseded') ?? answer.events[0];
    if (event.label && fact) ids.set(event.label, fact.eventId);
    options.onEntry?.(event, answer);
  }
  if (!played) throw new RangeError('A scenario ends before its first entry');
  if (Number.isFinite(untilMs)) await runClocks(commands, queries, played.incidentId, untilMs);
  return played;
};

/** Each entry has a key of its own: a repeat writes none of them twice, and goes on where a first attempt was cut off. */
const keyedAs = ({ idempotencyKey, request }: PlayOptions, index: number): ExecutionOptions => {
  if (idempotencyKey === undefined) return {};
  const key = index === 0 ? idempotencyKey : derivedId('scenario-entry', idempotencyKey.toLowerCase(), String(index));
  return { idempotencyKey: key, request };
};

const enter = async (
  commands: CommandBus,
  scenario: Scenario,
  { event, data }: { readonly event: ScenarioEvent; readonly data: object },
  incidentId: string | undefined,
  keyed: ExecutionOptions,
): Promise<CommandAnswer> => {
  try {
    const command = readEntry(event, data);
    return await commands.execute(
      new ExecuteCommand(incidentId, command, { nowMs: instantMs(event.at), scenario: scenario.id, ...keyed }),
    );
  } catch (error) {
    throw new ScenarioRefused(scenario.file, event.line, error);
  }
};

const readEntry = (event: ScenarioEvent, data: object): AnyCommand => {
  const actor: Actor = event.by ? { id: event.by.name, ...event.by } : { id: 'scenario', name: 'scénario' };
  const type = event.command;
  const read = type === 'DeclareIncident' ? readDeclarationBody(data, event.at) : readCommandBody(type, data, event.at);
  if (read.errors) throw new InvalidInput(read.errors);
  return { ...read.value, type, actor } as AnyCommand;
};

/** Records, one moment after the other, what falls due up to `untilMs`. */
const runClocks = async (
  commands: CommandBus,
  queries: QueryBus,
  incidentId: string,
  untilMs: number,
): Promise<void> => {
  for (;;) {
    const { state, position } = await queries.execute(new GetIncident({ incidentId }));
    const dueMs = nextNoticeMs(state);
    if (dueMs === undefined || dueMs >= untilMs) return;
    const nowMs = Math.max(dueMs + 1, instantMs(state.recordedAt));
    const command: AnyCommand = {
      type: 'NoticeDeadlines',
      actor: CLOCKS,
      ...(position ? { logPosition: position } : {}),
    };
    const { events } = await commands.execute(new ExecuteCommand(incidentId, command, { nowMs }));
    if (events.length === 0) return;
  }
};

export interface Checked {
  readonly held: number;
  readonly failed: readonly {
    readonly line: number;
    readonly at: string;
    readonly path: string;
    readonly message: string;
    readonly found: unknown;
  }[];
}

/** Holds the expectations of a scenario against the status view as it was known at each moment. */
export const checkExpectations = async (
  queries: QueryBus,
  incidentId: string,
  expectations: readonly Expectation[],
  language: Language,
): Promise<Checked> => {
  const views = new Map<string, StatusView>();
  const failed: Checked['failed'][number][] = [];
  for (const { at, path, test, line } of expectations) {
    const view =
      views.get(at) ??
      viewOf(await queries.execute(new GetIncident({ incidentId, asOf: at, axis: 'recorded' })), language);
    views.set(at, view);
    const verdict = holds({ path, test }, view);
    if (!verdict.held) failed.push({ line, at, path, message: verdict.message[language], found: verdict.found });
  }
  return { held: expectations.length - failed.length, failed };
};
