/* oxlint-disable promise/valid-params -- then() takes checks, no promise is near */
import {
  alsoRecords,
  corrected,
  declared,
  declaredFor,
  given,
  givenFacts,
  idOf,
  nothing,
  records,
  recordsFact,
  refused,
  said,
  shows,
  unreadable,
  type Incident,
} from '../testing/given.js';
import type { IncidentEventType } from './incident.events.js';
import { effectiveEvents } from './incident.evolve.js';
import { oldestFirst } from './incident.state.js';

/** Corrects the n-th event of a type. */
const correctedAt = (type: IncidentEventType, index: number, instead?: object) =>
  said('SupersedeFact', (incident) => ({
    eventId: incident.allOf(type).at(index)?.eventId,
    reason: 'Erreur de saisie',
    ...(instead ? { instead } : {}),
  }));

const counting = (incident: Incident) =>
  effectiveEvents(oldestFirst(incident.state.history), incident.state.superseded).map(({ eventId }) => eventId);

describe('Correcting a fact', () => {
  it('takes it away when nothing stands in its place', () => {
    const incident = givenFacts(declared(), said('ContactAnssi', { reference: 'A' }));
    const after = incident
      .when(corrected('AnssiContacted'))
      .then(records('FactSuperseded'), shows({ milestones: { anssiContacted: { state: 'unknown' } } }));
    expect(after.lastOf('FactSuperseded')).toMatchObject({
      data: { eventId: incident.lastOf('AnssiContacted').eventId, reason: 'Erreur de saisie', replaced: false },
      organisations: incident.lastOf('AnssiContacted').organisations,
    });
  });

  it('puts what is right in its place, at its time, in the same append', () => {
    const incident = givenFacts(
      declared(),
      said('ContactAnssi', { reference: 'A', occurredAt: '2026-03-02T07:00:00Z' }),
    );
    const after = incident
      .when(corrected('AnssiContacted', { do: 'ContactAnssi', data: { reference: 'B' } }))
      .then(
        records('FactSuperseded', 'AnssiContacted'),
        recordsFact('FactSuperseded', { replaced: true }),
        shows({ milestones: { anssiContacted: { state: 'done', at: '2026-03-02T07:00:00Z' } } }),
      );
    expect(after.lastOf('AnssiContacted')).toMatchObject({
      data: { reference: 'B' },
      supersedes: incident.lastOf('AnssiContacted').eventId,
      occurredAt: { at: '2026-03-02T07:00:00Z', precision: 'minute' },
    });
  });

  it('may move it in time, and keep the rest', () => {
    givenFacts(declared(), said('ContactAnssi'))
      .when(corrected('AnssiContacted', { do: 'ContactAnssi', occurredAt: '2026-03-02T06:00:00Z' }))
      .then(shows({ milestones: { anssiContacted: { at: '2026-03-02T06:00:00Z' } } }));
  });

  it('may say that it was another fact altogether', () => {
    givenFacts(declared(), said('FileComplaint', { filedWith: 'police' }))
      .when(corrected('ComplaintFiled', { do: 'IntendComplaint', data: { by: 'maire' } }))
      .then(
        records('FactSuperseded', 'ComplaintIntended'),
        shows({ milestones: { complaintFiled: { state: 'intended', by: 'maire' } } }),
      );
  });

  it('keeps the bodies that it reached, unless others are named', () => {
    const incident = givenFacts(declaredFor('Caen', 'Caen la Mer'), said('ContactAnssi', { organisations: ['Caen'] }));
    incident
      .when(corrected('AnssiContacted', { do: 'ContactAnssi', data: { reference: 'B' } }))
      .then(alsoRecords('AnssiContacted'), ({ incident: after }) =>
        expect(after.lastOf('AnssiContacted').organisations).toEqual([incident.body('Caen')]),
      );
    incident
      .when(corrected('AnssiContacted', { do: 'ContactAnssi', data: { organisations: ['Caen la Mer'] } }))
      .then(({ incident: after }) =>
        expect(after.lastOf('AnssiContacted').organisations).toEqual([incident.body('Caen la Mer')]),
      );
  });

  it('keeps what the right fact says of itself, else what the correction says', () => {
    const words = { source: { kind: 'log' }, confidence: 'high', note: 'vu dans le journal' };
    const after = givenFacts(declared(), said('ContactAnssi')).given(
      corrected('AnssiContacted', { do: 'ContactAnssi', data: { reference: 'B', ...words } }),
    );
    expect(after.lastOf('AnssiContacted')).toMatchObject(words);
    expect(after.lastOf('FactSuperseded')).not.toHaveProperty('note');
  });

  it('does not change a newer statement when an old one is corrected', () => {
    givenFacts(declared(), said('AssessSeverity', { level: 'minor' }), said('AssessSeverity', { level: 'critical' }))
      .when(correctedAt('SeverityAssessed', 0, { do: 'AssessSeverity', data: { level: 'major' } }))
      .then(records('FactSuperseded', 'SeverityAssessed'), shows({ facts: { severity: { value: 'critical' } } }));
  });

  it('records what is right even where a newer statement says the same', () => {
    givenFacts(
      declared(),
      said('OpenCrisisCell', { location: 'gymnase', occurredAt: '2026-03-02T07:00:00Z' }),
      said('OpenCrisisCell', { location: 'mairie' }),
    )
      .when(correctedAt('CrisisCellOpened', 0, { do: 'OpenCrisisCell', data: { location: 'mairie' } }))
      .then(records('FactSuperseded', 'CrisisCellOpened'));
  });

  it('brings back the statement before, when the newest is taken away', () => {
    givenFacts(declared(), said('AssessSeverity', { level: 'minor' }), said('AssessSeverity', { level: 'critical' }))
      .when(corrected('SeverityAssessed'))
      .then(shows({ facts: { severity: { value: 'minor' } } }));
  });

  it('gives a service back the status that it had', () => {
    givenFacts(
      declared(),
      said('ChangeServiceStatus', { service: 'paie', status: 'degraded' }),
      said('ChangeServiceStatus', { service: 'paie', status: 'outage' }),
    )
      .when(corrected('ServiceStatusChanged'))
      .then(shows({ services: [{ service: 'paie', status: 'degraded' }] }));
    givenFacts(declared(), said('RestoreService', { service: 'paie' }))
      .when(corrected('ServiceRestored'))
      .then(({ incident }) =>
        expect(incident.view()).toMatchObject({ services: [], restoration: { state: 'unknown', servicesRestored: 0 } }),
      );
  });

  it('leaves the wrong one in the history, and out of what counts', () => {
    const incident = givenFacts(declared(), said('ContactAnssi', { reference: 'A' }));
    const wrong = incident.lastOf('AnssiContacted').eventId;
    const after = incident.given(corrected('AnssiContacted', { do: 'ContactAnssi', data: { reference: 'B' } }));
    expect(after.events.map(({ eventId }) => eventId)).toContain(wrong);
    expect(oldestFirst(after.state.history)).toHaveLength(after.events.length);
    expect(counting(after)).not.toContain(wrong);
  });
});

