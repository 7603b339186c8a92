import {
  corrected,
  declared,
  declaredFor,
  given,
  givenFacts,
  hoursAfter,
  said,
  START,
  type Incident,
  type Said,
} from '../testing/given.js';
import { foldIncident } from './incident.evolve.js';
import { diffStates, type IncidentDiff } from './diff.js';

const hours = (count: number) => hoursAfter(START, count);

/** What a story changed, told in French: from after `before` to after all of it, clocks judged at the last entry. */
const changesBy = (before: readonly Said[], ...then: Said[]): IncidentDiff =>
  between(given(...before), given(...before, ...then));
const between = (from: Incident, to: Incident): IncidentDiff =>
  diffStates({ state: from.state, at: from.now }, { state: to.state, at: to.now }, 'fr');

describe('Between two moments', () => {
  it('that are the same, nothing changed', () => {
    const incident = given(declared());
    expect(between(incident, incident)).toEqual({
      from: { revision: incident.state.revision, at: START },
      to: { revision: incident.state.revision, at: START },
      events: 0,
      milestones: [],
      facts: [],
      services: [],
      steps: [],
      obligations: [],
      corrections: [],
      organisations: { added: [] },
    });
  });

  it('a milestone was reached, and the step and the clock that it stands for', () => {
    const diff = changesBy([declared()], said('FileComplaint', { filedWith: 'police' }));
    expect(diff.milestones).toEqual([{ milestone: 'complaintFiled', from: 'unknown', to: 'done' }]);
    expect(diff.steps).toEqual([{ step: 'S23', title: 'Plainte déposée', from: 'todo', to: 'done' }]);
    expect(diff.obligations).toEqual([
      expect.objectContaining({ rule: 'insurance-complaint', state: { from: 'open', to: 'met' } }),
    ]);
  });

  it('each body is named where there are several', () => {
    const diff = changesBy(
      [declaredFor('Caen', 'Ifs')],
      said('FileComplaint', { filedWith: 'police', organisations: ['Ifs'] }),
    );
    expect(diff.milestones).toEqual([
      { milestone: 'complaintFiled', organisation: 'Ifs', from: 'unknown', to: 'done' },
    ]);
    expect(diff.steps).toEqual([expect.objectContaining({ step: 'S23', organisation: 'Ifs', to: 'done' })]);
    expect(diff.obligations.map(({ organisation }) => organisation)).toEqual(['Ifs']);
  });

  it('a fact was stated, with the event that says so, and stated otherwise', () => {
    const none = said('AssessRansomDemand', { status: 'none_known' });
    const stated = changesBy([declared()], none);
    expect(stated.facts).toEqual([
      { fact: 'ransomDemand', from: 'not_assessed', to: 'none_known', eventId: expect.any(String) },
    ]);
    const reversed = changesBy([declared(), none], said('RecordRansomDemand', { amount: 4000 }));
    expect(reversed.facts).toEqual([
      { fact: 'ransomDemand', from: 'none_known', to: 'received', eventId: expect.any(String) },
    ]);
  });

  it('a service went out, came back, or was named first', () => {
    const out = said('ChangeServiceStatus', { service: 'Cantine', status: 'outage' });
    expect(changesBy([declared()], out).services).toEqual([
      { organisation: 'Collectivité', service: 'Cantine', from: null, to: 'outage' },
    ]);
    expect(changesBy([declared(), out], said('RestoreService', { service: 'Cantine' })).services).toEqual([
      { organisation: 'Collectivité', service: 'Cantine', from: 'outage', to: 'operational' },
    ]);
  });

  it('a clock moved, with the old and the new term and the sentence that says why', () => {
    const diff = changesBy(
      [declared()],
      said('EstablishBreachAwareness', { reason: 'journaux', occurredAt: hours(5) }, hours(6)),
    );
    const moved = diff.obligations.find(({ rule }) => rule === 'cnil-notification');
    expect(moved).toMatchObject({
      state: { from: 'open', to: 'open' },
      dueAt: { from: hours(72), to: hours(77) },
      why: expect.stringContaining('Échéance recalculée'),
    });
    expect(diff.obligations.find(({ rule }) => rule === 'breach-register')).toMatchObject({
      state: { from: null, to: 'open' },
    });
  });

  it('a clock ran out, by the mere passing of time', () => {
    const incident = given(declared());
    const diff = diffStates({ state: incident.state, at: hours(71) }, { state: incident.state, at: hours(73) }, 'fr');
    expect(diff.obligations).toEqual([
      expect.objectContaining({ rule: 'insurance-complaint', state: { from: 'open', to: 'missed' } }),
    ]);
  });

  it('a fact was corrected: what was said, what is right, and why', () => {
    const shutDown = said('ShutDownSystems', { scope: 'all' });
    const right = { do: 'ShutDownSystems', data: { scope: 'partial' } };
    const diff = changesBy([declared(), shutDown], corrected('SystemsShutDown', right, 'Serveur de paie resté allumé'));
    expect(diff.corrections).toEqual([
      expect.objectContaining({
        reason: 'Serveur de paie resté allumé',
        text: expect.stringContaining('Systèmes'),
        insteadText: expect.stringContaining('Systèmes'),
      }),
    ]);
    expect(diff.milestones).toEqual([{ milestone: 'systemsShutDown', from: 'done', to: 'started' }]);
    expect(diff.steps).toEqual([expect.objectContaining({ step: 'S11', from: 'done', to: 'todo' })]);
  });

  it('a fact was withdrawn, with nothing in its place', () => {
    const diff = changesBy([declared(), said('ContactAnssi')], corrected('AnssiContacted'));
    expect(diff.corrections).toHaveLength(1);
    expect(diff.corrections[0]).not.toHaveProperty('insteadText');
    expect(diff.milestones).toEqual([{ milestone: 'anssiContacted', from: 'done', to: 'unknown' }]);
  });

  it('a correction that was already known at the first moment is not told again', () => {
    const before = [declared(), said('ContactAnssi'), corrected('AnssiContacted')];
    expect(changesBy(before, said('OpenCrisisCell')).corrections).toEqual([]);
  });

  it('bodies were added, and the incident was closed and reopened', () => {
    const marked = said('MarkOrganisationAffected', { organisation: { name: 'CIAS' }, relation: 'partner' });
    expect(changesBy([declared()], marked).organisations).toEqual({ added: ['CIAS'] });
    expect(changesBy([declared()], said('CloseIncident')).status).toEqual({ from: 'open', to: 'closed' });
    const reopened = said('ReopenIncident', { reason: 'x' });
    expect(changesBy([declared(), said('CloseIncident')], reopened).status).toEqual({ from: 'closed', to: 'open' });
  });

  it('going back in time, what was done is undone', () => {
    const before = givenFacts(declared());
    const after = before.given(said('ContactAnssi'));
    expect(between(after, before).milestones).toEqual([{ milestone: 'anssiContacted', from: 'done', to: 'unknown' }]);
    expect(between(after, before).events).toBe(-1);
  });

  it('it is the same diff whether the states are folded from the log or were there', () => {
    const before = given(declared());
    const after = before.given(
      said('AssessSeverity', { level: 'critical' }),
      said('FileComplaint', { filedWith: 'police' }),
    );
    const folded = foldIncident(after.events.slice(0, before.events.length));
    expect(
      diffStates({ state: folded, at: before.now }, { state: foldIncident(after.events), at: after.now }, 'fr'),
    ).toEqual(between(before, after));
  });
});
