/* oxlint-disable promise/valid-params -- then() takes checks, no promise is near */
import { factCommands } from '../testing/bodies.js';
import {
  ana,
  corrected,
  declared,
  declaredFor,
  given,
  givenFacts,
  hoursAfter,
  nothing,
  records,
  recordsFact,
  refused,
  said,
  shows,
  START,
  unreadable,
  warns,
  type Said,
} from '../testing/given.js';
import { incidentCommandTypes } from './incident.commands.js';
import { latestOf } from './incident.evolve.js';

describe('A command that states a fact', () => {
  it.each(factCommands)('%s records %s with what was said', (command, event, _repeat, body) => {
    givenFacts(declared()).when(said(command, body)).then(recordsFact(event, body), records(event));
  });

  it.each(factCommands.filter(([, , repeat]) => repeat === 'act'))(
    '%s is an act: done again, %s is recorded again',
    (command, event, _repeat, body) => {
      givenFacts(declared(), said(command, body)).when(said(command, body)).then(records(event));
    },
  );

  it.each(factCommands.filter(([, , repeat]) => repeat === 'statement'))(
    '%s said again decides nothing',
    (command, _event, _repeat, body) => {
      givenFacts(declared(), said(command, body)).when(said(command, body)).then(nothing);
    },
  );

  it.each(factCommands)(
    '%s carries the name of the body by its id, whether named by id or by name',
    (command, event, _repeat, body) => {
      const incident = givenFacts(declaredFor('Caen', 'Caen la Mer'));
      for (const reference of ['Caen la Mer', incident.body('Caen la Mer')]) {
        const { decision } = incident.hear(said(command, { ...body, organisations: [reference] }));
        expect(decision.events.find(({ type }) => type === event)?.organisations).toEqual([
          incident.body('Caen la Mer'),
        ]);
      }
    },
  );

  it('is listed above, or is one of those that have their own specs', () => {
    const own = incidentCommandTypes.filter((type) => !factCommands.some(([command]) => command === type));
    expect(own).toEqual([
      'MarkOrganisationAffected',
      'EndWorkaround',
      'CloseCrisisCell',
      'AssignStep',
      'StartStep',
      'CompleteStep',
      'MarkStepUnknown',
      'MarkStepNotApplicable',
      'BlockStep',
      'ReopenStep',
      'OverrideGate',
      'WaiveObligation',
      'JustifyLateness',
      'SupersedeFact',
      'AgreeCostShare',
      'AdoptPlaybook',
      'MigratePlaybook',
      'CloseIncident',
      'ReopenIncident',
    ]);
  });
});

describe('The envelope', () => {
  const envelope = {
    saidBy: { name: 'Fabien Roussel', role: 'dgs' },
    source: { kind: 'communique', name: 'site de la ville', quote: 'tout coupé' },
    confidence: 'medium',
    tlp: 'amber+strict',
    note: 'tapé depuis la feuille 3',
  };

  it('keeps who holds the pen, who speaks, the source, the confidence, the TLP and the note', () => {
    const { decision } = givenFacts(declared()).hear(
      said('ContactAnssi', { ...envelope, occurredAt: '2026-03-02T09:00:00+01:00' }),
    );
    expect(decision.events[0]).toMatchObject({
      ...envelope,
      actor: ana,
      data: {},
      occurredAt: { at: '2026-03-02T09:00:00+01:00', precision: 'minute' },
    });
  });

  it('says nothing that was not said', () => {
    const { decision } = givenFacts(declared()).hear(said('ContactAnssi', {}));
    expect(Object.keys(decision.events[0] ?? {})).toEqual([
      'eventId',
      'type',
      'data',
      'organisations',
      'occurredAt',
      'actor',
    ]);
  });

  it('dates a fact at the moment of recording when no time is given', () => {
    const now = hoursAfter(START, 5);
    const { decision } = givenFacts(declared()).hear(said('ContactAnssi', {}, now));
    expect(decision.events[0]?.occurredAt).toEqual({ at: now, precision: 'minute' });
  });

  it('keeps a span and its precision', () => {
    const occurredAt = { at: '2026-02-27T18:00:00+01:00', until: '2026-02-28T08:00:00+01:00', precision: 'night' };
    givenFacts(declared())
      .when(said('RecordDetection', { occurredAt }))
      .then(({ decision }) => expect(decision?.events[0]?.occurredAt).toEqual(occurredAt));
  });

  it('names the speaker of a milestone', () => {
    givenFacts(declared())
      .when(said('ContactAnssi', { saidBy: { name: 'Fabien Roussel' } }))
      .then(shows({ milestones: { anssiContacted: { state: 'done', by: 'Fabien Roussel' } } }));
  });

  it('refuses an organisation that the incident does not have, with the field and the names that it knows', () => {
    givenFacts(declaredFor('Caen', 'Caen la Mer'))
      .when(said('ContactAnssi', { organisations: ['Caen', 'caen la mer'] }))
      .then(refused('unknown-organisation', 'organisations[1]'), ({ error }) =>
        expect(error?.message).toContain('Caen, Caen la Mer'),
      );
  });

  it('takes an empty list as all bodies, and a body named twice once', () => {
    const incident = givenFacts(declaredFor('Caen', 'Caen la Mer'));
    const all = [incident.body('Caen'), incident.body('Caen la Mer')];
    const reached = (words: Said) => incident.hear(words).decision.events[0]?.organisations;
    expect(reached(said('ContactAnssi', { organisations: [] }))).toEqual(all);
    expect(reached(said('ContactAnssi', {}))).toEqual(all);
    expect(
      reached(said('ContactAnssi', { organisations: ['Caen', ' Caen ', incident.body('Caen').toUpperCase()] })),
    ).toEqual([incident.body('Caen')]);
  });
});