describe('Correcting a correction', () => {
  const first = corrected('AnssiContacted', { do: 'ContactAnssi', data: { reference: 'B' } });
  const second = corrected('AnssiContacted', { do: 'ContactAnssi', data: { reference: 'C' } });

  it('puts the last word in the place of the first', () => {
    const after = givenFacts(
      declared(),
      said('ContactAnssi', { reference: 'A', occurredAt: '2026-03-02T07:00:00Z' }),
      first,
      second,
    );
    expect(after.lastOf('AnssiContacted')).toMatchObject({
      data: { reference: 'C' },
      occurredAt: { at: '2026-03-02T07:00:00Z' },
    });
    expect(counting(after)).toEqual([
      after.events[0]?.eventId,
      after.lastOf('AnssiContacted').eventId,
      ...after.allOf('FactSuperseded').map(({ eventId }) => eventId),
    ]);
    expect(after.view().milestones.anssiContacted.eventId).toBe(after.lastOf('AnssiContacted').eventId);
  });

  it('takes the fact away for good, when the correction was wrong and nothing is right', () => {
    givenFacts(declared(), said('ContactAnssi'), first)
      .when(corrected('AnssiContacted'))
      .then(shows({ milestones: { anssiContacted: { state: 'unknown' } } }));
  });

  it('is asked of the correction, not of what it corrected', () => {
    givenFacts(declared(), said('ContactAnssi'), first)
      .when(correctedAt('AnssiContacted', 0))
      .then(refused('already-superseded', 'eventId'));
    givenFacts(declared(), said('ContactAnssi'), first)
      .when(corrected('FactSuperseded'))
      .then(refused('not-supersedable', 'eventId'));
  });

  it('does not let an old statement come before a newer one', () => {
    givenFacts(declared(), said('AssessSeverity', { level: 'minor' }), said('AssessSeverity', { level: 'critical' }))
      .given(correctedAt('SeverityAssessed', 0, { do: 'AssessSeverity', data: { level: 'major' } }))
      .when(corrected('SeverityAssessed', { do: 'AssessSeverity', data: { level: 'serious' } }))
      .then(records('FactSuperseded', 'SeverityAssessed'), shows({ facts: { severity: { value: 'critical' } } }));
  });
});

