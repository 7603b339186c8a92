import { shippedCatalogue } from '#libs/application';
import {
  Api,
  FAR_POSITION,
  answers,
  apiSpec,
  by,
  corrected,
  declared,
  declaredFor,
  get,
  items,
  language,
  NOBODY,
  refused,
  said,
  status,
  that,
  type Sent,
  type Step,
} from './support/api-spec.js';

const api = apiSpec({ catalogue: shippedCatalogue() });
/** A server of its own, for a test that moves the clock. */
const apiSpecNow = (): Api => new Api({ catalogue: shippedCatalogue() });
const bare = (body: object = {}): Sent => declared({ title: 'Essai', kind: 'ransomware', playbook: 'none', ...body });

/** What a view of an incident shows after a story. */
const view = async (steps: readonly Step[], path = '', awaited = false): Promise<any> => {
  const told = await api.given(...steps).told();
  const wait = awaited ? `${path.includes('?') ? '&' : '?'}await=${await api.store.head()}` : '';
  const answer = await api.send(get(`/incidents/:id${path}${wait}`), told);
  expect([answer.status, answer.text.slice(0, 500)]).toEqual([200, expect.anything()]);
  return answer.body;
};

describe('The status view', () => {
  it('has exactly the shape of the contract', async () => {
    const body = await view([
      declared(),
      said('ContactAnssi'),
      said('ChangeServiceStatus', { service: 'x', status: 'outage' }),
    ]);
    expect(Object.keys(body).toSorted()).toEqual(
      [
        'incidentId',
        'revision',
        'position',
        'title',
        'kind',
        'status',
        'exercise',
        'declaredAt',
        'playbook',
        'organisations',
        'milestones',
        'facts',
        'services',
        'crisisCell',
        'restoration',
        'steps',
        'obligations',
        'nextActions',
      ].toSorted(),
    );
    expect(Object.keys(body.milestones)).toEqual([
      'detected',
      'systemsShutDown',
      'anssiContacted',
      'complaintFiled',
      'cnilNotified',
      'restoration',
    ]);
    expect(Object.keys(body.facts).toSorted()).toEqual(
      [
        'attackType',
        'severity',
        'attackWindow',
        'ransomDemand',
        'ransomPolicy',
        'dataExfiltration',
        'breachRisk',
        'backups',
        'eta',
        'judicialInvestigation',
      ].toSorted(),
    );
    expect(Object.keys(body.steps)).toEqual(['todo', 'inProgress', 'done', 'unknown', 'notApplicable', 'blocked']);
    expect(Object.keys(body.obligations)).toEqual(['open', 'met', 'late', 'missed', 'waived']);
    expect(body.milestones.anssiContacted).toEqual({
      state: 'done',
      at: expect.any(String),
      by: 'local',
      eventId: expect.any(String),
    });
    expect(body.crisisCell).toEqual({ open: false });
    for (const action of body.nextActions)
      expect(action).toMatchObject({ step: expect.any(String), why: expect.any(String) });
  });

  it('of a fresh incident knows nothing, and says so', async () => {
    const { facts, milestones, services, steps, obligations, nextActions } = await view([bare({ kind: 'unknown' })]);
    const values = Object.fromEntries(
      Object.entries(facts).map(([name, fact]) => [name, (fact as { value: string }).value]),
    );
    expect(values).toEqual({
      attackType: 'unknown',
      severity: 'unknown',
      attackWindow: 'unknown',
      ransomDemand: 'not_assessed',
      ransomPolicy: 'unknown',
      dataExfiltration: 'not_assessed',
      breachRisk: 'not_assessed',
      backups: 'not_assessed',
      eta: 'unknown',
      judicialInvestigation: 'unknown',
    });
    const { detected, ...others } = milestones;
    expect(detected.state).toBe('done');
    for (const other of Object.values(others)) expect(other).toEqual({ state: 'unknown' });
    expect([services, nextActions]).toEqual([[], []]);
    expect(Object.values(steps)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(obligations).toMatchObject({ met: 0, late: 0, missed: 0, waived: 0 });
  });
});

describe('Milestones', () => {
  it.each<[string, Step[], string, string]>([
    ['shut down all', [said('ShutDownSystems', { scope: 'all' })], 'systemsShutDown', 'done'],
    ['shut down partially', [said('ShutDownSystems', { scope: 'partial' })], 'systemsShutDown', 'started'],
    [
      'shut down all, then partially said',
      [said('ShutDownSystems', { scope: 'all' }), said('ShutDownSystems', { scope: 'partial' })],
      'systemsShutDown',
      'done',
    ],
    ['ANSSI called', [said('ContactAnssi')], 'anssiContacted', 'done'],
    ['complaint meant', [said('IntendComplaint')], 'complaintFiled', 'intended'],
    [
      'complaint filed',
      [said('IntendComplaint'), said('FileComplaint', { filedWith: 'gendarmerie' })],
      'complaintFiled',
      'done',
    ],
    [
      'complaint filed, then meant again',
      [said('FileComplaint', { filedWith: 'police' }), said('IntendComplaint')],
      'complaintFiled',
      'done',
    ],
    ['CNIL, first', [said('NotifyCnil', { kind: 'initial' })], 'cnilNotified', 'done'],
    ['CNIL, complement', [said('NotifyCnil', { kind: 'complementary' })], 'cnilNotified', 'done'],
    ['CNIL, at once', [said('NotifyCnil', { kind: 'single' })], 'cnilNotified', 'done'],
    ['restoration planned', [said('PlanRestoration')], 'restoration', 'intended'],
    ['restoration started', [said('StartRestoration')], 'restoration', 'started'],
    ['first service back', [said('RestoreService', { service: 'x' })], 'restoration', 'started'],
    [
      'restoration over',
      [said('RestoreService', { service: 'x' }), said('CompleteRestoration')],
      'restoration',
      'done',
    ],
  ])('%s', async (_what, steps, milestone, state) => {
    const body = await view([bare(), ...steps]);
    expect(body.milestones[milestone].state).toBe(state);
    if (milestone === 'restoration') expect(body.restoration.state).toBe(state);
  });

  it('of several bodies show the furthest, and each by name', async () => {
    const { milestones } = await view([
      declaredFor('Caen', 'Ifs', 'Blain'),
      said('IntendComplaint', { organisations: ['Caen'] }),
      said('FileComplaint', { filedWith: 'police', organisations: ['Ifs'] }),
    ]);
    expect(milestones.complaintFiled).toMatchObject({
      state: 'done',
      organisations: { Caen: 'intended', Ifs: 'done', Blain: 'unknown' },
    });
    expect(milestones.detected.organisations).toEqual({ Caen: 'done', Ifs: 'done', Blain: 'done' });
  });

  it('say who and when', async () => {
    const { milestones } = await view([
      bare(),
      said('FileComplaint', { filedWith: 'police', occurredAt: '2026-03-02T07:00:00+01:00' }, by('Ana;maire')),
    ]);
    expect(milestones.complaintFiled).toMatchObject({ at: '2026-03-02T07:00:00+01:00', by: 'Ana' });
  });
});

describe('Facts', () => {
  it.each<[string, Step[], string, object]>([
    [
      'attack type',
      [said('QualifyIncident', { attackType: 'ransomware', certainty: 'confirmed' })],
      'attackType',
      { value: 'ransomware' },
    ],
    [
      'severity',
      [said('AssessSeverity', { level: 'major', confidence: 'high' })],
      'severity',
      { value: 'major', confidence: 'high' },
    ],
    ['ransom', [said('AssessRansomDemand', { status: 'none_received' })], 'ransomDemand', { value: 'none_received' }],
    [
      'ransom received',
      [said('RecordRansomDemand', { amount: 5, currency: 'BTC' })],
      'ransomDemand',
      { value: 'received' },
    ],
    ['policy', [said('StateRansomPolicy', { payment: 'refused' })], 'ransomPolicy', { value: 'refused' }],
    [
      'exfiltration',
      [said('AssessDataExfiltration', { status: 'suspected' })],
      'dataExfiltration',
      { value: 'suspected' },
    ],
    ['risk', [said('AssessBreachRisk', { risk: 'high' })], 'breachRisk', { value: 'high' }],
    ['backups', [said('AssessBackupIntegrity', { status: 'intact' })], 'backups', { value: 'intact' }],
    [
      'ETA unknown',
      [said('StateRestorationEta', { text: 'plusieurs semaines', eta: null })],
      'eta',
      { value: 'unknown', detail: 'plusieurs semaines' },
    ],
    [
      'ETA',
      [said('StateRestorationEta', { text: 'lundi', eta: '2026-03-09T08:00:00+01:00' })],
      'eta',
      { value: '2026-03-09T08:00:00+01:00', detail: 'lundi' },
    ],
  ])('%s', async (_what, steps, fact, expected) => {
    const { facts } = await view([bare(), ...steps]);
    expect(facts[fact]).toMatchObject({ ...expected, since: expect.any(String), eventId: expect.any(String) });
  });

  it('that bodies state differently show the latest, and each by name', async () => {
    const { facts } = await view([
      declaredFor('Caen', 'Ifs'),
      said('AssessDataExfiltration', { status: 'confirmed', organisations: ['Caen'] }),
      said('AssessDataExfiltration', { status: 'excluded', organisations: ['Ifs'] }),
    ]);
    expect(facts.dataExfiltration).toMatchObject({
      value: 'excluded',
      organisations: { Caen: 'confirmed', Ifs: 'excluded' },
    });
    expect(facts.backups).toEqual({ value: 'not_assessed' });
  });

  it('are superseded by later ones', async () => {
    const { facts } = await view([
      bare(),
      said('AssessSeverity', { level: 'minor' }),
      said('AssessSeverity', { level: 'critical' }),
    ]);
    expect(facts.severity.value).toBe('critical');
  });
});

describe('Services', () => {
  const story = [
    declaredFor('Caen', 'Ifs'),
    said('ChangeServiceStatus', { service: 'État civil', status: 'outage' }),
    said('ActivateWorkaround', {
      service: 'État civil',
      kind: 'phone_number',
      number: '02 31 00 00 00',
      organisation: 'Caen',
    }),
    said('RestoreService', { service: 'État civil', organisation: 'Ifs' }),
    said('ChangeServiceStatus', { service: 'Cantine', status: 'degraded', organisation: 'Ifs' }),
  ];

  it('have one row for each body and service that was named', async () => {
    const { services } = await view(story);
    expect(services).toMatchObject([
      {
        organisation: 'Caen',
        service: 'État civil',
        status: 'outage',
        workaround: 'phone_number',
        publicNumber: '02 31 00 00 00',
      },
      { organisation: 'Ifs', service: 'État civil', status: 'operational' },
      { organisation: 'Ifs', service: 'Cantine', status: 'degraded' },
    ]);
  });

  it('are a list of their own, by status and page', async () => {
    await api
      .given(...story)
      .when(get('/incidents/:id/services?status=degraded'))
      .then(
        status(200),
        items(({ service }) => service, ['Cantine']),
      );
    await api
      .given(...story)
      .when(get('/incidents/:id/services?limit=2'))
      .then(
        items(({ organisation }) => organisation, ['Caen', 'Ifs']),
        that(async ({ answer, told }) => {
          const next = await api.send(get(`/incidents/:id/services?limit=2&cursor=${answer.body.next}`), told);
          expect(next.body.items).toHaveLength(1);
          expect(next.body.next).toBeUndefined();
        }),
      );
  });
});

describe('The services and clocks of all incidents', () => {
  const all = apiSpec({ catalogue: shippedCatalogue() });

  beforeAll(async () => {
    for (const n of [1, 2, 3]) {
      await all
        .given(
          declaredFor({ name: `Commune ${n}`, insured: 'yes' }),
          said('ChangeServiceStatus', { service: 'Cantine', status: n === 2 ? 'operational' : 'outage' }),
          said('EstablishBreachAwareness', { reason: 'x' }),
          ...(n === 3 ? [said('NotifyCnil', { kind: 'single' })] : []),
        )
        .told();
    }
  });

  const at = async (path: string): Promise<any> => {
    const { body } = await all.send(get(`${path}${path.includes('?') ? '&' : '?'}await=${await all.store.head()}`));
    return body;
  };

  it('services by status, a page at a time', async () => {
    expect((await at('/services?status=outage')).items.map((each: any) => each.organisation)).toEqual([
      'Commune 1',
      'Commune 3',
    ]);
    const page = await at('/services?limit=2');
    const rest = await at(`/services?limit=2&cursor=${page.next}`);
    expect([...page.items, ...rest.items].map((each: any) => each.organisation)).toEqual([
      'Commune 1',
      'Commune 2',
      'Commune 3',
    ]);
    expect(rest.next).toBeUndefined();
  });

  it('clocks by state and term, a page at a time, the nearest first', async () => {
    const whole = await at('/obligations?limit=500');
    expect(whole.items.length).toBeGreaterThan(6);
    const keys = (list: any[]): string[] =>
      list.map((each) => `${each.incidentId} ${each.organisation.name} ${each.rule}`);
    const paged: any[] = [];
    for (let cursor = ''; ;) {
      const page = await at(`/obligations?limit=2${cursor}`);
      paged.push(...page.items);
      if (page.next === undefined) break;
      cursor = `&cursor=${page.next}`;
    }
    expect(keys(paged)).toEqual(keys(whole.items));
    const dues = whole.items.filter((each: any) => each.dueAt).map((each: any) => Date.parse(each.dueAt));
    expect(dues).toEqual(dues.toSorted((a: number, b: number) => a - b));
    for (const item of whole.items) {
      expect(item).toMatchObject({
        incidentId: expect.any(String),
        organisation: { id: expect.any(String), name: expect.any(String) },
        rule: expect.any(String),
        title: expect.any(String),
        legalBasis: expect.any(String),
        ruleVersion: expect.any(String),
        startAt: expect.any(String),
        startEventId: expect.any(String),
        state: expect.stringMatching(/^(open|met|late|missed|waived)$/),
        provisional: expect.any(Boolean),
      });
    }
    const met = await at('/obligations?state=met');
    expect(met.items.map((each: any) => [each.organisation.name, each.rule])).toContainEqual([
      'Commune 3',
      'cnil-notification',
    ]);
    const soon = await at('/obligations?before=2026-03-05T07:59:00Z');
    expect(soon.items.every((each: any) => Date.parse(each.dueAt) < Date.parse('2026-03-05T07:59:00Z'))).toBe(true);
  });

  it('a state of all incidents is the sum of the states of each', async () => {
    const { items: incidents } = await at('/incidents');
    for (const state of ['open', 'met', 'late', 'missed', 'waived']) {
      const each = await Promise.all(
        incidents.map(({ incidentId }: any) => at(`/incidents/${incidentId}/obligations?state=${state}`)),
      );
      expect((await at(`/obligations?state=${state}&limit=500`)).items).toHaveLength(
        each.flatMap(({ items: list }) => list).length,
      );
    }
  });
});

describe('Legal clocks', () => {
  const rowOf = (body: any, rule: string): any => body.items.find((each: any) => each.rule === rule);

  it('run from detection, provisional, until the body is aware of a breach', async () => {
    const story = [declared({ kind: 'ransomware', detectedAt: '2026-03-02T02:00:00+01:00' })];
    expect(rowOf(await view(story, '/obligations'), 'cnil-notification')).toMatchObject({
      state: 'open',
      provisional: true,
      dueAt: '2026-03-05T01:00:00.000Z',
      remainingSeconds: 65 * 3600,
    });
    const aware = [...story, said('EstablishBreachAwareness', { reason: 'x', occurredAt: '2026-03-02T08:00:00Z' })];
    expect(rowOf(await view(aware, '/obligations'), 'cnil-notification')).toMatchObject({
      state: 'open',
      provisional: false,
      dueAt: '2026-03-05T08:00:00.000Z',
    });
    const notified = [...aware, said('NotifyCnil', { kind: 'initial' })];
    const after = await view(notified, '/obligations');
    expect(rowOf(after, 'cnil-notification')).toMatchObject({ state: 'met', dischargedBy: expect.any(String) });
    expect(rowOf(after, 'cnil-notification').remainingSeconds).toBeUndefined();
    expect(rowOf(after, 'cnil-complement')).toMatchObject({ state: 'open', dueAt: '2026-03-05T08:00:00.000Z' });
  });

  it('are of each body alone', async () => {
    const { items: list } = await view(
      [
        declaredFor('Caen', 'Ifs'),
        said('EstablishBreachAwareness', { reason: 'x' }),
        said('NotifyCnil', { kind: 'single', organisations: ['Caen'] }),
      ],
      '/obligations',
    );
    const states = list
      .filter((each: any) => each.rule === 'cnil-notification')
      .map((each: any) => [each.organisation.name, each.state]);
    expect(states).toEqual(
      expect.arrayContaining([
        ['Caen', 'met'],
        ['Ifs', 'open'],
      ]),
    );
  });

  it('that run out are recorded as missed once, and met by what was done in time and typed late', async () => {
    const own = apiSpecNow();
    await own.open();
    try {
      const told = await own
        .given(declared({ kind: 'ransomware' }), said('EstablishBreachAwareness', { reason: 'x' }))
        .told();
      own.clock.advanceMinutes(73 * 60);
      await own.settle();
      await own.settle();
      const events = (await own.log()).filter(({ type }) => type === 'DeadlineMissed');
      expect(events.map(({ data }) => (data as { rule: string }).rule).toSorted()).toContain('cnil-notification');
      expect(new Set(events.map(({ data }) => JSON.stringify(data))).size).toBe(events.length);
      const missed = await own.send(get('/incidents/:id/obligations?state=missed'), told);
      expect(rowOf(missed.body, 'cnil-notification')).toMatchObject({ state: 'missed', remainingSeconds: -3600 });
      await own.send(said('NotifyCnil', { kind: 'initial', occurredAt: '2026-03-04T08:00:00Z' }), told);
      const met = await own.send(get('/incidents/:id/obligations'), told);
      expect(rowOf(met.body, 'cnil-notification')).toMatchObject({ state: 'met' });
    } finally {
      await own.dispose();
    }
  });

  it('may be waived with a reason, and justified when late', async () => {
    const waived = await view(
      [declared(), said('WaiveObligation', { rule: 'cnil-notification', reason: 'Aucune donnée' })],
      '/obligations?state=waived',
    );
    expect(rowOf(waived, 'cnil-notification')).toMatchObject({ state: 'waived', reason: 'Aucune donnée' });
  });

  it('speak the language of who asks', async () => {
    const told = await api.given(declared()).told();
    const [fr, en] = await Promise.all([
      api.send(get('/incidents/:id/obligations'), told),
      api.send(get('/incidents/:id/obligations', language('en')), told),
    ]);
    expect(fr.body.items[0].title).not.toBe(en.body.items[0].title);
  });
});

describe('Steps', () => {
  it('are those of the playbook, with state, role and reason', async () => {
    const { items: list } = await view(
      [
        declared(),
        said('AssignStep', { step: 'S44', to: { name: 'Ana', role: 'dsi' } }),
        said('CompleteStep', { step: 'S01' }),
      ],
      '/steps?limit=500',
    );
    expect(list.length).toBeGreaterThanOrEqual(44);
    for (const step of list) {
      expect(step).toMatchObject({
        step: expect.any(String),
        title: expect.stringMatching(/\S/),
        state: expect.stringMatching(/^(todo|in_progress|done|unknown|not_applicable|blocked)$/),
        role: expect.any(String),
      });
    }
    expect(list.find((each: any) => each.step === 'S44')).toMatchObject({ assignee: { name: 'Ana', role: 'dsi' } });
    expect(list.find((each: any) => each.step === 'S01')).toMatchObject({ state: 'done' });
  });

  it('are counted as the status view counts them', async () => {
    const story = [declared(), said('CompleteStep', { step: 'S01' }), said('MarkStepUnknown', { step: 'S02' })];
    const { steps } = await view(story);
    const { items: list } = await view(story, '/steps?limit=500');
    const count = (state: string): number => list.filter((each: any) => each.state === state).length;
    expect(steps).toEqual({
      todo: count('todo'),
      inProgress: count('in_progress'),
      done: count('done'),
      unknown: count('unknown'),
      notApplicable: count('not_applicable'),
      blocked: count('blocked'),
    });
  });

  it('are filtered and paged', async () => {
    const done = await view([declared(), said('CompleteStep', { step: 'S01' })], '/steps?state=done');
    expect(done.items.length).toBeGreaterThanOrEqual(1);
    expect(done.items.every((each: any) => each.state === 'done')).toBe(true);
    const page = await view([declared()], '/steps?limit=10');
    expect([page.items.length, page.next]).toEqual([10, '10']);
  });
});

describe('The timeline', () => {
  const story = [
    bare(),
    said('ContactAnssi', { occurredAt: '2026-03-02T06:00:00Z', channel: 'phone' }),
    said('AssessSeverity', { level: 'major', occurredAt: '2026-03-02T07:00:00Z' }),
    said('ChangeServiceStatus', { service: '100 % état_civil', status: 'outage' }),
    corrected('SeverityAssessed', { instead: { do: 'AssessSeverity', data: { level: 'minor' } } }),
  ];
  const types = (body: any): string[] => body.items.map((each: any) => each.type);

  it('is a readable line for each event, with both times, in the order of recording', async () => {
    const body = await view(story, '/timeline', true);
    expect(types(body).filter((type) => !type.startsWith('Obligation'))).toEqual([
      'IncidentDeclared',
      'AnssiContacted',
      'SeverityAssessed',
      'ServiceStatusChanged',
      'FactSuperseded',
      'SeverityAssessed',
    ]);
    for (const line of body.items) {
      expect(line).toMatchObject({
        eventId: expect.any(String),
        revision: expect.any(Number),
        position: expect.any(String),
        text: expect.stringMatching(/\S/),
        recordedAt: expect.any(String),
        occurredAt: { at: expect.any(String), precision: expect.any(String) },
      });
    }
  });

  it('shows which line was corrected, and by which, once it was', async () => {
    const body = await view(story, '/timeline', true);
    const wrong = body.items.find((each: any) => each.type === 'SeverityAssessed');
    const correction = body.items.find((each: any) => each.type === 'FactSuperseded');
    expect(wrong.supersededBy).toBe(correction.eventId);
    const before = await view(story, `/timeline?asOf=${correction.revision - 1}`, true);
    expect(before.items.find((each: any) => each.type === 'SeverityAssessed').supersededBy).toBeUndefined();
    expect(types(before)).not.toContain('FactSuperseded');
  });

  it('is filtered by types and words, in which % and _ mean themselves', async () => {
    expect(types(await view(story, '/timeline?type=AnssiContacted,ServiceStatusChanged', true))).toEqual([
      'AnssiContacted',
      'ServiceStatusChanged',
    ]);
    expect(types(await view(story, '/timeline?type=Nothing', true))).toEqual([]);
    expect(types(await view(story, '/timeline?q=%25%25%25', true))).toEqual([]);
    expect(types(await view(story, "/timeline?q='%20OR%201=1--", true))).toEqual([]);
  });

  it('comes a page at a time, on both axes', async () => {
    for (const axis of ['recorded', 'occurred']) {
      const told = await api.given(...story).told();
      const head = await api.store.head();
      const whole = (await api.send(get(`/incidents/:id/timeline?axis=${axis}&await=${head}`), told)).body.items;
      const paged: any[] = [];
      for (let after = ''; ;) {
        const { body } = await api.send(get(`/incidents/:id/timeline?axis=${axis}&limit=2${after}`), told);
        paged.push(...body.items);
        if (body.next === undefined) break;
        after = `&after=${body.next}`;
      }
      expect(paged).toEqual(whole);
    }
  });

  it('in the order in which things happened leaves out what was wrong', async () => {
    const body = await view(story, '/timeline?axis=occurred', true);
    const times = body.items.map((each: any) => Date.parse(each.occurredAt.at));
    expect(times).toEqual(times.toSorted((a: number, b: number) => a - b));
    expect(body.items.filter((each: any) => each.supersededBy)).toEqual([]);
  });
});

describe('The raw events', () => {
  const story = [bare(), said('ContactAnssi'), said('OpenCrisisCell'), said('CloseCrisisCell')];

  it('are the stream, with its envelope, a page at a time', async () => {
    const told = await api.given(...story).told();
    const whole = (await api.send(get('/incidents/:id/events'), told)).body;
    expect(whole.next).toBeUndefined();
    expect(whole.items.map((each: any) => each.revision)).toEqual(whole.items.map((_: unknown, n: number) => n));
    for (const each of whole.items) {
      expect(each).toMatchObject({
        eventId: expect.any(String),
        type: expect.any(String),
        schemaVersion: 1,
        position: expect.any(String),
        recordedAt: expect.any(String),
        occurredAt: { at: expect.any(String) },
        actor: { id: 'local', name: 'local' },
        data: expect.any(Object),
        incidentId: told.incidentId,
      });
    }
    const first = (await api.send(get('/incidents/:id/events?limit=2'), told)).body;
    const rest = (await api.send(get(`/incidents/:id/events?after=${first.next}`), told)).body;
    expect([...first.items, ...rest.items]).toEqual(whole.items);
    expect((await api.send(get('/incidents/:id/events?after=999'), told)).body).toEqual({ items: [] });
  });

  it('of nobody are not there', () =>
    api
      .given()
      .when(get(`/incidents/${NOBODY}/events`))
      .then(refused(404, 'unknown-incident')));
});

describe('The board', () => {
  const board = apiSpec();

  beforeAll(async () => {
    await board.given(declared({ title: 'Un', organisations: [{ name: 'Caen' }] })).told();
    await board.given(declared({ title: 'Deux', organisations: [{ name: "L'Haÿ-les-Roses" }], exercise: true })).told();
    await board.given(declared({ title: 'Trois', organisations: [{ name: 'Caen' }] }), said('CloseIncident')).told();
    await board
      .given(declared({ title: 'Quatre' }), said('ChangeServiceStatus', { service: 'x', status: 'outage' }))
      .told();
  });

  const titles = async (query: string): Promise<string[]> => {
    const { body } = await board.send(get(`/incidents?await=${await board.store.head()}${query}`));
    return body.items.map(({ title }: { title: string }) => title);
  };

  it('lists incidents, the latest declared first', async () => {
    expect(await titles('')).toEqual(['Quatre', 'Trois', 'Deux', 'Un']);
  });

  it('filters', async () => {
    expect(await titles('&status=closed')).toEqual(['Trois']);
    expect(await titles('&status=open')).toEqual(['Quatre', 'Deux', 'Un']);
    expect(await titles('&exercise=true')).toEqual(['Deux']);
    expect(await titles('&exercise=false&status=open')).toEqual(['Quatre', 'Un']);
    expect(await titles('&organisation=Caen')).toEqual(['Trois', 'Un']);
    expect(await titles("&organisation=L'Ha%C3%BF-les-Roses")).toEqual(['Deux']);
    expect(await titles('&organisation=Nowhere')).toEqual([]);
  });

  it('comes a page at a time, without gap or repeat', async () => {
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await board.send(get(`/incidents?limit=1${cursor}`));
      seen.push(...body.items.map(({ title }: { title: string }) => title));
      if (body.next === undefined) break;
      cursor = `&cursor=${body.next}`;
    }
    expect(seen).toEqual(['Quatre', 'Trois', 'Deux', 'Un']);
  });

  it('shows what the contract says of each', async () => {
    const { body } = await board.send(get('/incidents?limit=1'));
    expect(body.items[0]).toMatchObject({
      incidentId: expect.any(String),
      title: 'Quatre',
      kind: 'unknown',
      status: 'open',
      exercise: false,
      organisations: [{ id: expect.any(String), name: 'Collectivité' }],
      milestones: { detected: { state: 'done' }, restoration: { state: 'unknown' } },
      counts: { events: 2, services: 1 },
      servicesOut: 1,
      revision: 1,
    });
  });
});

