import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  CommandRejected,
  decide,
  decideDeclaration,
  decideNotices,
  encodeEvent,
  instantMs,
  instantOf,
  type DecidedEvent,
  type Decision,
  type DeclareIncident,
  type IncidentCommand,
  type NoticeDeadlines,
  type Warning,
} from '#libs/domain';
import { Conflict, EventStore, type JsonObject, type NewEvent, type Position } from '#libs/event-store';
import { canonicalJson, sha256 } from '#libs/proof';
import { AnswerLog } from './answer-log.js';
import { Catalogue } from './catalogue.js';
import { Clock } from './clock.js';
import { CommandLimit, CommandTime } from './command-limit.js';
import { derivedId, Ids } from './ids.js';
import { chained, decodeAll, type AnsweredCommand } from './incident-fold.js';
import { Incidents, type HotIncident } from './incidents.js';
import { IdempotencyKeyReused, StaleRevision, TooBusy, UnknownIncident } from './problems.js';

/** How often a command is decided again on fresh state before its caller is told to come back. */
export const DECISIONS_MAX = 8;

export interface CommandAnswer {
  readonly incidentId: string;
  readonly revision: number;
  readonly position: Position;
  readonly events: readonly { readonly eventId: string; readonly type: string; readonly revision: number }[];
  readonly warnings: readonly Warning[];
}

export interface ExecutionOptions {
  /** Repeating a command with its key gives the first answer and writes nothing. */
  readonly idempotencyKey?: string;
  /** What the key stands for, as the caller sent it. */
  readonly request?: unknown;
  /** Ties what one request caused together; absent: the command itself. */
  readonly correlationId?: string;
  /** The moment of recording, for a scenario that has a clock of its own. Milliseconds since 1970. */
  readonly nowMs?: number;
  /** Id of the scenario that is being played. */
  readonly scenario?: string;
}

/** What people ask for, and what the clocks notice. */
export type AnyCommand = DeclareIncident | IncidentCommand | NoticeDeadlines;

/** The one way in for every change of an incident: a declaration, or a command on an incident that exists. */
export class ExecuteCommand extends Command<CommandAnswer> {
  constructor(
    /** Absent for a declaration. */
    readonly incidentId: string | undefined,
    readonly command: AnyCommand,
    readonly options: ExecutionOptions = {},
  ) {
    super();
  }
}

@CommandHandler(ExecuteCommand)
export class ExecuteCommandHandler implements ICommandHandler<ExecuteCommand> {
  private readonly underWay = new Map<string, Promise<CommandAnswer>>();

  constructor(
    private readonly store: EventStore,
    private readonly incidents: Incidents,
    private readonly answers: AnswerLog,
    private readonly catalogue: Catalogue,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly limit: CommandLimit = new CommandLimit(),
  ) {}

  /** @throws {Busy} @throws {OutcomeUnknown} see {@link CommandLimit.run} */
  execute(asked: ExecuteCommand): Promise<CommandAnswer> {
    // Nobody waits for what the clocks notice, and they come again by themselves.
    if (asked.command.type === 'NoticeDeadlines') return this.take(asked, new CommandTime());
    return this.limit.run((time) => this.take(asked, time));
  }

  private async take({ incidentId, command, options }: ExecuteCommand, time: CommandTime): Promise<CommandAnswer> {
    const key = options.idempotencyKey?.toLowerCase();
    if (key === undefined) return this.run(incidentId ?? this.ids.next(), command, options, undefined, time);
    const id = incidentId ?? derivedId('incident', key);
    const digest = digestOf(incidentId, command.type, options.request);
    const before = this.underWay.get(`${id}/${key}`);
    if (before) {
      time.mayWrite();
      // Whatever becomes of the first one, its repeat is judged on what the log then says.
      await before.catch(() => undefined);
    }
    const running = this.run(id, command, options, { key, digest }, time);
    this.underWay.set(`${id}/${key}`, running);
    try {
      return await running;
    } finally {
      if (this.underWay.get(`${id}/${key}`) === running) this.underWay.delete(`${id}/${key}`);
    }
  }

  private async run(
    id: string,
    command: AnyCommand,
    options: ExecutionOptions,
    keyed: Keyed | undefined,
    time: CommandTime,
  ): Promise<CommandAnswer> {
    const earlier = keyed && (await this.answers.find<CommandAnswer>(keyed.key, keyed.digest));
    if (earlier) return earlier;
    for (let attempt = 1; attempt <= DECISIONS_MAX; attempt += 1) {
      time.check();
      const isFresh = command.type === 'DeclareIncident' && keyed === undefined;
      const incident = isFresh ? this.incidents.create(id) : await this.incidents.open(id);
      const answer = await this.attempt(incident, command, options, keyed, time);
      if (answer) return answer;
    }
    throw new TooBusy(`${command.type} on ${id}: ${DECISIONS_MAX} decisions were overtaken by other writers`);
  }

  /** @returns undefined when the decision was overtaken and must be taken again on fresh state. */
  private async attempt(
    incident: HotIncident,
    command: AnyCommand,
    options: ExecutionOptions,
    keyed: Keyed | undefined,
    time: CommandTime,
  ): Promise<CommandAnswer | undefined> {
    const known = keyed && incident.answered.get(keyed.key);
    if (known) {
      if (known.digest !== keyed.digest) throw new IdempotencyKeyReused(keyed.key);
      return { incidentId: incident.incidentId, ...withoutDigest(known) };
    }
    const base = incident.ahead;
    const now = this.recordedAt(base.state.recordedAt, options.nowMs);
    const attemptIds = { commandId: keyed?.key ?? this.commandIdOf(incident, command, now), now };
    let decision: Decision;
    try {
      decision = this.decide(incident, command, attemptIds.now, options.scenario);
    } catch (error) {
      if (!isExpectedNo(error)) throw error;
      // A "no" must rest on what is durable and current, not on an append under way that may still fail.
      if (!(await this.isCurrent(incident))) return undefined;
      if (error instanceof StaleRevision) return this.refuseStale(incident.incidentId, error.expected);
      throw error;
    }
    if (decision.events.length === 0) {
      if (!(await this.isCurrent(incident))) return undefined;
      return this.answerNothing(incident, decision, keyed);
    }
    time.mayWrite();
    return this.append(incident, decision, command, options, keyed, attemptIds);
  }

