/* oxlint-disable promise/valid-params, promise/no-callback-in-promise -- then() takes checks, no promise is near */
import { nextActions } from './next-actions.js';
import { adviseSteps, stepRows } from './step.view.js';
import {
  alsoRecords,
  declared,
  declaredFor,
  given,
  givenWith,
  hoursAfter,
  nothing,
  records,
  recordsFact,
  refused,
  said,
  shows,
  warns,
  type Incident,
} from '../testing/given.js';
import { ransomwarePlaybook, testPlaybooks } from '../testing/playbooks.js';

const withSteps = { playbooks: testPlaybooks };
const givenSteps = (...words: Parameters<typeof given>) => givenWith(withSteps, ...words);
const step = (id: string, more: object = {}) => ({ step: id, ...more });
const ONE = 'Collectivité';

describe('A playbook', () => {
  it.each([
    [{ kind: 'ransomware' }, 'collectivite-rancongiciel'],
    [{ kind: 'intrusion' }, 'collectivite-rancongiciel'],
    [{ kind: 'other' }, 'collectivite-rancongiciel'],
    [{ title: 'x' }, 'collectivite-rancongiciel'],
    [{ kind: 'account_takeover' }, 'compte-compromis'],
    [{ kind: 'account_takeover', playbook: 'collectivite-rancongiciel' }, 'collectivite-rancongiciel'],
  ])('is adopted with %j: %s', (body, id) => {
    givenSteps(declared(body)).then(shows({ playbook: { id, version: '1' } }));
  });

  it('is none for a kind that has none, and when none is wanted', () => {
    expect(givenSteps(declared({ kind: 'defacement' })).view()).not.toHaveProperty('playbook');
    expect(givenSteps(declared({ kind: 'ransomware', playbook: 'none' })).view()).not.toHaveProperty('playbook');
  });

  it('is refused when nobody wrote it', () => {
    givenSteps()
      .when(declared({ title: 'x', playbook: 'autre' }))
      .then(refused('unknown-playbook', 'playbook'));
    givenSteps(declared({ title: 'x', playbook: 'none' }))
      .when(said('AdoptPlaybook', { playbook: 'autre' }))
      .then(refused('unknown-playbook'));
  });

  it('may be adopted later, and then finds what was already done', () => {
    givenSteps(declared({ kind: 'ransomware', playbook: 'none' }), said('ContactAnssi', { reference: 'A' }))
      .when(said('AdoptPlaybook', { playbook: 'collectivite-rancongiciel' }))
      .then(
        recordsFact('PlaybookAdopted', { playbook: 'collectivite-rancongiciel', version: '1', sha256: '1'.repeat(64) }),
        alsoRecords('StepCompleted', { step: 'S15', evidence: 'A' }),
      );
  });

  it('is adopted once', () => {
    const incident = givenSteps(declared());
    incident.when(said('AdoptPlaybook', { playbook: 'collectivite-rancongiciel' })).then(nothing);
    incident.when(said('AdoptPlaybook', { playbook: 'none' })).then(nothing);
    incident.when(said('AdoptPlaybook', { playbook: 'compte-compromis' })).then(refused('playbook-already-adopted'));
  });

  it('is pinned whole: the catalogue may forget it', () => {
    const incident = givenSteps(declared());
    expect(incident.lastOf('PlaybookAdopted').data.definition).toEqual(ransomwarePlaybook);
    const { decision } = givenWith({}, declared()).hear(said('ContactAnssi'));
    expect(decision.events).toHaveLength(1);
  });

  it('says first what a migration would change, then changes it', () => {
    const incident = givenSteps(declared(), said('IsolateBackups'));
    incident
      .when(said('MigratePlaybook', { version: '2', dryRun: true }))
      .then(nothing, warns('migration-dry-run'), ({ decision }) =>
        expect(decision?.warnings[0]?.facts).toEqual({
          changes: ['- S37', '~ S42 (roles)', '+ S09', 'S09 → done'],
          clocks: [],
        }),
      );
    incident
      .when(said('MigratePlaybook', { version: '2' }))
      .then(
        recordsFact('PlaybookMigrated', { version: '2', fromVersion: '1' }),
        alsoRecords('StepCompleted', { step: 'S09' }),
        shows({ playbook: { version: '2' } }),
      );
    incident.when(said('MigratePlaybook', { version: '1' })).then(nothing);
    incident.when(said('MigratePlaybook', { version: '7' })).then(refused('unknown-version', 'version'));
    givenSteps(declared({ kind: 'defacement' }))
      .when(said('MigratePlaybook', { version: '2' }))
      .then(refused('no-playbook'));
  });

  it('keeps what was done through a migration', () => {
    const after = givenSteps(declared(), said('ContactAnssi'), said('MigratePlaybook', { version: '2' }));
    expect(after.step('S15')).toMatchObject({ status: 'done' });
  });
});

