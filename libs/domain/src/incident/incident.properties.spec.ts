import * as fc from 'fast-check';

import { obligationStatus } from '../obligations/obligation.status.js';
import { settle } from './settle.js';
import { matches } from '../playbook/condition.evaluate.js';
import { stepRows } from '../playbook/step.view.js';
import { story, tried, utterance } from '../testing/arbitrary.js';
import { factCommands } from '../testing/bodies.js';
import { hoursAfter, INCIDENT, type Incident } from '../testing/given.js';
import { testRules } from '../testing/rules.js';
import { instantMs } from '../kernel/instant.js';
import { readInput } from '../kernel/validation.js';
import { decodeEvent, encodeEvent, eventDataClass } from './incident.codec.js';
import { effectiveEvents, foldIncident } from './incident.evolve.js';
import type { IncidentEvent } from './incident.events.js';
import { initialIncident, oldestFirst, type IncidentState } from './incident.state.js';
import { statusView } from './incident.view.js';
import { knownAt, trueAt } from './time-travel.js';

/** The same stories each time; change it to hear others. It is in the message of a failure. */
const SEED = 20_230_424;
const holdsFor = (runs: number, property: (incident: Incident) => void): void =>
  fc.assert(fc.property(story, property), { seed: SEED, numRuns: runs });

/** Everything that a fold says, but the events themselves. */
const told = ({ history: _history, effective: _effective, ...state }: IncidentState, at: string) => ({
  state: JSON.parse(JSON.stringify(state)) as unknown,
  view: JSON.parse(
    JSON.stringify(statusView({ ...state, history: undefined, effective: undefined }, at, 'fr')),
  ) as unknown,
});

const counting = (incident: Incident): readonly IncidentEvent[] => oldestFirst(incident.state.effective);
const byId = (events: readonly IncidentEvent[]) => new Map(events.map((event) => [event.eventId, event]));

describe('Whatever is said about an incident', () => {
  it('folding its events gives the state that was decided, after each of them', () => {
    holdsFor(60, (incident) => {
      expect(told(foldIncident(incident.events), incident.now)).toEqual(told(incident.state, incident.now));
      let state = initialIncident;
      for (const event of incident.events) {
        state = foldIncident([event], state);
        expect(state.revision).toBe(event.revision);
      }
      expect(told(state, incident.now)).toEqual(told(incident.state, incident.now));
    });
  });

  it('what was known at each revision is the fold of the events up to it', () => {
    holdsFor(12, (incident) => {
      let state = initialIncident;
      for (const event of incident.events) {
        state = foldIncident([event], state);
        expect(
          told(
            knownAt(incident.events, ({ revision }) => revision <= event.revision),
            incident.now,
          ),
        ).toEqual(told(state, incident.now));
      }
    });
  });

  it('its events have data that their classes take, and survive the store', () => {
    holdsFor(60, (incident) => {
      for (const event of incident.events) {
        expect(readInput(eventDataClass(event.type), event.data, instantMs(incident.now)).errors).toBeUndefined();
        const { incidentId, revision, recordedAt, ...decided } = event;
        const stored = encodeEvent(decided as IncidentEvent, {
          incidentId,
          recordedAt,
          commandId: 'c',
          correlationId: 'c',
        });
        const read = decodeEvent(JSON.parse(JSON.stringify({ ...stored, id: event.eventId, revision })));
        expect(read).toEqual(JSON.parse(JSON.stringify(event)));
      }
    });
  });

  it('what counts has nothing that was corrected, nothing twice, and nothing that was not recorded', () => {
    holdsFor(60, (incident) => {
      const ids = counting(incident).map(({ eventId }) => eventId);
      expect(new Set(ids).size).toBe(ids.length);
      const recorded = byId(incident.events);
      for (const id of ids) {
        expect(incident.state.superseded[id]).toBeUndefined();
        expect(recorded.has(id)).toBe(true);
      }
      expect(ids).toEqual(
        effectiveEvents(oldestFirst(incident.state.history), incident.state.superseded).map(({ eventId }) => eventId),
      );
    });
  });

  it('every event reaches bodies by their ids', () => {
    holdsFor(60, (incident) => {
      const ids = new Set(
        incident.events.flatMap((event) => (event.type === 'OrganisationMarkedAffected' ? event.organisations : [])),
      );
      for (const { id } of incident.events[0]?.type === 'IncidentDeclared' ? incident.events[0].data.organisations : [])
        ids.add(id);
      for (const event of incident.events) for (const id of event.organisations) expect(ids.has(id)).toBe(true);
    });
  });
});

describe('Whatever is said twice', () => {
  const acts = new Set<string>(factCommands.filter(([, , repeat]) => repeat === 'act').map(([command]) => command));

  it('decides nothing the second time, unless it is an act', () => {
    fc.assert(
      fc.property(story, utterance, (incident, word) => {
        const words = { ...word(incident), now: hoursAfter(incident.now, 1) };
        if (acts.has(words.do) || words.do === 'RecordCost') return;
        const once = tried(incident, words);
        const twice = tried(once, words);
        expect(twice.events.slice(once.events.length).map(({ type }) => type)).toEqual([]);
      }),
      { seed: SEED, numRuns: 250 },
    );
  });
});

