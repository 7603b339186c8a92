import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { openApiDocument } from '../../apps/api/src/http/openapi.js';

export const contract = openApiDocument();

export interface Operation {
  readonly method: string;
  /** As in the document, with `{id}`. */
  readonly path: string;
  readonly operation: Record<string, any>;
}

export const operations: readonly Operation[] = Object.entries(
  contract['paths'] as Record<string, Record<string, any>>,
).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ $id: 'contract', components: contract['components'] });

const validators = new Map<string, ValidateFunction>();

/** Mistakes of a value against a schema of the document; empty when there is none. */
export const mistakesIn = (value: unknown, schema: object): string[] => {
  const key = JSON.stringify(schema);
  let validate = validators.get(key);
  if (!validate) {
    validate = ajv.compile(JSON.parse(key.replaceAll('"#/components/', '"contract#/components/')) as object);
    validators.set(key, validate);
  }
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
};

const patterns = operations.map((each) => ({
  ...each,
  pattern: new RegExp(`^${each.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}));

export const operationAt = (method: string, path: string): Operation | undefined =>
  patterns.find((each) => each.method === method && each.pattern.test(path));

/** @throws when an answer is not one that the document announces for its operation. */
export const mustFollowContract = (
  method: string,
  url: string,
  answer: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string | undefined>>;
    readonly body: unknown;
  },
): void => {
  const [path = ''] = url.split('?');
  const found = operationAt(method, path);
  if (!found) return;
  const { status, headers, body } = answer;
  const where = `${method} ${path} ${status}`;
  const announced = found.operation['responses'][status];
  if (!announced) throw new Error(`${where} is not announced: ${JSON.stringify(body).slice(0, 500)}`);
  const [mediaType = ''] = (headers['content-type'] ?? '').split(';');
  const content = announced.content[mediaType];
  if (!content) throw new Error(`${where} answers ${mediaType}`);
  for (const name of Object.keys(announced.headers ?? {})) {
    if (headers[name.toLowerCase()] === undefined) throw new Error(`${where} lacks the header ${name}`);
  }
  if (content.schema.type === 'string') return;
  const mistakes = mistakesIn(body, content.schema);
  if (mistakes.length > 0) throw new Error(`${where} differs from its schema:\n${mistakes.slice(0, 10).join('\n')}`);
};
