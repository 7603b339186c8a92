import { jest } from '@jest/globals';
import { Parser } from '@asyncapi/parser';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { playScenario } from '#libs/application';
import { incidentEventTypes, isInstant } from '#libs/domain';
import { listScenarios, loadScenario } from '#libs/playbooks';
import { FeedServer } from './feed-server.js';

jest.setTimeout(60_000);
const server = new FeedServer();
beforeAll(() => server.start());
afterAll(() => server.stop());

const get = (url: string, headers: Record<string, string> = {}) =>
  server.app.inject({ method: 'GET', url, headers: { host: 'localhost', ...headers } });

describe('The catalogue of events', () => {
  it('is an AsyncAPI 3 document without a mistake for the official parser', async () => {
    const { payload, statusCode } = await get('/api/asyncapi.json');
    expect(statusCode).toBe(200);
    const parser = new Parser();
    const { document, diagnostics } = await parser.parse(payload);
    const mistakes = diagnostics.filter(({ severity }) => severity <= 1);
    expect(mistakes.map(({ message, path }) => `${path.join('.')}: ${message}`)).toEqual([]);
    expect(document?.version()).toBe('3.0.0');
    expect(document?.allMessages().length).toBeGreaterThanOrEqual(incidentEventTypes.length);
  });

  it('has a schema for each event, which every event of the five attacks fulfils', async () => {
    for (const { id } of listScenarios())
      await playScenario(server.app.get(CommandBus), server.app.get(QueryBus), loadScenario(id));
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, formats: { 'date-time': isInstant } });
    const validators = new Map<string, (data: unknown) => boolean>();
    for (const type of incidentEventTypes) {
      const { payload, headers } = await get(`/api/schemas/${type}.v1.json`);
      expect(headers['content-type']).toBe('application/schema+json; charset=utf-8');
      const schema = JSON.parse(payload);
      expect(schema.$id).toBe(`urn:tocsin:schema:${type}.v1`);
      validators.set(schema.$id, ajv.compile(schema) as (data: unknown) => boolean);
    }
    let path = '/events?limit=500';
    let seen = 0;
    for (;;) {
      const { body, headers } = await server.send('GET', path);
      if (body.length === 0) break;
      for (const { dataschema, data } of body) {
        const validate = validators.get(dataschema)!;
        const valid = validate(data);
        expect({ dataschema, valid, errors: (validate as any).errors ?? null }).toEqual({
          dataschema,
          valid: true,
          errors: null,
        });
      }
      seen += body.length;
      path = `/events?limit=500&after=${headers['tocsin-position']}`;
    }
    expect(seen).toBeGreaterThan(100);
  });

  it('answers 404 to a schema that there is not', async () => {
    for (const name of ['Nothing.v1.json', 'IncidentDeclared.v99.json', 'IncidentDeclared.json', '__proto__.json', 'x'])
      expect((await get(`/api/schemas/${name}`)).statusCode).toBe(404);
  });

  it.each([
    ['fr', 'Événements publiés', 'Plainte déposée'],
    ['en', 'Published events', 'Complaint filed'],
  ])('has a page for people in %s', async (language, title, event) => {
    const { payload, headers } = await get('/evenements', { 'accept-language': language });
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(payload).toContain(`<html lang="${language}">`);
    for (const text of [title, event, '/api/schemas/ComplaintFiled.v1.json']) expect(payload).toContain(text);
    for (const type of incidentEventTypes) expect(payload).toContain(`fr.tocsin.${type}.v1`);
  });
});
