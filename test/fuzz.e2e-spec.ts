import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { CLOCKS, shippedCatalogue } from '#libs/application';
import { apiSpec, declaredFor, mustBeProblem, NOBODY, said, type Sent, type Told } from './support/api-spec.js';
import { operations, type Operation } from './support/contract.js';
import { fromSchema, nearly, seldom, type Known } from './support/schema-arbitrary.js';

/** Requests for each operation; for a long run say more. */
const RUNS = Number(process.env['TOCSIN_FUZZ_RUNS'] ?? 40);
/** The same in every run, so that a commit is to blame for what it finds; another one by hand. */
const SEED = Number(process.env['TOCSIN_FUZZ_SEED'] ?? 20_261_125);
/** So that a slow machine ends in time; the first requests are judged however long they take. */
const OPERATION_MS_MAX = Math.max(600, RUNS * 15);
const RUNS_MIN = Math.min(8, RUNS);

/** Answers by status. */
const counts = new Map<number, number>();
const api = apiSpec({ catalogue: shippedCatalogue() });

interface Shape {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Record<string, unknown>;
}

/** Text of a parameter: what its schema takes, or nearly, or anything. */
const parameterText = (schema: Record<string, unknown>, known: Known): Arbitrary<string> =>
  fc.oneof(
    { weight: 5, arbitrary: fromSchema(schema, known).map(String) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        ...known.texts,
        ...known.uuids,
        '0',
        '-1',
        '1e9',
        '9'.repeat(30),
        'p1',
        '2026-03-02T08:00:00Z',
      ),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  );

/** A drill at a pace writes on while other requests are judged. */
const atOnce = (path: string, body: unknown): unknown => {
  if (!path.endsWith('/exercises') || typeof body !== 'object' || body === null || !('speed' in body)) return body;
  const { speed, ...rest } = body;
  return typeof speed === 'number' ? rest : body;
};

const requestTo = ({ method, path, operation }: Operation, told: Told, known: Known): Arbitrary<Sent> => {
  const shapes = (operation['parameters'] as readonly Shape[]).filter(
    ({ name }) => name !== 'await' && name !== 'Last-Event-ID',
  );
  const schema = operation['requestBody']?.content['application/json'].schema as Record<string, unknown> | undefined;
  const values = Object.fromEntries(
    shapes.map((shape) => [
      shape.name,
      shape.in === 'path'
        ? fc.oneof(
            { weight: 8, arbitrary: fc.constant(told.incidentId) },
            { weight: 1, arbitrary: fc.constantFrom(...known.texts, NOBODY) },
          )
        : seldom(parameterText(shape.schema, known)),
    ]),
  );
  const required = shapes.filter((shape) => shape.in === 'path').map(({ name }) => name);
  return fc
    .tuple(fc.record(values, { requiredKeys: required }), schema ? nearly(schema, known) : fc.constant(undefined))
    .map(([chosen, body]): Sent => {
      const at = (place: Shape['in']): [string, string][] =>
        shapes.flatMap(({ name, in: where }) =>
          where === place && chosen[name] !== undefined ? [[name, chosen[name]] as [string, string]] : [],
        );
      const target = at('path').reduce(
        (whole, [name, value]) => whole.replace(`{${name}}`, () => encodeURIComponent(wellFormed(value))),
        path,
      );
      const search = new URLSearchParams(at('query').map(([name, value]) => [name, wellFormed(value)]));
      return {
        method,
        path: `/${target}${search.size > 0 ? `?${search.toString()}` : ''}`,
        headers: Object.fromEntries(at('header').map(([name, value]) => [name, headerText(value)])),
        ...(body === undefined ? {} : { body: atOnce(path, body) }),
      };
    });
};

/** Lone halves of characters have no UTF-8, so no address. */
const wellFormed = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');
/** What Node lets into a header. */
const headerText = (text: string): string =>
  Buffer.from(text.replaceAll(/[^\t\u0020-\u00ff]|\u007f/g, '?'), 'latin1').toString('latin1');

const isByAPerson = ({ meta }: { readonly meta: { readonly [key: string]: unknown } }): boolean =>
  (meta['actor'] as { readonly id?: string } | undefined)?.id !== CLOCKS.id;

describe(`Whatever is sent (seed ${SEED}, ${RUNS} requests for each operation)`, () => {
  it.each(operations.map((each) => [`${each.method} ${each.path}`, each] as const))(
    '%s',
    async (_name, operation) => {
      const told = await api
        .given(
          declaredFor({ name: 'Caen', insured: 'yes', nis2: 'yes' }, 'Ifs'),
          said('ContactAnssi'),
          said('AssessSeverity', { level: 'major' }),
        )
        .told();
      const known: Known = {
        texts: [
          'Caen',
          'Ifs',
          'S01',
          'S36',
          'S44',
          'cnil-notification',
          'insurance-complaint',
          'collectivite-rancongiciel',
          'chalon-2021',
          'AssessSeverity',
          'État civil',
          'EUR',
          'Europe/Paris',
        ],
        uuids: [
          told.incidentId,
          told.eventOf('AnssiContacted'),
          told.eventOf('SeverityAssessed'),
          told.eventOf('IncidentDeclared'),
          NOBODY,
        ],
      };
      const judge = async (sent: Sent): Promise<void> => {
        const head = await api.store.head();
        const answer = await api.send(sent);
        counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
        if (answer.status < 400) return;
        if (answer.status >= 500) throw new Error(`${answer.status} ${answer.text.slice(0, 500)}`);
        mustBeProblem(answer.status, answer.headers, answer.body);
        if ((await api.store.head()) !== head) expect((await api.log(head)).filter(isByAPerson)).toEqual([]);
      };
      const endsAt = performance.now() + OPERATION_MS_MAX;
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(requestTo(operation, told, known), async (sent) => {
          if (runs >= RUNS_MIN && performance.now() > endsAt) return;
          runs += 1;
          await judge(sent);
        }),
        { numRuns: RUNS, seed: SEED },
      );
    },
    OPERATION_MS_MAX + 60_000,
  );

  it('a good part of it was right, so that the rest of the way was seen too', () => {
    const total = [...counts.values()].reduce((sum, each) => sum + each, 0);
    const taken = (counts.get(200) ?? 0) + (counts.get(201) ?? 0);
    expect(taken / total).toBeGreaterThan(0.15);
    expect(counts.get(400) ?? 0).toBeGreaterThan(0);
  });
});
