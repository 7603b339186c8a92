import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from './config.js';
import { createApp } from './create-app.js';

/** Starts the server and says in one line where to go. SIGINT and SIGTERM stop it after what is under way. */
export const serve = async (config: Config): Promise<NestFastifyApplication> => {
  const app = await createApp(config);
  await app.listen(config.port, config.host);
  const url = await app.getUrl();
  const where = {
    fr: `Tocsin est prêt : ${url} (données : ${config.data}, accès ouvert sur cette machine seule)`,
    en: `Tocsin is ready: ${url} (data: ${config.data}, open access on this machine only)`,
  };
  process.stdout.write(`${where[config.language]}\n`);
  return app;
};