describe('A step that a fact fulfils', () => {
  it('is completed in the same append, naming the fact, its time and its receipt', () => {
    const incident = givenSteps(declared());
    incident
      .when(
        said('ContactAnssi', { reference: 'CERT-1', occurredAt: '2026-03-02T07:00:00Z', saidBy: { name: 'Maire' } }),
      )
      .then(records('AnssiContacted', 'StepCompleted'), ({ decision }) => {
        const [fact, done] = decision?.events ?? [];
        expect(done).toMatchObject({
          data: { step: 'S15', byEventId: fact?.eventId, evidence: 'CERT-1' },
          occurredAt: { at: '2026-03-02T07:00:00Z' },
          saidBy: { name: 'Maire' },
          causedBy: fact?.eventId,
        });
      });
  });

  it('is not by a fact that says something else', () => {
    givenSteps(declared())
      .when(said('ShutDownSystems', { scope: 'partial' }))
      .then(records('SystemsShutDown'));
    givenSteps(declared())
      .when(said('CheckSigningAuthority', { signatory: 'x', capacity: 'DGS', valid: 'no' }))
      .then(records('SigningAuthorityChecked'));
  });

  it('is completed once, however often the fact comes', () => {
    givenSteps(declared(), said('ContactAnssi')).when(said('ContactAnssi')).then(records('AnssiContacted'));
  });

  it('is completed for the bodies that the fact reaches', () => {
    const incident = givenSteps(declaredFor('Caen', 'Caen la Mer')).given(
      said('FileComplaint', { filedWith: 'police', organisations: ['Caen'] }),
    );
    expect(incident.step('S23', 'Caen')?.status).toBe('done');
    expect(incident.step('S23', 'Caen la Mer')).toBeUndefined();
    const both = incident.given(said('FileComplaint', { filedWith: 'police' }));
    expect(both.lastOf('StepCompleted').organisations).toEqual([incident.body('Caen la Mer')]);
  });

  it('is recorded behind a closed gate, with a warning for the bodies that it reaches', () => {
    const complaint = said('FileComplaint', { filedWith: 'police', organisations: ['Caen'] });
    const incident = givenSteps(declaredFor('Caen', 'Caen la Mer'));
    incident
      .when(complaint)
      .then(alsoRecords('StepCompleted', { step: 'S23' }), warns('gate-not-met'), ({ decision }) =>
        expect(decision?.warnings[0]?.facts).toEqual({ step: 'S23', gate: 'mandate', missing: 'S21' }),
      );
    const checked = said('CheckSigningAuthority', {
      signatory: 'x',
      capacity: 'maire',
      valid: 'yes',
      organisations: ['Caen'],
    });
    incident.when(checked, complaint).then(warns());
  });

  it('does not warn of what the same append fulfils', () => {
    givenSteps()
      .when(declared())
      .then(alsoRecords('StepCompleted', { step: 'S02' }), warns());
  });

  it('warns of what usually comes before', () => {
    givenSteps(declared())
      .when(said('ContactAnssi'))
      .then(warns('soft-prerequisite-missing'), ({ decision }) =>
        expect(decision?.warnings[0]?.facts).toEqual({ step: 'S15', missing: 'S04' }),
      );
    givenSteps(declared(), said('QualifyIncident', { attackType: 'ransomware', certainty: 'suspected' }))
      .when(said('ContactAnssi'))
      .then(warns());
  });

  it.each(['MarkStepNotApplicable', 'MarkStepUnknown', 'BlockStep', 'StartStep'] as const)(
    'is completed even after %s: the fact is there',
    (command) => {
      givenSteps(declared(), said(command, step('S15', { reason: 'x' })))
        .when(said('ContactAnssi'))
        .then(alsoRecords('StepCompleted', { step: 'S15' }));
    },
  );

  it('is completed again after it was reopened, by a new fact only', () => {
    const reopened = givenSteps(
      declared(),
      said('ContactAnssi'),
      said('ReopenStep', step('S15', { reason: 'à refaire' })),
    );
    expect(reopened.step('S15')).toMatchObject({ status: 'todo', reopened: true });
    reopened.when(said('ContactAnssi')).then(alsoRecords('StepCompleted', { step: 'S15' }));
  });
});