describe('The same correction twice', () => {
  it.each([
    ['ContactAnssi', { reference: 'A' }, { do: 'ContactAnssi', data: { reference: 'B' } }],
    ['ContactAnssi', { reference: 'A' }, undefined],
    [
      'ChangeServiceStatus',
      { service: 'paie', status: 'outage' },
      { do: 'ChangeServiceStatus', data: { service: 'paie', status: 'degraded', organisation: 'Caen' } },
    ],
    [
      'MarkOrganisationAffected',
      { organisation: { name: 'CIAS' }, relation: 'partner' },
      { do: 'MarkOrganisationAffected', data: { organisation: { name: 'CCAS' }, relation: 'partner' } },
    ],
    ['AssessSeverity', { level: 'critical' }, { do: 'AssessSeverity', data: { level: 'minor' } }],
  ] as const)('decides nothing: %s %j, instead %j', (command, body, instead) => {
    const incident = givenFacts(declaredFor('Caen'), said('AssessSeverity', { level: 'minor' }), said(command, body));
    const { eventId } = incident.events.at(-1) ?? {};
    const correction = said('SupersedeFact', { eventId, reason: 'faux', ...(instead ? { instead } : {}) });
    incident.when(correction, correction).then(nothing);
  });

  it('with another reason or other words is refused: correct the correction', () => {
    const incident = givenFacts(declared(), said('ContactAnssi'));
    const { eventId } = incident.lastOf('AnssiContacted');
    const once = incident.given(said('SupersedeFact', { eventId, reason: 'faux' }));
    once.when(said('SupersedeFact', { eventId, reason: 'autre' })).then(refused('already-superseded'));
    once
      .when(said('SupersedeFact', { eventId, reason: 'faux', instead: { do: 'ContactAnssi' } }))
      .then(refused('already-superseded'));
  });

  it('is the same whatever the case of the id', () => {
    const incident = givenFacts(declared(), said('ContactAnssi'));
    const eventId = incident.lastOf('AnssiContacted').eventId.toUpperCase();
    incident.when(said('SupersedeFact', { eventId, reason: 'faux' })).then(records('FactSuperseded'));
  });
});

describe('What cannot be corrected', () => {
  it('is an event that the incident does not have', () => {
    givenFacts(declared())
      .when(said('SupersedeFact', { eventId: idOf(999), reason: 'x' }))
      .then(refused('unknown-event', 'eventId'));
  });

  it.each([
    ['IncidentDeclared', []],
    ['PlaybookAdopted', []],
    ['StepCompleted', []],
    ['ObligationOpened', []],
    ['StepStarted', [said('StartStep', { step: 'S04' })]],
    ['IncidentClosed', [said('CloseIncident')]],
  ] as const)('is %s, and the answer says what to do instead', (type, words) => {
    given(declared(), ...words)
      .when(corrected(type))
      .then(refused('not-supersedable', 'eventId'), ({ error }) =>
        expect(error).toMatchObject({ facts: { advice: expect.any(String) } }),
      );
  });

  it('is not replaced by something that is no fact', () => {
    const incident = givenFacts(declared(), said('ContactAnssi'));
    for (const command of [
      'SupersedeFact',
      'CloseIncident',
      'CompleteStep',
      'DeclareIncident',
      'toString',
      'Nonsense',
    ]) {
      incident.when(corrected('AnssiContacted', { do: command })).then(refused('not-a-fact-command', 'instead.do'));
    }
  });

  it('names the field of the replacement that is wrong', () => {
    const incident = givenFacts(declared(), said('ContactAnssi'));
    incident
      .when(
        corrected('AnssiContacted', {
          do: 'FileComplaint',
          data: { filedWith: 'mairie', signatory: { name: 'x', capacities: 'y' } },
        }),
      )
      .then(unreadable('instead.data.filedWith', 'instead.data.signatory.capacities'));
    incident.when(corrected('AnssiContacted', { do: 'FileComplaint' })).then(unreadable('instead.data.filedWith'));
    incident.when(corrected('AnssiContacted', { do: 'ContactAnssi', data: [] })).then(unreadable('instead.data'));
    incident.when(corrected('AnssiContacted', { data: {} })).then(unreadable('instead.do'));
    incident
      .when(corrected('AnssiContacted', { do: 'ContactAnssi', data: { organisations: ['Ailleurs'] } }))
      .then(refused('unknown-organisation'));
  });
});

