import {
  ATTACK_KINDS,
  FACT_NAMES,
  MILESTONE_STATES,
  MILESTONES,
  OBLIGATION_STATUSES,
  ORGANISATION_KINDS,
  PRECISIONS,
  RELATIONS,
  SERVICE_STATUSES,
  STEP_STATES,
  type JsonSchema,
} from '#libs/domain';

type Properties = Readonly<Record<string, JsonSchema>>;

/** Both what is always there and what may be absent; nothing else. */
export const object = (required: Properties, optional: Properties = {}): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties: { ...required, ...optional },
  ...(Object.keys(required).length > 0 ? { required: Object.keys(required) } : {}),
});

/** An object to which members may be added at any time. */
const open = (required: Properties, optional: Properties = {}): JsonSchema => ({
  ...object(required, optional),
  additionalProperties: true,
});

export const list = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
export const page = (items: JsonSchema): JsonSchema => object({ items: list(items) }, { next: text });
export const choice = (values: readonly string[]): JsonSchema => ({ type: 'string', enum: values });
export const ref = (name: SchemaName): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const map = (values: JsonSchema): JsonSchema => ({ type: 'object', additionalProperties: values });
const each = (names: readonly string[], value: JsonSchema): JsonSchema =>
  object(Object.fromEntries(names.map((name) => [name, value])));
const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
const change = (value: JsonSchema = text): Properties => ({ from: orNull(value), to: orNull(value) });

export const text: JsonSchema = { type: 'string' };
export const flag: JsonSchema = { type: 'boolean' };
export const whole: JsonSchema = { type: 'integer' };
export const uuid: JsonSchema = { type: 'string', format: 'uuid' };
export const instant: JsonSchema = { type: 'string', format: 'date-time' };
const revision: JsonSchema = { type: 'integer', minimum: 0 };
/** Never all digits, so that `asOf` can tell it from a revision. */
export const position: JsonSchema = { type: 'string', pattern: '\\D' };
const texts = list(text);
const localText = object({ fr: text, en: text });
const body = object({ id: uuid, name: text });
const occurredAt = object({ at: instant, precision: choice(PRECISIONS) }, { until: instant });
const actor = object({ id: text, name: text }, { role: text });
const assignee = object({}, { name: text, role: text });
const serviceStatus = choice([...SERVICE_STATUSES, 'unknown']);
const yesNo = choice(['yes', 'no', 'unknown']);

const milestone = object(
  { state: choice(MILESTONE_STATES) },
  {
    at: instant,
    precision: choice(PRECISIONS),
    by: text,
    eventId: uuid,
    organisations: map(choice(MILESTONE_STATES)),
  },
);
const milestones = each(MILESTONES, milestone);

const service: Properties = { organisation: text, service: text, status: serviceStatus, since: instant, eventId: uuid };
const serviceMore: Properties = {
  detail: text,
  publicAdvice: text,
  workaround: text,
  workaroundDetail: text,
  publicNumber: text,
};

const obligation: Properties = {
  organisation: body,
  rule: text,
  title: text,
  legalBasis: text,
  ruleVersion: text,
  startAt: instant,
  startEventId: uuid,
  state: choice(OBLIGATION_STATUSES),
  provisional: flag,
};
const obligationMore: Properties = {
  dueAt: instant,
  remainingSeconds: whole,
  dischargedBy: uuid,
  dischargedAt: instant,
  reason: text,
  missRecorded: flag,
};

const envelope: Properties = {
  incidentId: uuid,
  recordedAt: instant,
  occurredAt,
  organisations: list(uuid),
  actor,
};
const statement: Properties = {
  saidBy: object({ name: text }, { role: text }),
  source: object({ kind: text }, { name: text, quote: text }),
  confidence: text,
  tlp: text,
  note: text,
  supersedes: uuid,
};

const cause = object({ code: text, text }, { status: whole });
const sending = open(
  {
    position,
    delivered: whole,
    failed: whole,
    lastDeliverySeq: whole,
    waiting: object({ incidents: whole, failing: whole, held: whole }),
    lag: object({ events: whole, more: flag }, { oldestAt: instant }),
  },
  { lastSuccessAt: instant, lastFailureAt: instant, nextAttemptAt: instant, lastCause: cause },
);
const subscriptionStatus = choice(['active', 'paused', 'held', 'degraded']);
const subscription: Properties = {
  id: uuid,
  revision,
  name: text,
  url: text,
  payload: choice(['thin', 'full']),
  exercise: choice(['exclude', 'include', 'only']),
  from: text,
  status: subscriptionStatus,
  statusSince: instant,
  createdAt: instant,
  publicKey: text,
  delivery: sending,
  summary: text,
};
const subscriptionMore: Properties = {
  types: texts,
  incidents: list(uuid),
  organisations: texts,
  previousPublicKey: text,
  previousUntil: instant,
};

