import type { Command } from 'commander';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verifyWebhook } from '#libs/client';
import { EXIT, Failure } from '../io.js';
import { inSession, type Cli, type CommonOptions, type Session } from '../session.js';

interface ListenOptions extends CommonOptions {
  readonly port?: string;
  readonly secret?: string;
  readonly answer?: string;
}

const BODY_BYTES_MAX = 1024 * 1024;

/** `tocsin webhook-listen`: a receiver for development, which shows what comes and whether it is genuine. */
export const addWebhookListenCommand = (program: Command, cli: Cli): void => {
  const { say } = cli;
  const command = program
    .command('webhook-listen')
    .description(
      say('reçoit et vérifie des webhooks, pour mettre au point', 'receives and verifies webhooks, for development'),
    )
    .option(`--port <${say('port', 'port')}>`, say('port d’écoute (8787 par défaut)', 'port (default 8787)'))
    .option(
      '--secret <whsec_…>',
      say('secret de l’abonnement (TOCSIN_WEBHOOK_SECRET)', 'secret of the subscription (TOCSIN_WEBHOOK_SECRET)'),
    )
    .option('--answer <status>', say('statut répondu (204 par défaut)', 'status answered (default 204)'))
    .action(() => {
      const options = command.optsWithGlobals<ListenOptions>();
      return inSession(cli, options, (session) => listen(session, options));
    });
};

const listen = async (session: Session, options: ListenOptions): Promise<number> => {
  const { io, out } = session;
  const [port, status] = [
    numberOf(options.port ?? '8787', 65_535, session),
    numberOf(options.answer ?? '204', 599, session),
  ];
  const secret = options.secret ?? io.env['TOCSIN_WEBHOOK_SECRET'];
  const server = createServer((request, response) => {
    receive(request, secret, session).then(
      () => response.writeHead(status).end(),
      () => response.destroy(),
    );
  });
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new Failure(EXIT.unreachable, (cause as Error).message, { cause });
  }
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  out.note(
    out.say(
      `En écoute sur ${url} (Ctrl-C pour arrêter). Le serveur doit l’autoriser\u00a0: TOCSIN_WEBHOOK_ALLOW=127.0.0.1.`,
      `Listening on ${url} (Ctrl-C to stop). The server must allow it: TOCSIN_WEBHOOK_ALLOW=127.0.0.1.`,
    ),
  );
  const signal = io.signal();
  if (!signal.aborted) await once(signal, 'abort');
  server.closeAllConnections();
  server.close();
  return EXIT.ok;
};

const numberOf = (text: string, max: number, { out }: Session): number => {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= max) return number;
  throw new Failure(
    EXIT.usage,
    out.say(`«\u00a0${text}\u00a0»\u00a0: il faut un nombre.`, `"${text}": it takes a number.`),
  );
};

const receive = async (request: IncomingMessage, secret: string | undefined, { out, io }: Session): Promise<void> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new RangeError('too large');
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks).toString('utf8');
  const headers = { get: (name: string) => request.headers[name] as string | undefined };
  const genuine = secret === undefined ? undefined : await verifyWebhook(secret, headers, body, io.nowMs());
  if (out.json) {
    out.item({ headers: request.headers, body, ...(genuine === undefined ? {} : { genuine }) });
    return;
  }
  const verdict =
    genuine === undefined
      ? out.say('signature non vérifiée', 'signature not checked')
      : genuine
        ? out.say('signature valable', 'genuine')
        : out.say('SIGNATURE FAUSSE', 'WRONG SIGNATURE');
  out.print(`${headers.get('webhook-id') ?? '-'}  ${verdict}`, body, '');
};