describe('A statement', () => {
  const severity = (level: string, more: object = {}) => said('AssessSeverity', { level, ...more });

  it('is recorded again when it changes, and when it changes back', () => {
    givenFacts(declared(), severity('major'), severity('critical'))
      .when(severity('major'))
      .then(records('SeverityAssessed'), shows({ facts: { severity: { value: 'major' } } }));
  });

  it('is recorded when it held earlier than was said', () => {
    const first = severity('major', { occurredAt: '2026-03-02T07:00:00Z' });
    givenFacts(declared(), first)
      .when(severity('major', { occurredAt: '2026-03-02T06:00:00Z' }))
      .then(records('SeverityAssessed'));
    givenFacts(declared(), first)
      .when(severity('major', { occurredAt: '2026-03-02T07:30:00Z' }))
      .then(nothing);
  });

  it('is recorded when its confidence changes', () => {
    givenFacts(declared(), severity('major', { confidence: 'low' }))
      .when(severity('major', { confidence: 'high' }))
      .then(records('SeverityAssessed'), shows({ facts: { severity: { confidence: 'high' } } }));
  });

  it('is recorded when it says something new in its note, once', () => {
    givenFacts(declared(), severity('major'))
      .when(severity('major', { note: 'confirmé' }))
      .then(records('SeverityAssessed'));
    givenFacts(declared(), severity('major', { note: 'confirmé' }))
      .when(severity('major', { note: 'confirmé' }))
      .then(nothing);
  });

  it('is recorded when one of the bodies has not said it', () => {
    givenFacts(declaredFor('Caen', 'Caen la Mer'), severity('major', { organisations: ['Caen'] }))
      .when(severity('major'))
      .then(records('SeverityAssessed'));
    givenFacts(declaredFor('Caen', 'Caen la Mer'), severity('major'))
      .when(severity('major', { organisations: ['Caen'] }))
      .then(nothing);
  });

  it('moves the awareness of a breach when only its time differs', () => {
    const aware = (at: string) => said('EstablishBreachAwareness', { reason: 'journaux', occurredAt: at });
    givenFacts(declared(), aware('2026-03-02T07:00:00Z')).when(aware('2026-03-02T07:00:00Z')).then(nothing);
    givenFacts(declared(), aware('2026-03-02T07:00:00Z'))
      .when(aware('2026-03-02T07:30:00Z'))
      .then(records('BreachAwarenessEstablished'));
  });
});