describe('Whatever happens to a clock', () => {
  const rules = new Map(testRules.map((rule) => [rule.id, rule]));

  it('it is discharged by a fact that counts, that the law accepts and that reaches its body', () => {
    holdsFor(150, (incident) => {
      const events = byId(counting(incident));
      for (const clock of Object.values(incident.state.obligations)) {
        const status = obligationStatus(clock, incident.now);
        if (status !== 'met' && status !== 'late') continue;
        const fact = events.get(clock.discharge?.eventId ?? '');
        expect(fact?.organisations).toContain(clock.organisation);
        expect(rules.get(clock.rule)?.dischargedBy.some((match) => fact && matches(match, fact))).toBe(true);
        expect(clock.discharge?.at).toBe(fact?.occurredAt.at);
      }
    });
  });

  it('it is discharged by the earliest of those facts, whenever there is one', () => {
    holdsFor(100, (incident) => {
      for (const clock of Object.values(incident.state.obligations)) {
        const accepted = counting(incident).filter(
          (event) =>
            event.organisations.includes(clock.organisation) &&
            rules.get(clock.rule)?.dischargedBy.some((match) => matches(match, event)),
        );
        const times = accepted.map(({ occurredAt }) => instantMs(occurredAt.at));
        if (clock.waiver?.reason === 'start-withdrawn') continue;
        expect(clock.discharge && instantMs(clock.discharge.at)).toBe(
          times.length > 0 ? Math.min(...times) : undefined,
        );
      }
    });
  });

  it('it belongs to a body of the incident and starts from a fact that counts', () => {
    holdsFor(100, (incident) => {
      const events = byId(counting(incident));
      const bodies = new Set(incident.state.organisations.map(({ id }) => id));
      for (const clock of Object.values(incident.state.obligations)) {
        expect(bodies.has(clock.organisation)).toBe(true);
        if (clock.waiver?.reason === 'start-withdrawn' || clock.discharge) continue;
        expect(events.has(clock.startEventId)).toBe(true);
      }
    });
  });

  it('what follows from the facts is on record already: settling again decides nothing', () => {
    holdsFor(100, (incident) => {
      const cause = incident.events.at(-1);
      if (!cause) return;
      const context = {
        incidentId: INCIDENT,
        now: incident.now,
        nextId: () => 'new',
        derivedId: () => 'new',
        ...incident.world,
      };
      // Folded again, so that nothing is taken as settled because it was looked at before.
      expect(settle(foldIncident(incident.events), [cause], context).events).toEqual([]);
    });
  });
});

describe('Whatever happens to a step', () => {
  it('its status follows from the last event that settled it', () => {
    holdsFor(100, (incident) => {
      const events = byId(counting(incident));
      for (const { state: step, definition } of stepRows(incident.state)) {
        if (step?.status !== 'done') continue;
        const completion = events.get(step.eventId);
        expect(completion).toMatchObject({ type: 'StepCompleted', data: { step: step.step } });
        if (step.byEventId === undefined) continue;
        const fact = events.get(step.byEventId);
        const known = fact && incident.state.playbook?.definition.steps.some(({ id }) => id === definition.id);
        expect(known).toBe(true);
        expect(definition.completedBy.some((match) => fact && matches(match, fact))).toBe(true);
      }
    });
  });
});

describe('What is true in the end', () => {
  const END = '9999-12-31T23:59:59Z';

  /**
   * At the end of time every fact has happened, so the two axes differ only in the order of statements. Milestones only
   * move forward and clocks keep their order, so those agree; of facts, services and steps the last one told may not be
   * the last one to have held. A clock whose start was taken away is waived in what is known, and never ran in truth.
   */
  it('is, for milestones, clocks and bodies, what is known', () => {
    holdsFor(150, (incident) => {
      const truth = trueAt(incident.state, END);
      if (!truth) throw new Error('nothing happened');
      const states = (state: IncidentState) =>
        Object.entries(statusView(state, incident.now, 'fr').milestones).map(
          ([name, { state: reached, organisations }]) => [name, reached, organisations],
        );
      const withdrawn = (key: string) => incident.state.obligations[key]?.waiver?.reason === 'start-withdrawn';
      const clocks = (state: IncidentState) =>
        Object.entries(state.obligations)
          .filter(([key]) => !withdrawn(key))
          .map(([key, clock]) => [key, obligationStatus(clock, incident.now), clock.dueAt, clock.startEventId])
          .toSorted();
      expect(truth.organisations).toEqual(incident.state.organisations);
      if (!incident.events.some(({ type }) => type === 'StepMarkedNotApplicable'))
        expect(states(truth)).toEqual(states(incident.state));
      expect(clocks(truth)).toEqual(clocks(incident.state));
    });
  });

  it('never throws at any moment, and reaches no body before it was hit', () => {
    holdsFor(40, (incident) => {
      for (const event of incident.events) {
        const truth = trueAt(incident.state, event.occurredAt.at);
        if (!truth) continue;
        for (const reached of Object.values(truth.milestones.detected))
          expect(instantMs(reached.at)).toBeLessThanOrEqual(instantMs(event.occurredAt.at));
      }
    });
  });
});
