/* oxlint-disable promise/valid-params -- then() takes checks, no promise is near */
import { declared, givenWith, nothing, said } from '../testing/given.js';
import { ransomwarePlaybook } from '../testing/playbooks.js';
import { testRules } from '../testing/rules.js';
import { clockChanges, migrationChanges } from './migration.js';
import type { PlaybookDefinition, StepDefinition } from './playbook.js';

const changed = (change: (step: StepDefinition) => StepDefinition): PlaybookDefinition => ({
  ...ransomwarePlaybook,
  version: '9',
  steps: ransomwarePlaybook.steps.map(change),
});
const other = (id: string, more: Partial<StepDefinition>) =>
  changed((step) => (step.id === id ? { ...step, ...more } : step));

describe('What a migration changes', () => {
  it('is nothing between a playbook and itself', () => {
    expect(migrationChanges(ransomwarePlaybook, ransomwarePlaybook)).toEqual([]);
    expect(clockChanges(ransomwarePlaybook, ransomwarePlaybook)).toEqual([]);
  });

  it('is each step that is added, taken away or written otherwise, by field', () => {
    const to = other('S04', { roles: ['dgs'], targetHours: 2 });
    const without = { ...to, steps: to.steps.filter(({ id }) => id !== 'S03') };
    expect(migrationChanges(ransomwarePlaybook, without)).toEqual(['- S03', '~ S04 (roles, targetHours)']);
    expect(migrationChanges(without, ransomwarePlaybook)).toContain('+ S03');
  });

  it('is each clock that is shown with another step', () => {
    const to = other('S04', { obligation: 'prosecutor-report' });
    expect(clockChanges(ransomwarePlaybook, to)).toEqual(['+ prosecutor-report (S04)']);
    expect(clockChanges(to, ransomwarePlaybook)).toEqual(['- prosecutor-report (S04)']);
  });
});

describe('A dry run', () => {
  const to = other('S04', { obligation: 'prosecutor-report', completedBy: [{ event: 'SeverityAssessed' }] });
  const world = {
    rules: testRules,
    playbooks: [
      { definition: to, sha256: 'b'.repeat(64) },
      { definition: ransomwarePlaybook, sha256: 'a'.repeat(64) },
    ],
  };
  const incident = givenWith(
    { ...world, playbooks: world.playbooks.slice(1) },
    declared(),
    said('AssessSeverity', { level: 'major' }),
  ).under(world);

  it('to the version that is in use says that it would change nothing', () => {
    const migrate = said('MigratePlaybook', { version: ransomwarePlaybook.version, dryRun: true });
    incident.when(migrate).then(nothing, ({ decision }) => {
      expect(decision?.warnings).toEqual([{ code: 'migration-dry-run', facts: { changes: [], clocks: [] } }]);
    });
  });

  it('says which steps and clocks it would change, facts on record considered, and records nothing', () => {
    incident
      .when(said('MigratePlaybook', { version: '9', dryRun: true }))
      .then(nothing, ({ decision, incident: after }) => {
        expect(decision?.warnings).toEqual([
          {
            code: 'migration-dry-run',
            facts: {
              changes: ['~ S04 (completedBy, obligation)', 'S04 → done'],
              clocks: ['+ prosecutor-report (S04)'],
            },
          },
        ]);
        expect(after.state).toBe(incident.state);
      });
  });
});
