import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { readSealingKeys, TargetPolicy } from '#libs/subscriptions';
import { LOG_LEVELS, type LogLevel } from './logging.js';

/** How the server runs. Read once, from the environment, and passed on. */
export interface Config {
  /** Folder of the log and of the views. */
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly store: StoreChoice;
  readonly access: 'open';
  readonly language: 'fr' | 'en';
  /** Further host names that requests may be addressed to. */
  readonly hosts: readonly string[];
  /** Hosts and address ranges that a webhook may reach although they are private. */
  readonly webhookAllow: readonly string[];
  /** On a cluster: what seals the secrets of webhooks, the first one, and what opens them. */
  readonly webhookKeys: readonly Buffer[];
  readonly logLevel: LogLevel;
}

export type StoreChoice =
  { readonly kind: 'sqlite' } | { readonly kind: 'eventstoredb'; readonly connectionString: string };

/** A value of the environment that cannot be used; the message says which, what it takes and what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {ConfigError} */
export const readConfig = (env: Environment): Config => {
  const host = readHost(env['TOCSIN_HOST'] ?? '127.0.0.1');
  return {
    data: resolve(env['TOCSIN_DATA'] || './data'),
    host,
    port: readPort(env['TOCSIN_PORT'] ?? '3000'),
    store: readStore(env['TOCSIN_STORE'] ?? 'sqlite'),
    access: readAccess(env['TOCSIN_ACCESS'] ?? 'open', host),
    language: oneOf('TOCSIN_LANG', env['TOCSIN_LANG'] ?? 'fr', ['fr', 'en']),
    hosts: (env['TOCSIN_HOSTS'] ?? '')
      .split(/[\s,]+/)
      .filter((name) => name !== '')
      .map(readHostName),
    webhookAllow: readAllowances(env['TOCSIN_WEBHOOK_ALLOW'] ?? ''),
    webhookKeys: readKeysFile(env['TOCSIN_WEBHOOK_KEYS_FILE'] ?? ''),
    logLevel: oneOf('TOCSIN_LOG_LEVEL', env['TOCSIN_LOG_LEVEL'] ?? 'info', LOG_LEVELS),
  };
};

/**
 * The configuration of a worker. It takes no command, so it may be asked for its health from anywhere.
 * @throws {ConfigError}
 */
export const readWorkerConfig = (env: Environment): Config => {
  const host = readHost(env['TOCSIN_HOST'] ?? '127.0.0.1');
  const config = readConfig({
    ...env,
    TOCSIN_HOST: '127.0.0.1',
    TOCSIN_PORT: env['TOCSIN_PORT'] ?? '3001',
    TOCSIN_DATA: env['TOCSIN_DATA'] || './data/worker',
  });
  if (config.store.kind === 'sqlite') {
    throw new ConfigError(
      'TOCSIN_STORE\u00a0: un processus worker sert une grappe\u00a0; donnez l’adresse esdb://… de son journal. Avec sqlite, le serveur (npm start) fait tout lui-même. / ' +
        'A worker serves a cluster: give the esdb://… address of its log. With sqlite the server (npm start) does everything itself.',
    );
  }
  return { ...config, host };
};

const oneOf = <Value extends string>(name: string, value: string, values: readonly Value[]): Value => {
  const found = values.find((each) => each === value);
  if (found) return found;
  throw new ConfigError(
    `${name}="${value}" : valeur inconnue. Choisissez parmi ${values.join(', ')}. / Unknown value. Choose one of ${values.join(', ')}.`,
  );
};

const readPort = (text: string): number => {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new ConfigError(`TOCSIN_PORT="${text}" : il faut un nombre de 0 à 65535. / It takes a number from 0 to 65535.`);
};

const HOST_NAME = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/;

const readHost = (text: string): string => {
  if (isIP(text) || HOST_NAME.test(text)) return text;
  throw new ConfigError(
    `TOCSIN_HOST="${text}" : il faut une adresse ou un nom de machine. / It takes an address or a host name.`,
  );
};

const readHostName = (text: string): string => {
  if (isIP(text) || HOST_NAME.test(text)) return text.toLowerCase();
  throw new ConfigError(
    `TOCSIN_HOSTS\u00a0: «\u00a0${text}\u00a0» n’est pas un nom de machine. / “${text}” is not a host name.`,
  );
};

const readAllowances = (text: string): readonly string[] => {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== '');
  for (const entry of entries) {
    try {
      void new TargetPolicy([entry]);
    } catch {
      throw new ConfigError(
        `TOCSIN_WEBHOOK_ALLOW\u00a0: «\u00a0${entry}\u00a0» n’est ni un nom de machine ni une plage d’adresses (10.1.0.0/16). / ` +
          `“${entry}” is neither a host name nor an address range (10.1.0.0/16).`,
      );
    }
  }
  return entries;
};

const readKeysFile = (file: string): readonly Buffer[] => {
  if (file === '') return [];
  try {
    return readSealingKeys(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof RangeError ? error.message : String((error as { code?: unknown }).code);
    throw new ConfigError(
      `TOCSIN_WEBHOOK_KEYS_FILE="${file}"\u00a0: il faut un fichier dont chaque ligne est une clé de 32 octets en base64, par exemple de «\u00a0openssl rand -base64 32\u00a0» (${why}). / ` +
        `It takes a file of which each line is a key of 32 bytes in base64, such as “openssl rand -base64 32” gives (${why}).`,
    );
  }
};

const readStore = (text: string): StoreChoice => {
  if (text === 'sqlite') return { kind: 'sqlite' };
  if (/^esdb(\+discover)?:\/\/\S+$/.test(text)) return { kind: 'eventstoredb', connectionString: text };
  throw new ConfigError(
    'TOCSIN_STORE\u00a0: il faut «\u00a0sqlite\u00a0» ou une adresse esdb://… / It takes "sqlite" or an esdb://… connection string.',
  );
};

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);

const readAccess = (text: string, host: string): 'open' => {
  if (text === 'local') {
    throw new ConfigError(
      'TOCSIN_ACCESS=local\u00a0: les comptes ne sont pas encore disponibles dans cette version\u00a0; utilisez TOCSIN_ACCESS=open sur cette seule machine. / ' +
        'Accounts are not available in this version yet; use TOCSIN_ACCESS=open on this machine alone.',
    );
  }
  const access = oneOf('TOCSIN_ACCESS', text, ['open']);
  if (!isLoopback(host)) {
    throw new ConfigError(
      `TOCSIN_ACCESS=open laisse tout le monde écrire\u00a0: il est refusé hors de cette machine (TOCSIN_HOST="${host}"). Mettez TOCSIN_HOST=127.0.0.1. / ` +
        'Open access lets anyone write: it is refused beyond this machine. Set TOCSIN_HOST=127.0.0.1.',
    );
  }
  return access;
};