describe('A step by hand', () => {
  it.each([
    ['StartStep', 'StepStarted', 'in_progress'],
    ['CompleteStep', 'StepCompleted', 'done'],
    ['MarkStepUnknown', 'StepMarkedUnknown', 'unknown'],
    ['MarkStepNotApplicable', 'StepMarkedNotApplicable', 'not_applicable'],
    ['BlockStep', 'StepBlocked', 'blocked'],
  ] as const)('%s records %s, once', (command, type, status) => {
    const words = said(command, step('S08', { reason: 'motif', evidence: 'preuve' }));
    const after = givenSteps(declared()).when(words).then(records(type));
    expect(after.step('S08')).toMatchObject({ status, reason: 'motif', evidence: 'preuve', by: 'Ana Dupuis' });
    after.when(words).then(nothing);
    after.when(said(command, step('S08'))).then(nothing);
    after.when(said(command, step('S08', { reason: 'autre motif' }))).then(records(type));
  });

  it('is reopened when it was touched, not before', () => {
    givenSteps(declared())
      .when(said('ReopenStep', step('S08')))
      .then(nothing);
    givenSteps(declared(), said('CompleteStep', step('S08')))
      .when(said('ReopenStep', step('S08')))
      .then(records('StepReopened'));
    givenSteps(declared(), said('CompleteStep', step('S08')), said('ReopenStep', step('S08')))
      .when(said('ReopenStep', step('S08')))
      .then(nothing);
  });

  it('is given to somebody, and to somebody else', () => {
    const leo = { name: 'Léo', role: 'dsi' };
    const assigned = givenSteps(declared())
      .when(said('AssignStep', step('S08', { to: leo })))
      .then(records('StepAssigned'));
    expect(assigned.step('S08')).toMatchObject({ status: 'todo', assignee: leo });
    assigned.when(said('AssignStep', step('S08', { to: leo }))).then(nothing);
    assigned.when(said('AssignStep', step('S08', { to: { name: 'Zoé' } }))).then(records('StepAssigned'));
    const nobody = assigned.when(said('AssignStep', step('S08'))).then(records('StepAssigned'));
    expect(nobody.step('S08')?.assignee).toBeUndefined();
    nobody.when(said('AssignStep', step('S08', { to: {} }))).then(nothing);
    const started = assigned.given(said('StartStep', step('S08')));
    expect(started.step('S08')).toMatchObject({ status: 'in_progress', assignee: leo });
    started.when(said('StartStep', step('S08', { to: { name: 'Zoé' } }))).then(records('StepStarted'));
    started.when(said('StartStep', step('S08', { to: leo }))).then(nothing);
  });

  it('is known by its id in either case, and must exist', () => {
    givenSteps(declared())
      .when(said('StartStep', step('s08')))
      .then(recordsFact('StepStarted', { step: 'S08' }));
    givenSteps(declared())
      .when(said('StartStep', step('S99')))
      .then(refused('unknown-step', 'step'));
    givenSteps(declared())
      .when(said('StartStep', step('__proto__')))
      .then(refused('unknown-step', 'step'));
    givenSteps(declared({ kind: 'defacement' }))
      .when(said('StartStep', step('S08')))
      .then(refused('unknown-step', 'step'));
  });

  it('of each body concerns the one that is named, else all', () => {
    const incident = givenSteps(declaredFor('Caen', 'Caen la Mer'));
    const one = incident.given(said('CompleteStep', step('S21', { organisation: 'Caen' })));
    expect([one.step('S21', 'Caen')?.status, one.step('S21', 'Caen la Mer')?.status]).toEqual(['done', undefined]);
    const all = incident.given(said('CompleteStep', step('S21')));
    expect([all.step('S21', 'Caen')?.status, all.step('S21', 'Caen la Mer')?.status]).toEqual(['done', 'done']);
    one
      .when(said('CompleteStep', step('S21')))
      .then(({ decision }) => expect(decision?.events[0]?.organisations).toEqual([incident.body('Caen la Mer')]));
    incident
      .when(said('CompleteStep', step('S21', { organisation: 'Lyon' })))
      .then(refused('unknown-organisation', 'organisation'));
  });

  it('of the incident is one, whatever the number of bodies', () => {
    const incident = givenSteps(declaredFor('Caen', 'Caen la Mer'), said('CompleteStep', step('S08')));
    expect(stepRows(incident.state).filter(({ definition }) => definition.id === 'S08')).toHaveLength(1);
    expect(incident.step('S08')?.status).toBe('done');
  });

  it('is warned of, never refused, when it comes out of order', () => {
    givenSteps(declared())
      .when(said('StartStep', step('S15')))
      .then(records('StepStarted'), warns('soft-prerequisite-missing'));
    givenSteps(declared())
      .when(said('MarkStepNotApplicable', step('S15')))
      .then(warns());
  });
});

