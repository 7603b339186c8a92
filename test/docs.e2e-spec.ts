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

  it('start with the two commands', () => {
    expect(read('README.md')).toMatch(/^# Tocsin\n\n[^#]{0,40}```sh\nnpm ci\nnpm start\n```/);
  });

  it.each(['docker-compose.yml', 'publiccode.yml'])('%s is YAML', (file) => {
    expect(parse(read(file))).toEqual(expect.any(Object));
  });

  it('pin the development store to one version, on this machine alone, with a volume and a health check', () => {
    const { services, volumes } = parse(read('docker-compose.yml'));
    expect(Object.keys(services)).toEqual(['eventstoredb']);
    const { image, ports, healthcheck } = services.eventstoredb;
    expect(image).toMatch(/:\d+\.\d+\.\d+/);
    expect(ports).toEqual(['127.0.0.1:2113:2113']);
    expect(healthcheck.test.join(' ')).toContain('/health/live');
    expect(Object.keys(volumes)).toEqual(['eventstoredb-data']);
  });
});
