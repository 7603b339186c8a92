import { jest } from '@jest/globals';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLOCKS_LEASE, Lease, RandomIds } from '#libs/application';
import { openEventStore } from '#libs/event-store';
import type { Status } from '#libs/client';
import { EventStoreDbTwin } from './support/eventstoredb-twin/twin.js';
import { listScenarios, ownFolders } from '#libs/playbooks';
import { json, Terminal, type Said } from './support/terminal.js';

interface Played {
  readonly incidentId: string;
  readonly status: Status;
  readonly expect: { readonly held: number; readonly failed: readonly unknown[] };
}

// Programs are started and built here, on whatever machine.
jest.setTimeout(240_000);

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
});
afterEach(() => terminal.leave());

const type = (...argv: string[]): Promise<Said> => terminal.type(argv);
const declared = async (): Promise<Said> => {
  const said = await type(
    'declare',
    '--title',
    'Mairie chiffrée',
    '--kind',
    'ransomware',
    '--organisation',
    'Ville de Test',
  );
  expect(said).toMatchObject({ exit: 0, err: '' });
  return said;
};

describe('An incident at the command line', () => {
  it('is declared, answered and read, in words', async () => {
    const answer = await declared();
    expect(answer).toMatchObject({ exit: 0, err: '' });
    expect(answer.out).toMatch(/✓ Incident déclaré #0/);

    const complaint = await type('do', 'FileComplaint', '--filed-with', 'gendarmerie', '--as', 'Élodie Martin;dgs');
    expect(complaint.out).toMatch(/✓ Plainte déposée #/);

    const status = await type('status');
    expect(status.exit).toBe(0);
    expect(status.out).toMatch(/^Mairie chiffrée$/m);
    expect(status.out).toMatch(/Plainte déposée +● Fait +.* Élodie Martin$/m);
    expect(status.out).not.toContain('\u001b');

    const timeline = await type('timeline');
    expect(timeline.out.split('\n')[0]).toMatch(/^ +#0 .*Incident déclaré\s: «\sMairie chiffrée\s»/);
  });

  it('is told to a program as the API tells it, and nothing else is on standard output', async () => {
    await declared();
    const answer = json<{ revision: number; events: { type: string }[] }>(
      await type('do', 'TakeDecision', '--json', '--decision', 'Tout couper', '--occurred-at', '10:30'),
    );
    expect(answer.events.map((event) => event.type)).toEqual(['DecisionTaken']);
    const status = json<Status>(await type('status', '--json'));
    expect(status.revision).toBe(answer.revision);
    expect(json<{ items: unknown[] }>(await type('timeline', '--json')).items).toHaveLength(answer.revision + 1);
    expect(json<{ items: { state: string }[] }>(await type('clocks', '--json')).items.length).toBeGreaterThan(0);
    expect(json<{ items: { step: string }[] }>(await type('--json', 'steps')).items.length).toBeGreaterThan(40);
  });

  it('takes nested data as JSON, from the line, a file or standard input', async () => {
    await declared();
    const file = terminal.file('fact.json', JSON.stringify({ systems: [{ name: 'ERP', mode: 'powered_off' }] }));
    await type('do', 'ShutDownSystems', '--data', `@${file}`, '--scope', 'partial');
    await type('do', 'ShutDownSystems', '--data', '{"scope":"all"}');
    await terminal.type(['do', 'TakeDecision', '--data', '@-'], { stdin: '{"decision":"Rester coupés"}' });
    const { items } = json<{ items: { type: string; data?: unknown }[] }>(
      await type('timeline', '--json', '--type', 'SystemsShutDown,DecisionTaken'),
    );
    expect(items.map((item) => item.type)).toEqual(['SystemsShutDown', 'SystemsShutDown', 'DecisionTaken']);
  });

  it('is written once, however often the same key is sent', async () => {
    await declared();
    const again = ['do', 'RecordLogbookEntry', '--json', '--kind', 'fact', '--text', 'Sirène', '--idempotency-key'];
    const key = '01a214d1-8bae-70eb-af45-01128d022589';
    const first = await type(...again, key);
    expect(await type(...again, key)).toEqual(first);
  });

  it('must be named when several are open, by any part that tells it from the others', async () => {
    await declared();
    await type('declare', '--title', 'Piscine');
    const unsaid = await type('status');
    expect(unsaid).toMatchObject({ exit: 1, out: '' });
    expect(unsaid.err).toMatch(/Plusieurs incidents sont ouverts[^]*Mairie chiffrée|Piscine/);
    const named = json<Status>(await type('status', 'piscine', '--json'));
    expect(named.title).toBe('Piscine');
    const tail = named.incidentId.slice(-8);
    expect(json<Status>(await type('status', '--json', '--incident', tail)).incidentId).toBe(named.incidentId);
    expect((await type('status', 'nulle part')).err).toBe('Aucun incident ne répond à « nulle part ».\n');
  });

  it('is asked for in vain before there is one', async () => {
    expect(await type('status')).toMatchObject({ exit: 1, out: '', err: expect.stringContaining('Aucun incident') });
  });

  it('is shown at an earlier moment', async () => {
    await declared();
    await type('do', 'ContactAnssi', '--channel', 'phone');
    const before = json<Status>(await type('status', '--json', '--as-of', '0'));
    expect(before.milestones.anssiContacted.state).toBe('unknown');
    expect(json<Status>(await type('status', '--json')).milestones.anssiContacted.state).toBe('done');
  });
});

describe('A refusal', () => {
  it('of the rules of the incident is a sentence, and exit code 1', async () => {
    await declared();
    await type('do', 'CloseIncident');
    const refused = await type('do', 'TakeDecision', '--incident', 'mairie chiffrée', '--decision', 'd');
    expect(refused).toMatchObject({ exit: 1, out: '' });
    expect(refused.err).toMatch(/^L’incident est clos depuis/);
  });

  it('is problem details for a program', async () => {
    await declared();
    const refused = await type('do', 'AssessSeverity', '--level', 'huge', '--json');
    expect(refused.exit).toBe(1);
    expect(json(refused)).toMatchObject({ status: 400, code: 'invalid', errors: [{ path: 'level' }] });
  });

  it.each([
    [['status', '--bogus'], 'L’option --bogus n’existe pas. Aide : --help\n'],
    [['nope'], 'La commande « nope » n’existe pas. Aide : --help\n'],
    [['do', 'TakeDecision', '--decisio', 'x'], expect.stringContaining('Vouliez-vous dire --decision ?')],
    [['status', '--axis', 'sideways'], expect.stringContaining('Choix : recorded, occurred.')],
    [['do', 'TakeDecision', '--data', '{'], expect.stringContaining('JSON illisible')],
    [['scenario', 'run'], expect.stringContaining('Il manque')],
    [['status', '--server', 'http://'], expect.stringContaining('il faut une adresse')],
  ])('of the command line itself has exit code 2: %j', async (argv, err) => {
    expect(await type(...argv)).toEqual({ exit: 2, out: '', err });
  });

  it('of a configuration value has exit code 2', async () => {
    for (const [name, value] of [
      ['TOCSIN_PORT', 'x'],
      ['TOCSIN_LANG', 'de'],
    ] as const) {
      const said = await terminal.type(['status'], { env: { [name]: value } });
      expect(said).toMatchObject({ exit: 2, err: expect.stringContaining(name) });
    }
  });

  it('of everybody to answer has exit code 3', async () => {
    const said = await type('status', '--server', 'http://127.0.0.1:9');
    expect(said).toMatchObject({ exit: 3, err: expect.stringContaining('http://127.0.0.1:9 ne répond pas') });
  });

  it('speaks English to who asks for it', async () => {
    expect((await type('status', '--lang', 'en')).err).toMatch(/^No incident is open/);
    expect((await terminal.type(['nope'], { env: { TOCSIN_LANG: 'en' } })).err).toMatch(/^There is no command "nope"/);
  });
});

describe('Help', () => {
  it('lists what there is, in French', async () => {
    const { exit, out } = await type('--help');
    expect(exit).toBe(0);
    for (const name of [
      'serve',
      'declare',
      'do',
      'status',
      'clocks',
      'steps',
      'timeline',
      'replay',
      'scenario',
      'playbook',
      'doctor',
      'version',
    ])
      expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(out).not.toMatch(/verify|backup|restore|token|Usage:/);
  });

  it('of a command has its fields with label, obligation and values', async () => {
    const { out } = await type('do', 'ShutDownSystems', '--help');
    expect(out).toMatch(/--scope <valeur> +Étendue \[obligatoire\] : all/);
    expect(out).toContain('--occurred-at');
    expect(out).toContain('--said-by <nom;rôle>');
  });
});

describe('The scenarios', () => {
  it.each(listScenarios().map(({ id }) => id))('%s is played and all that it expects holds', async (id) => {
    const said = await type('scenario', 'run', id, '--json');
    const played = json<Played>(said);
    expect(Object.keys(played)).toEqual(['incidentId', 'status', 'expect']);
    expect(played.expect.failed).toEqual([]);
    expect(played.expect.held).toBeGreaterThan(0);
    expect(played.status).toMatchObject({ incidentId: played.incidentId, exercise: true, scenario: id });
    expect(said.exit).toBe(0);
  });

  it('end with the status and the count of what held, for a person', async () => {
    const { out, exit } = await type('scenario', 'run', 'angers-2021');
    expect(out).toMatch(/ANSSI contactée +● Fait/);
    expect(out).toMatch(/(\d+) attentes sur \1 tenues\n$/);
    expect(exit).toBe(0);
  });

  it('stop where they are told, and expect what is due by then', async () => {
    const until = '2021-01-18T09:00:00+01:00';
    const { status, expect: held } = json<Played>(
      await type('scenario', 'run', 'angers-2021', '--json', '--until', until),
    );
    expect(status.milestones.complaintFiled.state).toBe('unknown');
    expect(held.failed).toEqual([]);
    const early = await type('scenario', 'run', 'angers-2021', '--until', '2020-01-01T00:00:00Z');
    expect(early).toMatchObject({ exit: 1, err: expect.stringContaining('Le scénario commence le') });
  });

  const scenario = (events: string, expectations = ''): string =>
    terminal.file(
      'mine.yaml',
      `id: mine\ntitle: { fr: Le mien, en: Mine }\nsources: [moi]\norganisations: [{ name: Ville, kind: commune }]\nevents:\n${events}${expectations}`,
    );
  const declaration =
    '  - { at: 2021-01-16T12:00:00+01:00, do: DeclareIncident, data: { title: T, organisations: [{ name: Ville }] } }\n';

  it('say which expectation failed, where, and what was found', async () => {
    const file = scenario(
      declaration,
      'expect:\n  - { at: 2021-01-16T12:00:00+01:00, path: /kind, equals: ransomware }\n',
    );
    const said = await type('scenario', 'run', file, '--json');
    expect(said.exit).toBe(1);
    expect(json<Played>(said).expect).toMatchObject({
      held: 0,
      failed: [{ line: 8, path: '/kind', found: 'unknown' }],
    });
    expect((await type('scenario', 'run', file)).out).toMatch(
      /mine\.yaml, ligne 8 .*attendu "ransomware", trouvé "unknown"/,
    );
  });

  it('name the line that the rules refuse', async () => {
    const file = scenario(
      `${declaration}  - { at: 2021-01-16T12:05:00+01:00, do: CloseIncident }\n  - { at: 2021-01-16T12:10:00+01:00, do: TakeDecision, data: { decision: d } }\n`,
    );
    const said = await type('scenario', 'run', file);
    expect(said).toMatchObject({ exit: 1, out: '' });
    expect(said.err).toMatch(/mine\.yaml:8.: L’incident est clos/);
  });

  it('are checked with every mistake on its line', async () => {
    const file = scenario(
      `${declaration}  - { at: hier, do: TakeDecision }\n  - { at: 2021-01-16T12:05:00+01:00, do: TakeDecison }\n`,
    );
    const said = await type('scenario', 'check', file);
    expect(said.exit).toBe(1);
    expect(said.out).toMatch(/ligne 7 : « hier » n’est pas une heure/);
    expect(said.out).toMatch(/ligne 8 : .*TakeDecison.*TakeDecision/);
    const checked = json<{ valid: boolean; mistakes: { line: number }[] }>(
      await type('scenario', 'check', file, '--json'),
    );
    expect(checked.valid).toBe(false);
    expect(checked.mistakes.map(({ line }) => line)).toEqual(expect.arrayContaining([7, 8]));
    expect(await type('scenario', 'check', scenario(declaration))).toMatchObject({ exit: 0, err: '' });
    expect(await type('scenario', 'run', 'angers')).toMatchObject({
      exit: 1,
      err: expect.stringContaining('introuvable'),
    });
  });

  it('are replayed, fact after fact, with what each changed', async () => {
    await type('scenario', 'run', 'angers-2021');
    const { out } = await type('replay', '--to', '2021-01-16T12:10:00+01:00');
    expect(out).toMatch(/#0 +16\/01\/2021 12:00 +Incident déclaré/);
    expect(out).toMatch(/ANSSI contactée \(Angers, Angers Loire Métropole\).: Rien de consigné → Fait/);
    expect(out).not.toContain('Plan de reprise adopté');
    const lines = (await type('replay', '--json', '--from', '7', '--to', '8')).out.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { event: { revision: number } }).event.revision)).toEqual([7, 8]);
  });

  it('are replayed from a time on, or for a day', async () => {
    await type('scenario', 'run', 'angers-2021');
    const replayed = async (...words: string[]): Promise<{ revision: number; recordedAt: string }[]> => {
      const { exit, out } = await type('replay', '--json', ...words);
      expect(exit).toBe(0);
      const lines = out.trim().split('\n').filter(Boolean);
      return lines.map((line) => (JSON.parse(line) as { event: { revision: number; recordedAt: string } }).event);
    };
    const all = await replayed();
    expect(await replayed('--from', '2021-01-01')).toEqual(all);
    const monday = all.filter(({ recordedAt }) => recordedAt >= '2021-01-17T23' && recordedAt < '2021-01-18T23');
    expect(monday.length).toBeGreaterThan(0);
    expect(await replayed('--from', '2021-01-18', '--to', '2021-01-18')).toEqual(monday);
    expect(await replayed('--from', monday[0]?.recordedAt ?? '')).toEqual(
      all.filter(({ recordedAt }) => recordedAt >= (monday[0]?.recordedAt ?? '')),
    );
    expect(await replayed('--from', '2030-01-01')).toEqual([]);
    const status = json<{ revision: number }>(await type('status', '--json', '--as-of', '2021-01-18'));
    expect(status.revision).toBe(monday.at(-1)?.revision);
  });
});

describe('Playbooks', () => {
  it('are listed, shown, drawn and checked', async () => {
    expect((await type('playbook', 'list')).out).toMatch(/^collectivite-rancongiciel .*44 étapes/m);
    expect((await type('playbook', 'show', 'collectivite-rancongiciel')).out).toMatch(/S15 +Contacter l’ANSSI/);
    expect((await type('playbook', 'graph', 'compte-compromis', '--format', 'dot')).out).toMatch(
      /^digraph "compte-compromis"/,
    );
    const bad = terminal.file('bad.yaml', 'id: bad\nversion: 1\nstepz: []\n');
    expect(await type('playbook', 'check', bad)).toMatchObject({ exit: 1, out: expect.stringContaining('ligne 3') });
    expect(await type('playbook', 'show', 'nope')).toMatchObject({
      exit: 1,
      err: expect.stringContaining('compte-compromis'),
    });
  });
});

const OWN_PLAYBOOK = `id: ma-ville
version: 1
title: { fr: Ma ville, en: My town }
kinds: [ransomware]
phases:
  - { id: p, title: { fr: Premiers gestes, en: First acts } }
steps:
  - id: A1
    title: { fr: Couper la fibre, en: Cut the fibre }
    why: { fr: Le reste peut attendre, en: The rest can wait }
    how: { fr: Tirer le câble, en: Pull the cable }
    evidence: { fr: Photo du câble, en: Photo of the cable }
    roles: [dsi]
    phase: p
    completedBy: [{ event: NetworkIsolated }]
`;

const putOwnPlaybook = (): void => {
  mkdirSync(ownFolders(terminal.data).playbooks, { recursive: true });
  writeFileSync(join(ownFolders(terminal.data).playbooks, 'ma-ville.yaml'), OWN_PLAYBOOK);
};

describe('The playbook of a town, in its folder', () => {
  it('is listed and shown beside those in the box, and adopted by the incidents that it is for', async () => {
    putOwnPlaybook();
    expect((await type('playbook', 'list')).out).toMatch(/^ma-ville +1 +1 étape +Ma ville$[^]*^compte-compromis /m);
    expect((await type('playbook', 'show', 'ma-ville')).out).toMatch(/A1 +Couper la fibre/);
    expect((await type('playbook', 'graph', 'ma-ville')).out).toContain('s_A1');
    await declared();
    expect(json<Status>(await type('status', '--json')).playbook).toMatchObject({ id: 'ma-ville', version: '1' });
  });
});

describe('A server on the data folder', () => {
  /** Starts `tocsin serve` in this process; `stop` is Ctrl-C. */
  const serving = async () => {
    const stopping = new AbortController();
    let ready: () => void;
    const started = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const said = terminal.type(['serve'], { signal: stopping.signal, onOut: () => ready() });
    await Promise.race([started, said]);
    return {
      stop: async () => {
        stopping.abort();
        return said;
      },
    };
  };

  it('is found by the other commands, and says goodbye', async () => {
    const server = await serving();
    const announced = JSON.parse(terminal.read('server.json')) as { url: string; pid: number };
    expect(announced.pid).toBe(process.pid);
    expect(statSync(join(terminal.data, 'server.json')).mode & 0o777).toBe(0o600);
    await declared();
    expect((await type('status')).out).toMatch(/^Mairie chiffrée/);
    expect(json<Status>(await type('status', '--json', '--server', announced.url)).title).toBe('Mairie chiffrée');
    expect((await type('doctor')).out).toMatch(/ok +Serveur/);
    const stopped = await server.stop();
    expect(stopped).toMatchObject({ exit: 0, out: expect.stringMatching(/^Tocsin est prêt : http:/) });
    expect(existsSync(join(terminal.data, 'server.json'))).toBe(false);
    expect((await type('status')).out).toMatch(/^Mairie chiffrée/);
  });

  it('shows its own playbooks to who names it, from any folder', async () => {
    putOwnPlaybook();
    const server = await serving();
    const { url } = JSON.parse(terminal.read('server.json')) as { url: string };
    const elsewhere = new Terminal();
    expect((await elsewhere.type(['playbook', 'show', 'ma-ville'])).exit).toBe(1);
    expect((await elsewhere.type(['playbook', 'show', 'ma-ville', '--server', url])).out).toContain('Couper la fibre');
    elsewhere.leave();
    await server.stop();
  });

  it('is followed as it records', async () => {
    const server = await serving();
    await declared();
    const stopping = new AbortController();
    let seen = '';
    const until = (words: string): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => (seen.includes(words) ? resolve() : void setTimeout(look, 20));
        look();
      });
    const following = terminal.type(['timeline', '--follow'], {
      signal: stopping.signal,
      onOut: (text) => {
        seen += text;
      },
    });
    await until('Incident déclaré');
    await type('do', 'TakeDecision', '--decision', 'Tout couper');
    await until('Tout couper');
    stopping.abort();
    expect(await following).toMatchObject({ exit: 0, err: '' });
    expect(seen).toMatch(/Incident déclaré[^]*Décision\s: Tout couper/);
    await server.stop();
  });

  it('plays the scenarios in its box, and no file of ours', async () => {
    const server = await serving();
    const said = await type('scenario', 'run', 'caen-2022', '--json');
    expect(json<Played>(said).expect.failed).toEqual([]);
    expect(await type('scenario', 'run', 'caen-2022', '--until', '2022-10-01T00:00:00Z')).toMatchObject({
      exit: 3,
      err: expect.stringContaining('--data'),
    });
    await server.stop();
  });

  it('is not waited for when there is none', async () => {
    await declared();
    expect(await type('timeline', '--follow')).toMatchObject({ exit: 3, err: expect.stringContaining('tocsin serve') });
  });

  it('that died without goodbye is not taken for alive, nor another one in its place', async () => {
    await declared();
    const impostor = createServer((_request, response) => response.end(JSON.stringify({ instance: 'another' })));
    await once(impostor.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(impostor.address() as AddressInfo).port}`;
    for (const dead of [url, 'http://127.0.0.1:9']) {
      writeFileSync(join(terminal.data, 'server.json'), JSON.stringify({ url: dead, pid: 1, instance: 'mine' }));
      expect((await type('status')).out).toMatch(/^Mairie chiffrée/);
    }
    impostor.close();
  });

  it('that cannot be found leaves a sentence', async () => {
    const store = await openEventStore({ store: 'sqlite', file: join(terminal.data, 'log.db') });
    expect(await type('status')).toMatchObject({
      exit: 3,
      out: '',
      err: expect.stringMatching(/est utilisé par un autre programme.*--server/),
    });
    expect(await type('doctor')).toMatchObject({ exit: 0, out: expect.stringContaining('attention') });
    await store.close();
  });
});

describe('doctor', () => {
  it('finds nothing wrong with a new folder, and says so to a program too', async () => {
    const { ok, checks } = json<{ ok: boolean; checks: { verdict: string }[] }>(
      await terminal.type(['doctor', '--json'], { env: { TOCSIN_PORT: '0' } }),
    );
    expect(ok).toBe(true);
    expect(checks.map(({ verdict }) => verdict)).toEqual(checks.map(() => 'ok'));
  });

  it('finds a log that is none, and exits with 1', async () => {
    terminal.file('log.db', 'minutes of the crisis cell\n'.repeat(99));
    const { exit, out } = await type('doctor');
    expect(exit).toBe(1);
    expect(out).toMatch(/échec +Journal[^]*→ Ne supprimez rien/);
  });
});

/** For a server that answers, however busy the machine is. */
const PATIENCE_MS = 20_000;

describe('doctor of a log on EventStoreDB', () => {
  let twin: EventStoreDbTwin;
  beforeEach(async () => {
    twin = await EventStoreDbTwin.start();
  });
  afterEach(() => twin.close());

  it('asks its leader, and finds that no worker watches the clocks', async () => {
    const { exit, out } = await terminal.type(['doctor'], { patienceMs: PATIENCE_MS, env: twin.environment });
    expect(out).toMatch(/ok +Journal +EventStoreDB répond par son nœud meneur/);
    expect(out).toMatch(/ok +Nœuds +EventStoreDB 23\.10\.8 : localhost:\d+ \(meneur\)/);
    expect(out).toMatch(/attention +Délais légaux +aucun worker ne les surveille\n[^\n]+→ Lancez un worker/);
    expect(out).not.toContain('Webhooks');
    expect(exit).toBe(0);
    expect(twin.faults.calls.append).toBe(0);
  });

  it('warns of a node that is dead, and says which', async () => {
    twin.nodes = [
      { port: twin.port, state: 'LEADER', isAlive: true },
      { port: 2112, state: 'FOLLOWER', isAlive: true },
      { port: 2113, state: 'FOLLOWER', isAlive: false },
    ];
    const { exit, out } = await terminal.type(['doctor'], { patienceMs: PATIENCE_MS, env: twin.environment });
    expect(out).toMatch(
      /attention +Nœuds [^\n]+\(meneur\), localhost:2112 \(suiveur\), localhost:2113 \(ne répond pas\)/,
    );
    expect(out).toMatch(/→ Relancez le nœud/);
    expect(exit).toBe(0);
  });

  it('that does not tell its nodes is in order all the same', async () => {
    twin.faults.always(['gossip'], { kind: 'fail', error: 'denied' });
    const { exit, out } = await terminal.type(['doctor'], { patienceMs: PATIENCE_MS, env: twin.environment });
    expect(out).toMatch(/ok +Nœuds +EventStoreDB 23\.10\.8\n/);
    expect(exit).toBe(0);
  });

  it('with the key of the webhooks, finds that no worker sends them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-doctor-'));
    const file = join(folder, 'webhook.keys');
    writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
    const env = { ...twin.environment, TOCSIN_WEBHOOK_KEYS_FILE: file };
    const { out } = await terminal.type(['doctor'], { patienceMs: PATIENCE_MS, env });
    expect(out).toMatch(/attention +Webhooks +aucun worker ne les envoie\n[^\n]+TOCSIN_WEBHOOK_KEYS_FILE/);
    rmSync(folder, { recursive: true });
  });

  it('finds the worker that watches the clocks', async () => {
    const store = await openEventStore({ store: 'eventstoredb', connectionString: twin.connectionString });
    const duty = { start: () => undefined, stop: async () => undefined };
    const timing = { beatMs: 50, lookMs: 50, takeoverMs: 500 };
    const parts = { store, ids: new RandomIds(), duty, name: CLOCKS_LEASE, holder: 'worker-7', timing };
    const lease = new Lease({ ...parts, onFailure: () => undefined });
    lease.start();
    try {
      const { out } = await terminal.type(['doctor'], {
        patienceMs: PATIENCE_MS,
        env: twin.environment,
      });
      expect(out).toMatch(/ok +Délais légaux +surveillés par worker-7/);
    } finally {
      await lease.stop();
      await store.close();
    }
  });

  it('says what is wrong with a server that does not answer, and nothing secret', async () => {
    twin.kill();
    const TOCSIN_STORE = `esdb://tocsin:geheim@localhost:${twin.port}?tls=false`;
    const { exit, out, err } = await terminal.type(['doctor'], { env: { TOCSIN_STORE } });
    expect(exit).toBe(1);
    expect(out).toMatch(/échec +Journal +No event store answers at localhost:\d+[^\n]*\n[^\n]+→ Vérifiez TOCSIN_STORE/);
    expect(out + err).not.toContain('geheim');
  });
});

