import { Ajv2020 } from 'ajv/dist/2020.js';

import { jsonSchemaOf } from '../kernel/json-schema.js';
import { factCommands } from '../testing/bodies.js';
import { hoursAfter, idOf, START } from '../testing/given.js';
import { incidentCommands, type IncidentCommandType } from './incident.commands.js';
import { readCommandBody, readDeclarationBody } from './incident.reading.js';

const read = (command: IncidentCommandType, body: unknown) => readCommandBody(command, body, START);
/** `path: code` of everything that is wrong; empty when the body can be read. */
const wrong = (command: IncidentCommandType, body: unknown): string[] =>
  (read(command, body).errors ?? []).map(({ path, broken }) => `${path}: ${broken.code}`);
const wrongDeclaration = (body: unknown): string[] =>
  (readDeclarationBody(body, START).errors ?? []).map(({ path, broken }) => `${path}: ${broken.code}`);

const parsed = (json: string): unknown => JSON.parse(json);

describe('Reading a command', () => {
  it.each(factCommands)('takes a full %s as it was sent', (command, _event, _repeat, body) => {
    expect(read(command, body).value).toEqual({ data: body });
  });

  it.each(factCommands)('gives %s a JSON schema that accepts the same body', (command, _event, _repeat, body) => {
    const schema = new Ajv2020({ strict: false, validateFormats: false }).compile(
      jsonSchemaOf(incidentCommands[command]),
    );
    expect([schema(body), schema.errors]).toEqual([true, null]);
    expect(schema({ ...body, surprise: 1 })).toBe(false);
  });

  it.each([[null], [undefined], ['text'], [1], [true], [[]], [[{ scope: 'all' }]]])(
    'refuses %j, which is no object',
    (body) => {
      expect(wrong('ShutDownSystems', body)).toEqual([': not-object']);
      expect(wrongDeclaration(body)).toEqual([': not-object']);
    },
  );

  it('names every field that is wrong, where it was sent', () => {
    expect(
      wrong('ShutDownSystems', {
        scope: 'al',
        systems: [{ name: 'AD', mode: 'suspended' }, { name: '', mode: 'x', foo: 1 }, { mode: 'suspended' }],
        notee: 'x',
        saidBy: { role: 'dgs', age: 3 },
        source: { kind: 'rumour' },
      }).toSorted(),
    ).toEqual(
      [
        'notee: unknown-property',
        'scope: not-one-of',
        'systems[1].foo: unknown-property',
        'systems[1].name: blank',
        'systems[1].mode: not-one-of',
        'systems[2].name: required',
        'saidBy.name: required',
        'saidBy.age: unknown-property',
        'source.kind: not-one-of',
      ].toSorted(),
    );
  });

  it('lists at most 50 faults', () => {
    const systems = Array.from({ length: 200 }, () => ({ name: '' }));
    expect(read('ShutDownSystems', { scope: 'all', systems }).errors?.length).toBe(50);
  });

  it('keeps declared fields only, in declared order', () => {
    const body = read('ShutDownSystems', { reason: 'r', scope: 'all' }).value;
    expect(JSON.stringify(body?.data)).toBe('{"scope":"all","reason":"r"}');
  });
});