describe('The difference of two moments', () => {
  it('is told in domain words', async () => {
    const told = await api
      .given(
        bare(),
        said('AssessSeverity', { level: 'minor' }),
        said('ContactAnssi'),
        said('ChangeServiceStatus', { service: 'x', status: 'outage' }),
        corrected('SeverityAssessed'),
      )
      .told();
    const { body, status: answered } = await api.send(get('/incidents/:id/diff?from=0'), told);
    expect(answered).toBe(200);
    expect(body.milestones).toContainEqual({ milestone: 'anssiContacted', from: 'unknown', to: 'done' });
    expect(body.services).toContainEqual(expect.objectContaining({ service: 'x', from: null, to: 'outage' }));
    expect(body.corrections).toHaveLength(1);
    expect(body.facts).toEqual([]);
    const none = await api.send(get(`/incidents/:id/diff?from=${body.to.revision}`), told);
    expect(none.body).toMatchObject({ events: 0, milestones: [], facts: [], services: [], corrections: [] });
  });

  it('needs two moments that there were', async () => {
    await api.given(bare()).when(get('/incidents/:id/diff?from=0&to=99')).then(refused(404, 'not-yet'));
  });
});

describe('As of a moment', () => {
  const told = async () => {
    const own = new Api();
    await own.open();
    const story = await own.given(declared({ title: 'x' })).told();
    own.clock.advanceMinutes(60);
    const second = await own.send(
      said('AssessSeverity', { level: 'minor', occurredAt: '2026-03-02T06:00:00Z' }),
      story,
    );
    own.clock.advanceMinutes(60);
    await own.send(
      said('SupersedeFact', {
        eventId: second.body.events[0].eventId,
        reason: 'x',
        instead: { do: 'AssessSeverity', data: { level: 'critical' } },
      }),
      story,
    );
    return { own, story, second };
  };

  it('what was known then, by revision, time and position; what was true then, by the same', async () => {
    const { own, story, second } = await told();
    const severity = async (query: string): Promise<string> => {
      const answer = await own.send(get(`/incidents/:id?${query}`), story);
      return answer.status === 200 ? answer.body.facts.severity.value : answer.body.code;
    };
    try {
      expect(await severity('asOf=0')).toBe('unknown');
      expect(await severity('asOf=1')).toBe('minor');
      expect(await severity('asOf=3')).toBe('critical');
      expect(await severity('asOf=4')).toBe('not-yet');
      expect(await severity('asOf=2026-03-02T07:59:59Z')).toBe('not-yet');
      expect(await severity('asOf=2026-03-02T08:00:00Z')).toBe('unknown');
      expect(await severity('asOf=2026-03-02T09:00:00Z')).toBe('minor');
      expect(await severity('asOf=2026-03-02T10:00:00%2B01:00')).toBe('minor');
      expect(await severity('asOf=2026-03-02T10:00:00+01:00')).toBe('minor');
      expect(await severity('asOf=2030-01-01T00:00:00Z')).toBe('critical');
      expect(await severity(`asOf=${second.body.position}`)).toBe('minor');
      expect(await severity(`asOf=${FAR_POSITION}`)).toBe('critical');
      expect(await severity('asOf=zzz')).toBe('invalid-parameter');
      expect(await severity('axis=occurred&asOf=2026-03-02T05:00:00Z')).toBe('not-yet');
      expect(await severity('axis=occurred&asOf=2026-03-02T06:30:00Z')).toBe('critical');
      expect(await severity('axis=occurred&asOf=1')).toBe('critical');
      expect(await severity('axis=occurred')).toBe('critical');
      for (const view of ['/steps', '/obligations', '/services', '/timeline']) {
        const answer = await own.send(get(`/incidents/:id${view}?asOf=0`), story);
        expect([view, answer.status]).toEqual([view, 200]);
        const early = await own.send(get(`/incidents/:id${view}?asOf=2020-01-01T00:00:00Z`), story);
        expect([view, early.body.code]).toEqual([view, 'not-yet']);
      }
    } finally {
      await own.dispose();
    }
  });
});

