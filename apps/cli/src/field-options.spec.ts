import { Command } from 'commander';
import { incidentCommandTypes, type CommandName } from '#libs/domain';
import { bodyOf, fieldOptions, toOption } from './field-options.js';

const nowMs = () => Date.parse('2021-01-18T12:00:00+01:00');

/** The body that an option line gives. */
const typed = (command: CommandName, argv: readonly string[], base = {}): unknown => {
  const fields = fieldOptions(command, 'en', nowMs);
  const parser = new Command().exitOverride();
  for (const field of fields) parser.addOption(toOption(field));
  parser.parse([...argv], { from: 'user' });
  return bodyOf(fields, parser.opts(), base);
};

describe('Fields as options', () => {
  it.each(['DeclareIncident' as const, ...incidentCommandTypes])('of %s have flags of their own', (command) => {
    const fields = fieldOptions(command, 'fr', nowMs);
    const flags = fields.map(({ attribute }) => attribute);
    expect(new Set(flags).size).toBe(flags.length);
    for (const reserved of ['data', 'json', 'lang', 'server', 'incident', 'as', 'help'])
      expect(flags).not.toContain(reserved);
  });

  it('show label, obligation and allowed values', () => {
    const scope = fieldOptions('ShutDownSystems', 'fr', nowMs).find(({ attribute }) => attribute === 'scope');
    expect(scope?.flags).toBe('--scope <valeur>');
    expect(scope?.description).toMatch(/^Étendue \[obligatoire\].*all \(Tout\), partial/);
  });

  it('put texts, numbers, yes or no and nothing at all where the command has them', () => {
    expect(typed('RecordCost', ['--label', 'Serveurs', '--amount', '1250.5'])).toEqual({
      label: 'Serveurs',
      amount: 1250.5,
    });
    expect(typed('DeclareIncident', ['--title', 'T', '--exercise'])).toEqual({ title: 'T', exercise: true });
    expect(typed('DeclareIncident', ['--title', 'T', '--exercise', 'non'])).toEqual({ title: 'T', exercise: false });
    expect(typed('StateRestorationEta', ['--text', 'inconnu', '--eta', 'null'])).toEqual({
      text: 'inconnu',
      eta: null,
    });
  });

  it('leave to the server to say what is wrong with a number', () => {
    expect(typed('RecordCost', ['--amount', 'beaucoup'])).toEqual({ amount: 'beaucoup' });
  });

  it('repeat for lists', () => {
    expect(typed('QualifyIncident', ['--similar-to', 'Angers', '--similar-to', 'Caen'])).toEqual({
      similarTo: ['Angers', 'Caen'],
    });
    expect(typed('TakeDecision', ['--organisation', 'CCAS', '--organisations', 'Ville'])).toEqual({
      organisations: ['CCAS', 'Ville'],
    });
  });

  it('write lists of objects by name, by key and value, or as JSON', () => {
    const argv = [
      '--systems',
      'ERP',
      '--systems',
      'name=Paie, RH,mode=suspended',
      '--systems',
      '{"name":"Web","mode":"powered_off"}',
    ];
    expect(typed('ShutDownSystems', argv)).toEqual({
      systems: [{ name: 'ERP' }, { name: 'Paie, RH', mode: 'suspended' }, { name: 'Web', mode: 'powered_off' }],
    });
  });

  it('spell out objects', () => {
    const argv = ['--said-by', 'A. Martin;maire', '--source', 'Ouest-France', '--source-kind', 'press'];
    expect(typed('TakeDecision', argv)).toEqual({
      saidBy: { name: 'A. Martin', role: 'maire' },
      source: { name: 'Ouest-France', kind: 'press' },
    });
    expect(typed('FileComplaint', ['--signatory', 'Le maire', '--signatory-capacities', 'maire'])).toEqual({
      signatory: { name: 'Le maire', capacities: ['maire'] },
    });
  });

  it('know the body of a service from the bodies of the incident', () => {
    expect(typed('ChangeServiceStatus', ['--organisation', 'CCAS', '--organisations', 'Ville'])).toEqual({
      organisation: 'CCAS',
      organisations: ['Ville'],
    });
  });

  it.each([
    ['2021-01-16T02:00:00+01:00', '2021-01-16T02:00:00+01:00'],
    ['02:00', '2021-01-18T01:00:00.000Z'],
    ['2021-01-16 02:00~night', { at: '2021-01-16T01:00:00.000Z', precision: 'night' }],
    [
      '06:00/12:00~half_day',
      { at: '2021-01-18T05:00:00.000Z', until: '2021-01-18T11:00:00.000Z', precision: 'half_day' },
    ],
    ['{"at":"2021-01-16T02:00:00+01:00"}', { at: '2021-01-16T02:00:00+01:00' }],
  ])('say when: %s', (text, occurredAt) => {
    expect(typed('TakeDecision', ['--occurred-at', text])).toEqual({ occurredAt });
  });

  it('refuse a precision that does not exist', () => {
    expect(() => typed('TakeDecision', ['--occurred-at', '02:00~evening'])).toThrow(/minute, hour, half_day/);
  });

  it('complete what --data gave', () => {
    const base = { eventId: 'x', instead: { do: 'TakeDecision', data: { decision: 'd' } } };
    expect(typed('SupersedeFact', ['--reason', 'r', '--instead-occurred-at', '02:00'], base)).toEqual({
      eventId: 'x',
      reason: 'r',
      instead: { do: 'TakeDecision', data: { decision: 'd' }, occurredAt: '2021-01-18T01:00:00.000Z' },
    });
  });
});