describe('Correcting a body that was marked', () => {
  const mark = (organisation: object) =>
    said('MarkOrganisationAffected', { organisation, relation: 'affiliated_body' });
  const incident = given(
    declaredFor('3CMA'),
    mark({ name: 'CIAS', insured: 'yes' }),
    said('ContactAnssi'),
    said('ChangeServiceStatus', { service: 'paie', status: 'outage' }),
  );

  it('keeps the body and all that reached it when its words change', () => {
    const after = incident.given(
      corrected('OrganisationMarkedAffected', {
        do: 'MarkOrganisationAffected',
        data: { organisation: { name: 'CIAS de Maurienne' }, relation: 'partner' },
      }),
    );
    expect(after.body('CIAS de Maurienne')).toBe(incident.body('CIAS'));
    expect(after.view().organisations).toHaveLength(2);
    expect(after.view().organisations[1]).not.toHaveProperty('insured');
    expect(after.view().milestones.anssiContacted.organisations).toEqual({
      '3CMA': 'done',
      'CIAS de Maurienne': 'done',
    });
  });

  it('forgets what reached a body that was not concerned', () => {
    const after = incident.given(corrected('OrganisationMarkedAffected'));
    const gone = incident.body('CIAS');
    expect(after.view().organisations).toMatchObject([{ name: '3CMA' }]);
    expect(after.view().services).toMatchObject([{ organisation: '3CMA' }]);
    expect(Object.values(after.state.obligations).filter(({ organisation }) => organisation === gone)).toEqual([]);
    after.when(said('ContactAnssi', { organisations: ['CIAS'] })).then(refused('unknown-organisation'));
  });
});

describe('What rested on a corrected fact', () => {
  it('a step is open again, and done again by what stands in its place', () => {
    const incident = given(declared(), said('ContactAnssi', { reference: 'A' }));
    expect(incident.step('S15')).toMatchObject({ status: 'done', evidence: 'A' });
    const gone = incident.given(corrected('AnssiContacted'));
    expect(gone.step('S15')?.status ?? 'todo').toBe('todo');
    const replaced = incident.given(corrected('AnssiContacted', { do: 'ContactAnssi', data: { reference: 'B' } }));
    expect(replaced.step('S15')).toMatchObject({
      status: 'done',
      evidence: 'B',
      byEventId: replaced.lastOf('AnssiContacted').eventId,
    });
  });

  it('a step is done by another fact that fulfils it', () => {
    const incident = given(
      declared(),
      said('ContactAnssi', { reference: 'A' }),
      said('ContactAnssi', { reference: 'B' }),
    );
    incident
      .when(correctedAt('AnssiContacted', 0))
      .then(alsoRecords('StepCompleted', { step: 'S15', byEventId: incident.lastOf('AnssiContacted').eventId }));
  });

  it('a step that a person reopened stays open', () => {
    const incident = given(declared(), said('ContactAnssi'), said('ContactAnssi'), said('ReopenStep', { step: 'S15' }));
    expect(incident.given(correctedAt('AnssiContacted', 0)).step('S15')?.status).toBe('todo');
  });

  it('a step that was done on the ground of a corrected assessment is to be looked at again', () => {
    const incident = given(
      declared(),
      said('AssessBreachRisk', { risk: 'high' }),
      said('EstablishBreachAwareness', { reason: 'x' }),
      said('NotifyCnil', { kind: 'initial' }),
    );
    expect(incident.step('S27', 'Collectivité')).not.toHaveProperty('reviewOf');
    const after = incident.given(corrected('BreachRiskAssessed', { do: 'AssessBreachRisk', data: { risk: 'risk' } }));
    expect(after.step('S27', 'Collectivité')).toMatchObject({
      status: 'done',
      reviewOf: after.lastOf('FactSuperseded').eventId,
    });
  });

  it('a clock runs again', () => {
    const incident = given(declared(), said('FileComplaint', { filedWith: 'police' }));
    expect(incident.clockStatus('insurance-complaint')).toBe('met');
    expect(incident.given(corrected('ComplaintFiled')).clockStatus('insurance-complaint')).toBe('open');
    expect(
      incident.given(corrected('ComplaintFiled', { do: 'IntendComplaint' })).clockStatus('insurance-complaint'),
    ).toBe('open');
    const again = incident.given(
      corrected('ComplaintFiled', { do: 'FileComplaint', data: { filedWith: 'prosecutor' } }),
    );
    expect(again.clockStatus('insurance-complaint')).toBe('met');
    expect(again.clock('insurance-complaint')?.discharge?.eventId).toBe(again.lastOf('ComplaintFiled').eventId);
  });
});
