import { readFileSync } from 'node:fs';
import { Unavailable } from '../port.js';

/**
 * Read here and not by the client: the client prints the whole string, password included, for an option that it does not
 * know, and cuts a password at a colon.
 */
export interface ConnectionSettings {
  /** `esdb+discover://`: the one host is a name that stands for all nodes. */
  readonly discover: boolean;
  readonly hosts: readonly Host[];
  readonly tls: boolean;
  readonly credentials: Credentials | undefined;
  readonly caCertificate: Buffer | undefined;
  readonly userCertificate: { readonly certificate: Buffer; readonly key: Buffer } | undefined;
  readonly nodePreference: (typeof NODE_PREFERENCES)[number];
  readonly connectionName: string;
  /** Of the client, in the units that the connection string gives; absent: the adapter's own. */
  readonly numbers: Partial<Record<NumberOption, number>>;
}

export interface Host {
  readonly address: string;
  readonly port: number;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

type NumberOption = (typeof NUMBER_OPTIONS)[number];

const PORT_DEFAULT = 2113;
const NODE_PREFERENCES = ['leader', 'follower', 'random', 'read_only_replica'] as const;
const NUMBER_OPTIONS = [
  'maxDiscoverAttempts',
  'discoveryInterval',
  'gossipTimeout',
  'keepAliveInterval',
  'keepAliveTimeout',
] as const;
/** Known, and decided by the adapter itself. */
const IGNORED_OPTIONS = ['throwOnAppendFailure', 'defaultDeadline'];
const OPTION_NAME = /^[a-z]{1,32}$/;
const HOST = /^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)(?::(\d{1,5}))?$/;

/** @throws {Unavailable} with a sentence that repeats nothing secret. */
export function readConnectionString(text: string): ConnectionSettings {
  const [, scheme, rest = ''] = /^(esdb|esdb\+discover):\/\/(.+)$/s.exec(text.trim()) ?? [];
  if (scheme === undefined) throw wrong('it begins with esdb:// or esdb+discover://');
  const query = rest.indexOf('?');
  const authority = (query < 0 ? rest : rest.slice(0, query)).replace(/\/+$/, '');
  const at = authority.lastIndexOf('@');
  const options = readOptions(query < 0 ? '' : rest.slice(query + 1));
  const hosts = authority
    .slice(at + 1)
    .split(',')
    .map(readHost);
  const discover = scheme === 'esdb+discover';
  if (discover && hosts.length > 1) throw wrong('esdb+discover:// takes one host name');
  const settings: ConnectionSettings = {
    discover,
    hosts,
    tls: readBoolean('tls', options.take('tls')) ?? true,
    credentials: at < 0 ? undefined : readCredentials(authority.slice(0, at)),
    caCertificate: readFile('tlsCAFile', options.take('tlsCAFile')),
    userCertificate: readUserCertificate(options.take('userCertFile'), options.take('userKeyFile')),
    nodePreference: readNodePreference(options.take('nodePreference')),
    connectionName: options.take('connectionName') ?? 'tocsin',
    numbers: Object.fromEntries(
      NUMBER_OPTIONS.flatMap((name) => {
        const value = options.take(name);
        return value === undefined ? [] : [[name, readNumber(name, value)]];
      }),
    ),
  };
  if (readBoolean('tlsVerifyCert', options.take('tlsVerifyCert')) === false) {
    throw wrong('tlsVerifyCert=false does nothing in this client: give the certificate of the authority as tlsCAFile');
  }
  for (const name of IGNORED_OPTIONS) options.take(name);
  options.refuseRest();
  if (settings.tls && settings.credentials === undefined) {
    throw wrong('a server with TLS wants user:password@ before the host');
  }
  return settings;
}

const wrong = (sentence: string): Unavailable =>
  new Unavailable(`The connection string of the event store: ${sentence}`);

interface Options {
  take(name: string): string | undefined;
  refuseRest(): void;
}

/** Names are compared without case, as the client does. */
function readOptions(query: string): Options {
  const values = new Map<string, string>();
  for (const pair of query.split('&').filter((each) => each !== '')) {
    const [name = '', ...value] = pair.split('=');
    values.set(name.toLowerCase(), decode(value.join('=').trim()));
  }
  return {
    take: (name) => {
      const value = values.get(name.toLowerCase());
      values.delete(name.toLowerCase());
      return value;
    },
    refuseRest: () => {
      const [name] = values.keys();
      if (name === undefined) return;
      // A password with a ? of its own ends there, and what follows is part of it.
      throw wrong(
        OPTION_NAME.test(name) && !query.includes('@')
          ? `there is no option ${name}`
          : 'options come after a question mark, name=value with & between; in a password it is written %3F',
      );
    },
  };
}

function readHost(text: string): Host {
  const [, address, , port = String(PORT_DEFAULT)] = HOST.exec(text.trim()) ?? [];
  if (address === undefined || Number(port) < 1 || Number(port) > 65_535) {
    throw wrong('the hosts are name:port, with a comma between; write %40 for @ and %3A for a colon in a password');
  }
  return { address, port: Number(port) };
}

function readCredentials(text: string): Credentials {
  const colon = text.indexOf(':');
  const username = decode(text.slice(0, Math.max(colon, 0)));
  const password = decode(text.slice(colon + 1));
  if (username === '' || password === '') throw wrong('before the @ it takes user:password');
  return { username, password };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong('a % must be written as %25');
  }
}

function readBoolean(name: string, value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  if (value !== 'true' && value !== 'false') throw wrong(`${name} is true or false`);
  return value === 'true';
}

function readNumber(name: string, value: string): number {
  if (!/^-?\d{1,9}$/.test(value)) throw wrong(`${name} is a whole number`);
  return Number(value);
}

function readNodePreference(value = 'leader'): ConnectionSettings['nodePreference'] {
  const flat = (text: string): string => text.toLowerCase().replaceAll(/[_-]/g, '');
  const found = NODE_PREFERENCES.find((each) => flat(each) === flat(value));
  if (found === undefined) throw wrong(`nodePreference is one of ${NODE_PREFERENCES.join(', ')}`);
  return found;
}

function readFile(name: string, path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    throw wrong(`the file of ${name} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
}

function readUserCertificate(certFile?: string, keyFile?: string): ConnectionSettings['userCertificate'] {
  const certificate = readFile('userCertFile', certFile);
  const key = readFile('userKeyFile', keyFile);
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined) throw wrong('userCertFile and userKeyFile go together');
  return { certificate, key };
}
