/* oxlint-disable unicorn/no-thenable -- given, when, then: nothing here is awaited */
import {
  decide,
  decideDeclaration,
  decideNotices,
  initialIncident,
  instantMs,
  instantOf,
  obligationKey,
  obligationStatus,
  readCommandBody,
  readDeclarationBody,
  statusView,
  stepIn,
  CommandRejected,
  InvalidInput,
  type Actor,
  type Decision,
  type DecisionContext,
  type IncidentCommand,
  type IncidentCommandType,
  type IncidentEvent,
  type IncidentEventType,
  type IncidentState,
  type Instant,
  type ObligationState,
  type ObligationStatus,
  type RejectionCode,
  type StatusView,
  type StepState,
  type WarningCode,
} from '../index.js';
import { testPlaybooks } from './playbooks.js';
import { testRules } from './rules.js';

/** Monday, no public holiday near, nothing special about it. */
export const START: Instant = '2026-03-02T08:00:00.000Z';
export const INCIDENT = '0190a000-0000-7000-8000-00000000aaaa';
export const ana: Actor = { id: 'ana', name: 'Ana Dupuis', role: 'dsi' };
const clocks: Actor = { id: 'tocsin:clocks', name: 'Tocsin', role: 'clocks' };

export const hoursAfter = (start: Instant, hours: number): Instant => instantOf(instantMs(start) + hours * 3_600_000);

