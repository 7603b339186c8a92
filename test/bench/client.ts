import autocannon from 'autocannon';
import { Agent, request } from 'node:http';
import { commandAt, declaration } from './incidents.js';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** One request and its answer as JSON. Milliseconds include reading the whole answer. */
export const ask = (
  url: string,
  path: string,
  body?: object,
): Promise<{ readonly json: Record<string, unknown>; readonly ms: number }> =>
  new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const sent = request(
      `${url}${path}`,
      {
        agent,
        method: payload === undefined ? 'GET' : 'POST',
        headers: payload ? { 'content-type': 'application/json' } : {},
      },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () => {
          const ms = performance.now() - startedMs;
          const text = Buffer.concat(parts).toString();
          if (answer.statusCode !== 200 && answer.statusCode !== 201)
            reject(new Error(`${path}: ${answer.statusCode} ${text}`));
          else resolve({ json: JSON.parse(text) as Record<string, unknown>, ms });
        });
      },
    );
    sent.on('error', reject);
    sent.end(payload);
  });

export const declareAll = async (url: string, count: number): Promise<string[]> => {
  const ids: string[] = [];
  for (let first = 0; first < count; first += 64) {
    const batch = Array.from({ length: Math.min(64, count - first) }, (_, index) =>
      ask(url, '/api/v1/incidents', declaration(first + index)),
    );
    for (const { json } of await Promise.all(batch)) ids.push(String(json['incidentId']));
  }
  return ids;
};

export interface Rate {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the server for one request. */
  readonly processorUs?: number;
}

let series = 0;

/** Commands, or the same requests without a decision, with 64 in flight; each connection walks over all incidents. */
export const underLoad = async (
  url: string,
  prefix: string,
  ids: readonly string[],
  seconds: number,
): Promise<Rate> => {
  const connections = 64;
  const processorMs = async () => Number((await ask(url, '/bench/processor')).json['ms']);
  const before = await processorMs();
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    setupClient: (client) => {
      const requests = ids.map((_, index) => {
        const [command, body] = commandAt((series += 1));
        const id = ids[(index + series) % ids.length];
        return {
          method: 'POST' as const,
          path: `${prefix}/incidents/${id}/commands/${command}`,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        };
      });
      client.setRequests(requests);
    },
  });
  if (result.errors > 0 || result.non2xx > 0)
    throw new Error(`${prefix}: ${result.errors} errors, ${result.non2xx} refused`);
  const { total } = result.requests;
  return {
    perSecond: total / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    processorUs: ((await processorMs()) - before) * (1000 / total),
  };
};

export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((left, right) => left - right)[Math.min(values.length - 1, Math.floor(values.length * share))] ??
  Number.NaN;

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The same request again and again, one after the other. */
export const oneByOne = async (
  count: number,
  send: (index: number) => Promise<{ readonly ms: number }>,
): Promise<Rate> => {
  const times: number[] = [];
  const startedMs = performance.now();
  for (let index = 0; index < count; index += 1) times.push((await send(index)).ms);
  const perSecond = (count * 1000) / (performance.now() - startedMs);
  return { perSecond, p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) };
};
