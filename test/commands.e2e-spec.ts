import { shippedCatalogue } from '#libs/application';
import { incidentCommandTypes, type IncidentCommandType, type IncidentEventType } from '#libs/domain';
import { commandSchema } from '../apps/api/src/http/catalogue.controller.js';
import {
  answerHeader,
  answers,
  apiSpec,
  by,
  corrected,
  declared,
  declaredFor,
  get,
  newEvents,
  nothingWritten,
  refused,
  said,
  status,
  that,
  type Outcome,
  type Sent,
  type Step,
  type Told,
} from './support/api-spec.js';
import { minimalBody } from './support/minimal-body.js';

const api = apiSpec({ catalogue: shippedCatalogue() });

/** What each command records. A new command does not compile until it is named here. */
const recorded: Record<IncidentCommandType, IncidentEventType> = {
  RecordDetection: 'IncidentDetected',
  QualifyIncident: 'IncidentQualified',
  AssessSeverity: 'SeverityAssessed',
  EstimateAttackWindow: 'AttackWindowEstimated',
  MarkOrganisationAffected: 'OrganisationMarkedAffected',
  RecordAttackThwarted: 'AttackThwarted',
  RecordAttackPartiallyBlocked: 'AttackPartiallyBlocked',
  IsolateNetwork: 'NetworkIsolated',
  IsolateBackups: 'BackupsIsolated',
  ShutDownSystems: 'SystemsShutDown',
  IssueStaffInstruction: 'StaffInstructionIssued',
  PreserveEvidence: 'EvidencePreserved',
  RecordEvidence: 'EvidenceRecorded',
  RecordIndicator: 'IndicatorRecorded',
  ContactAnssi: 'AnssiContacted',
  ContactAuthority: 'AuthorityContacted',
  IntendComplaint: 'ComplaintIntended',
  CheckSigningAuthority: 'SigningAuthorityChecked',
  FileComplaint: 'ComplaintFiled',
  RecordJudicialInvestigation: 'JudicialInvestigationOpened',
  InformProsecutor: 'ProsecutorInformed',
  NotifyInsurer: 'InsurerNotified',
  ReportNis2: 'Nis2Reported',
  ReportHealthIncident: 'HealthIncidentReported',
  EstablishAttackKnowledge: 'AttackKnowledgeEstablished',
  EstablishBreachAwareness: 'BreachAwarenessEstablished',
  AssessBreachRisk: 'BreachRiskAssessed',
  AssessDataExfiltration: 'DataExfiltrationAssessed',
  NotifyCnil: 'CnilNotified',
  RecordBreachRegisterEntry: 'BreachRegisterEntryRecorded',
  InformDataSubjects: 'DataSubjectsInformed',
  AssessRansomDemand: 'RansomDemandAssessed',
  RecordRansomDemand: 'RansomDemandReceived',
  StateRansomPolicy: 'RansomPolicyStated',
  ChangeServiceStatus: 'ServiceStatusChanged',
  ActivateWorkaround: 'WorkaroundActivated',
  EndWorkaround: 'WorkaroundEnded',
  PublishStatement: 'PublicStatementPublished',
  OpenCrisisCell: 'CrisisCellOpened',
  CloseCrisisCell: 'CrisisCellClosed',
  EngageExperts: 'ExpertsEngaged',
  TakeDecision: 'DecisionTaken',
  RecordLogbookEntry: 'LogbookEntryRecorded',
  ReachContact: 'ContactReached',
  AssessBackupIntegrity: 'BackupIntegrityAssessed',
  PlanRestoration: 'RestorationPlanned',
  StateRestorationEta: 'RestorationEtaStated',
  ConstrainRestoration: 'RestorationConstrained',
  StartRestoration: 'RestorationStarted',
  RestoreService: 'ServiceRestored',
  CompleteRestoration: 'RestorationCompleted',
  AssignStep: 'StepAssigned',
  StartStep: 'StepStarted',
  CompleteStep: 'StepCompleted',
  MarkStepUnknown: 'StepMarkedUnknown',
  MarkStepNotApplicable: 'StepMarkedNotApplicable',
  BlockStep: 'StepBlocked',
  ReopenStep: 'StepReopened',
  OverrideGate: 'GateOverridden',
  WaiveObligation: 'ObligationWaived',
  JustifyLateness: 'LatenessJustified',
  SupersedeFact: 'FactSuperseded',
  RecordCost: 'IncidentCostRecorded',
  AgreeCostShare: 'CostShareAgreed',
  AdoptPlaybook: 'PlaybookAdopted',
  MigratePlaybook: 'PlaybookMigrated',
  CloseIncident: 'IncidentClosed',
  ReopenIncident: 'IncidentReopened',
};