describe('A gate', () => {
  it.each(['StartStep', 'CompleteStep'] as const)('refuses %s by hand until what it asks is done', (command) => {
    const incident = givenSteps(declared());
    incident
      .when(said(command, step('S42')))
      .then(refused('gate-closed', 'step'), ({ error }) =>
        expect(error).toMatchObject({ facts: { step: 'S42', gate: 'evidence', missing: 'S13' } }),
      );
    incident
      .given(said('PreserveEvidence', { what: 'image' }))
      .when(said(command, step('S42')))
      .then(({ decision }) => expect(decision?.events).toHaveLength(1));
  });

  it.each(['MarkStepUnknown', 'MarkStepNotApplicable', 'BlockStep'] as const)('does not refuse %s', (command) => {
    givenSteps(declared())
      .when(said(command, step('S42')))
      .then(({ decision }) => expect(decision?.events).toHaveLength(1));
  });

  it('is open when what it asks does not apply', () => {
    givenSteps(declared(), said('MarkStepNotApplicable', step('S13', { reason: 'rien à garder' })))
      .when(said('CompleteStep', step('S42')))
      .then(({ error }) => expect(error).toBeUndefined());
  });

  it.each([['S42'], ['S13'], ['evidence']])('lets through whom a named person lets through, by %s', (gate) => {
    const incident = givenSteps(declared());
    const override = said('OverrideGate', { gate, reason: 'service vital' });
    incident.when(override).then(records('GateOverridden'));
    incident.when(override, override).then(nothing);
    incident
      .given(override)
      .when(said('StartStep', step('S42')))
      .then(recordsFact('StepStarted'));
  });

  it('does not know a gate that the playbook does not have', () => {
    givenSteps(declared())
      .when(said('OverrideGate', { gate: 'S99', reason: 'x' }))
      .then(refused('unknown-step'));
  });

  it('of one body says nothing of another', () => {
    const checked = said('CheckSigningAuthority', {
      signatory: 'x',
      capacity: 'maire',
      valid: 'yes',
      organisations: ['Caen'],
    });
    const incident = givenSteps(declaredFor('Caen', 'Caen la Mer'), checked);
    incident.when(said('CompleteStep', step('S23', { organisation: 'Caen' }))).then(records('StepCompleted'));
    incident.when(said('CompleteStep', step('S23', { organisation: 'Caen la Mer' }))).then(refused('gate-closed'));
    incident.when(said('CompleteStep', step('S23'))).then(refused('gate-closed'));
  });
});