describe('Read your writes', () => {
  it('a query that waits sees what was just written', async () => {
    for (let n = 0; n < 20; n += 1) {
      const { body } = await api.send(declared({ title: `Vu ${n}`, playbook: 'none' }));
      const board = await api.send(get(`/incidents?limit=1&await=${body.position}`));
      expect(board.body.items[0]).toMatchObject({ title: `Vu ${n}`, position: body.position });
    }
  });

  it.each(['/incidents', '/obligations', '/services', '/commands', '/scenarios'])('%s takes await', async (path) => {
    await api.given(bare()).when(get(path)).then(status(200));
    const head = await api.store.head();
    await api
      .given()
      .when(get(`${path}?await=${head}`))
      .then(status(200));
    await api
      .given()
      .when(get(`${path}?await=never`))
      .then(refused(400, 'invalid-parameter'));
  });

  it('a position that is not there yet is told to come back', async () => {
    const started = performance.now();
    await api
      .given(bare())
      .when(get(`/incidents?await=${FAR_POSITION}`))
      .then(
        refused(503, 'view-behind'),
        that(({ answer }) => expect(answer.headers['retry-after']).toBe('1')),
      );
    expect(performance.now() - started).toBeGreaterThan(1900);
  });

  it.each(['12', 'p', 'p-1', 'p1x', '%27', 'p1&await=p2'])('await=%s is no position', async (position) => {
    await api
      .given(bare())
      .when(get(`/incidents?await=${position}`))
      .then(refused(400, 'invalid-parameter'));
  });
});

