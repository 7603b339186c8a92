import * as fc from 'fast-check';

import { CommandRejected, type IncidentCommandType } from '../index.js';
import { factCommands } from './bodies.js';
import { declaredFor, hoursAfter, Incident, said, type Said } from './given.js';
import { ransomwarePlaybook } from './playbooks.js';
import { testRules } from './rules.js';

/** What somebody says next, given what was said before. */
export type Utterance = (incident: Incident) => Said;

const BODIES = ['Caen', 'Caen la Mer', 'CCAS'];
const yesNo = fc.constantFrom('yes', 'no', 'unknown');

/** Values that matter to steps and clocks, in the place of those of `factCommands`. */
const variants: Partial<Record<IncidentCommandType, fc.Arbitrary<object>>> = {
  AssessBreachRisk: fc.record({ risk: fc.constantFrom('not_assessed', 'unlikely', 'risk', 'high') }),
  AssessDataExfiltration: fc.record({ status: fc.constantFrom('under_investigation', 'suspected', 'excluded') }),
  AssessSeverity: fc.record({ level: fc.constantFrom('minor', 'critical') }),
  NotifyCnil: fc.record({ kind: fc.constantFrom('initial', 'complementary', 'single') }),
  ReportNis2: fc.record({ stage: fc.constantFrom('early_warning', 'notification', 'final') }),
  ShutDownSystems: fc.record({ scope: fc.constantFrom('all', 'partial') }),
  CheckSigningAuthority: fc.record({ signatory: fc.constant('maire'), capacity: fc.constant('maire'), valid: yesNo }),
  ChangeServiceStatus: fc.record({
    service: fc.constantFrom('paie', 'état civil'),
    status: fc.constantFrom('outage', 'degraded', 'operational'),
  }),
  RestoreService: fc.record({ service: fc.constantFrom('paie', 'état civil') }),
  ActivateWorkaround: fc.record({
    service: fc.constantFrom('paie', 'état civil'),
    kind: fc.constantFrom('paper', 'other'),
  }),
};

const factBody = (index: number): fc.Arbitrary<{ command: IncidentCommandType; body: object }> => {
  const [command, , , full] = factCommands[index] ?? factCommands[0] ?? fail();
  return fc.record({ command: fc.constant(command), body: variants[command] ?? fc.constant(full) });
};

const fail = (): never => {
  throw new Error('no commands');
};

const anyFact = fc.nat({ max: factCommands.length - 1 }).chain(factBody);
const whichBodies = fc.option(fc.subarray(BODIES.slice(0, 2), { minLength: 1 }), { nil: undefined });
const hoursAgo = fc.option(fc.integer({ min: 0, max: 120 }), { nil: undefined });

const fact: fc.Arbitrary<Utterance> = fc.record({ fact: anyFact, organisations: whichBodies, ago: hoursAgo }).map(
  ({ fact: { command, body }, organisations, ago }) =>
    (incident) =>
      said(command, {
        ...body,
        ...(organisations ? { organisations } : {}),
        ...(ago === undefined ? {} : { occurredAt: hoursAfter(incident.now, -ago) }),
      }),
);

const correction: fc.Arbitrary<Utterance> = fc
  .record({ nth: fc.nat(), instead: fc.option(anyFact, { nil: undefined }), ago: hoursAgo })
  .map(
    ({ nth, instead, ago }) =>
      (incident) =>
        said('SupersedeFact', {
          eventId: incident.events[nth % incident.events.length]?.eventId,
          reason: 'erreur',
          ...(instead
            ? {
                instead: {
                  do: instead.command,
                  data: instead.body,
                  ...(ago === undefined ? {} : { occurredAt: hoursAfter(incident.now, -ago) }),
                },
              }
            : {}),
        }),
  );

const marking: fc.Arbitrary<Utterance> = fc
  .record({ name: fc.constantFrom(...BODIES), insured: yesNo, nis2: yesNo, ago: hoursAgo })
  .map(
    ({ name, insured, nis2, ago }) =>
      (incident) =>
        said('MarkOrganisationAffected', {
          organisation: { name, insured, nis2 },
          relation: 'partner',
          ...(ago === undefined ? {} : { occurredAt: hoursAfter(incident.now, -ago) }),
        }),
  );

const stepWord: fc.Arbitrary<Utterance> = fc
  .record({
    command: fc.constantFrom<IncidentCommandType>(
      'StartStep',
      'CompleteStep',
      'MarkStepUnknown',
      'MarkStepNotApplicable',
      'BlockStep',
      'ReopenStep',
      'AssignStep',
    ),
    step: fc.constantFrom(...ransomwarePlaybook.steps.map(({ id }) => id)),
    organisation: fc.constantFrom(undefined, 'Caen'),
  })
  .map(
    ({ command, step, organisation }) =>
      () =>
        said(command, { step, ...(organisation ? { organisation } : {}), reason: 'motif' }),
  );

const clockWord: fc.Arbitrary<Utterance> = fc
  .record({
    command: fc.constantFrom<IncidentCommandType>('WaiveObligation', 'JustifyLateness'),
    rule: fc.constantFrom(...testRules.map(({ id }) => id)),
  })
  .map(
    ({ command, rule }) =>
      () =>
        said(command, { rule, reason: 'motif' }),
  );

const ending: fc.Arbitrary<Utterance> = fc
  .constantFrom<readonly [IncidentCommandType, object]>(
    ['CloseIncident', {}],
    ['ReopenIncident', { reason: 'suite' }],
    ['CloseCrisisCell', {}],
    ['EndWorkaround', { service: 'paie' }],
    ['OverrideGate', { gate: 'evidence', reason: 'vital' }],
    ['MigratePlaybook', { version: '2' }],
    ['AgreeCostShare', { shares: [{ organisation: 'Caen', percent: 100 }] }],
  )
  .map(
    ([command, body]) =>
      () =>
        said(command, { ...body }),
  );

/** Anything that somebody may say, corrections often: they are where it goes wrong. */
export const utterance: fc.Arbitrary<Utterance> = fc.oneof(
  { weight: 8, arbitrary: fact },
  { weight: 4, arbitrary: correction },
  { weight: 2, arbitrary: marking },
  { weight: 3, arbitrary: stepWord },
  { weight: 1, arbitrary: clockWord },
  { weight: 1, arbitrary: ending },
);

/** A day in the life of an incident; what the domain refuses is left out. Each word comes minutes or hours after the last. */
export const story: fc.Arbitrary<Incident> = fc
  .array(fc.record({ utterance, minutes: fc.integer({ min: 1, max: 600 }) }), { maxLength: 25 })
  .map((words) =>
    words.reduce(
      (incident, { utterance: word, minutes }) =>
        tried(incident, { ...word(incident), now: hoursAfter(incident.now, minutes / 60) }),
      new Incident().given(
        declaredFor({ name: 'Caen', insured: 'yes' }, { name: 'Caen la Mer', timeZone: 'Indian/Reunion', nis2: 'yes' }),
      ),
    ),
  );

/** The incident after it, or as it was when the domain refuses. */
export const tried = (incident: Incident, words: Said): Incident => {
  try {
    return incident.hear(words).incident;
  } catch (error) {
    if (error instanceof CommandRejected) return incident;
    throw error;
  }
};
