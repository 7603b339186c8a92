import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { parseAllDocuments, visit } from 'yaml';

const root = join(import.meta.dirname, '..');

/** French sets a space before these signs, and inside its quotation marks, at which no line may break. */
const BREAKING = /(?:[\p{L}\p{N}’”)»}%…]|^) [:;?!»](?=[\s.,)»’”]|$)|«[ \n]/u;
const STRAIGHT = /(?<!\p{L})(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|aujourd)'\p{L}/iu;
const SQL = /\b(?:SELECT|INSERT|UPDATE|DELETE|LIMIT|WHERE)\b/;

interface Text {
  readonly where: string;
  readonly text: string;
}

const filesIn = (folders: readonly string[], name: RegExp): string[] =>
  folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => join(root, folder, file))
      .filter((file) => name.test(file) && !/\bnode_modules\b|\.spec\.tsx?$/.test(file)),
  );

const at = (file: string, line: number): string => `${relative(root, file)}:${line}`;

/** What stands between quotation marks in a program, and the text between its tags. */
const textsOfProgram = (file: string): Text[] => {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const texts: Text[] = [];
  const look = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node) || ts.isJsxText(node))
      texts.push({
        where: at(file, source.getLineAndCharacterOfPosition(node.getStart()).line + 1),
        text: node.text,
      });
    node.forEachChild(look);
  };
  look(source);
  return texts.filter(({ text }) => !SQL.test(text));
};

const textsOfYaml = (file: string): Text[] => {
  const content = readFileSync(file, 'utf8');
  const texts: Text[] = [];
  for (const document of parseAllDocuments(content))
    visit(document, {
      Scalar: (key, { value, range }) => {
        if (key === 'key' || typeof value !== 'string') return;
        texts.push({ where: at(file, content.slice(0, range?.[0]).split('\n').length), text: value });
      },
    });
  return texts;
};

/** Sentences of a guide: its blocks of code are left out, and so is what stands between back-ticks. */
const textsOfGuide = (file: string): Text[] =>
  readFileSync(file, 'utf8')
    .replaceAll(/^```.*?^```/gms, (block) => block.replaceAll(/[^\n]/g, ''))
    .split('\n')
    .map((line, index) => ({ where: at(file, index + 1), text: line.replaceAll(/`[^`]*`/g, '%') }));

describe('French that people read', () => {
  const programs = filesIn(['apps', 'libs'], /\.tsx?$/).flatMap(textsOfProgram);
  const catalogues = [join(root, 'publiccode.yml'), ...filesIn(['libs/playbooks'], /\.yaml$/)].flatMap(textsOfYaml);
  const guides = [join(root, 'README.md'), ...filesIn(['docs/guides/fr'], /\.md$/)].flatMap(textsOfGuide);
  const wrong = (texts: readonly Text[], mistake: RegExp): string[] =>
    texts.filter(({ text }) => mistake.test(text)).map(({ where, text }) => `${where}: ${text}`);

  it.each([
    ['pages, messages and command line', programs, 5000],
    ['playbooks, rules and scenarios', catalogues, 1000],
    ['guides', guides, 100],
  ] as const)('never breaks a line before a sign or inside quotation marks: %s', (_name, texts, atLeast) => {
    expect(texts.length).toBeGreaterThan(atLeast);
    expect(wrong(texts, BREAKING)).toEqual([]);
  });

  it.each([
    ['pages, messages and command line', programs],
    ['playbooks, rules and scenarios', catalogues],
    ['guides', guides],
  ] as const)('has typographic apostrophes: %s', (_name, texts) => {
    expect(wrong(texts, STRAIGHT)).toEqual([]);
  });

  it.each(['Que faire ?', 'l’étape « S13 »', '« oui\u00a0»', ' : refusé', 'fini ; la suite'])(
    'would be told of «%s»',
    (text) => {
      expect(BREAKING.test(text)).toBe(true);
    },
  );

  it.each(['Que faire\u00a0?', '12:30', 'Is it: yes?', 'key: value', '«\u00a0oui\u00a0»', 'https://exemple.fr/?q=1'])(
    'leaves alone: %s',
    (text) => {
      expect(BREAKING.test(text)).toBe(false);
    },
  );
});
