import type { Command } from 'commander';
import { once } from 'node:events';
import { configOf } from '../connect.js';
import { EXIT, Failure, type Io } from '../io.js';
import { inSession, type Cli, type CommonOptions, type Session } from '../session.js';

interface ServeOptions extends CommonOptions {
  readonly port?: string;
  readonly host?: string;
}

/** `tocsin serve`: the server, as `npm start` starts it. */
export const addServeCommand = (program: Command, cli: Cli): void => {
  const { say } = cli;
  const serve = program
    .command('serve')
    .description(say('lance le serveur et ses pages', 'starts the server and its pages'))
    .option(
      `--port <${say('port', 'port')}>`,
      say('port (TOCSIN_PORT\u00a0; 3000 par défaut)', 'port (TOCSIN_PORT; default 3000)'),
    )
    .option(
      `--host <${say('adresse', 'address')}>`,
      say('adresse d’écoute (TOCSIN_HOST\u00a0; 127.0.0.1 par défaut)', 'address (TOCSIN_HOST; default 127.0.0.1)'),
    )
    .action(() => {
      const options = serve.optsWithGlobals<ServeOptions>();
      return inSession(cli, options, (session) => runServer(session, options));
    });
};

const runServer = async (session: Session, { port, host }: ServeOptions): Promise<number> => {
  const { io, out, language, folder } = session;
  const env = {
    ...io.env,
    TOCSIN_LOG_LEVEL: io.env['TOCSIN_LOG_LEVEL'] ?? 'info',
    ...(port === undefined ? {} : { TOCSIN_PORT: port }),
    ...(host === undefined ? {} : { TOCSIN_HOST: host }),
  };
  const config = configOf({ ...io, env }, { data: folder, language });
  const { Unavailable } = await import('#libs/event-store');
  const { serve } = await import('../../../api/src/serve.js');
  const app = await serve(config, (text) => io.stdout.write(text)).catch((cause: unknown) => {
    throw refusedToStart(cause, cause instanceof Unavailable, config.data, out.say);
  });
  const closed = once(app.getHttpServer(), 'close');
  stopWhenAsked(io, () => app.close());
  await closed;
  await app.close();
  return EXIT.ok;
};

const stopWhenAsked = (io: Io, stop: () => Promise<void>): void => {
  io.signal().addEventListener('abort', () => void stop(), { once: true });
};

const refusedToStart = (cause: unknown, isStore: boolean, data: string, say: Session['out']['say']): Error => {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (isStore)
    return new Failure(
      EXIT.unreachable,
      say(
        `Le journal du dossier ${data} ne s’ouvre pas\u00a0: ${message}.`,
        `The log in folder ${data} cannot be opened: ${message}.`,
      ),
      { cause },
    );
  if (code === 'EADDRINUSE' || code === 'EACCES' || code === 'EADDRNOTAVAIL')
    return new Failure(
      EXIT.unreachable,
      say(
        `Le serveur ne peut pas écouter à cette adresse (${message}). Choisissez un autre port\u00a0: --port 3001.`,
        `The server cannot listen at this address (${message}). Choose another port: --port 3001.`,
      ),
      { cause },
    );
  return cause as Error;
};
