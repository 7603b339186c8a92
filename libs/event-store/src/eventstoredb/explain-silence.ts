import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionSettings, Host } from './connection-string.js';

const PROBE_MS_MAX = 3_000;

/** What a server says to a handshake; no password is ever sent. */
type Handshake = 'tls' | 'plain' | 'silent' | { readonly certificate: string };

/**
 * The client says “unavailable” to a wrong scheme, a wrong certificate and a dead server alike.
 * @returns a sentence when it is the connection string that is wrong; undefined when the server may yet come.
 */
export async function explainSilence({ hosts, tls, caCertificate }: ConnectionSettings): Promise<string | undefined> {
  for (const host of hosts) {
    const where = `${host.address}:${host.port}`;
    const answer = await handshake(host, caCertificate, tls);
    if (!tls && answer === 'tls') {
      return `The event store at ${where} speaks TLS: leave tls=false out of the connection string`;
    }
    if (tls && answer === 'plain') {
      return `The event store at ${where} speaks no TLS: write tls=false in the connection string, in a closed network only`;
    }
    if (typeof answer === 'object') {
      return `The certificate of the event store at ${where} is not accepted (${answer.certificate}): give the certificate of its authority as tlsCAFile`;
    }
  }
  return undefined;
}

async function handshake(host: Host, ca: Buffer | undefined, verify: boolean): Promise<Handshake> {
  const code = await tlsError(host, ca, verify);
  if (code === undefined) return 'tls';
  if (/CERT|SIGNATURE|ISSUER|SELF_SIGNED/.test(code)) return { certificate: code };
  return (await answersTcp(host)) && !/TIMEOUT|ECONN(REFUSED)|ENOTFOUND|EAI_AGAIN/.test(code) ? 'plain' : 'silent';
}

/** @returns the code of what went wrong; undefined when the handshake succeeded. */
async function tlsError({ address, port }: Host, ca: Buffer | undefined, verify: boolean): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connectTls({
      host: address,
      port,
      ...(ca && { ca }),
      rejectUnauthorized: verify,
      ALPNProtocols: ['h2'],
      ...(isIP(address) === 0 && { servername: address }),
    });
    const settle = (code: string | undefined): void => {
      resolve(code);
      socket.destroy();
    };
    socket.setTimeout(PROBE_MS_MAX, () => settle('TIMEOUT'));
    socket.once('secureConnect', () => settle(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? 'unknown'));
    // A server without TLS may hang up without a word.
    socket.once('close', () => settle('CLOSED'));
  });
}

async function answersTcp({ address, port }: Host): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host: address, port });
    const settle = (answers: boolean): void => {
      resolve(answers);
      socket.destroy();
    };
    socket.setTimeout(PROBE_MS_MAX, () => settle(false));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