describe('A step to look at again', () => {
  const exfiltration = (status: string) => said('AssessDataExfiltration', { status });

  it('is one whose ground has moved since it was done', () => {
    const incident = givenSteps(declared(), said('AssessBreachRisk', { risk: 'risk' }), exfiltration('suspected'));
    expect(incident.step('S25', ONE)).toMatchObject({
      status: 'done',
      reviewOf: incident.lastOf('DataExfiltrationAssessed').eventId,
    });
    incident
      .when(said('CompleteStep', step('S25')))
      .then(records('StepCompleted'), ({ incident: after }) =>
        expect(after.step('S25', ONE)).not.toHaveProperty('reviewOf'),
      );
  });

  it('is not one that nobody did, nor that of a body that is not concerned', () => {
    expect(givenSteps(declared(), exfiltration('suspected')).step('S25', ONE)).toBeUndefined();
    const two = givenSteps(declaredFor('Caen', 'Caen la Mer'), said('AssessBreachRisk', { risk: 'risk' })).given(
      said('AssessDataExfiltration', { status: 'suspected', organisations: ['Caen'] }),
    );
    expect(two.step('S25', 'Caen')).toHaveProperty('reviewOf');
    expect(two.step('S25', 'Caen la Mer')).not.toHaveProperty('reviewOf');
  });
});

describe('The status of steps', () => {
  it('is counted, once for each body where each has its own', () => {
    const incident = givenSteps(
      declaredFor('Caen', 'Caen la Mer'),
      said('StartStep', step('S08')),
      said('BlockStep', step('S11')),
      said('MarkStepUnknown', step('S13')),
      said('MarkStepNotApplicable', step('S21', { organisation: 'Caen' })),
    );
    const { steps } = incident.view();
    expect(steps).toMatchObject({ inProgress: 1, done: 2, unknown: 1, notApplicable: 1, blocked: 1 });
    const rows = ransomwarePlaybook.steps.reduce((sum, { perOrganisation }) => sum + (perOrganisation ? 2 : 1), 0);
    expect(Object.values(steps).reduce((sum, count) => sum + count, 0)).toBe(rows);
  });

  it('sets a milestone aside when its step does not apply, until a fact says otherwise', () => {
    const aside = givenSteps(declared(), said('MarkStepNotApplicable', step('S15', { reason: 'CSIRT régional' })));
    aside.then(shows({ milestones: { anssiContacted: { state: 'not_applicable', by: 'Ana Dupuis' } } }));
    aside.when(said('ContactAnssi')).then(shows({ milestones: { anssiContacted: { state: 'done' } } }));
    givenSteps(
      declaredFor('Caen', 'Caen la Mer'),
      said('MarkStepNotApplicable', step('S23', { organisation: 'Caen' })),
    ).then(
      shows({
        milestones: {
          complaintFiled: {
            state: 'not_applicable',
            organisations: { Caen: 'not_applicable', 'Caen la Mer': 'unknown' },
          },
        },
      }),
    );
  });
});