describe('Declaring', () => {
  it('needs a title or a kind, and nothing else', () => {
    givenFacts(declared({ title: 'Panne' })).then(
      shows({ title: 'Panne', kind: 'unknown', status: 'open', exercise: false }),
    );
    givenFacts(declared({ kind: 'defacement' })).then(shows({ title: 'Site défiguré', kind: 'defacement' }));
    givenFacts()
      .when(declared({ exercise: true }))
      .then(unreadable('title'));
    givenFacts().when(declared({})).then(unreadable('title'));
  });

  it('concerns one organisation by default', () => {
    const view = givenFacts(declared()).view();
    expect(view.organisations).toHaveLength(1);
    expect(view.organisations[0]).toMatchObject({ id: expect.any(String), name: expect.any(String) });
    expect(givenFacts(declared({ title: 'x', organisations: [] })).view().organisations).toHaveLength(1);
  });

  it('keeps what was said of each body, and a body named twice once', () => {
    const caen = {
      name: 'Caen',
      kind: 'commune',
      siren: '211401187',
      population: 105_000,
      timeZone: 'Europe/Paris',
      insured: 'yes',
      nis2: 'unknown',
    };
    const { organisations } = givenFacts(declaredFor(caen, 'Caen la Mer', 'Caen la Mer')).view();
    expect(organisations).toMatchObject([caen, { name: 'Caen la Mer' }]);
  });

  it('dates the detection by the declaration, else by what was said', () => {
    givenFacts(declared()).then(shows({ milestones: { detected: { state: 'done', at: START, by: 'Ana Dupuis' } } }));
    givenFacts()
      .when(
        declared({
          title: 'x',
          detectedAt: { at: '2026-03-01T22:00:00+01:00', precision: 'night' },
          detectedBy: 'astreinte',
          trigger: 'alerte',
        }),
      )
      .then(
        records('IncidentDeclared', 'IncidentDetected'),
        shows({ milestones: { detected: { state: 'done', at: '2026-03-01T22:00:00+01:00', by: 'astreinte' } } }),
      );
    givenFacts()
      .when(declared({ title: 'x', detectedBy: 'astreinte' }))
      .then(
        records('IncidentDeclared', 'IncidentDetected'),
        shows({ milestones: { detected: { at: START, by: 'astreinte' } } }),
      );
  });

  it('states the kind of attack, and an unknown kind states nothing', () => {
    givenFacts(declared({ kind: 'ransomware' })).then(shows({ facts: { attackType: { value: 'ransomware' } } }));
    expect(givenFacts(declared({ title: 'x' })).view().facts.attackType).toEqual({ value: 'unknown' });
  });

  it('marks a drill as one', () => {
    givenFacts(declared({ title: 'Exercice', exercise: true })).then(shows({ exercise: true }));
  });

  it('keeps the note and the scribe', () => {
    const { decision } = givenFacts().hear(declared({ title: 'x', note: 'par téléphone', saidBy: { name: 'Maire' } }));
    expect(decision.events[0]).toMatchObject({ note: 'par téléphone', saidBy: { name: 'Maire' } });
  });
});

