import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import {
  decodeEvent,
  encodeEvent,
  evolve,
  eventDataClass,
  foldIncident,
  incidentEventTypes,
  instantMs,
  readInput,
  schemaVersionOf,
  statusView,
  type IncidentEvent,
  type StoredIncidentEvent,
} from '#libs/domain';

/** One stored sample of every event type and version ever written: they can be read for ever. */
const folder = fileURLToPath(new URL('golden/events/', import.meta.url));
const files = readdirSync(folder).toSorted();
const stored = (file: string): StoredIncidentEvent => JSON.parse(readFileSync(`${folder}${file}`, 'utf8'));
const declaration = () => decodeEvent(stored('IncidentDeclared.v1.json'));

/** In the place in which it would lie after the events before it. */
const folded = (event: IncidentEvent) =>
  event.type === 'IncidentDeclared' ? foldIncident([event]) : evolve(foldIncident([declaration()]), event);

describe('Golden events', () => {
  it.each(incidentEventTypes)('%s has a stored sample of each version', (type) => {
    const versions = Array.from({ length: schemaVersionOf(type) }, (_each, index) => `${type}.v${index + 1}.json`);
    const missing = versions.filter((file) => !files.includes(file)).map((file) => `Add test/golden/events/${file}`);
    expect(missing).toEqual([]);
  });

  it('has no other file', () => {
    const known = incidentEventTypes.flatMap((type) =>
      Array.from({ length: schemaVersionOf(type) }, (_each, index) => `${type}.v${index + 1}.json`),
    );
    expect(files.filter((file) => !known.includes(file))).toEqual([]);
  });

  it.each(files)('%s decodes, and is what its name says', (file) => {
    const sample = stored(file);
    const event = decodeEvent(sample);
    expect(file).toBe(`${event.type}.v${String(sample.meta['schemaVersion'])}.json`);
    expect(event).toMatchObject({
      eventId: sample.id,
      revision: sample.revision,
      incidentId: sample.meta['incidentId'],
    });
    expect((sample as StoredIncidentEvent & { stream: string }).stream).toBe(`incident-${event.incidentId}`);
  });

  it.each(files)('%s has the data that its class takes, every field of it', (file) => {
    const event = decodeEvent(stored(file));
    const read = readInput(eventDataClass(event.type), event.data, instantMs(event.recordedAt));
    expect(read.errors).toBeUndefined();
    expect(read.value).toEqual(event.data);
  });

  it.each(files)('%s folds', (file) => {
    const event = decodeEvent(stored(file));
    const state = folded(event);
    expect(state.revision).toBe(event.revision);
    expect(() => statusView(state, event.recordedAt, 'fr')).not.toThrow();
  });

  it.each(files)('%s is written again as it was stored', (file) => {
    const sample = stored(file);
    const { incidentId, revision: _revision, recordedAt, ...decided } = decodeEvent(sample);
    const { commandId, correlationId, prevHash, ...meta } = sample.meta;
    const again = encodeEvent(decided as IncidentEvent, {
      incidentId,
      recordedAt,
      commandId: String(commandId),
      correlationId: String(correlationId),
    });
    expect(again).toEqual({ type: sample.type, data: sample.data, meta: { ...meta, commandId, correlationId } });
    expect(prevHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('folds as one story', () => {
    const events = files
      .map((file) => decodeEvent(stored(file)))
      .toSorted((left, right) => left.revision - right.revision);
    const state = foldIncident(events);
    expect(statusView(state, '2023-06-02T09:00:00+02:00', 'fr')).toMatchObject({
      title: 'Serveurs au comportement anormal',
      status: 'open',
      milestones: {
        detected: { state: 'done' },
        systemsShutDown: { state: 'started' },
        anssiContacted: { state: 'done' },
        complaintFiled: { state: 'done', by: 'Joël Bruneau' },
        cnilNotified: { state: 'done' },
        restoration: { state: 'done' },
      },
      facts: {
        severity: { value: 'unknown' },
        ransomDemand: { value: 'received' },
        dataExfiltration: { confidence: 'low' },
      },
    });
  });
});
