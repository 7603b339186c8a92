import type { Actor } from '#libs/domain';
import type { FastifyRequest } from 'fastify';
import { RequestProblem } from './problem.js';

const NAME_CHARS_MAX = 200;
const takes = {
  fr: '« nom;rôle » en UTF-8, encodé avec % au besoin, 200 caractères au plus',
  en: '"name;role" in UTF-8, percent-encoded where needed, 200 characters at most',
};

/** Who acts, with open access: what the header says, else "local". The name is a label, not a proof. */
export const actorOf = (request: Pick<FastifyRequest, 'headers'>): Actor => {
  const header = request.headers['x-tocsin-actor'];
  if (typeof header !== 'string' || header.trim() === '') return { id: 'local', name: 'local' };
  const text = decode(header);
  const [name = '', role = ''] = text ?? [];
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const bad = name === '' || name.length + role.length > NAME_CHARS_MAX || /[\u0000-\u001f\u007f]/.test(name + role);
  if (bad)
    throw new RequestProblem('invalid-header', (language) => ({ header: 'X-Tocsin-Actor', takes: takes[language] }));
  return { id: name, name, ...(role ? { role } : {}) };
};

/**
 * Name and role. Node reads header bytes as Latin-1; what was sent is UTF-8, or percent-encoded UTF-8: a `;` of a name
 * is encoded, unless the one between name and role is so too.
 */
const decode = (header: string): readonly string[] | undefined => {
  try {
    const utf8 = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(header, 'latin1'));
    const parts = utf8.includes(';') ? halves(utf8).map(decodePercent) : halves(decodePercent(utf8));
    return parts.map((part) => part.trim());
  } catch {
    return undefined;
  }
};

const halves = (text: string): string[] => {
  const [name = '', ...role] = text.split(';');
  return [name, role.join(';')];
};

const decodePercent = (text: string): string => decodeURIComponent(text.replaceAll(/%(?![0-9A-Fa-f]{2})/g, '%25'));
