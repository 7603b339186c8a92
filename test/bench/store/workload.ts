import { randomUUID } from 'node:crypto';
import type { JsonObject, NewEvent } from '../../../libs/event-store/src/port.js';
import { seeded } from '../../support/random.js';

export const STREAMS = 1000;
export const EVENTS_PER_STREAM = 200;
/** Streams whose events interleave in the log of the read workloads, as incidents that are open at once. */
export const OPEN_AT_ONCE = 64;

const TYPES = [
  'IncidentDeclared',
  'ServiceStatusChanged',
  'LogbookEntryRecorded',
  'StepStarted',
  'StepCompleted',
  'DecisionRecorded',
  'NetworkIsolated',
  'AuthorityNotified',
  'EvidenceSecured',
  'MessageSent',
  'TermStarted',
  'TermMet',
];
const WORDS =
  'serveur mairie réseau coupé sauvegarde agent prestataire préfecture accueil messagerie état civil bascule papier'.split(
    ' ',
  );

const random = seeded(560);
const words = (count: number): string =>
  Array.from({ length: count }, () => WORDS[random.between(0, WORDS.length)]).join(' ');

/** About 344 to 774 bytes of JSON each, 564 in the mean: what an event of an incident is like. */
const bodies: readonly Omit<NewEvent, 'id'>[] = Array.from({ length: 997 }, (_, n) => {
  const data: JsonObject = {
    occurredAt: '2022-09-26T16:00:00.000Z',
    text: words(random.between(1, 46)),
    source: { kind: 'press', name: words(2) },
    severity: random.between(1, 5),
  };
  const meta: JsonObject = {
    incidentId: randomUUID(),
    recordedAt: '2022-09-26T16:30:00.000Z',
    commandId: randomUUID(),
    prevHash: randomUUID().replaceAll('-', '').repeat(2),
    actor: { id: 'a1', name: words(1) },
  };
  return { type: TYPES[n % TYPES.length] ?? '', data, meta };
});

export const meanBytes = (): number =>
  bodies.reduce((sum, { data, meta }) => sum + Buffer.byteLength(JSON.stringify(data) + JSON.stringify(meta)), 0) /
  bodies.length;

let next = 0;
export const newEvent = (): NewEvent => {
  next = (next + 1) % bodies.length;
  return { id: randomUUID(), ...(bodies[next] as Omit<NewEvent, 'id'>) };
};
export const newEvents = (count: number): NewEvent[] => Array.from({ length: count }, newEvent);

export const quantile = (values: readonly number[], q: number): number =>
  [...values].sort((left, right) => left - right)[Math.floor((values.length - 1) * q)] ?? Number.NaN;
export const median = (values: readonly number[]): number => quantile(values, 0.5);
