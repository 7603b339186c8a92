import formbody from '@fastify/formbody';
import type { FastifyInstance } from 'fastify';
import { RequestProblem } from '../http/problem.js';

/** Reads what browsers send of forms, for the pages only: the API takes JSON, and nothing that a foreign form can send. */
export const acceptForms = (fastify: FastifyInstance, bytesMax: number): void => {
  void fastify.register(formbody, { bodyLimit: bytesMax });
  fastify.addHook('onRequest', async ({ url, headers }) => {
    const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '');
    if (isForm && url.startsWith('/api/')) throw new RequestProblem('unsupported-media-type');
  });
};