/** What may follow a fact in the same append. */
const CONSEQUENCES: ReadonlySet<string> = new Set([
  'StepCompleted',
  'ObligationOpened',
  'ObligationRescheduled',
  'ObligationDischarged',
  'ObligationWaived',
]);

const STEP = { step: 'S44' };
const BODY = 'Collectivité';
const LATE = { title: 'Essai', kind: 'ransomware', detectedAt: '2026-02-20T08:00:00Z' };

/** What must be said before a command means something, and what its minimal body needs to name things that exist. */
const stories: Partial<
  Record<IncidentCommandType, { readonly before?: readonly Step[]; readonly body?: object | ((told: Told) => object) }>
> = {
  MarkOrganisationAffected: { body: { organisation: { name: 'Blain' } } },
  EndWorkaround: { before: [said('ActivateWorkaround', { service: 'x', kind: 'paper' })] },
  CloseCrisisCell: { before: [said('OpenCrisisCell')] },
  AssessBackupIntegrity: { body: { status: 'lost' } },
  AssignStep: { body: { ...STEP, to: { name: 'Ana' } } },
  StartStep: { body: STEP },
  CompleteStep: { body: STEP },
  MarkStepUnknown: { body: STEP },
  MarkStepNotApplicable: { body: { ...STEP, reason: 'x' } },
  BlockStep: { body: { ...STEP, reason: 'x' } },
  ReopenStep: { before: [said('CompleteStep', STEP)], body: STEP },
  OverrideGate: { body: { gate: 'S36' } },
  WaiveObligation: { body: { rule: 'cnil-notification', organisation: BODY } },
  JustifyLateness: {
    before: [declared(LATE), said('EstablishBreachAwareness', { reason: 'x', occurredAt: '2026-02-20T08:00:00Z' })],
    body: { rule: 'cnil-notification', organisation: BODY },
  },
  SupersedeFact: {
    before: [said('ContactAnssi')],
    body: (told: Told) => ({ eventId: told.eventOf('AnssiContacted') }),
  },
  AgreeCostShare: { body: { shares: [{ organisation: BODY, percent: 100 }] } },
  AdoptPlaybook: { before: [declared({ title: 'Essai', playbook: 'none' })], body: { playbook: 'compte-compromis' } },
  ReopenIncident: { before: [said('CloseIncident')] },
};

describe('Every command takes a minimal body that its schema describes', () => {
  it.each(incidentCommandTypes.filter((type) => type !== 'MigratePlaybook'))('%s', async (type) => {
    const { before = [], body = {} } = stories[type] ?? {};
    const own = before.some((step) => typeof step === 'object' && step.path === '/incidents');
    const minimal = minimalBody(commandSchema(type));
    await api
      .given(...(own ? [] : [declared()]), ...before)
      .when((told) => said(type, { ...minimal, ...(typeof body === 'function' ? body(told) : body) }))
      .then(status(200), recordsItsFact(type));
  });
});

