import { fieldsOf, type Class, type Field } from '../kernel/fields.js';
import { IncidentDeclaration } from './data/detection.js';
import { answerLabel, valueLabel } from './value.labels.js';
import { commandGroups, commandLabels, type CommandName } from './command.labels.js';
import { fieldLabel, fieldLabels, fieldLabelsOf } from './field.labels.js';
import { CommandEnvelope, incidentCommands } from './incident.commands.js';
import { incidentEvents } from './incident.events.js';
import * as labels from './incident.labels.js';
import { declared, Incident, said } from '../testing/given.js';
import { lineOf } from './incident.lines.js';
import type { IncidentEvent } from './incident.events.js';

interface Place {
  readonly command?: CommandName;
  readonly where: string;
  readonly path: string;
  readonly field: Field;
}

const walk = (type: Class, where: string, command?: CommandName, before = ''): Place[] =>
  fieldsOf(type).flatMap((field) => {
    const path = before ? `${before}.${field.name}` : field.name;
    const nested = field.of ? walk(field.of(), where, command, path) : [];
    return [{ where, path, field, ...(command ? { command } : {}) }, ...nested];
  });

const everywhere: Place[] = [
  ...walk(IncidentDeclaration, 'DeclareIncident', 'DeclareIncident'),
  ...Object.entries(incidentCommands).flatMap(([name, type]) => walk(type, name, name as CommandName)),
  ...walk(CommandEnvelope, 'CommandEnvelope'),
  ...Object.entries(incidentEvents).flatMap(([name, type]) => walk(type, name)),
];

const untranslated = (text: { readonly fr: string; readonly en: string }, code: string): boolean =>
  text.fr === '' || text.en === '' || (text.fr === code && text.en === code);

it('has a label in both languages for every field of every command and event', () => {
  const missing = everywhere
    .filter(({ field }) => !fieldLabels[field.name])
    .map(({ field, where }) => `${where}.${field.name}`);
  expect(missing.map((name) => `${name}: add '${name.split('.')[1]}' to fieldLabels in field.labels.ts`)).toEqual([]);
});

it('has a label in both languages for every value of every closed list', () => {
  const missing = everywhere.flatMap(({ where, field }) =>
    (field.values ?? [])
      .filter((value) => untranslated(valueLabel(field.name, value), value))
      .map((value) => `${where}.${field.name} = ${value}: add '${value}' to valueLabels in value.labels.ts`),
  );
  expect(missing).toEqual([]);
});

it('overrides only fields that the command has', () => {
  const stray = Object.entries(fieldLabelsOf).flatMap(([command, fields]) => {
    const paths = new Set(everywhere.filter((place) => place.command === command).map(({ path }) => path));
    for (const { name } of fieldsOf(CommandEnvelope)) paths.add(name);
    return Object.keys(fields)
      .filter((path) => !paths.has(path))
      .map((path) => `${command}.${path}`);
  });
  expect(stray).toEqual([]);
});

it('finds the label of a field by the path that an error gives', () => {
  expect(fieldLabel('ShutDownSystems', 'systems[2].mode').fr).toBe('Arrêté comment');
  expect(fieldLabel('FileComplaint', 'signatory.name').fr).toBe('Nom');
});

it('says "I do not know" where a person answers, "unknown" where it is shown', () => {
  expect(answerLabel('insured', 'unknown').fr).toBe('Je ne sais pas');
  expect(valueLabel('insured', 'unknown').fr).toBe('Inconnu');
});

describe('French', () => {
  const frenchOf = (value: unknown): string[] => {
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, each]) =>
      key === 'fr' && typeof each === 'string' ? [each] : frenchOf(each),
    );
  };
  const all = [...Object.values(labels), commandLabels, commandGroups, fieldLabels, fieldLabelsOf].flatMap(frenchOf);

  it('has typographic apostrophes, and spaces that do not break before : ; ? !', () => {
    expect(all.filter((text) => /'| [:;?!»]|« /.test(text))).toEqual([]);
  });

  it('keeps the line of help short', () => {
    const help = Object.values(commandLabels).flatMap((label) => [label.help.fr, label.help.en]);
    expect(help.filter((text) => text.length > 80)).toEqual([]);
  });
});