  private decide(incident: HotIncident, command: AnyCommand, now: string, scenario: string | undefined): Decision {
    const { state } = incident.ahead;
    const context = {
      incidentId: incident.incidentId,
      now,
      nextId: () => this.ids.next(),
      derivedId,
      playbooks: this.catalogue.playbooks,
      rules: this.catalogue.rules,
      ...(scenario ? { scenario } : {}),
    };
    if (command.type === 'DeclareIncident') {
      if (state.revision >= 0) throw new IdempotencyKeyReused(incident.incidentId);
      return decideDeclaration(command, context);
    }
    if (state.revision < 0) throw new UnknownIncident(incident.incidentId);
    if (command.type === 'NoticeDeadlines') return decideNotices(state, command, context);
    if (command.expects !== undefined && command.expects !== state.revision)
      throw new StaleRevision(command.expects, state.revision, []);
    return decide(state, command, context);
  }

  private async append(
    incident: HotIncident,
    decision: Decision,
    command: AnyCommand,
    options: ExecutionOptions,
    keyed: Keyed | undefined,
    { commandId, now }: { readonly commandId: string; readonly now: string },
  ): Promise<CommandAnswer | undefined> {
    const { incidentId } = incident;
    const stamp = { incidentId, recordedAt: now, commandId, correlationId: options.correlationId ?? commandId };
    const encoded = decision.events.map((event, index) =>
      toNewEvent(event, stamp, index === 0 ? keyed : undefined, decision.warnings),
    );
    const first = incident.ahead.state.revision + 1;
    const { linked, headHash } = chained(incident.ahead, `incident-${incidentId}`, encoded);
    try {
      const fold = await incident.append(this.store, linked, { state: decision.state, headHash });
      const events = decision.events.map(({ eventId, type }, index) => ({ eventId, type, revision: first + index }));
      const answer = {
        revision: first + events.length - 1,
        position: fold.position ?? '',
        events,
        warnings: decision.warnings,
      };
      if (keyed) incident.answered.set(keyed.key, { digest: keyed.digest, ...answer });
      return { incidentId, ...answer };
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      if ('expects' in command && command.expects !== undefined) return this.refuseStale(incidentId, command.expects);
      return undefined;
    }
  }

  private async answerNothing(
    incident: HotIncident,
    { warnings }: Decision,
    keyed: Keyed | undefined,
  ): Promise<CommandAnswer> {
    const { state, position } = incident.durable;
    const answer = {
      incidentId: incident.incidentId,
      revision: state.revision,
      position: position ?? '',
      events: [],
      warnings,
    };
    if (keyed) await this.answers.keep(keyed.key, keyed.digest, answer);
    return answer;
  }

  private async refuseStale(incidentId: string, expected: number): Promise<never> {
    const missed = await this.incidents.readFrom(incidentId, expected + 1);
    const actual = missed.at(-1)?.revision ?? (await this.incidents.read(incidentId)).state.revision;
    throw new StaleRevision(expected, actual, decodeAll(missed));
  }

  /** True when nothing under way and no other process can have changed what the decision was taken on. */
  private async isCurrent(incident: HotIncident): Promise<boolean> {
    const { revision } = incident.ahead.state;
    if (!(await incident.settled())) return false;
    if (await this.incidents.refresh(incident)) return false;
    return incident.ahead.state.revision === revision;
  }

  /** A notice of the clocks has the same id from every worker that decides it on the same state at the same moment. */
  private commandIdOf({ incidentId, ahead }: HotIncident, command: AnyCommand, now: string): string {
    if (command.type !== 'NoticeDeadlines') return this.ids.next();
    return derivedId('notices', incidentId, String(ahead.state.revision), now, command.logPosition ?? '');
  }

  /** Never earlier than what the incident already has, even when the clock of the machine was set back. */
  private recordedAt(last: string, nowMs: number | undefined): string {
    return instantOf(Math.max(nowMs ?? this.clock.nowMs(), instantMs(last)));
  }
}

interface Keyed {
  readonly key: string;
  readonly digest: string;
}

const isExpectedNo = (error: unknown): boolean =>
  error instanceof CommandRejected ||
  error instanceof StaleRevision ||
  error instanceof UnknownIncident ||
  error instanceof IdempotencyKeyReused;

const withoutDigest = ({ digest: _digest, ...answer }: AnsweredCommand): Omit<AnsweredCommand, 'digest'> => answer;

/** 128 bits of SHA-256 over what was asked: enough to tell two requests apart. */
const digestOf = (incidentId: string | undefined, type: string, request: unknown): string =>
  sha256(canonicalJson({ incidentId: incidentId ?? null, type, request: request ?? null })).slice(0, 32);

const toNewEvent = (
  event: DecidedEvent,
  stamp: Parameters<typeof encodeEvent>[1],
  keyed: Keyed | undefined,
  warnings: readonly Warning[],
): NewEvent => {
  const answer = keyed ? { requestDigest: keyed.digest, ...(warnings.length > 0 ? { warnings } : {}) } : {};
  const { type, data, meta } = encodeEvent(event, { ...stamp, ...answer });
  return { id: event.eventId, type, data: data as JsonObject, meta: meta as JsonObject };
};
