import { isUuid } from '#libs/application';
import type { FastifyRequest } from 'fastify';
import { RequestProblem } from './problem.js';

const revisionTakes = {
  fr: 'une révision entre guillemets, par exemple "12"',
  en: 'a revision in quotes, for example "12"',
};
const keyTakes = { fr: 'un UUID', en: 'a UUID' };

/** Revision of If-Match; undefined when absent or `*`. */
export const expectedRevision = ({ headers }: Pick<FastifyRequest, 'headers'>): number | undefined => {
  const header = headers['if-match'];
  if (header === undefined || header.trim() === '*') return undefined;
  const revision = /^(?:W\/)?"(\d{1,15})"$/.exec(header.trim())?.[1];
  if (revision === undefined) {
    throw new RequestProblem('invalid-header', (language) => ({ header: 'If-Match', takes: revisionTakes[language] }));
  }
  return Number(revision);
};

export const idempotencyKey = ({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined => {
  const header = headers['idempotency-key'];
  if (header === undefined) return undefined;
  const key = String(header).trim().replaceAll(/^"|"$/g, '');
  if (!isUuid(key))
    throw new RequestProblem('invalid-header', (language) => ({
      header: 'Idempotency-Key',
      takes: keyTakes[language],
    }));
  return key.toLowerCase();
};