describe('What is in the box', () => {
  it.each(['/commands', '/playbooks', '/rules', '/scenarios'])('%s has pages for who asks for them', async (path) => {
    const whole = (await api.send(get(path))).body;
    expect(whole.next).toBeUndefined();
    const paged = [];
    for (let cursor = ''; ;) {
      const { body } = await api.send(get(`${path}?limit=2${cursor}`));
      expect(body.items.length).toBeLessThanOrEqual(2);
      paged.push(...body.items);
      if (body.next === undefined) break;
      cursor = `&cursor=${body.next}`;
    }
    expect(paged).toEqual(whole.items);
  });

  it('playbooks', async () => {
    await api
      .given()
      .when(get('/playbooks'))
      .then(
        status(200),
        items(({ id }) => id, ['collectivite-rancongiciel', 'compte-compromis']),
      );
    await api
      .given()
      .when(get('/playbooks/compte-compromis'))
      .then(status(200), answers({ id: 'compte-compromis', steps: expect.any(Array) }));
    await api.given().when(get('/playbooks/constructor')).then(refused(404, 'unknown-playbook-page'));
  });

  it('rules', async () => {
    await api
      .given()
      .when(get('/rules'))
      .then(
        status(200),
        that(({ answer }) => {
          const ids = answer.body.items.map(({ id }: { id: string }) => id);
          for (const id of [
            'cnil-notification',
            'cnil-complement',
            'breach-register',
            'inform-data-subjects',
            'insurance-complaint',
            'insurer-notice',
            'nis2-early-warning',
            'nis2-notification',
            'nis2-final',
            'health-incident',
            'prosecutor-report',
          ]) {
            expect(ids).toContain(id);
          }
        }),
      );
  });

  it('scenarios', () =>
    api
      .given()
      .when(get('/scenarios'))
      .then(
        status(200),
        that(({ answer }) =>
          expect(answer.body.items.map(({ id }: { id: string }) => id).toSorted()).toEqual([
            'angers-2021',
            'caen-2022',
            'chalon-2021',
            'saint-brevin-2023',
            'saint-jean-de-maurienne-2022',
          ]),
        ),
      ));
});