export const idOf = (n: number): string => `0190a000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

type Body = Readonly<Record<string, unknown>>;

/** What a caller sends, and when the clock of the engine stands there. */
export interface Said {
  readonly do: IncidentCommandType | 'DeclareIncident';
  readonly body: Body | ((incident: Incident) => Body);
  readonly now?: Instant;
}

/** `now` absent: one minute after what was said before. */
export const said = (command: IncidentCommandType, body: Said['body'] = {}, now?: Instant): Said => ({
  do: command,
  body,
  ...(now ? { now } : {}),
});

export const declared = (body: Body = { title: 'Essai', kind: 'ransomware' }, now: Instant = START): Said => ({
  do: 'DeclareIncident',
  body,
  now,
});

/** The same, of several bodies. */
export const declaredFor = (...organisations: (string | Body)[]): Said =>
  declared({
    title: 'Essai',
    kind: 'ransomware',
    organisations: organisations.map((each) => (typeof each === 'string' ? { name: each } : each)),
  });

/** Says again what was said under this id, with other words. */
export const corrected = (type: IncidentEventType, instead?: Body, reason = 'Erreur de saisie'): Said =>
  said('SupersedeFact', (incident) => ({
    eventId: incident.lastOf(type).eventId,
    reason,
    ...(instead ? { instead } : {}),
  }));

export interface Outcome {
  readonly incident: Incident;
  readonly decision?: Decision;
  readonly error?: CommandRejected | InvalidInput;
}
export type Check = (outcome: Outcome) => void;

interface World {
  readonly rules: DecisionContext['rules'];
  readonly playbooks: DecisionContext['playbooks'];
}

/** An incident as it was told so far. Never changes: each word gives a new one. */
export class Incident {
  constructor(
    readonly state: IncidentState = initialIncident,
    readonly events: readonly IncidentEvent[] = [],
    readonly now: Instant = START,
    readonly ids: number = 0,
    readonly world: World = { rules: testRules, playbooks: testPlaybooks },
  ) {}

  /** How fast-check shows it when a property fails. */
  [Symbol.for('fast-check/toStringMethod')](): string {
    const line = ({ recordedAt, type, eventId, occurredAt, organisations, data }: IncidentEvent): string =>
      [
        recordedAt,
        eventId,
        type,
        occurredAt.at,
        organisations.length,
        type === 'PlaybookAdopted' ? '' : JSON.stringify(data),
      ].join(' ');
    return `\n${this.events.map(line).join('\n')}\n`;
  }

  /** @throws what the domain throws. */
  hear(words: Said): { readonly incident: Incident; readonly decision: Decision } {
    const now = words.now ?? instantOf(instantMs(this.now) + 60_000);
    const body = typeof words.body === 'function' ? words.body(this) : words.body;
    return this.decideAt(now, (context) =>
      words.do === 'DeclareIncident'
        ? decideDeclaration(
            { type: 'DeclareIncident', actor: ana, ...mustRead(readDeclarationBody(body, now)) },
            context,
          )
        : decide(
            this.state,
            { type: words.do, actor: ana, ...mustRead(readCommandBody(words.do, body, now)) } as IncidentCommand,
            context,
          ),
    );
  }

  /** The clock process looks at the incident at a moment, having read the log up to a position. */
  notice(now: Instant, logPosition = 'p1'): { readonly incident: Incident; readonly decision: Decision } {
    const command = { type: 'NoticeDeadlines' as const, actor: clocks, logPosition };
    return this.decideAt(now, (context) => decideNotices(this.state, command, context));
  }

  private decideAt(
    now: Instant,
    decideIn: (context: DecisionContext) => Decision,
  ): { readonly incident: Incident; readonly decision: Decision } {
    const counter = { ids: this.ids };
    const decision = decideIn({
      incidentId: INCIDENT,
      now,
      nextId: () => idOf((counter.ids += 1)),
      derivedId: (...words) => words.join('/'),
      ...this.world,
    });
    const recorded = decision.events.map(
      (event, index) =>
        ({
          ...event,
          incidentId: INCIDENT,
          revision: this.state.revision + 1 + index,
          recordedAt: now,
        }) as IncidentEvent,
    );
    return {
      decision,
      incident: new Incident(decision.state, [...this.events, ...recorded], now, counter.ids, this.world),
    };
  }

  /** The same incident under other rules or playbooks: what a new version of the program brings. */
  under(world: Partial<World>): Incident {
    return new Incident(this.state, this.events, this.now, this.ids, { ...this.world, ...world });
  }

  given(...words: Said[]): Incident {
    return words.reduce<Incident>((incident, each) => incident.hear(each).incident, this);
  }

  when(...words: Said[]): When {
    const last = words.at(-1);
    if (!last) throw new Error('when what?');
    return new When(this.given(...words.slice(0, -1)), last);
  }

  /** Checks the incident as it stands, with nothing said. */
  then(...checks: Check[]): void {
    for (const check of checks) check({ incident: this });
  }

  lastOf<T extends IncidentEventType>(type: T): IncidentEvent<T> {
    const found = this.events.findLast((event) => event.type === type);
    if (!found) throw new Error(`No ${type} was recorded`);
    return found as IncidentEvent<T>;
  }

  allOf<T extends IncidentEventType>(type: T): IncidentEvent<T>[] {
    return this.events.filter((event) => event.type === type) as IncidentEvent<T>[];
  }

  view(now: Instant = this.now): StatusView {
    return statusView(this.state, now, 'fr');
  }

  body(name?: string): string {
    const found = name ? this.state.organisations.find((each) => each.name === name) : this.state.organisations[0];
    if (!found) throw new Error(`No body ${name}`);
    return found.id;
  }

  clock(rule: string, organisation?: string): ObligationState | undefined {
    return this.state.obligations[obligationKey(this.body(organisation), rule)];
  }

  clockStatus(rule: string, now: Instant = this.now, organisation?: string): ObligationStatus | undefined {
    const clock = this.clock(rule, organisation);
    return clock && obligationStatus(clock, now);
  }

  step(id: string, organisation?: string): StepState | undefined {
    return stepIn(this.state, id, organisation && this.body(organisation));
  }
}

class When {
  constructor(
    private readonly before: Incident,
    private readonly words: Said,
  ) {}

  then(...checks: Check[]): Incident {
    const outcome = this.outcome();
    for (const check of checks) check(outcome);
    if (outcome.error && !checks.some((check) => expectsError.has(check))) throw outcome.error;
    return outcome.incident;
  }

  private outcome(): Outcome {
    try {
      return this.before.hear(this.words);
    } catch (error) {
      if (error instanceof CommandRejected || error instanceof InvalidInput) return { incident: this.before, error };
      throw error;
    }
  }
}

const mustRead = <T>(read: { readonly value?: T; readonly errors?: readonly never[] | InvalidInput['errors'] }): T => {
  if (read.errors || read.value === undefined) throw new InvalidInput(read.errors ?? []);
  return read.value;
};

export const given = (...words: Said[]): Incident => new Incident().given(...words);
export const givenWith = (world: Partial<World>, ...words: Said[]): Incident =>
  new Incident(undefined, undefined, undefined, undefined, { rules: [], playbooks: [], ...world }).given(...words);
/** Without playbook and rules: only the facts. */
export const givenFacts = (...words: Said[]): Incident => givenWith({}, ...words);

const expectsError = new WeakSet<Check>();

/** Types of all events decided, in order. */
export const records =
  (...types: IncidentEventType[]): Check =>
  ({ decision }) =>
    expect(decision?.events.map(({ type }) => type)).toEqual(types);

/** The first event decided has this type and (at least) this data. */
export const recordsFact =
  <T extends IncidentEventType>(type: T, data: object = {}): Check =>
  ({ decision }) =>
    expect(decision?.events[0]).toMatchObject({ type, data });

/** Such an event is among those decided. */
export const alsoRecords =
  (type: IncidentEventType, data: object = {}): Check =>
  ({ decision }) =>
    expect(decision?.events.filter((event) => event.type === type)).toContainEqual(
      expect.objectContaining({ data: expect.objectContaining(data) }),
    );

export const nothing: Check = ({ decision }) => expect(decision?.events).toEqual([]);

export const refused = (code: RejectionCode, path?: string): Check => {
  const check: Check = ({ error }) => {
    expect(error).toBeInstanceOf(CommandRejected);
    expect(error).toMatchObject({ code, ...(path ? { path } : {}) });
  };
  expectsError.add(check);
  return check;
};

/** The body cannot be read; these are the paths that are wrong. */
export const unreadable = (...paths: string[]): Check => {
  const check: Check = ({ error }) => {
    expect(error).toBeInstanceOf(InvalidInput);
    expect((error as InvalidInput).errors.map(({ path }) => path)).toEqual(paths);
  };
  expectsError.add(check);
  return check;
};

export const warns =
  (...codes: WarningCode[]): Check =>
  ({ decision }) =>
    expect(decision?.warnings.map(({ code }) => code)).toEqual(codes);

/** The status view holds (at least) this. */
export const shows =
  (view: object): Check =>
  ({ incident }) =>
    expect(incident.view()).toMatchObject(view);