const recordsItsFact = (type: IncidentCommandType) =>
  that(({ answer, written, told }: Outcome) => {
    const [fact, ...consequences] = written;
    expect(fact?.type).toBe(recorded[type]);
    for (const each of consequences) expect([...CONSEQUENCES]).toContain(each.type);
    expect(answer.body).toEqual({
      incidentId: told.incidentId,
      revision: written.at(-1)?.revision,
      position: written.at(-1)?.position,
      events: written.map(({ id, type, revision }) => ({ eventId: id, type, revision })),
      warnings: expect.any(Array),
    });
    for (const warning of answer.body.warnings) {
      expect(warning).toEqual({ code: expect.any(String), detail: expect.stringMatching(/\S/) });
    }
  });

describe('Every command refuses what it does not know', () => {
  it.each(incidentCommandTypes)('%s', async (type) => {
    await api
      .given(declared())
      .when(said(type, { ...minimalBody(commandSchema(type)), colour: 'red' }))
      .then(refused(400, 'invalid', { errors: expect.arrayContaining([expect.objectContaining({ path: 'colour' })]) }));
  });
});

describe('Every command with required data says which is missing', () => {
  const needy = incidentCommandTypes.filter((type) => commandSchema(type)['required']);
  it.each(needy)('%s', async (type) => {
    const required = commandSchema(type)['required'] as string[];
    await api
      .given(declared())
      .when(said(type, {}))
      .then(
        refused(400, 'invalid'),
        that(({ answer }) =>
          expect(answer.body.errors.map(({ path }: { path: string }) => path).toSorted()).toEqual(required.toSorted()),
        ),
      );
  });
});

describe('MigratePlaybook', () => {
  it('to a version that is not there is refused', () =>
    api
      .given(declared())
      .when(said('MigratePlaybook', { version: '99' }))
      .then(refused(400, 'unknown-version')));
});

describe('The catalogue of commands', () => {
  it('lists each with a title and the schema that it takes', () =>
    api
      .given()
      .when(get('/commands'))
      .then(
        status(200),
        that(({ answer }) => {
          const { items } = answer.body;
          expect(items.map(({ command }: { command: string }) => command)).toEqual([
            'DeclareIncident',
            ...incidentCommandTypes,
          ]);
          for (const item of items) {
            expect(Object.keys(item).toSorted()).toEqual(['command', 'schema', 'title']);
            expect(item.schema).toMatchObject({ type: 'object', additionalProperties: false });
          }
        }),
      ));
});

describe('What is said of a fact', () => {
  const told = said('AssessSeverity', {
    level: 'major',
    occurredAt: { at: '2026-03-01T22:00:00+01:00', until: '2026-03-02T06:00:00+01:00', precision: 'night' },
    saidBy: { name: 'Jean Martin', role: 'maire' },
    source: { kind: 'press', name: 'Ouest-France', quote: '« graves »' },
    confidence: 'medium',
    tlp: 'amber+strict',
    note: 'à vérifier',
  });

  it('is kept with it, word for word', () =>
    api
      .given(declared())
      .when(told)
      .then(
        status(200),
        that(({ written }) =>
          expect(written[0]?.meta).toMatchObject({
            occurredAt: { at: '2026-03-01T22:00:00+01:00', until: '2026-03-02T06:00:00+01:00', precision: 'night' },
            saidBy: { name: 'Jean Martin', role: 'maire' },
            source: { kind: 'press', name: 'Ouest-France', quote: '« graves »' },
            confidence: 'medium',
            tlp: 'amber+strict',
            note: 'à vérifier',
            recordedAt: '2026-03-02T08:00:00.000Z',
          }),
        ),
      ));

  it.each([
    ['absent: now', undefined, { at: '2026-03-02T08:00:00.000Z', precision: 'minute' }],
    ['bare: to the minute', '2026-03-02T07:00:00Z', { at: '2026-03-02T07:00:00Z', precision: 'minute' }],
    ['in small letters', '2026-03-02t07:00:00z', { at: '2026-03-02t07:00:00z', precision: 'minute' }],
    ['a day', { at: '2026-03-01T00:00:00Z', precision: 'day' }, { at: '2026-03-01T00:00:00Z', precision: 'day' }],
    ['within a day ahead', '2026-03-03T07:59:00Z', { at: '2026-03-03T07:59:00Z', precision: 'minute' }],
  ])('its time, %s', async (_what, occurredAt, expected) => {
    await api
      .given(declared())
      .when(said('ContactAnssi', occurredAt === undefined ? {} : { occurredAt }))
      .then(
        status(200),
        that(({ written }) => expect(written[0]?.meta['occurredAt']).toEqual(expected)),
      );
  });
});