describe('Milestones', () => {
  const state = (milestone: string, value: string) => shows({ milestones: { [milestone]: { state: value } } });

  it('are unknown until somebody speaks, but for the detection', () => {
    const { milestones } = givenFacts(declared()).view();
    expect(Object.entries(milestones).map(([name, each]) => [name, each.state])).toEqual([
      ['detected', 'done'],
      ['systemsShutDown', 'unknown'],
      ['anssiContacted', 'unknown'],
      ['complaintFiled', 'unknown'],
      ['cnilNotified', 'unknown'],
      ['restoration', 'unknown'],
    ]);
  });

  it.each([
    ['ShutDownSystems', { scope: 'all' }, 'systemsShutDown', 'done'],
    ['ShutDownSystems', { scope: 'partial' }, 'systemsShutDown', 'started'],
    ['ContactAnssi', {}, 'anssiContacted', 'done'],
    ['IntendComplaint', {}, 'complaintFiled', 'intended'],
    ['FileComplaint', { filedWith: 'police' }, 'complaintFiled', 'done'],
    ['NotifyCnil', { kind: 'initial' }, 'cnilNotified', 'done'],
    ['NotifyCnil', { kind: 'complementary' }, 'cnilNotified', 'done'],
    ['NotifyCnil', { kind: 'single' }, 'cnilNotified', 'done'],
    ['NotifyCnil', { kind: 'unknown' }, 'cnilNotified', 'done'],
    ['PlanRestoration', {}, 'restoration', 'intended'],
    ['StartRestoration', {}, 'restoration', 'started'],
    ['RestoreService', { service: 'paie' }, 'restoration', 'started'],
    ['CompleteRestoration', {}, 'restoration', 'done'],
  ] as const)('%s %j makes %s %s', (command, body, milestone, reached) => {
    givenFacts(declared()).when(said(command, body)).then(state(milestone, reached));
  });

  it('ask nothing of a call to another authority', () => {
    givenFacts(declared())
      .when(said('ContactAuthority', { authority: 'regional_csirt' }))
      .then(state('anssiContacted', 'unknown'));
  });

  it('never move back', () => {
    givenFacts(declared(), said('FileComplaint', { filedWith: 'police' }))
      .when(said('IntendComplaint'))
      .then(state('complaintFiled', 'done'));
    givenFacts(declared(), said('ShutDownSystems', { scope: 'all' }))
      .when(said('ShutDownSystems', { scope: 'partial' }))
      .then(state('systemsShutDown', 'done'));
    givenFacts(declared(), said('CompleteRestoration'))
      .when(said('StartRestoration'))
      .then(state('restoration', 'done'));
  });

  it('come in any order', () => {
    givenFacts(declared(), said('CompleteRestoration'), said('NotifyCnil', { kind: 'single' }))
      .when(said('ContactAnssi'))
      .then(state('restoration', 'done'), state('cnilNotified', 'done'), state('complaintFiled', 'unknown'));
  });

  it('keep the first of several acts at the same stage', () => {
    givenFacts(declared(), said('ContactAnssi', { occurredAt: '2026-03-02T08:10:00Z' }))
      .when(said('ContactAnssi', { occurredAt: '2026-03-02T08:20:00Z' }))
      .then(shows({ milestones: { anssiContacted: { at: '2026-03-02T08:10:00Z' } } }));
  });

  it('say who did it: the signatory of the complaint, the one who decided the shutdown', () => {
    givenFacts(declared(), said('ShutDownSystems', { scope: 'all', decidedBy: 'DGS' }))
      .when(
        said('FileComplaint', {
          filedWith: 'prosecutor',
          signatory: { name: 'Christophe Béchu', capacities: ['maire', 'président'] },
        }),
      )
      .then(shows({ milestones: { complaintFiled: { by: 'Christophe Béchu' }, systemsShutDown: { by: 'DGS' } } }));
  });

  it('show the furthest of several bodies, and each', () => {
    givenFacts(declaredFor('Caen', 'Caen la Mer', 'CCAS'), said('IntendComplaint', { organisations: ['CCAS'] }))
      .when(said('FileComplaint', { filedWith: 'police', organisations: ['Caen la Mer'] }))
      .then(({ incident }) =>
        expect(incident.view().milestones.complaintFiled).toMatchObject({
          state: 'done',
          organisations: { Caen: 'unknown', 'Caen la Mer': 'done', CCAS: 'intended' },
        }),
      );
  });

  it('say nothing of bodies when there is one', () => {
    expect(givenFacts(declared(), said('ContactAnssi')).view().milestones.anssiContacted).not.toHaveProperty(
      'organisations',
    );
  });

  it('do not reach a body that is marked later', () => {
    givenFacts(declaredFor('3CMA'), said('ContactAnssi'))
      .when(said('MarkOrganisationAffected', { organisation: { name: 'CIAS' }, relation: 'affiliated_body' }))
      .then(
        shows({
          milestones: {
            anssiContacted: { state: 'done', organisations: { '3CMA': 'done', CIAS: 'unknown' } },
            detected: { organisations: { '3CMA': 'done', CIAS: 'done' } },
          },
        }),
      );
  });
});