describe('the line of an event', () => {
  const names = new Map([
    ['ville', 'Angers'],
    ['agglo', 'Angers Loire Métropole'],
  ]);
  const event = (type: string, data: object, more: object = {}): IncidentEvent =>
    ({
      eventId: 'e',
      incidentId: 'i',
      revision: 0,
      recordedAt: '2026-11-21T08:12:00.000Z',
      organisations: ['ville', 'agglo'],
      occurredAt: { at: '2026-11-21T09:12:00+01:00', precision: 'minute' },
      actor: { id: 'a', name: 'Le Goff' },
      type,
      data,
      ...more,
    }) as unknown as IncidentEvent;

  it.each([
    [
      event('SystemsShutDown', { scope: 'all', systems: [{ name: 'AD', mode: 'suspended' }], decidedBy: 'le maire' }),
      'Systèmes arrêtés (tous)\u00a0: AD suspendu – décidé par le maire',
      'Systems shut down (all): AD suspended – decided by le maire',
    ],
    [
      event(
        'ComplaintFiled',
        { filedWith: 'gendarmerie', signatory: { name: 'Mme Roy', capacities: ['maire'] }, receipt: '2026/118' },
        { organisations: ['ville'] },
      ),
      'Plainte déposée (gendarmerie)\u00a0: par Mme Roy (maire) – récépissé 2026/118 (Angers)',
      'Complaint filed (gendarmerie): by Mme Roy (maire) – receipt 2026/118 (Angers)',
    ],
    [
      event('ObligationOpened', {
        rule: 'cnil-notification',
        title: { fr: 'x', en: 'x' },
        dueAt: '2026-10-27T08:00:00.000Z',
        provisional: true,
      }),
      'Échéance ouverte (provisoire)\u00a0: Notification à la CNIL – à faire avant le 27\u00a0oct.\u00a02026 à 09:00 (heure de Paris)',
      'Deadline opened (provisional): Notification to the CNIL – due 27\u00a0Oct\u00a02026, 09:00 (Paris time)',
    ],
    [
      event(
        'ServiceStatusChanged',
        { service: 'Paiement', status: 'outage', publicAdvice: 'Pas de retard facturé' },
        { note: 'vu par l’accueil' },
      ),
      'Paiement\u00a0: arrêté – pour le public\u00a0: Pas de retard facturé – vu par l’accueil',
      'Paiement: stopped – for the public: Pas de retard facturé – vu par l’accueil',
    ],
    [
      event('CostShareAgreed', {
        shares: [
          { organisation: 'ville', percent: 60 },
          { organisation: 'agglo', percent: 40 },
        ],
      }),
      'Partage des coûts convenu\u00a0: Angers 60\u00a0%, Angers Loire Métropole 40\u00a0%',
      'Cost share agreed: Angers 60%, Angers Loire Métropole 40%',
    ],
    [
      event('LogbookEntryRecorded', { kind: 'call_in', text: 'Ligne 1\n\u202egnp.exe', page: 3 }),
      'Appel reçu (feuille 3)\u00a0: Ligne 1 gnp.exe',
      'Call received (sheet 3): Ligne 1 gnp.exe',
    ],
  ])('is a sentence in French and in English (%#)', (one, fr, en) => {
    expect(lineOf(one, names, 'fr')).toBe(fr);
    expect(lineOf(one, names, 'en')).toBe(en);
  });

  it('names a step by its title where the playbook is at hand', () => {
    const steps = new Map([['S23', { fr: 'Déposer plainte', en: 'File a complaint' }]]);
    const done = event('StepCompleted', { step: 'S23', evidence: '2026/118' });
    expect(lineOf(done, names, 'fr', steps)).toBe(
      'Étape «\u00a0Déposer plainte\u00a0» (S23) faite\u00a0: preuve gardée\u00a0: 2026/118',
    );
    expect(lineOf(done, names, 'en')).toBe('Step S23 done: proof kept: 2026/118');
  });

  it('is written for every kind of event, whether its data are full or bare', () => {
    for (const [type, shape] of Object.entries(incidentEvents)) {
      for (const full of [true, false]) {
        for (const language of ['fr', 'en'] as const) {
          const line = lineOf(event(type, sample(shape, full)), names, language);
          expect(line).not.toMatch(/undefined|\[object|null|NaN/);
          expect(line.length).toBeGreaterThan(8);
          if (language === 'fr') expect(line).not.toMatch(/'| [:;?!»]|« /);
        }
      }
    }
  });

  it('is fast enough for 200,000 events', () => {
    const one = event('SystemsShutDown', {
      scope: 'all',
      systems: [{ name: 'AD', mode: 'suspended' }],
      decidedBy: 'le maire',
    });
    const start = performance.now();
    for (let index = 0; index < 20_000; index += 1) lineOf(one, names, 'fr');
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

const samples: Readonly<Record<string, unknown>> = {
  text: 'texte',
  boolean: true,
  integer: 24,
  number: 12.5,
  instant: '2026-11-21T08:12:00.000Z',
  when: { at: '2026-11-21T08:12:00.000Z', precision: 'minute' },
  organisation: 'ville',
  pattern: 'EUR',
  any: { fr: 'titre', en: 'title', title: { fr: 'titre', en: 'title' } },
};

const sample = (type: Class, full: boolean): object =>
  Object.fromEntries(
    fieldsOf(type)
      .filter(({ required }) => required || full)
      .map((field) => {
        const value = field.of ? sample(field.of(), full) : (field.values?.[0] ?? samples[field.kind]);
        return [field.name, field.list ? [value] : value];
      }),
  );

it.each([
  [0, 'fr', '0 personne)'],
  [1, 'fr', '1 personne)'],
  [2, 'fr', '2 personnes)'],
  [0, 'en', '0 persons)'],
  [1, 'en', '1 person)'],
  [1200, 'en', '1,200 persons)'],
] as const)('counts %s in %s as “%s”', (count, language, words) => {
  const informed = said('InformDataSubjects', { channel: 'courrier', count });
  const event = new Incident().given(declared(), informed).lastOf('DataSubjectsInformed');
  expect(lineOf(event, new Map(), language)).toContain(words);
});
