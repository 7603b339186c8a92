import { describe, expect, it } from '@jest/globals';
import { ProblemError, TocsinClient, Unreachable, type HttpAnswer, type HttpRequest } from './index.js';

type Answer = { readonly status: number; readonly body?: unknown; readonly retryAfter?: string } | Unreachable;

/** A server that gives these answers, one after the other. */
const given = (...answers: readonly Answer[]) => {
  const sent: HttpRequest[] = [];
  const slept: number[] = [];
  const rest = [...answers];
  const transport = async (request: HttpRequest): Promise<HttpAnswer> => {
    sent.push(request);
    const answer = rest.shift();
    if (!answer) throw new Error('asked too often');
    if (answer instanceof Unreachable) throw answer;
    const header = (name: string) => (name === 'retry-after' ? answer.retryAfter : undefined);
    return { status: answer.status, header, body: JSON.stringify(answer.body ?? {}) };
  };
  let keys = 0;
  const client = new TocsinClient(transport, {
    language: 'fr',
    actor: 'Élodie;dgs',
    newKey: () => `key-${(keys += 1)}`,
    retry: { attemptsMax: 3, sleep: async (ms) => void slept.push(ms), random: () => 1 },
  });
  return { client, sent, slept };
};

const gone = () => new Unreachable('http://nowhere');
const busy: Answer = {
  status: 503,
  body: { type: '/problems/too-busy', title: 't', status: 503, detail: 'Plus tard.', code: 'too-busy' },
};

describe('TocsinClient', () => {
  it('gives each change a key of its own, and keeps it while trying again', async () => {
    const { client, sent, slept } = given(gone(), busy, { status: 200 }, { status: 200 });
    await client.command('i', 'TakeDecision', { decision: 'd' });
    await client.command('i', 'TakeDecision', { decision: 'd' });
    expect(sent.map(({ headers }) => headers['idempotency-key'])).toEqual(['key-1', 'key-1', 'key-1', 'key-2']);
    expect(slept).toEqual([200, 400]);
  });

  it('gives up after so many attempts, with what was said last', async () => {
    const { client, sent } = given(gone(), gone(), busy);
    await expect(client.status('i')).rejects.toMatchObject({ name: 'ProblemError', code: 'too-busy', status: 503 });
    expect(sent).toHaveLength(3);
  });

  it('says that nobody answered', async () => {
    const { client } = given(gone(), gone(), gone());
    await expect(client.status('i')).rejects.toBeInstanceOf(Unreachable);
  });

  it('waits as long as the server asks', async () => {
    const { client, slept } = given({ ...busy, retryAfter: '3' }, { status: 200 });
    await client.status('i');
    expect(slept).toEqual([3000]);
  });

  it('does not repeat what was refused', async () => {
    const problem = { type: '/problems/x', title: 't', status: 409, detail: 'Non.', code: 'incident-closed' };
    const { client, sent } = given({ status: 409, body: problem });
    const refusal = client.command('i', 'TakeDecision', {}).catch((error: unknown) => error);
    expect(await refusal).toBeInstanceOf(ProblemError);
    expect(await refusal).toMatchObject({ message: 'Non.', problem });
    expect(sent).toHaveLength(1);
  });

  it('asks with an encoded query, language and actor', async () => {
    const { client, sent } = given({ status: 200 });
    await client.status('a/b', { asOf: '2021-01-16T12:00:00+01:00', axis: 'occurred' }, { await: 's5' });
    expect(sent[0]?.path).toBe('/api/v1/incidents/a%2Fb?asOf=2021-01-16T12%3A00%3A00%2B01%3A00&axis=occurred&await=s5');
    expect(sent[0]?.headers).toMatchObject({ 'accept-language': 'fr', 'x-tocsin-actor': '%C3%89lodie;dgs' });
  });

  it('takes "not ready" for an answer', async () => {
    const { client } = given({ status: 503, body: { status: 'not-ready' } });
    expect(await client.ready()).toEqual({ status: 'not-ready' });
  });

  it('lists page after page', async () => {
    const { client, sent } = given(
      { status: 200, body: { items: [1, 2], next: '2' } },
      { status: 200, body: { items: [3] } },
    );
    const all: unknown[] = [];
    for await (const item of client.all((cursor) => client.steps('i', cursor ? { cursor } : {}))) all.push(item);
    expect(all).toEqual([1, 2, 3]);
    expect(sent[1]?.path).toBe('/api/v1/incidents/i/steps?cursor=2');
  });

  it('recognises an answer that is not from Tocsin', async () => {
    const client = new TocsinClient(async () => ({ status: 200, header: () => undefined, body: '<html>' }));
    await expect(client.version()).rejects.toMatchObject({ name: 'ProblemError', code: 'http-200' });
  });
});