describe('Facts', () => {
  it('are unknown or not assessed until stated', () => {
    const { facts } = givenFacts(declared({ title: 'x' })).view();
    expect(facts).toEqual({
      attackType: { value: 'unknown' },
      severity: { value: 'unknown' },
      attackWindow: { value: 'unknown' },
      ransomDemand: { value: 'not_assessed' },
      ransomPolicy: { value: 'unknown' },
      dataExfiltration: { value: 'not_assessed' },
      breachRisk: { value: 'not_assessed' },
      backups: { value: 'not_assessed' },
      eta: { value: 'unknown' },
      judicialInvestigation: { value: 'unknown' },
    });
  });

  it.each([
    ['QualifyIncident', { attackType: 'intrusion', certainty: 'confirmed' }, 'attackType', 'intrusion'],
    ['AssessSeverity', { level: 'critical' }, 'severity', 'critical'],
    ['RecordRansomDemand', {}, 'ransomDemand', 'received'],
    ['AssessRansomDemand', { status: 'none_known' }, 'ransomDemand', 'none_known'],
    ['StateRansomPolicy', { payment: 'refused_in_principle' }, 'ransomPolicy', 'refused_in_principle'],
    ['AssessDataExfiltration', { status: 'none_identified' }, 'dataExfiltration', 'none_identified'],
    ['AssessBreachRisk', { risk: 'unlikely' }, 'breachRisk', 'unlikely'],
    ['AssessBackupIntegrity', { status: 'partial' }, 'backups', 'partial'],
    ['RecordJudicialInvestigation', { by: 'parquet' }, 'judicialInvestigation', 'opened'],
    [
      'StateRestorationEta',
      { text: 'vers Pâques', eta: '2026-04-05T08:00:00+02:00' },
      'eta',
      '2026-04-05T08:00:00+02:00',
    ],
    ['StateRestorationEta', { text: 'aucune visibilité', eta: null }, 'eta', 'unknown'],
    ['StateRestorationEta', { text: 'aucune visibilité' }, 'eta', 'unknown'],
  ] as const)('%s %j: %s is %s', (command, body, fact, value) => {
    givenFacts(declared())
      .when(said(command, body))
      .then(shows({ facts: { [fact]: { value } } }));
  });

  it('carry their words, their confidence, since when and by which event', () => {
    const incident = givenFacts(
      declared(),
      said('StateRestorationEta', { text: 'aucune visibilité', confidence: 'low', occurredAt: '2026-03-02T08:30:00Z' }),
    );
    expect(incident.view().facts.eta).toEqual({
      value: 'unknown',
      detail: 'aucune visibilité',
      confidence: 'low',
      since: '2026-03-02T08:30:00Z',
      eventId: incident.lastOf('RestorationEtaStated').eventId,
    });
  });

  it('show the latest of what bodies state differently, and each', () => {
    givenFacts(
      declaredFor('Caen', 'Caen la Mer', 'CCAS'),
      said('AssessBreachRisk', { risk: 'high', organisations: ['Caen'] }),
    )
      .when(said('AssessBreachRisk', { risk: 'unlikely', organisations: ['CCAS'] }))
      .then(
        shows({
          facts: {
            breachRisk: {
              value: 'unlikely',
              organisations: { Caen: 'high', 'Caen la Mer': 'not_assessed', CCAS: 'unlikely' },
            },
          },
        }),
      );
  });

  it('are reversed by later statements: no demand known, then a demand received', () => {
    givenFacts(declared(), said('AssessRansomDemand', { status: 'none_known' }))
      .when(said('RecordRansomDemand', { amount: 500_000, currency: 'EUR' }))
      .then(shows({ facts: { ransomDemand: { value: 'received', detail: '500000 EUR' } } }));
  });
});