describe('Unknown properties', () => {
  it.each([
    'surprise',
    '__proto__',
    'constructor',
    'prototype',
    'hasOwnProperty',
    'toString',
    'isPrototypeOf',
    'valueOf',
    '',
  ])('“%s” is refused, at the top and inside', (name) => {
    const key = JSON.stringify(name);
    expect(wrong('ShutDownSystems', parsed(`{"scope":"all",${key}:1}`))).toEqual([`${name}: unknown-property`]);
    expect(wrong('ShutDownSystems', parsed(`{"scope":"all",${key}:{"scope":"all"}}`))).toEqual([
      `${name}: unknown-property`,
    ]);
    expect(
      wrong('ShutDownSystems', parsed(`{"scope":"all","systems":[{"name":"AD","mode":"suspended",${key}:1}]}`)),
    ).toEqual([`systems[0].${name}: unknown-property`]);
    expect(wrongDeclaration(parsed(`{"title":"x",${key}:1}`))).toEqual([`${name}: unknown-property`]);
  });

  it('are refused by a command that has no data of its own', () => {
    expect(wrong('CloseCrisisCell', { why: 'x' })).toEqual(['why: unknown-property']);
    expect(read('CloseCrisisCell', {}).value).toEqual({ data: {} });
    expect(wrong('CloseCrisisCell', parsed('{"__proto__": {"scope": "all"}}'))).toEqual([
      '__proto__: unknown-property',
    ]);
  });

  it('leave the prototype of objects alone', () => {
    read('ShutDownSystems', parsed('{"scope":"all","__proto__":{"polluted":true}}'));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('Types and limits', () => {
  it.each([
    ['RecordLogbookEntry', { kind: 'fact', text: 1 }, 'text: not-text'],
    ['RecordLogbookEntry', { kind: 'fact', text: null }, 'text: required'],
    ['RecordLogbookEntry', { kind: 'fact', text: ['x'] }, 'text: not-text'],
    ['RecordLogbookEntry', { kind: 'fact', text: { x: 1 } }, 'text: not-text'],
    ['RecordLogbookEntry', { kind: 'fact', text: ' \n\t ' }, 'text: blank'],
    ['RecordLogbookEntry', { kind: 'fact', text: '' }, 'text: blank'],
    ['RecordLogbookEntry', { kind: 'fact' }, 'text: required'],
    ['RecordLogbookEntry', { kind: 'fact', text: 'x', page: null }, 'page: required'],
    ['RecordLogbookEntry', { kind: 'fact', text: 'x', page: 1.5 }, 'page: not-integer'],
    ['RecordLogbookEntry', { kind: 'fact', text: 'x', page: '1' }, 'page: not-integer'],
    ['RecordLogbookEntry', { kind: 'fact', text: 'x', page: 0 }, 'page: too-small'],
    ['RecordLogbookEntry', { kind: 'fact', text: 'x', page: 100_001 }, 'page: too-large'],
    ['RecordLogbookEntry', { kind: 'FACT', text: 'x' }, 'kind: not-one-of'],
    ['RecordLogbookEntry', { kind: ['fact'], text: 'x' }, 'kind: not-one-of'],
    ['RecordCost', { label: 'x', amount: -1 }, 'amount: too-small'],
    ['RecordCost', { label: 'x', amount: 1e300 }, 'amount: too-large'],
    ['RecordCost', { label: 'x', amount: '12' }, 'amount: not-number'],
    ['RecordCost', { label: 'x', amount: 1, currency: 'euros' }, 'currency: bad-format'],
    ['RecordEvidence', { name: 'x', sha256: 'abc' }, 'sha256: bad-format'],
    ['IsolateNetwork', { scope: 'all', what: 'VPN' }, 'what: not-list'],
    ['IsolateNetwork', { scope: 'all', what: { 0: 'VPN' } }, 'what: not-list'],
    ['IsolateNetwork', { scope: 'all', what: [null] }, 'what: not-text'],
    ['ShutDownSystems', { scope: 'all', systems: {} }, 'systems: not-list'],
    ['ShutDownSystems', { scope: 'all', systems: [null] }, 'systems[0]: not-object'],
    ['ShutDownSystems', { scope: 'all', systems: ['AD'] }, 'systems[0]: not-object'],
    ['ShutDownSystems', { scope: 'all', systems: [[{ name: 'AD', mode: 'suspended' }]] }, 'systems: not-object'],
    ['SupersedeFact', { eventId: 'x', reason: 'r' }, 'eventId: bad-format'],
    ['StateRestorationEta', { text: 'x', eta: 'bientôt' }, 'eta: not-instant'],
    [
      'EstimateAttackWindow',
      { from: '2026-03-02T08:00:00Z', to: '2026-03-02T07:00:00Z', precision: 'hour' },
      'to: to-before-from',
    ],
  ] as const)('%s %j: %s', (command, body, fault) => {
    expect(wrong(command, body)).toEqual([fault]);
  });

  it('counts 10,000 characters in a text, as a reader counts them', () => {
    const entry = (text: string) => wrong('RecordLogbookEntry', { kind: 'fact', text });
    expect(entry('é'.repeat(10_000))).toEqual([]);
    expect(entry('😀'.repeat(10_000))).toEqual([]);
    expect(entry('é'.repeat(10_001))).toEqual(['text: too-long']);
  });

  it('counts 200 characters in a title or a name', () => {
    expect(wrongDeclaration({ title: 'é'.repeat(200) })).toEqual([]);
    expect(wrongDeclaration({ title: 'é'.repeat(201) })).toEqual(['title: too-long']);
    expect(wrongDeclaration({ title: 'x', organisations: [{ name: 'é'.repeat(201) }] })).toEqual([
      'organisations[0].name: too-long',
    ]);
  });

  it('counts 200 items in a list', () => {
    const what = (count: number) =>
      wrong('IsolateNetwork', { scope: 'all', what: Array.from({ length: count }, () => 'VPN') });
    expect(what(200)).toEqual([]);
    expect(what(201)).toEqual(['what: too-many']);
    expect(wrong('ContactAnssi', { organisations: Array.from({ length: 201 }, () => 'x') })).toEqual([
      'organisations: too-many',
    ]);
  });

  it('refuses half of a surrogate pair, which could not be read back', () => {
    expect(wrong('RecordLogbookEntry', { kind: 'fact', text: 'a\ud800b' })).toEqual(['text: bad-unicode']);
    expect(wrong('RecordLogbookEntry', { kind: 'fact', text: 'a\udc00' })).toEqual(['text: bad-unicode']);
    expect(wrong('ContactAnssi', { note: '\ud83d' })).toEqual(['note: bad-unicode']);
    expect(wrong('RecordLogbookEntry', { kind: 'fact', text: '😀' })).toEqual([]);
  });

  it('takes null only where the contract does', () => {
    expect(read('StateRestorationEta', { text: 'x', eta: null }).value?.data).toEqual({ text: 'x', eta: null });
    expect(wrong('StateRestorationEta', { text: 'x', notBefore: null })).toEqual(['notBefore: required']);
    expect(wrong('ContactAnssi', { note: null })).toEqual(['note: required']);
    expect(wrong('ContactAnssi', { organisations: null, occurredAt: null })).toHaveLength(2);
  });

  it('survives lists within lists within lists', () => {
    const deep = parsed(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    expect(wrong('ShutDownSystems', { scope: 'all', systems: deep })).toEqual(['systems: not-object']);
    expect(wrong('SupersedeFact', { eventId: idOf(1), reason: 'x', instead: deep })).toEqual(['instead: not-object']);
    expect(wrong('IsolateNetwork', { scope: 'all', what: deep })).toEqual(['what: not-text']);
  });

  it('takes “unknown” wherever it makes sense, and not where the words say that nobody looked', () => {
    expect(
      wrong('ShutDownSystems', {
        scope: 'unknown',
        systems: [{ name: 'AD', mode: 'unknown' }],
        memoryCaptured: 'unknown',
      }),
    ).toEqual([]);
    expect(wrong('NotifyCnil', { kind: 'unknown' })).toEqual([]);
    expect(wrong('AssessBreachRisk', { risk: 'unknown' })).toEqual(['risk: not-one-of']);
    expect(wrong('ContactAnssi', { tlp: 'unknown' })).toEqual(['tlp: not-one-of']);
  });
});

describe('Times', () => {
  const at = (occurredAt: unknown) => wrong('ContactAnssi', { occurredAt });
  const when = (occurredAt: unknown) => read('ContactAnssi', { occurredAt }).value?.occurredAt;

  it('a bare time means to the minute; one without a precision too', () => {
    expect(when('2026-03-02T09:00:00+01:00')).toEqual({ at: '2026-03-02T09:00:00+01:00', precision: 'minute' });
    expect(when({ at: '2026-03-02T08:00:00Z' })).toEqual({ at: '2026-03-02T08:00:00Z', precision: 'minute' });
  });

  it.each(['minute', 'hour', 'half_day', 'day', 'night', 'unknown'])('may be known to the %s', (precision) => {
    expect(when({ at: '2026-03-02T08:00:00Z', precision })).toEqual({ at: '2026-03-02T08:00:00Z', precision });
  });

  it.each([
    '2026-03-02',
    '2026-03-02T08:00:00',
    '2026-03-02 08:00:00Z',
    '2026-02-30T08:00:00Z',
    '2025-02-29T08:00:00Z',
    '2026-13-01T08:00:00Z',
    '2026-03-02T24:00:00Z',
    '2026-03-02T08:60:00Z',
    '2026-03-02T08:00:60Z',
    '2026-03-02T08:00:00+25:00',
    ' 2026-03-02T08:00:00Z',
    '2026-03-02T08:00:00Z\n',
    'hier',
    1_772_438_400_000,
    true,
    [],
    {},
    { at: 'hier' },
    { at: '2026-03-02T08:00:00Z', precision: 'vague' },
    { at: '2026-03-02T08:00:00Z', until: 'demain' },
    { at: '2026-03-02T08:00:00Z', from: '2026-03-02T08:00:00Z' },
    { until: '2026-03-02T08:00:00Z' },
  ])('%j is no time', (value) => {
    expect(at(value)).toEqual(['occurredAt: not-when']);
  });

  it.each([
    '2024-02-29T08:00:00Z',
    '2026-03-02T08:00:00.123456789Z',
    '2026-03-02T08:00:00-09:30',
    '1999-12-31T23:59:59Z',
  ])('%s is one, kept as it was written', (value) => {
    expect(when(value)?.at).toBe(value);
  });

  it('refuses a fact more than a day ahead of the clock, which is a typing error', () => {
    expect(at(hoursAfter(START, 24))).toEqual([]);
    expect(at(hoursAfter(START, 25))).toEqual(['occurredAt: far-future']);
    expect(at({ at: START, until: hoursAfter(START, 25) })).toEqual(['occurredAt: far-future']);
    expect(wrongDeclaration({ title: 'x', detectedAt: hoursAfter(START, 25) })).toEqual(['detectedAt: far-future']);
    expect(wrong('IsolateBackups', { lastGoodAt: hoursAfter(START, 25) })).toEqual(['lastGoodAt: far-future']);
  });

  it('takes a plan however far ahead', () => {
    expect(wrong('StateRestorationEta', { text: 'x', eta: '2027-01-01T00:00:00Z' })).toEqual([]);
    expect(wrong('IntendComplaint', { dueBy: '2026-06-01T00:00:00Z' })).toEqual([]);
  });

  it('refuses a span that ends before it begins', () => {
    expect(at({ at: START, until: hoursAfter(START, -1), precision: 'night' })).toEqual([
      'occurredAt: until-before-at',
    ]);
    expect(at({ at: START, until: START, precision: 'minute' })).toEqual([]);
  });

  it('compares times by the moment, not by the text', () => {
    expect(at({ at: '2026-03-02T09:00:00+01:00', until: '2026-03-02T08:30:00Z' })).toEqual([]);
  });
});

describe('Organisations in a declaration', () => {
  const organisation = (more: object) => wrongDeclaration({ title: 'x', organisations: [{ name: 'Caen', ...more }] });

  it.each([
    [{ siren: '21140118' }, 'siren: bad-format'],
    [{ siren: 211401187 }, 'siren: bad-format'],
    [{ kind: 'ville' }, 'kind: not-one-of'],
    [{ population: -1 }, 'population: too-small'],
    [{ population: 1.5 }, 'population: not-integer'],
    [{ timeZone: 'Europe/Caen' }, 'timeZone: not-time-zone'],
    [{ timeZone: '+01:00' }, 'timeZone: not-time-zone'],
    [{ timeZone: 3 }, 'timeZone: not-time-zone'],
    [{ insured: true }, 'insured: not-one-of'],
    [{ id: 'x' }, 'id: unknown-property'],
  ])('%j: %s', (more, fault) => {
    expect(organisation(more)).toEqual([`organisations[0].${fault}`]);
  });

  it.each(['Europe/Paris', 'Indian/Reunion', 'Pacific/Noumea', 'America/Martinique', 'America/Miquelon'])(
    'may live in %s',
    (timeZone) => {
      expect(organisation({ timeZone })).toEqual([]);
    },
  );

  it('are named', () => {
    expect(wrongDeclaration({ title: 'x', organisations: [{}] })).toEqual(['organisations[0].name: required']);
    expect(wrongDeclaration({ title: 'x', organisations: ['Caen'] })).toEqual(['organisations[0]: not-object']);
  });
});
