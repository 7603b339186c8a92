import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...globSync('docs/**/*.md', { cwd: root }),
];
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

describe('The documents', () => {
  it.each(pages)('%s links to files that exist', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, link]) => link ?? '');
    expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
  });

  it('name files in the tour that exist', () => {
    const named = [...read('docs/tour.md').matchAll(/`((?:apps|libs|test|docs)\/[\w./-]+)`/g)].map(
      ([, file]) => file ?? '',
    );
    expect(named.length).toBeGreaterThan(12);
    expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it('say why each dependency is there', () => {
    expect(() =>
      execFileSync(process.execPath, [join(root, 'tools/dependencies-page.mjs')], { stdio: 'pipe' }),
    ).not.toThrow();
  });

  it('start with the one command', () => {
    expect(read('README.md')).toMatch(/^# Tocsin\n\n[^#]{0,40}```sh\nnpm ci && npm start\n```/);
  });

  it.each(['docker-compose.yml', 'publiccode.yml'])('%s is YAML', (file) => {
    expect(parse(read(file))).toEqual(expect.any(Object));
  });
});
