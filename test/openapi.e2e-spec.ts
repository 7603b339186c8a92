import { Validator } from '@seriousme/openapi-schema-validator';
import { incidentCommandTypes } from '#libs/domain';
import { shippedCatalogue } from '#libs/application';
import { apiSpec, get, NOBODY, status, that } from './support/api-spec.js';
import { contract, mustFollowContract, operations } from './support/contract.js';

const api = apiSpec({ catalogue: shippedCatalogue() });

describe('The OpenAPI document', () => {
  it('is served as JSON, and is what the code says', () =>
    api
      .given()
      .when(get('//api/openapi.json'))
      .then(
        status(200),
        that(({ answer }) => {
          expect(answer.headers['content-type']).toMatch(/^application\/json/);
          expect(answer.body).toEqual(JSON.parse(JSON.stringify(contract)));
        }),
      ));

  it('is valid OpenAPI 3.1, every reference in it resolves', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(contract) as Record<string, unknown>);
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(validator.version).toBe('3.1');
    const names = new Set(Object.keys(contract['components'].schemas));
    for (const [, name] of JSON.stringify(contract).matchAll(/"#\/components\/schemas\/(\w+)"/g))
      expect(names).toContain(name);
  });

  it('names each operation once', () => {
    const ids = operations.map(({ operation }) => operation['operationId']);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has every route of the server, and no other', () => {
    const isOfTheContract = (route: string): boolean =>
      /^(GET|POST|PUT|PATCH|DELETE) \/(api\/v1\/|healthz|readyz|metrics)/.test(route);
    const served = api.routes
      .filter(isOfTheContract)
      .map((route) => route.replaceAll(/:(\w+)/g, '{$1}'))
      .flatMap((route) =>
        route.endsWith('/{command}') ? incidentCommandTypes.map((type) => route.replace('{command}', type)) : [route],
      );
    expect(operations.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(
      [...new Set(served)].toSorted(),
    );
  });

  it('announces a problem as problem details, for every status from 400 on', () => {
    for (const { operation } of operations) {
      for (const [code, { content }] of Object.entries(operation['responses'] as Record<string, { content: object }>)) {
        if (Number(code) < 400 || operation['operationId'] === 'ready') continue;
        expect(Object.keys(content)).toEqual(['application/problem+json']);
      }
    }
  });
});

describe('An answer that the document does not announce', () => {
  const json = { 'content-type': 'application/json; charset=utf-8' };
  const version = { name: 'tocsin', version: '0', api: 'v1', node: 'v24', instance: NOBODY };
  const told = (answer: Partial<Parameters<typeof mustFollowContract>[2]>) => () =>
    mustFollowContract('GET', '/api/v1/version', { status: 200, headers: json, body: version, ...answer });

  it('is told by every test of the API', () => {
    expect(told({})).not.toThrow();
    expect(told({ body: { ...version, colour: 'red' } })).toThrow(/additional properties/);
    expect(told({ body: { ...version, node: 24 } })).toThrow(/string/);
    expect(told({ body: { ...version, instance: 'x' } })).toThrow(/uuid/);
    expect(told({ body: {} })).toThrow(/required/);
    expect(told({ status: 418 })).toThrow(/not announced/);
    expect(told({ status: 400 })).toThrow(/application\/json/);
    expect(() =>
      mustFollowContract('GET', `/api/v1/incidents/${NOBODY}`, { status: 200, headers: json, body: {} }),
    ).toThrow(/ETag/);
  });
});

describe('Swagger UI', () => {
  const PAGES = ['//api/docs', '//api/docs/', '//api/docs/index.html'];

  it.each(PAGES)('%s is served with its own assets, and asks nobody else', async (path) => {
    const page = await api.send(get(path));
    expect([page.status, page.headers['content-type']]).toEqual([200, expect.stringMatching(/^text\/html/)]);
    const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)]
      .map(([, link]) => link ?? '')
      .filter((link) => !link.startsWith('#'));
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) {
      const { origin, pathname } = new URL(link, `http://localhost${path.slice(1)}`);
      expect(origin).toBe('http://localhost');
      const asset = await api.send(get(`/${pathname}`));
      expect([pathname, asset.status]).toEqual([pathname, 200]);
    }
    expect(page.text).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>/);
  });

  it('is allowed its own scripts and styles by the content policy, and nothing from elsewhere', async () => {
    const page = await api.send(get('//api/docs'));
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(page.headers['content-security-policy']).not.toMatch(/https?:/);
  });

  it('sends the document to no validator', async () => {
    const script = await api.send(get('//api/docs/swagger-ui-init.js'));
    expect(script.text).toMatch(/"validatorUrl":\s*null/);
  });

  it('serves files of its own folder only', async () => {
    for (const path of [
      '//api/docs/../../package.json',
      '//api/docs/%2e%2e/package.json',
      '//api/docs/..%2f..%2fpackage.json',
      '//api/docs/LICENSE',
    ]) {
      const answer = await api.send(get(path));
      expect([path, answer.status >= 400 && answer.status < 500]).toEqual([path, true]);
    }
  });
});
