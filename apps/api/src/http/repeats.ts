import { AnswerLog } from '#libs/application';
import { canonicalJson, sha256 } from '#libs/proof';
import type { FastifyRequest } from 'fastify';
import { idempotencyKey } from './conditions.js';

/** Gives requests that come again with their key the first answer, for changes that are no commands of an incident. */
export class Repeats {
  private readonly underWay = new Map<string, Promise<unknown>>();

  constructor(private readonly answers: AnswerLog) {}

  /** @param answer what is kept: nothing secret. It runs once for each key, also when two requests come at once. */
  async once<Answer extends object>(
    request: FastifyRequest,
    answer: (key: string | undefined) => Promise<Answer>,
  ): Promise<Answer> {
    const key = idempotencyKey(request);
    if (key === undefined) return answer(undefined);
    const body = (request.body ?? null) as object | null;
    const digest = sha256(canonicalJson({ method: request.method, url: request.url, body })).slice(0, 32);
    await this.underWay.get(key)?.catch(() => undefined);
    const running = this.run(key, digest, answer);
    this.underWay.set(key, running);
    try {
      return await running;
    } finally {
      if (this.underWay.get(key) === running) this.underWay.delete(key);
    }
  }

  private async run<Answer extends object>(
    key: string,
    digest: string,
    answer: (key: string) => Promise<Answer>,
  ): Promise<Answer> {
    const earlier = await this.answers.find<Answer>(key, digest);
    if (earlier) return earlier;
    const fresh = await answer(key);
    await this.answers.keep(key, digest, fresh);
    return fresh;
  }
}
