import type { RuleDefinition } from '../obligations/rule.js';
import { corrected, declaredFor, hoursAfter, Incident, said, START } from '../testing/given.js';
import { ransomwarePlaybook } from '../testing/playbooks.js';
import { testRules } from '../testing/rules.js';
import { AppendRoom } from './append-room.js';
import type { Decision } from './incident.decision.js';

const STEPS = 500;
const BODIES = 200;
const [aStep] = ransomwarePlaybook.steps;
if (!aStep) throw new Error('The playbook has no step');

/** Every step is fulfilled by the same fact, for each body. */
const definition = {
  ...ransomwarePlaybook,
  id: 'grande-fiche',
  kinds: [],
  steps: Array.from({ length: STEPS }, (_, index) => ({
    ...aStep,
    id: `T${index}`,
    after: [],
    perOrganisation: true,
    completedBy: [{ event: 'ComplaintFiled' as const }],
  })),
};
const playbooks = [{ definition, sha256: 'd'.repeat(64) }];
const names = Array.from({ length: BODIES }, (_, index) => `Commune ${index}`);
const complaint = { filedWith: 'gendarmerie', receipt: 'R'.repeat(9000) };
const entry = said('RecordLogbookEntry', { kind: 'fact', text: 'La suite.' });

const fitsOneAppend = ({ events, warnings }: Decision): boolean => {
  const room = new AppendRoom([]);
  return events.every((event) => room.take(event)) && room.holds(warnings);
};
const codes = ({ warnings }: Decision): string[] => warnings.map(({ code }) => code);

/** Facts that say nothing to steps or clocks, until none is left behind. */
const goOn = (from: Incident, warning: string): Incident => {
  let incident = from;
  for (let time = 0; time < 30; time += 1) {
    const next = incident.hear(entry);
    expect(fitsOneAppend(next.decision)).toBe(true);
    incident = next.incident;
    if (!codes(next.decision).includes(warning)) return incident;
  }
  throw new Error(`Still ${warning} after 30 facts`);
};

describe('A fact that fulfils more steps than one append holds', () => {
  it('is recorded all the same, and the next facts complete the others', () => {
    const few = new Incident().under({ playbooks, rules: [] });
    const incident = few.given(
      declaredFor(...names.slice(0, 2)),
      said('AdoptPlaybook', { playbook: 'grande-fiche' }),
      ...names
        .slice(2, 12)
        .map((name) => said('MarkOrganisationAffected', { organisation: { name }, relation: 'partner' })),
    );
    const { incident: told, decision } = incident.hear(said('FileComplaint', complaint));
    expect(decision.events[0]).toMatchObject({ type: 'ComplaintFiled' });
    expect(codes(decision)).toContain('steps-left-open');
    expect(fitsOneAppend(decision)).toBe(true);
    const { state } = goOn(told, 'steps-left-open');
    const done = Object.values(state.steps)
      .flatMap((bodies) => Object.values(bodies))
      .filter(({ status }) => status === 'done');
    expect(done).toHaveLength(STEPS * 12);
  });
});

describe('A fact that changes more clocks than one append holds', () => {
  const marked = (rules: readonly RuleDefinition[]): Incident =>
    new Incident()
      .under({ playbooks: [], rules })
      .given(
        declaredFor({ name: 'Agglomération', insured: 'yes' }),
        ...names
          .slice(1)
          .map((name, index) =>
            said(
              'MarkOrganisationAffected',
              { organisation: { name, insured: 'yes' }, relation: 'hosted_commune' },
              hoursAfter(START, index + 1),
            ),
          ),
      );
  const detection = said('RecordDetection', { trigger: 'Écran', occurredAt: hoursAfter(START, -10) });

  it('moves those of two hundred bodies to the same term by one event for each rule', () => {
    const incident = marked(testRules);
    const { incident: after, decision } = incident.hear(detection);
    expect(fitsOneAppend(decision)).toBe(true);
    expect(codes(decision)).not.toContain('clocks-left-behind');
    const starts = new Set(Object.values(after.state.obligations).map(({ startAt }) => startAt));
    expect([...starts]).toEqual([hoursAfter(START, -10)]);
  });

  it('is recorded all the same, and the next fact moves the others', () => {
    const incident = marked(testRules).given(detection);
    const { incident: withdrawn, decision } = incident.hear(corrected('IncidentDetected'));
    expect(decision.events[0]).toMatchObject({ type: 'FactSuperseded' });
    expect(fitsOneAppend(decision)).toBe(true);
    expect(codes(decision)).toContain('clocks-left-behind');
    const { state } = goOn(withdrawn, 'clocks-left-behind');
    const since = new Map(state.organisations.map(({ id, markedAt }) => [id, markedAt.at]));
    for (const { organisation, startAt } of Object.values(state.obligations)) {
      expect(startAt).toBe(since.get(organisation));
    }
  });
});