describe('Services', () => {
  const status = (service: string, value: string, more: object = {}) =>
    said('ChangeServiceStatus', { service, status: value, ...more });

  it('have one row for each body that they were named for', () => {
    const incident = givenFacts(
      declaredFor('Caen', 'Caen la Mer'),
      status('téléphonie', 'outage'),
      status('piscine', 'degraded', { organisation: 'Caen la Mer' }),
    );
    expect(
      incident.view().services.map(({ organisation, service, status }) => [organisation, service, status]),
    ).toEqual([
      ['Caen', 'téléphonie', 'outage'],
      ['Caen la Mer', 'téléphonie', 'outage'],
      ['Caen la Mer', 'piscine', 'degraded'],
    ]);
  });

  it('keep the workaround beside the status, until it ends', () => {
    const incident = givenFacts(
      declared(),
      said('ActivateWorkaround', { service: 'standard', kind: 'mobile_phone', number: '06 00 00 00 00' }),
      status('standard', 'outage'),
    );
    incident.then(
      shows({ services: [{ status: 'outage', workaround: 'mobile_phone', publicNumber: '06 00 00 00 00' }] }),
    );
    incident
      .when(said('EndWorkaround', { service: 'standard' }))
      .then(records('WorkaroundEnded'), ({ incident: after }) => {
        expect(after.view().services[0]).toMatchObject({
          status: 'outage',
          workaround: undefined,
          publicNumber: undefined,
        });
      });
  });

  it('end nothing that was not active, and say so', () => {
    givenFacts(declared())
      .when(said('EndWorkaround', { service: 'standard' }))
      .then(nothing, warns('nothing-to-end'));
  });

  it('end a workaround only where there is one', () => {
    const incident = givenFacts(
      declaredFor('Caen', 'Caen la Mer'),
      said('ActivateWorkaround', { service: 'paie', kind: 'paper', organisation: 'Caen' }),
    );
    incident
      .when(said('EndWorkaround', { service: 'paie' }))
      .then(({ decision }) => expect(decision?.events[0]?.organisations).toEqual([incident.body('Caen')]));
  });

  it('come back with RestoreService, for the bodies that had named it', () => {
    const incident = givenFacts(declaredFor('Caen', 'Caen la Mer'), status('paie', 'outage', { organisation: 'Caen' }));
    incident
      .when(said('RestoreService', { service: 'paie' }))
      .then(records('ServiceRestored'), ({ incident: after }) =>
        expect(after.view().services).toMatchObject([{ organisation: 'Caen', status: 'operational' }]),
      );
  });

  it('are restored again after another outage, and when somebody has tested them since', () => {
    const restored = said('RestoreService', { service: 'paie' });
    givenFacts(declared(), status('paie', 'outage'), restored, status('paie', 'outage'))
      .when(restored)
      .then(records('ServiceRestored'));
    givenFacts(declared(), restored)
      .when(said('RestoreService', { service: 'paie', tested: 'yes' }))
      .then(records('ServiceRestored'));
  });

  it('say the same again only for the body that is named', () => {
    givenFacts(
      declaredFor('Caen', 'Caen la Mer'),
      status('paie', 'outage', { organisation: 'Caen', occurredAt: '2026-03-02T07:00:00Z' }),
      status('paie', 'outage', { organisation: 'Caen la Mer', occurredAt: '2026-03-02T07:50:00Z' }),
    )
      .when(status('paie', 'outage', { organisation: 'Caen', occurredAt: '2026-03-02T07:30:00Z' }))
      .then(nothing);
  });

  it('take the name of an organisation in the data, and refuse an unknown one there', () => {
    givenFacts(declared())
      .when(status('paie', 'outage', { organisation: 'Ailleurs' }))
      .then(refused('unknown-organisation', 'organisation'));
  });

  it('may have any text as their name', () => {
    givenFacts(declared())
      .when(status('__proto__', 'outage'))
      .then(shows({ services: [{ service: '__proto__', status: 'outage' }] }));
  });
});

describe('The crisis cell', () => {
  it('opens somewhere, moves, and closes', () => {
    const incident = givenFacts(declared(), said('OpenCrisisCell', { location: 'mairie' }));
    incident.then(shows({ crisisCell: { open: true, location: 'mairie', since: incident.now } }));
    incident
      .when(said('OpenCrisisCell', { location: 'gymnase' }))
      .then(records('CrisisCellOpened'), shows({ crisisCell: { location: 'gymnase' } }));
    incident.when(said('CloseCrisisCell')).then(records('CrisisCellClosed'), shows({ crisisCell: { open: false } }));
  });

  it('is not closed twice, nor before it opened', () => {
    givenFacts(declared()).when(said('CloseCrisisCell')).then(nothing, warns('nothing-to-end'));
    givenFacts(declared(), said('OpenCrisisCell'), said('CloseCrisisCell'))
      .when(said('CloseCrisisCell'))
      .then(nothing, warns('nothing-to-end'));
    givenFacts(declared(), said('OpenCrisisCell'), said('CloseCrisisCell'))
      .when(said('OpenCrisisCell'))
      .then(records('CrisisCellOpened'));
  });
});

describe('Restoration', () => {
  it('keeps the plan, the constraints and how many services are back', () => {
    givenFacts(
      declared(),
      said('PlanRestoration', { scenario: 'vital', waves: ['paie'] }),
      said('ConstrainRestoration', { reason: 'judicial_evidence', detail: 'scellés' }),
      said('ConstrainRestoration', { reason: 'supply' }),
      said('RestoreService', { service: 'paie' }),
    ).then(
      shows({
        restoration: {
          state: 'started',
          plan: { scenario: 'vital', waves: ['paie'] },
          constraints: [{ reason: 'judicial_evidence', detail: 'scellés' }, { reason: 'supply' }],
          servicesRestored: 1,
        },
      }),
    );
  });
});

