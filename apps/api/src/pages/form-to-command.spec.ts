import { incidentCommandTypes, readCommandBody, readDeclarationBody, type CommandName } from '#libs/domain';
import { dataToForm } from './command-to-form.js';
import { commandThatRecords } from './corrections.js';
import { compactRows, dataClassOf, formFields, formToCommand } from './form-to-command.js';
import { instantOfWall, span, wallValue } from './wall-time.js';

const NOW = '2026-11-25T10:00:00.000Z';
const paris = (command: CommandName, form: Record<string, string | string[]>) =>
  formToCommand(command, form, 'Europe/Paris');

describe('a form becomes a command', () => {
  it('leaves out what was left empty', () => {
    expect(
      paris('DeclareIncident', { title: ' Écrans noirs ', kind: '', 'organisations[0].name': '', note: '' }),
    ).toEqual({
      title: 'Écrans noirs',
    });
  });

  it('reads lists line by line, groups by their names, numbers as they are written in France', () => {
    expect(
      paris('FileComplaint', {
        filedWith: 'gendarmerie',
        'signatory.name': 'Mme Roy',
        'signatory.capacities': 'maire\r\n\r\n présidente ',
      }),
    ).toEqual({ filedWith: 'gendarmerie', signatory: { name: 'Mme Roy', capacities: ['maire', 'présidente'] } });
    expect(paris('RecordCost', { label: 'Expert', amount: '1 200,50' })).toEqual({ label: 'Expert', amount: 1200.5 });
  });

  it('keeps rows in order and closes the gaps of empty ones', () => {
    const form = { scope: 'all', 'systems[0].name': '', 'systems[2].name': 'AD', 'systems[2].mode': 'suspended' };
    expect(paris('ShutDownSystems', form)).toEqual({ scope: 'all', systems: [{ name: 'AD', mode: 'suspended' }] });
    expect(compactRows(form)).toEqual({ scope: 'all', 'systems[0].name': 'AD', 'systems[0].mode': 'suspended' });
  });

  it('reads times on the wall of the incident', () => {
    expect(paris('RecordDetection', { 'occurredAt.at': '2026-11-24T08:12', 'occurredAt.precision': 'hour' })).toEqual({
      occurredAt: { at: '2026-11-24T08:12:00+01:00', precision: 'hour' },
    });
    expect(formToCommand('IsolateBackups', { lastGoodAt: '2026-07-01T06:00' }, 'Indian/Reunion')).toEqual({
      lastGoodAt: '2026-07-01T06:00:00+04:00',
    });
  });

  it('hands on what it does not understand, so that validation can say where and why', () => {
    const body = paris('RecordCost', { label: 'Expert', amount: 'beaucoup' });
    expect(readCommandBody('RecordCost', body, NOW).errors).toEqual([
      { path: 'amount', broken: { code: 'not-number' } },
    ]);
    const when = paris('RecordDetection', { 'occurredAt.at': 'hier', 'occurredAt.precision': 'day' });
    expect(readCommandBody('RecordDetection', when, NOW).errors).toEqual([
      { path: 'occurredAt', broken: { code: 'not-when' } },
    ]);
  });

  it('counts a share only where a percentage was typed', () => {
    const form = {
      'shares[0].organisation': 'a',
      'shares[0].percent': '',
      'shares[1].organisation': 'b',
      'shares[1].percent': '40',
    };
    expect(paris('AgreeCostShare', form)).toEqual({ shares: [{ organisation: 'b', percent: 40 }] });
  });

  it('reads what should stand in the place of a wrong fact', () => {
    const eventId = '0190a000-0000-7000-8000-000000000001';
    const form = {
      eventId,
      reason: 'Cinq serveurs',
      'instead.do': 'ShutDownSystems',
      'instead.data.scope': 'all',
      'instead.data.systems[0].name': 'AD',
      'instead.data.systems[0].mode': 'suspended',
    };
    expect(paris('SupersedeFact', form)).toEqual({
      eventId,
      reason: 'Cinq serveurs',
      instead: { do: 'ShutDownSystems', data: { scope: 'all', systems: [{ name: 'AD', mode: 'suspended' }] } },
    });
    expect(paris('SupersedeFact', { ...form, 'instead.do': '', 'instead.data.scope': 'all' })).toEqual({
      eventId,
      reason: 'Cinq serveurs',
    });
  });

  it('never sends a property that the command does not have', () => {
    for (const command of ['DeclareIncident' as const, ...incidentCommandTypes]) {
      const form = Object.fromEntries(formFields(command).map(({ name }) => [name, 'x']));
      const body = formToCommand(command, { ...form, key: 'k', stray: 'x' }, 'Europe/Paris');
      const read = command === 'DeclareIncident' ? readDeclarationBody(body, NOW) : readCommandBody(command, body, NOW);
      expect(read.errors?.filter(({ broken }) => broken.code === 'unknown-property') ?? []).toEqual([]);
    }
  });
});

it('shows recorded data in a form that says the same again', () => {
  const data = {
    filedWith: 'police',
    signatory: { name: 'Mme Roy', capacities: ['maire', 'présidente'] },
    receipt: '118',
  };
  expect(
    paris(
      'FileComplaint',
      dataToForm(dataClassOf('FileComplaint'), data, '', 'Europe/Paris') as Record<string, string>,
    ),
  ).toEqual(data);
});

it('knows the command that records a fact', () => {
  expect(commandThatRecords('SystemsShutDown')).toBe('ShutDownSystems');
  expect(commandThatRecords('BreachAwarenessEstablished')).toBe('EstablishBreachAwareness');
  expect(commandThatRecords('AttackKnowledgeEstablished')).toBe('EstablishAttackKnowledge');
});

describe('time on the wall', () => {
  it('goes to an instant and back, summer and winter', () => {
    for (const wall of ['2026-07-01T08:30', '2026-12-01T23:59']) {
      expect(wallValue(instantOfWall(wall, 'Europe/Paris') ?? '', 'Europe/Paris')).toBe(wall);
    }
  });

  it('takes a date as people type it, and refuses one that does not exist', () => {
    expect(instantOfWall('24/11/2026 8h05', 'Europe/Paris')).toBe('2026-11-24T08:05:00+01:00');
    expect(instantOfWall('2026-02-30T08:00', 'Europe/Paris')).toBeUndefined();
  });

  it('says what is left in days and hours, or hours and minutes', () => {
    expect([span(2 * 86_400 + 14 * 3600, 'fr'), span(3 * 3600 + 5 * 60, 'fr'), span(40, 'en')]).toEqual([
      '2\u00a0j 14\u00a0h',
      '3\u00a0h 05',
      '0\u00a0min',
    ]);
  });
});
