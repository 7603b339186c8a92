import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdirSync } from 'node:fs';
import type { Config } from '../../api/src/config.js';
import { JsonLogger } from '../../api/src/logging.js';
import { standardParts } from '../../api/src/standard-parts.js';
import { WorkerModule } from './worker.module.js';

/**
 * Starts a worker, and says where it answers for its health. SIGINT and SIGTERM stop it after what is under way: it gives
 * its leases back, so that another worker goes on at once.
 */
export const work = async (
  config: Config,
  say: (text: string) => void = (text) => process.stdout.write(text),
): Promise<NestFastifyApplication> => {
  mkdirSync(config.data, { recursive: true, mode: 0o700 });
  const adapter = new FastifyAdapter({ forceCloseConnections: true, logger: false });
  const app = await NestFactory.create<NestFastifyApplication>(
    WorkerModule.forRoot(config, standardParts(config)),
    adapter,
    { logger: new JsonLogger(config.logLevel), abortOnError: false, bodyParser: false },
  );
  app.enableShutdownHooks(['SIGINT', 'SIGTERM', 'SIGHUP'], { useProcessExit: true });
  try {
    await app.listen(config.port, config.host);
  } catch (error) {
    await app.close();
    throw error;
  }
  const url = await app.getUrl();
  const where = {
    fr: `Un worker de Tocsin travaille\u00a0: ${url} (son état\u00a0: /readyz\u00a0; données\u00a0: ${config.data})`,
    en: `A worker of Tocsin is at work: ${url} (its state: /readyz; data: ${config.data})`,
  };
  say(`${where[config.language]}\n`);
  return app;
};
