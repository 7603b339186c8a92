import { Conflict, NO_STREAM, type EventStore, type JsonObject } from '#libs/event-store';
import type { Ids } from './ids.js';
import { IdempotencyKeyReused } from './problems.js';

const ANSWERED = 'RequestAnswered';

/**
 * Answers to requests that had an idempotency key and wrote no event of an incident, kept in a stream for each key:
 * a repeat gets the same answer, from any server and after a restart.
 */
export class AnswerLog {
  constructor(
    private readonly store: EventStore,
    private readonly ids: Ids,
  ) {}

  /** @throws {IdempotencyKeyReused} the key was used for another request. */
  async find<Answer extends object>(key: string, digest: string): Promise<Answer | undefined> {
    const [stored] = await this.store.readStream(streamOf(key), { max: 1 });
    if (!stored) return undefined;
    if (stored.data['digest'] !== digest) throw new IdempotencyKeyReused(key);
    return stored.data['answer'] as unknown as Answer;
  }

  async keep(key: string, digest: string, answer: object): Promise<void> {
    const data = { digest, answer } as unknown as JsonObject;
    try {
      await this.store.append(streamOf(key), NO_STREAM, [
        { id: this.ids.next(), type: ANSWERED, data, meta: { schemaVersion: 1 } },
      ]);
    } catch (error) {
      // The same request, answered at the same time by another server: the first one counts.
      if (!(error instanceof Conflict)) throw error;
    }
  }
}

const streamOf = (key: string): string => `request-${key}`;