/** The answers of the contract, by name. */
const schemas = {
  Problem: open(
    { type: text, title: text, status: whole, detail: text, code: text, instance: text },
    {
      errors: list(object({ path: text, message: text })),
      missed: list(object({ eventId: uuid, type: text, revision, recordedAt: instant })),
    },
  ),
  CommandAnswer: object({
    incidentId: uuid,
    revision,
    position,
    events: list(object({ eventId: uuid, type: text, revision })),
    warnings: list(object({ code: text, detail: text })),
  }),
  Exercise: object({ incidentId: uuid, revision, position, scenario: text }),
  Organisation: object(
    { id: uuid, name: text },
    {
      kind: choice(ORGANISATION_KINDS),
      siren: text,
      population: whole,
      timeZone: text,
      insured: yesNo,
      nis2: yesNo,
      relation: choice([...RELATIONS, 'unknown']),
    },
  ),
  Status: object(
    {
      incidentId: uuid,
      revision,
      title: text,
      kind: choice(ATTACK_KINDS),
      status: choice(['open', 'closed']),
      exercise: flag,
      declaredAt: instant,
      organisations: list({ $ref: '#/components/schemas/Organisation' }),
      milestones,
      facts: each(
        FACT_NAMES,
        object(
          { value: text },
          { detail: text, confidence: text, since: instant, eventId: uuid, organisations: map(text) },
        ),
      ),
      services: list({ $ref: '#/components/schemas/Service' }),
      crisisCell: object({ open: flag }, { location: text, members: texts, since: instant }),
      restoration: object(
        {
          state: choice(MILESTONE_STATES),
          constraints: list(object({ reason: text, since: instant }, { detail: text })),
          servicesRestored: whole,
        },
        { plan: object({}, { scenario: text, waves: texts }) },
      ),
      steps: each(['todo', 'inProgress', 'done', 'unknown', 'notApplicable', 'blocked'], whole),
      obligations: each(OBLIGATION_STATUSES, whole),
      nextActions: list(
        object({ step: text, title: text, role: text, why: text }, { organisation: text, dueAt: instant }),
      ),
    },
    { position, scenario: text, playbook: object({ id: text, version: text, sha256: text }) },
  ),
  BoardItem: object(
    {
      incidentId: uuid,
      title: text,
      kind: choice(ATTACK_KINDS),
      attackType: choice(ATTACK_KINDS),
      status: choice(['open', 'closed']),
      exercise: flag,
      organisations: list(body),
      milestones,
      counts: object({ events: whole, organisations: whole, services: whole, obligationsOpen: whole }),
      servicesOut: whole,
      declaredAt: instant,
      lastEventAt: instant,
      revision,
      position,
    },
    { scenario: text, nextClock: object({ organisation: text, rule: text, dueAt: instant, provisional: flag }) },
  ),
  Service: object(service, serviceMore),
  ServiceOfIncident: object({ incidentId: uuid, ...service }, serviceMore),
  Obligation: object(obligation, obligationMore),
  ObligationOfIncident: object({ incidentId: uuid, incidentTitle: text, ...obligation }, obligationMore),
  Step: object(
    {
      step: text,
      title: text,
      why: text,
      how: text,
      evidenceToKeep: text,
      phase: text,
      state: choice(STEP_STATES),
      role: text,
      roles: texts,
      applies: flag,
      waitsFor: texts,
      blockedBy: list(object({ step: text, gate: text })),
    },
    {
      organisation: text,
      milestone: choice(MILESTONES),
      assignee,
      since: instant,
      by: text,
      reason: text,
      evidence: text,
      eventId: uuid,
      byEventId: uuid,
      reopened: flag,
      needsReview: flag,
      reviewOf: uuid,
      dueAt: instant,
      obligation: text,
    },
  ),
  TimelineItem: object(
    {
      revision,
      eventId: uuid,
      type: text,
      position,
      text,
      recordedAt: instant,
      occurredAt,
      organisations: list(uuid),
      actor,
    },
    { ...statement, causedBy: uuid, supersededBy: uuid },
  ),
  Event: open(
    { eventId: uuid, type: text, schemaVersion: whole, revision, position, ...envelope, data: { type: 'object' } },
    { ...statement, commandId: uuid, correlationId: uuid, causationId: uuid, prevHash: text },
  ),
  Diff: object(
    {
      from: object({ revision, at: instant }),
      to: object({ revision, at: instant }),
      events: whole,
      milestones: list(
        object({ milestone: choice(MILESTONES), ...change(choice(MILESTONE_STATES)) }, { organisation: text }),
      ),
      facts: list(object({ fact: choice(FACT_NAMES), ...change() }, { organisation: text, eventId: uuid })),
      services: list(object({ organisation: text, service: text, ...change(serviceStatus) })),
      steps: list(object({ step: text, title: text, ...change(choice(STEP_STATES)) }, { organisation: text })),
      obligations: list(
        object(
          { organisation: text, rule: text, title: text, state: object(change(choice(OBLIGATION_STATUSES))) },
          { dueAt: object(change(instant)), why: text },
        ),
      ),
      corrections: list(object({ eventId: uuid, supersededBy: uuid, reason: text, text }, { insteadText: text })),
      organisations: object({ added: texts }),
    },
    { status: object(change(choice(['open', 'closed']))) },
  ),
  Command: object({ command: text, title: text, schema: { type: 'object' } }),
  PlaybookItem: object({
    id: text,
    version: text,
    sha256: text,
    title: text,
    titles: localText,
    kinds: list(choice(ATTACK_KINDS)),
    steps: whole,
  }),
  Playbook: open({
    id: text,
    version: text,
    sha256: text,
    title: localText,
    kinds: list(choice(ATTACK_KINDS)),
    phases: list(object({ id: text, title: localText })),
    steps: list(open({ id: text, title: localText })),
  }),
  Rule: open({ id: text, version: text, title: text, legalBasis: text, to: text, lateRule: text, enabled: flag }),
  Scenario: object({ id: text, title: text, titles: localText }),
  CloudEvent: open(
    {
      specversion: { const: '1.0' },
      id: uuid,
      source: text,
      type: text,
      subject: uuid,
      time: instant,
      sequence: text,
      position,
    },
    { datacontenttype: text, occurredat: instant, data: { type: 'object' } },
  ),
  Subscription: object(subscription, subscriptionMore),
  SubscriptionWithSecret: object(subscription, { ...subscriptionMore, secret: text }),
  Delivery: object(
    {
      eventId: uuid,
      type: text,
      incidentId: orNull(uuid),
      revision: orNull(revision),
      position: orNull(position),
      deliverySeq: orNull(whole),
      attempt: whole,
      kind: choice(['delivery', 'replay', 'test']),
      at: instant,
      durationMs: { type: 'number' },
      status: orNull(whole),
      outcome: choice(['delivered', 'failed']),
      request: object({ url: text, headers: { type: 'object' }, body: text }),
      response: orNull(object({ body: text })),
    },
    { id: whole, cause, nextAttemptAt: instant },
  ),
  Deliveries: object(
    {
      status: subscriptionStatus,
      summary: text,
      delivery: sending,
      items: list({ $ref: '#/components/schemas/Delivery' }),
    },
    { next: text },
  ),
  Redelivery: object({ redeliveryId: text, until: text }, { eventId: uuid, from: text, since: instant }),
  Readiness: object(
    {
      status: choice(['ready', 'not-ready']),
      access: text,
      store: object({ kind: text, ok: flag }, { head: position, cause: text }),
      views: object({ ok: flag, lag: choice(['none', 'catching-up']) }, { position, cause: text }),
      clocks: object(
        { ok: flag },
        {
          runIn: choice(['workers']),
          heldBy: text,
          nextAt: instant,
          warning: choice(['clocks-stand-still']),
          cause: text,
        },
      ),
      disk: object({ ok: flag, freeBytes: whole }),
    },
    {
      leases: map(choice(['held', 'standing-by'])),
      webhooks: object(
        { ok: flag, sent: flag },
        { runIn: choice(['workers']), heldBy: text, warning: choice(['webhooks-stand-still']), cause: text },
      ),
    },
  ),
  Version: object({ name: text, version: text, api: text, node: text, instance: uuid }),
} satisfies Record<string, JsonSchema>;

export type SchemaName = keyof typeof schemas;
export const answerSchemas: Readonly<Record<SchemaName, JsonSchema>> = schemas;
