import { Option, type Command } from 'commander';
import { milestoneLabels, type PlaybookDefinition } from '#libs/domain';
import {
  checkPlaybook,
  checkRules,
  describeMistake,
  loadPlaybooks,
  ownFolders,
  readTextFile,
  type Mistake,
} from '#libs/playbooks';
import { configOf } from '../connect.js';
import { EXIT, Failure } from '../io.js';
import type { Language } from '../language.js';
import type { Output } from '../output.js';
import { inSession, type Cli, type CommonOptions, type Session } from '../session.js';
import { table } from '../table.js';

/** `tocsin playbook list|check|show|graph`. */
export const addPlaybookCommands = (program: Command, cli: Cli): void => {
  const { say } = cli;
  const playbook = program
    .command('playbook')
    .description(say('fiches réflexes\u00a0: les lire, vérifier un fichier', 'playbooks: read them, check a file'));
  const list = playbook
    .command('list')
    .description(say('les fiches livrées, et celles du dossier', 'the playbooks in the box, and those of the folder'))
    .action(() => inSession(cli, list.optsWithGlobals<CommonOptions>(), (session) => showList(session)));
  const check = playbook
    .command('check')
    .description(
      say(
        'dit toutes les erreurs d’un fichier de fiche ou de règles, avec leur ligne',
        'says all mistakes of a playbook or rules file, with their lines',
      ),
    )
    .argument(`<${say('fichier.yaml', 'file.yaml')}>`)
    .action((file: string) =>
      inSession(cli, check.optsWithGlobals<CommonOptions>(), (session) => checkFile(session, file)),
    );
  const show = playbook
    .command('show')
    .description(say('les étapes d’une fiche, ou d’un fichier', 'the steps of a playbook, or of a file'))
    .argument('<id>')
    .action((id: string) =>
      inSession(cli, show.optsWithGlobals<CommonOptions>(), (session) => showPlaybook(session, id)),
    );
  const graph = playbook
    .command('graph')
    .description(say('le graphe des étapes', 'the graph of the steps'))
    .argument('<id>')
    .addOption(
      new Option('--format <format>', say('format du graphe', 'format of the graph'))
        .choices(['mermaid', 'dot'])
        .default('mermaid'),
    )
    .action((id: string) => {
      const options = graph.optsWithGlobals<CommonOptions & { format: 'mermaid' | 'dot' }>();
      return inSession(cli, options, (session) => showGraph(session, id, options.format));
    });
};

/** Those that an incident could adopt: on the server that was named, else in the folder. */
const playbooksOf = async (session: Session): Promise<readonly PlaybookDefinition[]> => {
  const { common, place, io, folder, language } = session;
  if (common.server === undefined) {
    const own = ownFolders(configOf(io, { data: folder, language }).data);
    return loadPlaybooks({ extraFolder: own.playbooks, extraRules: own.rules });
  }
  const { client } = await place();
  const { items } = await client.playbooks();
  const found: unknown = await Promise.all(items.map(({ id }) => client.playbook(id)));
  return found as PlaybookDefinition[];
};

const showList = async (session: Session): Promise<number> => {
  const { out, language } = session;
  const items = (await playbooksOf(session)).map(({ id, version, title, kinds, steps }) => ({
    id,
    version,
    title: title[language],
    kinds,
    steps: steps.length,
  }));
  if (out.json) out.data({ items });
  else
    out.print(
      ...table(
        items.map(({ id, version, title, steps }) => [
          out.paint('cyan', id),
          version,
          steps === 1 ? out.say('1 étape', '1 step') : `${steps} ${out.say('étapes', 'steps')}`,
          title,
        ]),
        '',
      ),
    );
  return EXIT.ok;
};

const checkFile = async ({ out, language }: Session, file: string): Promise<number> => {
  const text = readTextFile(file);
  const mistakes: readonly Mistake[] = /^rules:/m.test(text)
    ? checkRules(text, file).mistakes
    : checkPlaybook(text, file).mistakes;
  if (out.json)
    out.data({
      valid: mistakes.length === 0,
      mistakes: mistakes.map(({ file, line, code, message }) => ({ file, line, code, message: message[language] })),
    });
  else if (mistakes.length === 0) out.print(out.say(`${file}\u00a0: bon.`, `${file}: good.`));
  else for (const mistake of mistakes) out.print(out.paint('red', describeMistake(mistake, language)));
  return mistakes.length === 0 ? EXIT.ok : EXIT.refused;
};