describe('Conditions', () => {
  const applies = (incident: Incident, id: string) => {
    const rows = stepRows(incident.state);
    return adviseSteps(incident.state, rows)
      .filter((_advice, index) => rows[index]?.definition.id === id)
      .map((advice) => advice.applies);
  };

  it('follow the facts of each body', () => {
    const incident = givenSteps(
      declaredFor('Caen', 'Caen la Mer'),
      said('AssessBreachRisk', { risk: 'high', organisations: ['Caen'] }),
    );
    expect(applies(incident, 'S30')).toEqual([true, false]);
  });

  it('follow what happened, corrections applied', () => {
    expect(applies(givenSteps(declared()), 'S37')).toEqual([false]);
    expect(applies(givenSteps(declared(), said('RecordRansomDemand')), 'S37')).toEqual([true]);
  });
});

describe('Next actions', () => {
  const next = (incident: Incident, role?: string) => nextActions(incident.state, incident.now, 'fr', role);

  it('are at most three, each with its reason, and always the same', () => {
    const incident = given(declared());
    const actions = next(incident);
    expect(actions).toHaveLength(3);
    expect(next(given(declared()))).toEqual(actions);
    for (const action of actions)
      expect(action).toMatchObject({
        step: expect.any(String),
        title: expect.any(String),
        role: expect.any(String),
        why: expect.stringMatching(/\S/),
      });
  });

  it('begin with what stops the attack, then leave it once done', () => {
    const before = givenSteps(declared());
    expect(next(before)[0]?.step).toBe('S08');
    expect(next(before.given(said('IsolateNetwork', { scope: 'all' }))).map(({ step }) => step)).not.toContain('S08');
  });

  it('bring forward a clock that is near, and say how many hours are left', () => {
    const incident = given(
      declared(),
      said('CheckSigningAuthority', { signatory: 'x', capacity: 'maire', valid: 'yes' }),
    );
    const late = nextActions(incident.state, hoursAfter(incident.now, 66), 'fr');
    expect(late[0]).toMatchObject({
      step: 'S23',
      why: expect.stringMatching(/5 h/),
      dueAt: '2026-03-05T08:00:00.000Z',
    });
    const past = nextActions(incident.state, hoursAfter(incident.now, 80), 'fr');
    expect(past[0]).toMatchObject({ step: 'S23', why: expect.stringMatching(/dépassé/) });
  });

  it('are those of one role when asked', () => {
    const incident = given(declared(), said('AssignStep', step('S04', { to: { name: 'Léo', role: 'scribe' } })));
    expect(next(incident, 'juridique').map(({ step }) => step)).toEqual(['S21']);
    expect(next(incident, 'scribe').map(({ step }) => step)).toEqual(expect.arrayContaining(['S03', 'S04']));
    expect(next(incident, 'inconnu')).toEqual([]);
  });

  it('never hold what does not apply, is done, set aside, or waits behind a gate', () => {
    const incident = givenSteps(declared(), said('MarkStepNotApplicable', step('S08')), said('BlockStep', step('S04')));
    const all = ['dsi', 'rssi', 'maire', 'dpo', 'juridique', 'scribe'].flatMap((role) =>
      next(incident, role).map(({ step }) => step),
    );
    for (const id of ['S02', 'S08', 'S04', 'S30', 'S37', 'S23', 'S42']) expect(all).not.toContain(id);
  });

  it('name the body where each has its own', () => {
    const incident = givenSteps(declaredFor('Caen', 'Caen la Mer'));
    expect(next(incident, 'juridique').map(({ organisation }) => organisation)).toEqual(['Caen', 'Caen la Mer']);
    expect(next(givenSteps(declared()), 'juridique')[0]).not.toHaveProperty('organisation');
  });

  it('are none once closed, and none without a playbook', () => {
    expect(next(given(declared(), said('CloseIncident')))).toEqual([]);
    expect(next(givenWith({}, declared()))).toEqual([]);
  });
});
