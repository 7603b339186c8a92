import type { FastifyInstance } from 'fastify';
import { RequestProblem } from './problem.js';

/** Answers 405 with `Allow`, and not "nothing here", to a method that an address does not take. To be called before there are routes. */
export const refuseUnknownMethods = (fastify: FastifyInstance): void => {
  const routes = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();
  fastify.addHook('onRoute', ({ method, url }) => {
    if (url.includes('*')) return;
    const route = routes.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    for (const each of [method].flat()) route.methods.add(each);
    routes.set(url, route);
  });
  fastify.addHook('onRequest', (request, reply, next) => {
    if (!request.is404) return next();
    const [path = ''] = request.url.split('?');
    const taken = [...routes.values()]
      .filter(({ pattern }) => pattern.test(path))
      .flatMap(({ methods }) => [...methods]);
    if (taken.length === 0) return next();
    reply.header('Allow', [...new Set(taken)].toSorted().join(', '));
    next(new RequestProblem('method-not-allowed'));
  });
};

const patternOf = (url: string): RegExp =>
  new RegExp(`^${url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/:\w+/g, '[^/]+')}$`);