describe('Organisations', () => {
  const mark = (organisation: object, more: object = {}) =>
    said('MarkOrganisationAffected', { organisation, relation: 'affiliated_body', ...more });

  it('join the incident later, detected when they were marked', () => {
    const incident = givenFacts(
      declaredFor('3CMA'),
      mark({ name: 'CIAS', kind: 'social_action_centre' }, { occurredAt: '2026-03-03T08:00:00Z' }),
    );
    expect(incident.view().organisations).toMatchObject([
      { name: '3CMA', relation: 'primary' },
      { name: 'CIAS', relation: 'affiliated_body' },
    ]);
    expect(incident.state.milestones.detected[incident.body('CIAS')]).toMatchObject({
      state: 'done',
      at: '2026-03-03T08:00:00Z',
    });
  });

  it('marked again with the same words decide nothing, with others change and keep their id', () => {
    const incident = givenFacts(declaredFor('3CMA'), mark({ name: 'CIAS' }));
    incident.when(mark({ name: 'CIAS' })).then(nothing);
    const after = incident.when(mark({ name: 'CIAS', insured: 'no' })).then(records('OrganisationMarkedAffected'));
    expect(after.body('CIAS')).toBe(incident.body('CIAS'));
    expect(after.view().organisations[1]).toMatchObject({ insured: 'no' });
  });

  it('are at most 200', () => {
    const many = Array.from({ length: 200 }, (_each, index) => `Commune ${index}`);
    givenFacts(declaredFor(...many))
      .when(mark({ name: 'De trop' }))
      .then(refused('too-many-organisations'));
  });

  it('share the costs by name or id', () => {
    const incident = givenFacts(declaredFor('3CMA', 'CIAS'));
    const shares = said('AgreeCostShare', {
      shares: [
        { organisation: '3CMA', percent: 60 },
        { organisation: 'CIAS', percent: 40 },
      ],
    });
    incident.when(shares).then(
      recordsFact('CostShareAgreed', {
        shares: [
          { organisation: incident.body('3CMA'), percent: 60 },
          { organisation: incident.body('CIAS'), percent: 40 },
        ],
      }),
    );
    incident.when(shares, shares).then(nothing);
    incident
      .when(said('AgreeCostShare', { shares: [{ organisation: 'Annecy', percent: 1 }] }))
      .then(refused('unknown-organisation', 'shares[0].organisation'));
  });
});

describe('Closing', () => {
  it('closes once and opens again', () => {
    const closed = givenFacts(declared(), said('CloseIncident', { summary: 'fini' }));
    closed.then(shows({ status: 'closed' }));
    closed.when(said('CloseIncident', { summary: 'fini' })).then(nothing);
    closed
      .when(said('ReopenIncident', { reason: 'nouvelle attaque' }))
      .then(records('IncidentReopened'), shows({ status: 'open' }));
    givenFacts(declared())
      .when(said('ReopenIncident', { reason: 'x' }))
      .then(nothing);
  });

  it('refuses new facts, but takes corrections, costs and the reasons of a delay', () => {
    const closed = givenFacts(declaredFor('3CMA'), said('ContactAnssi'), said('CloseIncident'));
    closed.when(said('ContactAnssi')).then(refused('incident-closed'));
    closed.when(corrected('AnssiContacted')).then(records('FactSuperseded'));
    closed.when(said('RecordCost', { label: 'x', amount: 1 })).then(records('IncidentCostRecorded'));
    closed
      .when(said('AgreeCostShare', { shares: [{ organisation: '3CMA', percent: 100 }] }))
      .then(records('CostShareAgreed'));
  });

  it('warns of clocks that still run', () => {
    given(declared()).when(said('CloseIncident')).then(warns('open-obligations'));
  });
});

describe('The state after a decision', () => {
  it('answers the latest event of a type for a body', () => {
    const incident = givenFacts(
      declared(),
      said('ContactAnssi', { reference: 'A' }),
      said('ContactAnssi', { reference: 'B' }),
    );
    expect(latestOf(incident.state, 'AnssiContacted', () => true)?.data.reference).toBe('B');
    expect(latestOf(incident.state, 'CnilNotified', () => true)).toBeUndefined();
  });
});