describe('Who acts', () => {
  const actor = (expected: object) => that(({ written }) => expect(written[0]?.meta['actor']).toEqual(expected));
  const contact = (...changes: Parameters<typeof said>[2][]): Sent => said('ContactAnssi', {}, ...changes);
  const inUtf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

  it.each([
    ['nobody', undefined, { id: 'local', name: 'local' }],
    ['an empty header', '', { id: 'local', name: 'local' }],
    ['a name', 'Ana', { id: 'Ana', name: 'Ana' }],
    ['a name and a role', 'Ana Dupuis;dsi', { id: 'Ana Dupuis', name: 'Ana Dupuis', role: 'dsi' }],
    ['spaces around', '  Ana ; dsi ', { id: 'Ana', name: 'Ana', role: 'dsi' }],
    ['an empty role', 'Ana;', { id: 'Ana', name: 'Ana' }],
    ['any role', 'Ana;bénévole du CCAS', { id: 'Ana', name: 'Ana', role: 'bénévole du CCAS' }],
    ['UTF-8', 'Zoé Lefèvre;maire', { id: 'Zoé Lefèvre', name: 'Zoé Lefèvre', role: 'maire' }],
    ['percent-encoded', 'Zo%C3%A9;dgs', { id: 'Zoé', name: 'Zoé', role: 'dgs' }],
    ['percent-encoded whole', 'Zo%C3%A9%3Bdgs', { id: 'Zoé', name: 'Zoé', role: 'dgs' }],
    ['a semicolon of its own', 'Ana%3B Zoé;dsi', { id: 'Ana; Zoé', name: 'Ana; Zoé', role: 'dsi' }],
    ['a role with a semicolon', 'Ana;dsi;par intérim', { id: 'Ana', name: 'Ana', role: 'dsi;par intérim' }],
    ['a percent sign of its own', '100 % Ana', { id: '100 % Ana', name: '100 % Ana' }],
  ])('%s', async (_what, text, expected) => {
    await api
      .given(declared())
      .when(text === undefined ? contact() : contact(by(inUtf8(text))))
      .then(status(200), actor(expected));
  });

  it('is also who declared', () =>
    api
      .given()
      .when(declared({ title: 'x' }, by('Ana;rssi')))
      .then(status(201), actor({ id: 'Ana', name: 'Ana', role: 'rssi' })));
});

