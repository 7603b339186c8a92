import type { RuleDefinition } from '../obligations/rule.js';

const say = (text: string) => ({ fr: text, en: text });

const rule = (
  id: string,
  more: Pick<RuleDefinition, 'starts' | 'dischargedBy'> & Partial<RuleDefinition>,
): RuleDefinition => ({
  id,
  version: '1',
  title: say(id),
  legalBasis: say(`${id}, article`),
  to: say('autorité'),
  enabled: true,
  latenessJustifiable: false,
  lateRule: say('Sans recours.'),
  warnHoursBefore: [24, 4],
  sources: [],
  ...more,
});

/** The rules of the contract (HTTP API, “Obligations”), in short. */
export const testRules: readonly RuleDefinition[] = [
  rule('cnil-notification', {
    starts: [{ event: 'BreachAwarenessEstablished' }, { fact: 'detection', provisional: true }],
    term: { hours: 72 },
    dischargedBy: [{ event: 'CnilNotified', where: { kind: ['initial', 'single'] } }],
    notApplicableWhen: { fact: 'breachRisk', in: ['unlikely'] },
    latenessJustifiable: true,
    lateRule: say('Motif exigé.'),
  }),
  rule('cnil-complement', {
    starts: [{ event: 'CnilNotified', where: { kind: 'initial' } }],
    term: { hours: 72 },
    dischargedBy: [{ event: 'CnilNotified', where: { kind: ['complementary', 'single'] } }],
    latenessJustifiable: true,
  }),
  rule('breach-register', {
    starts: [{ event: 'BreachAwarenessEstablished' }],
    dischargedBy: [{ event: 'BreachRegisterEntryRecorded' }],
  }),
  rule('inform-data-subjects', {
    starts: [{ event: 'BreachRiskAssessed', where: { risk: 'high' } }],
    dischargedBy: [{ event: 'DataSubjectsInformed' }],
    latenessJustifiable: true,
  }),
  rule('insurance-complaint', {
    validFrom: '2023-04-24',
    starts: [{ event: 'AttackKnowledgeEstablished' }, { fact: 'detection' }],
    term: { hours: 72 },
    dischargedBy: [{ event: 'ComplaintFiled' }],
    notApplicableWhen: { fact: 'insured', in: ['no'] },
  }),
  rule('insurer-notice', {
    starts: [{ event: 'AttackKnowledgeEstablished' }, { fact: 'detection' }],
    term: { workingDays: 5 },
    when: { fact: 'insured', in: ['yes'] },
    dischargedBy: [{ event: 'InsurerNotified' }],
  }),
  rule('nis2-early-warning', {
    starts: [{ fact: 'detection' }],
    term: { hours: 24 },
    when: { fact: 'nis2', in: ['yes'] },
    dischargedBy: [{ event: 'Nis2Reported', where: { stage: 'early_warning' } }],
    latenessJustifiable: true,
  }),
  rule('nis2-notification', {
    starts: [{ fact: 'detection' }],
    term: { hours: 72 },
    when: { fact: 'nis2', in: ['yes'] },
    dischargedBy: [{ event: 'Nis2Reported', where: { stage: 'notification' } }],
  }),
  rule('nis2-final', {
    starts: [{ event: 'Nis2Reported', where: { stage: 'notification' } }],
    term: { months: 1 },
    when: { fact: 'nis2', in: ['yes'] },
    dischargedBy: [{ event: 'Nis2Reported', where: { stage: 'final' } }],
  }),
];
