import type { Command } from 'commander';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { instantMs } from '#libs/domain';
import type { EventStore } from '#libs/event-store';
import { fetchTransport, TocsinClient } from '#libs/client';
import { FileMistakes, listScenarios, loadPlaybooks, loadRules, ownFolders } from '#libs/playbooks';
import type { Config } from '../../../api/src/config.js';
import { configOf, findServer } from '../connect.js';
import { EXIT } from '../io.js';
import { inSession, type Cli, type CommonOptions, type Session } from '../session.js';
import { table } from '../table.js';
import { absolute, DEFAULT_ZONE, duration } from '../times.js';
import { remoteStoreFindings } from './doctor.cluster.js';
import type { Finding } from './doctor.finding.js';

const DISK_BYTES_LOW = 200 * 1024 * 1024;
const DISK_BYTES_FAIL = 20 * 1024 * 1024;
/** Clocks of machines differ by seconds, not by minutes. */
const CLOCK_AHEAD_MS_MAX = 60_000;
const LAST_EVENTS = 4096;

/** `tocsin doctor`: whether this machine can do the work, and what to do where it cannot. */
export const addDoctorCommand = (program: Command, cli: Cli): void => {
  const doctor = program
    .command('doctor')
    .description(
      cli.say('vérifie que tout est en état, et dit quoi faire', 'checks that all is in order, and says what to do'),
    )
    .action(() => {
      const options = doctor.optsWithGlobals<CommonOptions>();
      return inSession(cli, options, (session) => examine(session));
    });
};

const examine = async (session: Session): Promise<number> => {
  const { out, common } = session;
  const findings =
    common.server === undefined
      ? await examineHere(session)
      : [nodeFinding(session), await serverFinding(session, common.server)];
  const failed = findings.some(({ verdict }) => verdict === 'fail');
  if (out.json) out.data({ ok: !failed, checks: findings });
  else {
    const styles = { ok: 'green', warn: 'yellow', fail: 'red' } as const;
    const words = { ok: 'ok', warn: out.say('attention', 'warning'), fail: out.say('échec', 'failure') };
    out.print(
      ...table(
        findings.flatMap(({ check, verdict, detail, advice }) => [
          [out.paint(styles[verdict], words[verdict]), check, detail],
          ...(advice ? [['', '', `→ ${advice}`]] : []),
        ]),
        '',
      ),
    );
  }
  return failed ? EXIT.refused : EXIT.ok;
};

const examineHere = async (session: Session): Promise<Finding[]> => {
  const config = configOf(session.io, { data: session.folder, language: session.language });
  const url = await findServer(config.data);
  return [
    nodeFinding(session),
    folderFinding(session, config),
    await diskFinding(session, config),
    ...(url === undefined ? [] : [await serverFinding(session, url)]),
    ...(config.store.kind === 'eventstoredb'
      ? await remoteStoreFindings(session, config, config.store.connectionString)
      : url === undefined
        ? await fileFindings(session, config)
        : []),
    ...(url === undefined ? [await portFinding(session, config)] : []),
    ...filesFindings(session, config),
  ];
};

const nodeFinding = ({ out: { say } }: Session): Finding => {
  const ok = Number(process.versions.node.split('.')[0]) >= 24;
  return {
    check: 'Node',
    verdict: ok ? 'ok' : 'fail',
    detail: process.version,
    ...(ok
      ? {}
      : {
          advice: say('Lancez Tocsin par npm, qui apporte Node 24.', 'Start Tocsin through npm, which brings Node 24.'),
        }),
  };
};