describe('A declaration', () => {
  it('answers where the incident is and what it wrote', () =>
    api
      .given()
      .when(declared({ title: 'Rançongiciel', playbook: 'none' }))
      .then(
        status(201),
        that(({ answer, written }) => {
          expect(answer.body).toMatchObject({
            incidentId: expect.stringMatching(/^[0-9a-f-]{36}$/),
            revision: written.length - 1,
          });
          expect(answer.body.events).toEqual(
            written.map(({ id, type, revision }) => ({ eventId: id, type, revision })),
          );
          expect(answer.body.position).not.toMatch(/^\d+$/);
          expect(answer.headers['location']).toBe(`/api/v1/incidents/${answer.body.incidentId}`);
        }),
        answerHeader('etag', /^"\d+"$/),
      ));

  it.each([
    ['ransomware', 'collectivite-rancongiciel'],
    ['intrusion', 'collectivite-rancongiciel'],
    ['other', 'collectivite-rancongiciel'],
    ['unknown', 'collectivite-rancongiciel'],
    ['account_takeover', 'compte-compromis'],
  ])('of kind %s adopts %s', async (kind, playbook) => {
    const told = await api.given(declared({ kind })).told();
    const { body } = await api.send(get('/incidents/:id'), told);
    expect(body).toMatchObject({ kind, playbook: { id: playbook, version: expect.any(String) } });
  });

  it('adopts the playbook that it names', async () => {
    const told = await api.given(declared({ kind: 'ransomware', playbook: 'compte-compromis' })).told();
    expect((await api.send(get('/incidents/:id'), told)).body.playbook.id).toBe('compte-compromis');
  });

  it('with playbook none adopts none', async () => {
    const told = await api.given(declared({ kind: 'ransomware', playbook: 'none' })).told();
    expect((await api.send(get('/incidents/:id'), told)).body.playbook).toBeUndefined();
  });

  it('with a playbook that is not there is refused', () =>
    api
      .given()
      .when(declared({ title: 'x', playbook: 'nope' }))
      .then(refused(400, 'unknown-playbook')));

  it('records how it was detected', () =>
    api
      .given()
      .when(
        declared({
          kind: 'ransomware',
          playbook: 'none',
          detectedAt: '2026-03-02T02:00:00+01:00',
          detectedBy: 'agent de nuit',
          trigger: 'écran',
        }),
      )
      .then(
        status(201),
        that(({ written }) => {
          const detected = written.find(({ type }) => type === 'IncidentDetected');
          expect(detected?.data).toEqual({ detectedBy: 'agent de nuit', trigger: 'écran' });
          expect(detected?.meta['occurredAt']).toEqual({ at: '2026-03-02T02:00:00+01:00', precision: 'minute' });
        }),
      ));

  it('keeps the note, and a name twice as one body', async () => {
    await api
      .given()
      .when(
        declared({
          title: 'x',
          note: 'appel du maire',
          playbook: 'none',
          organisations: [{ name: 'Caen' }, { name: 'Caen' }],
        }),
      )
      .then(
        status(201),
        that(({ written }) => {
          expect(written[0]?.meta['note']).toBe('appel du maire');
          expect(written[0]?.data['organisations']).toHaveLength(1);
        }),
      );
  });
});

describe('Organisations', () => {
  const two = declaredFor(
    { name: 'Caen', kind: 'commune', siren: '211401187', population: 107_000, insured: 'no' },
    'Caen la mer',
  );

  it('get ids, and keep what was said of them', async () => {
    const told = await api.given(two).told();
    const { body } = await api.send(get('/incidents/:id'), told);
    expect(body.organisations).toMatchObject([
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        name: 'Caen',
        kind: 'commune',
        siren: '211401187',
        population: 107_000,
        insured: 'no',
      },
      { id: expect.stringMatching(/^[0-9a-f-]{36}$/), name: 'Caen la mer' },
    ]);
  });

  it('are named by id or by exact name', async () => {
    const told = await api.given(two).told();
    const { body } = await api.send(get('/incidents/:id'), told);
    const [, second] = body.organisations;
    for (const reference of [second.id, second.id.toUpperCase(), 'Caen la mer']) {
      const answer = await api.send(said('ContactAnssi', { organisations: [reference] }), told);
      const event = (await api.send(get('/incidents/:id/events?limit=500'), told)).body.items.at(-1);
      expect([answer.status, event.organisations]).toEqual([200, [second.id]]);
    }
    expect((await api.send(said('ContactAnssi', { organisations: ['caen'] }), told)).body.code).toBe(
      'unknown-organisation',
    );
  });

  it('that are not named are all', () =>
    api
      .given(two)
      .when(said('ContactAnssi'))
      .then(
        status(200),
        that(({ written }) => expect(written[0]?.meta['organisations']).toHaveLength(2)),
      ));

  it('may be marked later, once', async () => {
    const marked = said('MarkOrganisationAffected', {
      organisation: { name: 'Ifs', kind: 'commune' },
      relation: 'hosted_commune',
    });
    await api
      .given(two, marked)
      .when(marked)
      .then(status(200), nothingWritten, answers({ events: [] }));
  });

  it('the data of a command may name one too', async () => {
    await api
      .given(two)
      .when(said('ChangeServiceStatus', { service: 'État civil', status: 'outage', organisation: 'Caen' }))
      .then(
        status(200),
        that(({ written }) => expect(written[0]?.meta['organisations']).toHaveLength(1)),
      );
    await api
      .given(two)
      .when(said('ChangeServiceStatus', { service: 'État civil', status: 'outage', organisation: 'Rouen' }))
      .then(refused(400, 'unknown-organisation'));
  });
});