describe('The program', () => {
  const root = join(import.meta.dirname, '..');
  const main = join(root, 'dist/apps/cli/src/main.js');
  const env = (): NodeJS.ProcessEnv => ({
    ...process.env,
    TOCSIN_DATA: terminal.data,
    TOCSIN_PORT: '0',
    TOCSIN_LANG: 'fr',
  });
  const spawned = (...argv: string[]) => spawnSync(process.execPath, [main, ...argv], { encoding: 'utf8', env: env() });

  beforeAll(() => {
    execFileSync(process.execPath, [join(root, 'tools/build-if-stale.mjs')]);
  });

  it('ends with the exit code of its command', () => {
    expect(spawned('version', '--json')).toMatchObject({ status: 0, stderr: '' });
    expect(spawned('status')).toMatchObject({ status: 1, stdout: '' });
    expect(spawned('nope')).toMatchObject({ status: 2, stdout: '' });
    expect(spawned('status', '--server', 'http://127.0.0.1:9')).toMatchObject({ status: 3, stdout: '' });
  });

  it('plays a scenario and prints nothing but JSON', () => {
    const { status, stdout, stderr } = spawned('scenario', 'run', 'angers-2021', '--json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect((JSON.parse(stdout) as Played).expect.failed).toEqual([]);
  });

  it('serves until it is asked to stop, and is found meanwhile', async () => {
    const server = spawn(process.execPath, [main, 'serve'], { env: env(), stdio: ['ignore', 'pipe', 'inherit'] });
    await once(server.stdout, 'data');
    expect(spawned('declare', '--title', 'Depuis un autre programme').status).toBe(0);
    server.kill('SIGTERM');
    await once(server, 'exit');
    expect(existsSync(join(terminal.data, 'server.json'))).toBe(false);
    expect(spawned('status').stdout).toMatch(/^Depuis un autre programme/);
  });
});
