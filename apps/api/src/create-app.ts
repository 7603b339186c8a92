import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdirSync } from 'node:fs';
import { ApiModule, type ApiParts } from './api.module.js';
import type { Config } from './config.js';
import { serveDocs } from './http/docs.js';
import { refuseUnknownMethods } from './http/known-methods.js';
import { setDefaultLanguage } from './http/language.js';
import { sendProblem } from './http/problem-details.filter.js';
import { readJson } from './http/read-json.js';
import { guardOrigin } from './http/request-origin.js';
import { setSecurityHeaders } from './http/security-headers.js';
import { answerUnreadable } from './http/unreadable-request.js';
import { JsonLogger } from './logging.js';
import { acceptForms } from './pages/accept-forms.js';
import { standardParts } from './standard-parts.js';

export { standardParts };

const BODY_BYTES_MAX = 256 * 1024;
const ADDRESS_CHARS_MAX = 16 * 1024;
/** How long a request may take to arrive whole: who sends a byte a minute must not hold a connection for ever. */
const ARRIVAL_MS_MAX = 15_000;

/** The whole server, not listening yet. The command line uses it in its own process, the tests too. */
export const createApp = async (
  config: Config,
  parts: ApiParts = standardParts(config),
): Promise<NestFastifyApplication> => {
  mkdirSync(config.data, { recursive: true, mode: 0o700 });
  setDefaultLanguage(config.language);
  const { arrivalMsMax = ARRIVAL_MS_MAX } = parts;
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: arrivalMsMax,
    http: { headersTimeout: arrivalMsMax, connectionsCheckingInterval: Math.ceil(arrivalMsMax / 5) },
    forceCloseConnections: true,
    logger: false,
    // Node bounds the whole request line; an id of any length is answered as one that nothing has.
    routerOptions: { maxParamLength: ADDRESS_CHARS_MAX },
    frameworkErrors: sendProblem,
    clientErrorHandler: answerUnreadable,
  });
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.forRoot(config, parts), adapter, {
    logger: new JsonLogger(config.logLevel),
    abortOnError: false,
    bodyParser: false,
  });
  const fastify = adapter.getInstance();
  fastify.removeContentTypeParser('text/plain');
  guardOrigin(fastify as never, [config.host, ...config.hosts]);
  setSecurityHeaders(fastify as never);
  refuseUnknownMethods(fastify as never);
  readJson(fastify as never);
  acceptForms(fastify as never, BODY_BYTES_MAX);
  serveDocs(app);
  return app;
};
