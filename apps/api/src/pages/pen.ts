import type { FastifyRequest } from 'fastify';
import type { RawForm } from './form-to-command.js';

/** Who writes on this machine, with open access: a label that the browser keeps, not a proof. */
export interface PenHolder {
  readonly name: string;
  readonly role?: string;
}

const COOKIE = 'tocsin-pen';
const CHARS_MAX = 100;

const clean = (text: unknown): string =>
  typeof text === 'string'
    ? text
        .replaceAll(/[\p{Cc};]+/gu, ' ')
        .trim()
        .slice(0, CHARS_MAX)
    : '';

export const readPen = (form: RawForm | undefined): PenHolder | undefined => {
  const [name, role] = [clean(form?.['name']), clean(form?.['role'])];
  return name === '' ? undefined : { name, ...(role ? { role } : {}) };
};

export const penCookie = ({ name, role = '' }: PenHolder): string =>
  `${COOKIE}=${encodeURIComponent(`${name};${role}`)}; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict`;

export const penOf = ({ headers }: Pick<FastifyRequest, 'headers'>): PenHolder | undefined => {
  const cookie = (headers.cookie ?? '').split(/;\s*/).find((each) => each.startsWith(`${COOKIE}=`));
  if (!cookie) return undefined;
  try {
    const [name, role] = decodeURIComponent(cookie.slice(COOKIE.length + 1)).split(';');
    return readPen({ name: name ?? '', role: role ?? '' });
  } catch {
    return undefined;
  }
};