/** By id, or by the path of a file. */
const findPlaybook = async (id: string, session: Session): Promise<PlaybookDefinition> => {
  const { out } = session;
  if (/[/\\]|\.ya?ml$/.test(id)) {
    const { playbook, mistakes } = checkPlaybook(readTextFile(id), id);
    if (playbook) return playbook;
    throw new Failure(EXIT.refused, mistakes.map((mistake) => describeMistake(mistake, out.language)).join('\n'));
  }
  const all = await playbooksOf(session);
  const found = all.find((playbook) => playbook.id === id);
  if (found) return found;
  const known = all.map((playbook) => playbook.id).join(', ');
  throw new Failure(
    EXIT.refused,
    out.say(
      `Il n’y a pas de fiche «\u00a0${id}\u00a0». Fiches connues\u00a0: ${known}.`,
      `There is no playbook "${id}". Known: ${known}.`,
    ),
  );
};

const showPlaybook = async (session: Session, id: string): Promise<number> => {
  const { out, language } = session;
  const playbook = await findPlaybook(id, session);
  if (out.json) {
    out.data(playbook);
    return EXIT.ok;
  }
  out.print(out.heading(`${playbook.title[language]} (${playbook.id} ${playbook.version})`));
  for (const phase of playbook.phases) {
    const steps = playbook.steps.filter((step) => step.phase === phase.id);
    if (steps.length === 0) continue;
    out.print('', out.heading(phase.title[language]));
    out.print(
      ...table(
        steps.map((step) => [
          out.paint('cyan', step.id),
          step.title[language],
          step.milestone ? out.paint('green', milestoneLabels[step.milestone][language]) : '',
          out.paint('dim', step.roles.join(', ')),
          prerequisites(step, out),
        ]),
      ),
    );
  }
  return EXIT.ok;
};

const prerequisites = ({ after, requires }: PlaybookDefinition['steps'][number], out: Output): string => {
  const hard = requires.map(({ step }) => `${step}!`);
  const all = [...hard, ...after];
  return all.length === 0 ? '' : out.paint('dim', `${out.say('après', 'after')} ${all.join(', ')}`);
};

const showGraph = async (session: Session, id: string, format: 'mermaid' | 'dot'): Promise<number> => {
  const { out, language } = session;
  const graph = graphOf(await findPlaybook(id, session), format, language);
  if (out.json) out.data({ format, graph });
  else out.print(graph);
  return EXIT.ok;
};

/** Solid arrows block until overridden, dotted ones only advise. */
export const graphOf = (playbook: PlaybookDefinition, format: 'mermaid' | 'dot', language: Language): string =>
  format === 'mermaid' ? mermaid(playbook, language) : dot(playbook, language);

const quoted = (text: string): string => text.replaceAll('"', '”').replaceAll(/[\n\r]/g, ' ');

const mermaid = ({ phases, steps }: PlaybookDefinition, language: Language): string => {
  const node = (id: string): string => `s_${id.replaceAll(/\W/g, '_')}`;
  return [
    'flowchart TD',
    ...phases.flatMap((phase, index) => [
      `  subgraph p${index}["${quoted(phase.title[language])}"]`,
      ...steps
        .filter((step) => step.phase === phase.id)
        .map((step) => `    ${node(step.id)}["${quoted(`${step.id} ${step.title[language]}`)}"]`),
      '  end',
    ]),
    ...steps.flatMap((step) => [
      ...step.requires.map(({ step: before, gate }) => `  ${node(before)} -->|${gate}| ${node(step.id)}`),
      ...step.after.map((before) => `  ${node(before)} -.-> ${node(step.id)}`),
    ]),
  ].join('\n');
};

const dot = ({ id, phases, steps }: PlaybookDefinition, language: Language): string =>
  [
    `digraph "${id}" {`,
    '  rankdir=TB; node [shape=box];',
    ...phases.flatMap((phase, index) => [
      `  subgraph cluster_${index} {`,
      `    label="${quoted(phase.title[language])}";`,
      ...steps
        .filter((step) => step.phase === phase.id)
        .map((step) => `    "${step.id}" [label="${quoted(`${step.id}\\n${step.title[language]}`)}"];`),
      '  }',
    ]),
    ...steps.flatMap((step) => [
      ...step.requires.map(({ step: before, gate }) => `  "${before}" -> "${step.id}" [label="${gate}"];`),
      ...step.after.map((before) => `  "${before}" -> "${step.id}" [style=dashed];`),
    ]),
    '}',
  ].join('\n');
