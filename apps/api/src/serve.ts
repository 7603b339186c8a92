import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { announce } from './announcement.js';
import type { Config } from './config.js';
import { createApp } from './create-app.js';

/**
 * Starts the server, and says where to go: in one line to people, in `server.json` to programs of this machine.
 * SIGINT and SIGTERM stop it after what is under way.
 */
export const serve = async (
  config: Config,
  say: (text: string) => void = (text) => process.stdout.write(text),
): Promise<NestFastifyApplication> => {
  const app = await createApp(config);
  app.enableShutdownHooks(['SIGINT', 'SIGTERM', 'SIGHUP'], { useProcessExit: true });
  try {
    await app.listen(config.port, config.host);
  } catch (error) {
    await app.close();
    throw error;
  }
  const url = await app.getUrl();
  app.getHttpServer().once('close', announce(config.data, url));
  const where = {
    fr: `Tocsin est prêt\u00a0: ${url} (données\u00a0: ${config.data}, accès ouvert sur cette machine seule)`,
    en: `Tocsin is ready: ${url} (data: ${config.data}, open access on this machine only)`,
  };
  say(`${where[config.language]}\n`);
  return app;
};
