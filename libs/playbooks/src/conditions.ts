import { isMap, isSeq, type Node } from 'yaml';

import {
  CONDITION_FACTS,
  fieldsOf,
  incidentEvents,
  incidentEventTypes,
  isIncidentEventType,
  ORGANISATION_KINDS,
  type Condition,
  type ConditionFact,
  type EventMatch,
  type Field,
  type IncidentEventType,
} from '#libs/domain';

import { nearest } from './did-you-mean.js';
import { Section, type YamlFile } from './yaml-file.js';

/** Conditions inside conditions: more than this is a program, and nobody can read it in a crisis. */
const DEPTH_MAX = 8;
const FORMS = ['all', 'any', 'not', 'fact', 'event'] as const;
const KEYS = [...FORMS, 'in', 'where'];

/** A condition over named facts and events; every name and value in it is checked. */
export const readCondition = (source: YamlFile, node: unknown, near: Node, depth = 0): Condition | undefined => {
  const section = Section.of(source, node, 'when', KEYS, near);
  if (!section) return undefined;
  const forms = FORMS.filter((form) => section.has(form));
  const [form] = forms;
  const stray = (section.has('in') && form !== 'fact') || (section.has('where') && form !== 'event');
  if (form === undefined || forms.length > 1 || stray || depth > DEPTH_MAX) {
    return source.report(section.node, 'bad-condition');
  }
  if (form === 'event') return readEventMatch(section);
  if (form === 'fact') return readFactTest(section);
  if (form === 'not') {
    const not = readCondition(source, section.value('not'), section.place('not'), depth + 1);
    return not && { not };
  }
  const items = section.items(form);
  if (items.length === 0) section.report(form, 'empty-list', form);
  const conditions = items.flatMap((item) => readCondition(source, item, item, depth + 1) ?? []);
  return form === 'all' ? { all: conditions } : { any: conditions };
};

const readFactTest = (section: Section): Condition | undefined => {
  const name = section.text('fact');
  if (name === undefined) return undefined;
  if (!CONDITION_FACTS.includes(name as ConditionFact)) {
    return section.report('fact', 'unknown-fact', name, nearest(name, CONDITION_FACTS));
  }
  const fact = name as ConditionFact;
  if (!section.has('in')) return section.missing('in');
  const values = section.texts('in');
  if (values.length === 0) section.report('in', 'empty-list', 'in');
  const known = factValues[fact];
  for (const value of values) {
    if (!known.includes(value)) section.report('in', 'not-one-of', value, known, nearest(value, known));
  }
  return { fact, in: values };
};

/** `event` and `where` of a section whose keys were checked by the caller. */
export const readEventMatch = (section: Section): EventMatch | undefined => {
  const name = section.text('event');
  if (name === undefined) return undefined;
  if (!isIncidentEventType(name)) {
    return section.report('event', 'unknown-event', name, nearest(name, incidentEventTypes));
  }
  if (!section.has('where')) return { event: name };
  const where = readWhere(section, name);
  return where && { event: name, where };
};

/** A list of `{ event, where? }`. */
export const readEventMatches = (section: Section, key: string): EventMatch[] =>
  section.items(key).flatMap((item) => {
    const match = Section.of(section.source, item, key, ['event', 'where'], item);
    return (match && readEventMatch(match)) ?? [];
  });

const readWhere = (section: Section, event: IncidentEventType): EventMatch['where'] | undefined => {
  const node = section.value('where');
  if (!isMap(node)) return section.report('where', 'not-map', 'where');
  const fields = new Map(fieldsOf(incidentEvents[event]).map((field) => [field.name, field]));
  const where = new Section(section.source, node, [...fields.keys()], (key, place) =>
    section.source.report(place, 'unknown-field', key, event, nearest(key, fields.keys())),
  );
  const wanted: Record<string, string | readonly string[]> = {};
  for (const [key, field] of fields) {
    if (!where.has(key)) continue;
    const value = where.plain(key);
    const values = isSeq(where.value(key)) ? where.texts(key) : [where.text(key) ?? ''];
    checkValues(where, key, field, values);
    wanted[key] = Array.isArray(value) ? values : values[0]!;
  }
  return wanted;
};

const checkValues = (where: Section, key: string, field: Field, values: readonly string[]): void => {
  if (!field.values) return;
  for (const value of values) {
    if (value !== '' && !field.values.includes(value)) {
      where.report(key, 'not-one-of', value, field.values, nearest(value, field.values));
    }
  }
};

const valuesOf = (event: IncidentEventType, field: string): readonly string[] => {
  const values = fieldsOf(incidentEvents[event]).find(({ name }) => name === field)?.values ?? [];
  return values.includes('not_assessed') || values.includes('unknown') ? values : [...values, 'unknown'];
};

/** What each fact may be. */
const factValues: Readonly<Record<ConditionFact, readonly string[]>> = {
  attackType: valuesOf('IncidentQualified', 'attackType'),
  severity: valuesOf('SeverityAssessed', 'level'),
  ransomDemand: valuesOf('RansomDemandAssessed', 'status'),
  ransomPolicy: valuesOf('RansomPolicyStated', 'payment'),
  dataExfiltration: valuesOf('DataExfiltrationAssessed', 'status'),
  breachRisk: valuesOf('BreachRiskAssessed', 'risk'),
  backups: valuesOf('BackupIntegrityAssessed', 'status'),
  judicialInvestigation: ['opened', 'unknown'],
  organisationKind: ORGANISATION_KINDS,
  insured: ['yes', 'no', 'unknown'],
  nis2: ['yes', 'no', 'unknown'],
  organisationCount: ['one', 'several'],
};

export const eventTypesOf = (section: Section, key: string): IncidentEventType[] =>
  section.texts(key).flatMap((name) => {
    if (isIncidentEventType(name)) return [name];
    section.report(key, 'unknown-event', name, nearest(name, incidentEventTypes));
    return [];
  });

export const conditionOf = (section: Section, key: string): Condition | undefined =>
  section.has(key) ? readCondition(section.source, section.value(key), section.place(key)) : undefined;