describe('A correction', () => {
  it('without a replacement takes the fact away', async () => {
    const told = await api
      .given(declared(), said('AssessSeverity', { level: 'critical' }), corrected('SeverityAssessed'))
      .told();
    expect((await api.send(get('/incidents/:id'), told)).body.facts.severity.value).toBe('unknown');
  });

  it('with one says what is right', async () => {
    const told = await api
      .given(
        declared(),
        said('AssessSeverity', { level: 'critical' }),
        corrected('SeverityAssessed', { instead: { do: 'AssessSeverity', data: { level: 'minor' } } }),
      )
      .told();
    expect((await api.send(get('/incidents/:id'), told)).body.facts.severity.value).toBe('minor');
    expect((await api.send(get('/incidents/:id?asOf=p999999'), told)).status).toBeLessThan(500);
  });

  it('said twice is one; another one of the same fact is refused', async () => {
    const wrong = corrected('AnssiContacted');
    const given = [declared(), said('ContactAnssi'), wrong];
    await api
      .given(...given)
      .when(wrong)
      .then(status(200), nothingWritten, answers({ events: [] }));
    await api
      .given(...given)
      .when(
        corrected('AnssiContacted', {
          reason: 'Autre motif',
          instead: { do: 'ContactAnssi', data: { channel: 'email' } },
        }),
      )
      .then(refused(409, 'already-superseded'));
  });

  it('of what is no fact is refused, as a problem whole', () =>
    api.given(declared()).when(corrected('IncidentDeclared')).then(refused(409, 'not-supersedable')));

  it('with a replacement that cannot be read is refused', async () => {
    await api
      .given(declared(), said('ContactAnssi'))
      .when(corrected('AnssiContacted', { instead: { do: 'AssessSeverity', data: { level: 'blue' } } }))
      .then(refused(400, 'invalid'));
    await api
      .given(declared(), said('ContactAnssi'))
      .when(corrected('AnssiContacted', { instead: { do: 'CloseIncident' } }))
      .then(refused(400, 'not-a-fact-command'));
    await api
      .given(declared(), said('ContactAnssi'))
      .when(corrected('AnssiContacted', { instead: { do: 'constructor' } }))
      .then(refused(400, 'not-a-fact-command'));
  });
});

describe('A closed incident', () => {
  it('takes costs, corrections and its reopening, nothing else', async () => {
    const closed = [
      declared({ title: 'x', playbook: 'none' }),
      said('ContactAnssi'),
      said('CloseIncident', { summary: 'fin' }),
    ];
    await api
      .given(...closed)
      .when(said('RecordCost', { label: 'Prestataire', amount: 12_000 }))
      .then(status(200));
    await api
      .given(...closed)
      .when(corrected('AnssiContacted'))
      .then(status(200));
    await api
      .given(...closed)
      .when(said('CloseIncident'))
      .then(status(200), nothingWritten);
    await api
      .given(...closed)
      .when(said('ReopenIncident', { reason: 'x' }))
      .then(status(200), newEvents('IncidentReopened'));
    await api
      .given(...closed)
      .when(said('ContactAnssi'))
      .then(refused(409, 'incident-closed'));
  });

  it('warns of clocks that are still open', () =>
    api
      .given(declared())
      .when(said('CloseIncident'))
      .then(
        status(200),
        answers({ warnings: expect.arrayContaining([expect.objectContaining({ code: 'open-obligations' })]) }),
      ));
});