const folderFinding = ({ out: { say } }: Session, { data }: Config): Finding => {
  const check = say('Dossier des données', 'Data folder');
  if (!existsSync(data))
    return {
      check,
      verdict: 'ok',
      detail: say(`${data} n’existe pas encore\u00a0: il sera créé.`, `${data} does not exist yet: it will be made.`),
    };
  try {
    accessSync(data, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return {
      check,
      verdict: 'fail',
      detail: say(`${data} ne peut pas être écrit par cet utilisateur.`, `${data} cannot be written by this user.`),
      advice: say(
        'Rendez-lui le dossier (chown), ou choisissez-en un autre avec --data.',
        'Give them the folder (chown), or choose another with --data.',
      ),
    };
  }
  if (process.platform !== 'win32' && (statSync(data).mode & 0o077) !== 0)
    return {
      check,
      verdict: 'warn',
      detail: say(
        `${data} est ouvert à d’autres utilisateurs de la machine.`,
        `${data} is open to other users of the machine.`,
      ),
      advice: `chmod 700 ${data}`,
    };
  return { check, verdict: 'ok', detail: data };
};

const diskFinding = async ({ out: { say } }: Session, { data }: Config): Promise<Finding> => {
  const check = say('Espace disque', 'Disk space');
  let folder = data;
  while (!existsSync(folder)) folder = join(folder, '..');
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const detail = say(`${megabytes(free)} Mo libres`, `${megabytes(free)} MB free`);
  if (free > DISK_BYTES_LOW) return { check, verdict: 'ok', detail };
  return {
    check,
    verdict: free > DISK_BYTES_FAIL ? 'warn' : 'fail',
    detail,
    advice: say(
      'Libérez de la place\u00a0: un disque plein arrête la consignation.',
      'Make room: a full disk stops the recording.',
    ),
  };
};

const megabytes = (bytes: number): number => Math.floor(bytes / 1_000_000);

const fileFindings = async (session: Session, config: Config): Promise<Finding[]> => {
  const { out } = session;
  const { say } = out;
  const check = say('Journal', 'Log');
  const file = join(config.data, 'log.db');
  if (!existsSync(file)) return [{ check, verdict: 'ok', detail: say('pas encore de journal', 'no log yet') }];
  const { InUse, openEventStore } = await import('#libs/event-store');
  let store: EventStore;
  try {
    store = await openEventStore({ store: 'sqlite', file });
  } catch (error) {
    const inUse = error instanceof InUse;
    const detail = error instanceof Error ? error.message : String(error);
    return [
      inUse
        ? {
            check,
            verdict: 'warn',
            detail: say('un autre programme écrit dans ce journal', 'another program writes to this log'),
            advice: say(
              'Attendez qu’il finisse, ou donnez l’adresse du serveur (--server).',
              'Wait for it to end, or give the address of the server (--server).',
            ),
          }
        : {
            check,
            verdict: 'fail',
            detail,
            advice: say(
              'Ne supprimez rien\u00a0: copiez le dossier entier avant tout essai.',
              'Delete nothing: copy the whole folder before you try anything.',
            ),
          },
    ];
  }
  try {
    const durable = say(
      's’ouvre, chaque écriture va jusqu’au disque (fsync)',
      'opens, each write reaches the disk (fsync)',
    );
    return [{ check, verdict: 'ok', detail: durable }, await clockFinding(session, store)];
  } finally {
    await store.close();
  }
};

/** The last thing recorded cannot lie in the future. */
const clockFinding = async ({ io, out, language }: Session, store: EventStore): Promise<Finding> => {
  const { say } = out;
  const check = say('Horloge', 'Clock');
  const nowMs = io.nowMs();
  const now = absolute(new Date(nowMs).toISOString(), DEFAULT_ZONE, language);
  const aheadMs = (await lastRecordedMs(store)) - nowMs;
  if (aheadMs <= CLOCK_AHEAD_MS_MAX) return { check, verdict: 'ok', detail: say(`${now} (Paris)`, `${now} (Paris)`) };
  const length = duration(aheadMs / 1000, language);
  return {
    check,
    verdict: 'warn',
    detail: say(
      `${now}\u00a0: le dernier fait a été consigné ${length} plus tard`,
      `${now}: the last fact was recorded ${length} later`,
    ),
    advice: say(
      'Réglez l’horloge de la machine (date, heure, fuseau).',
      'Set the clock of the machine (date, time, zone).',
    ),
  };
};

const lastRecordedMs = async (store: EventStore): Promise<number> => {
  let latest = Number.NEGATIVE_INFINITY;
  let after: string | undefined;
  for (;;) {
    const { events, position, atHead } = await store.readAll({
      max: LAST_EVENTS,
      filter: { streamPrefixes: ['incident-'] },
      ...(after === undefined ? {} : { after }),
    });
    for (const { meta } of events) {
      const { recordedAt } = meta;
      if (typeof recordedAt === 'string') latest = Math.max(latest, instantMs(recordedAt));
    }
    if (atHead || position === undefined) return latest;
    after = position;
  }
};

const portFinding = async ({ out: { say } }: Session, { host, port }: Config): Promise<Finding> => {
  const check = say('Port', 'Port');
  const free = await canListen(host, port);
  return {
    check,
    verdict: free ? 'ok' : 'warn',
    detail: free
      ? say(`${host}:${port} est libre`, `${host}:${port} is free`)
      : say(`${host}:${port} est déjà pris`, `${host}:${port} is taken`),
    ...(free
      ? {}
      : { advice: say('Choisissez-en un autre\u00a0: TOCSIN_PORT=3001.', 'Choose another: TOCSIN_PORT=3001.') }),
  };
};

const canListen = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });

const serverFinding = async ({ out: { say }, language }: Session, url: string): Promise<Finding> => {
  const check = say('Serveur', 'Server');
  const client = new TocsinClient(fetchTransport(url), { language });
  try {
    const { status, store, views, clocks, webhooks, disk } = await client.ready();
    const { version } = await client.version();
    const parts = Object.entries({ store, views, clocks, ...(webhooks && { webhooks }), disk }).filter(
      ([, part]) => !part.ok,
    );
    const detail = `${url}, ${version}`;
    if (status === 'ready' && parts.length === 0) return { check, verdict: 'ok', detail };
    const bad = parts
      .map(([name, part]) => ('cause' in part && part.cause ? `${name}${say('\u00a0: ', ': ')}${part.cause}` : name))
      .join(', ');
    return { check, verdict: status === 'ready' ? 'warn' : 'fail', detail: `${detail} – ${bad}` };
  } catch (error) {
    return {
      check,
      verdict: 'fail',
      detail: say(
        `${url} ne répond pas (${(error as Error).message})`,
        `${url} does not answer (${(error as Error).message})`,
      ),
      advice: say(
        'Vérifiez l’adresse, et qu’il est lancé (tocsin serve).',
        'Check the address, and that it runs (tocsin serve).',
      ),
    };
  }
};

const filesFindings = ({ out: { say } }: Session, { data }: Config): Finding[] => {
  const own = ownFolders(data);
  const files: readonly (readonly [string, () => readonly unknown[]])[] = [
    [say('Scénarios', 'Scenarios'), () => listScenarios()],
    [say('Fiches réflexes', 'Playbooks'), () => loadPlaybooks({ extraFolder: own.playbooks, extraRules: own.rules })],
    [say('Règles', 'Rules'), () => loadRules({ extraFolder: own.rules })],
  ];
  return files.map(([check, load]): Finding => {
    try {
      return { check, verdict: 'ok', detail: say(`${load().length} valides`, `${load().length} valid`) };
    } catch (error) {
      if (!(error instanceof FileMistakes)) throw error;
      return { check, verdict: 'fail', detail: error.message };
    }
  });
};
