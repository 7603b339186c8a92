import { commandLabels, type CommandName } from './command.labels.js';
import { rejections, sentence, warningTexts } from './incident.rejections.js';

describe('A sentence for people', () => {
  it.each([
    [
      'the name of a deadline and a time on the wall, not a code and a time in UTC',
      warningTexts['late-discharge'],
      { rule: 'insurance-complaint', dueAt: '2026-11-13T09:00:00.000Z' },
      'L’échéance «\u00a0Plainte sous 72 h (assurance)\u00a0» était à tenir avant le 13\u00a0nov.\u00a02026 à 10:00 (heure de Paris).',
      'Clock “Complaint within 72 h (insurance)” was due before 13\u00a0Nov\u00a02026, 10:00 (Paris time).',
    ],
    [
      'each deadline of a list',
      warningTexts['open-obligations'],
      { rules: ['insurer-notice', 'a-rule-of-the-town'] },
      'Des échéances restent ouvertes à la clôture\u00a0: Déclaration à l’assureur, a-rule-of-the-town.',
      'Clocks are still open at closing: Notice to the insurer, a-rule-of-the-town.',
    ],
    [
      'what a gate asks for',
      warningTexts['gate-not-met'],
      { step: 'S23', missing: 'S21', gate: 'mandate' },
      'Le fait est consigné. Attention\u00a0: l’étape S23 suppose S21 (droit de signer vérifié).',
      'The fact is recorded. Note that step S23 presupposes S21 (right to sign checked).',
    ],
    [
      'when an incident was closed, and what the form is called that opens it again',
      rejections['incident-closed'],
      { closedAt: '2026-07-01T10:00:00.000Z' },
      'L’incident est clos depuis le 1er\u00a0juil.\u00a02026 à 12:00 (heure de Paris). Pour y ajouter des faits, rouvrez-le («\u00a0Rouvrir l’incident\u00a0», ReopenIncident).',
      'The incident has been closed since 1\u00a0Jul\u00a02026, 12:00 (Paris time). Reopen it (ReopenIncident) to add facts.',
    ],
    [
      'why lateness is not excused, in the language of the reader',
      rejections['lateness-not-justifiable'],
      { rule: 'insurance-complaint', lateRule: { fr: 'Sans recours.', en: 'No remedy.' } },
      'La règle «\u00a0Plainte sous 72 h (assurance)\u00a0» n’admet pas de justification du retard\u00a0: Sans recours.',
      'Rule “Complaint within 72 h (insurance)” takes no justification of lateness: No remedy.',
    ],
  ])('says %s', (_what, text, facts, fr, en) => {
    expect(sentence(text, 'fr', facts).startsWith(fr)).toBe(true);
    expect(sentence(text, 'en', facts).startsWith(en)).toBe(true);
  });

  it('names a command in French as its form is called', () => {
    const texts = Object.values({ ...rejections, ...warningTexts }).map(({ fr }) => fr);
    const named = texts.flatMap((text) => [...text.matchAll(/\b[A-Z][a-z]+[A-Z]\w+/g)].map(([name]) => [name, text]));
    expect(named.length).toBeGreaterThan(5);
    for (const [name = '', text] of named) expect(text).toContain(commandLabels[name as CommandName].fr);
  });
});
