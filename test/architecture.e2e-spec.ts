import { jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

jest.setTimeout(60_000);

const root = join(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const { forbidden } = require('../.dependency-cruiser.cjs') as { forbidden: { name: string }[] };

interface Violation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

/** What `npm run deps` finds in a project. */
const violationsIn = async (project: string): Promise<Violation[]> => {
  const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const child = spawn(
    process.execPath,
    [cruiser, 'apps', 'libs', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'],
    { cwd: project },
  );
  const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (!out.startsWith('{')) throw new Error(error || out);
  const { summary } = JSON.parse(out) as {
    summary: { violations: { rule: { name: string }; from: string; to: string }[]; totalCruised: number };
  };
  expect(summary.totalCruised).toBeGreaterThan(100);
  return summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
};

/** A file that breaks each rule, and nothing else. A new rule fails until it has one. */
const seeds: Record<string, readonly [file: string, content: string][]> = {
  'no-cycles': [
    ['libs/proof/src/seed-a.ts', "import { b } from './seed-b.js';\nexport const a = (): unknown => b;\n"],
    ['libs/proof/src/seed-b.ts', "import { a } from './seed-a.js';\nexport const b = (): unknown => a;\n"],
  ],
  'libs-domain-imports': [['libs/domain/src/seed-imports.ts', "import '#libs/proof';\n"]],
  'domain-packages': [['libs/domain/src/seed-packages.ts', "import 'node:fs';\nimport 'rxjs';\n"]],
  'libs-event-store-imports': [['libs/event-store/src/seed-imports.ts', "import '#libs/domain';\n"]],
  'libs-proof-imports': [['libs/proof/src/seed-imports.ts', "import '#libs/event-store';\n"]],
  'libs-playbooks-imports': [['libs/playbooks/src/seed-imports.ts', "import '#libs/event-store';\n"]],
  'libs-application-imports': [['libs/application/src/seed-imports.ts', "import '#libs/read-models';\n"]],
  'libs-read-models-imports': [['libs/read-models/src/seed-imports.ts', "import '#libs/clocks';\n"]],
  'libs-clocks-imports': [['libs/clocks/src/seed-imports.ts', "import '#libs/playbooks';\n"]],
  'libs-subscriptions-imports': [['libs/subscriptions/src/seed-imports.ts', "import '#libs/clocks';\n"]],
  'libs-client-imports': [['libs/client/src/seed-imports.ts', "import '../../domain/src/index.js';\n"]],
  'apps-cli-imports': [['apps/cli/src/seed-imports.ts', "import '#libs/read-models';\n"]],
  'apps-worker-imports': [['apps/worker/src/seed-imports.ts', "import '#libs/playbooks';\n"]],
  'apps-worker-api': [['apps/worker/src/seed-api.ts', "import '../../api/src/api.module.js';\n"]],
  'apps-cli-api': [['apps/cli/src/seed-api.ts', "import '../../api/src/health.js';\n"]],
  'adapters-only-in-modules': [
    ['apps/api/src/seed-adapter.ts', "import '../../../libs/event-store/src/sqlite/sqlite-event-store.js';\n"],
    ['libs/event-store/src/seed-adapter.ts', "import './sqlite/sqlite-event-store.js';\n"],
  ],
  'no-adapter-to-adapter': [
    ['libs/event-store/src/eventstoredb/seed-adapter.ts', "import '../sqlite/sqlite-event-store.js';\n"],
  ],
};

describe('The import rules', () => {
  it('are kept', async () => {
    expect(await violationsIn(root)).toEqual([]);
  });

  it('have a seeded violation each', () => {
    expect(Object.keys(seeds).toSorted()).toEqual(forbidden.map(({ name }) => name).toSorted());
  });

  describe('bite', () => {
    let found: Violation[] = [];
    let project = '';

    beforeAll(async () => {
      project = mkdtempSync(join(tmpdir(), 'tocsin-seeded-'));
      for (const part of ['apps', 'libs', 'package.json', 'tsconfig.json', '.dependency-cruiser.cjs']) {
        cpSync(join(root, part), join(project, part), { recursive: true });
      }
      symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'), 'dir');
      for (const [file, content] of Object.values(seeds).flat()) {
        mkdirSync(dirname(join(project, file)), { recursive: true });
        writeFileSync(join(project, file), content);
      }
      found = await violationsIn(project);
    });
    afterAll(() => rmSync(project, { recursive: true, force: true }));

    it.each(Object.entries(seeds))('%s', (rule, files) => {
      const caught = new Set(found.filter((violation) => violation.rule === rule).map(({ from }) => from));
      const culprits = files.map(([file]) => file);
      expect(culprits).toEqual(expect.arrayContaining([...caught]));
      // A cycle is told once, by one of its files.
      expect(caught.size).toBe(rule === 'no-cycles' ? 1 : culprits.length);
    });

    it('find nothing but the seeds', () => {
      const seeded = new Set(
        Object.values(seeds)
          .flat()
          .map(([file]) => file),
      );
      expect(found.filter(({ from }) => !seeded.has(from))).toEqual([]);
    });
  });
});
