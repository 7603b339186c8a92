import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { setTimeout as delay } from 'node:timers/promises';
import {
  fetchTransport,
  injectTransport,
  ProblemError,
  TocsinClient,
  Unreachable,
  type ClientOptions,
} from '#libs/client';
import { readAnnouncement } from '../../api/src/announcement.js';
import { ConfigError, readConfig, type Config } from '../../api/src/config.js';
import { EXIT, Failure, type Io } from './io.js';
import type { Language, Say } from './language.js';
import { isLanguage, sayIn } from './language.js';

export interface PlaceOptions {
  /** Work against this server. */
  readonly server?: string | undefined;
  /** Folder of the log. */
  readonly data?: string | undefined;
  readonly language: Language;
  readonly actor?: string | undefined;
}

/** Where the commands work: a server, or the same program in this process. */
export interface Place {
  readonly client: TocsinClient;
  /** Of the server; absent in this process. */
  readonly url?: string;
  /** In this process. */
  readonly app?: NestFastifyApplication;
  close(): Promise<void>;
}

/** Another command on the same folder takes a moment; a server takes a moment to start listening. */
const PATIENCE_MS = 5_000;
const WAIT_STEP_MS = 200;
const FIND_MS_MAX = 2_000;

export const configOf = (io: Io, { data, language }: Pick<PlaceOptions, 'data' | 'language'>): Config => {
  try {
    return readConfig({
      ...io.env,
      // A wrong value is refused as every other one; a right one may be overruled by --lang.
      TOCSIN_LANG: isLanguage(io.env['TOCSIN_LANG'] || language) ? language : io.env['TOCSIN_LANG'],
      // A refusal is told by the command; the log of the server would tell it again.
      TOCSIN_LOG_LEVEL: io.env['TOCSIN_LOG_LEVEL'] ?? 'silent',
      ...(data === undefined ? {} : { TOCSIN_DATA: data }),
    });
  } catch (error) {
    if (error instanceof ConfigError) throw new Failure(EXIT.usage, error.message, { cause: error });
    throw error;
  }
};

/**
 * Against the server that was named; else the server that has the data folder; else the folder itself, in this process.
 * @throws {Failure} when there is nowhere to work.
 */
export const connect = async (io: Io, options: PlaceOptions): Promise<Place> => {
  if (options.server !== undefined) return serverPlace(serverUrl(options.server, options.language), options);
  const config = configOf(io, options);
  const say = sayIn(options.language);
  const giveUpAt = performance.now() + (io.patienceMs ?? PATIENCE_MS);
  for (;;) {
    const url = await findServer(config.data);
    if (url !== undefined) return serverPlace(url, options);
    try {
      return await ownPlace(config, options);
    } catch (error) {
      const { InUse, Unavailable } = await import('#libs/event-store');
      if (!(error instanceof Unavailable)) throw error;
      if (!(error instanceof InUse)) throw cannotOpen(config.data, error, say);
      if (performance.now() > giveUpAt) throw inUse(config.data, error, say);
    }
    await delay(WAIT_STEP_MS);
  }
};

/** The server that has the log of a folder now, if it says so itself. */
export const findServer = async (data: string): Promise<string | undefined> => {
  const announced = readAnnouncement(data);
  if (!announced) return undefined;
  const client = new TocsinClient(fetchTransport(announced.url, { timeoutMs: FIND_MS_MAX }), {
    retry: { attemptsMax: 1, sleep: async () => undefined, random: () => 0 },
  });
  try {
    const { instance } = await client.version();
    return instance === announced.instance ? announced.url : undefined;
  } catch (error) {
    if (error instanceof Unreachable || error instanceof ProblemError) return undefined;
    throw error;
  }
};

const serverUrl = (text: string, language: Language): string => {
  const url = /^https?:\/\//.test(text) ? text : `http://${text}`;
  if (URL.canParse(url)) return url;
  throw new Failure(
    EXIT.usage,
    sayIn(language)(
      `--server « ${text} » : il faut une adresse, par exemple http://127.0.0.1:3000.`,
      `--server "${text}": it takes an address, for instance http://127.0.0.1:3000.`,
    ),
  );
};

const clientOptions = ({ language, actor }: PlaceOptions): ClientOptions => ({
  language,
  ...(actor === undefined ? {} : { actor }),
});

const serverPlace = (url: string, options: PlaceOptions): Place => ({
  client: new TocsinClient(fetchTransport(url), clientOptions(options)),
  url,
  close: async () => undefined,
});

const ownPlace = async (config: Config, options: PlaceOptions): Promise<Place> => {
  // Loaded when it is needed: against a server, the command line starts in half the time.
  const { createApp } = await import('../../api/src/create-app.js');
  const app = await createApp(config);
  try {
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    const client = new TocsinClient(
      injectTransport((request) => app.inject(request)),
      clientOptions(options),
    );
    await viewsCaughtUp(client);
    return { client, app, close: () => app.close() };
  } catch (error) {
    await app.close();
    throw error;
  }
};

/** Lists are made from views, which follow the log from where they stood. */
const viewsCaughtUp = async (client: TocsinClient): Promise<void> => {
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 100)) {
    const { views } = await client.ready();
    if (views.ok || views.cause !== undefined) return;
    await delay(waitMs);
  }
};

const inUse = (data: string, cause: Error, say: Say): Failure =>
  new Failure(
    EXIT.unreachable,
    say(
      `Le dossier ${data} est utilisé par un autre programme, qui ne répond pas. Si c’est un serveur Tocsin, indiquez son adresse (--server http://127.0.0.1:3000) ; sinon, attendez qu’il finisse ou arrêtez-le.`,
      `Folder ${data} is in use by another program, which does not answer. If it is a Tocsin server, give its address (--server http://127.0.0.1:3000); else wait for it to end, or stop it.`,
    ),
    { cause },
  );

const cannotOpen = (data: string, cause: Error, say: Say): Failure =>
  new Failure(
    EXIT.unreachable,
    say(
      `Le journal du dossier ${data} ne s’ouvre pas : ${cause.message}. Voyez « tocsin doctor ».`,
      `The log in folder ${data} cannot be opened: ${cause.message}. See "tocsin doctor".`,
    ),
    { cause },
  );
