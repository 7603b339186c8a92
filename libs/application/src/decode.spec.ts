import type { JsonObject, StoredEvent } from '#libs/event-store';
import { decodeStored } from './decode.js';
import { shippedCatalogue } from './shipped-catalogue.js';

const [shipped] = shippedCatalogue().playbooks;
if (!shipped) throw new Error('There is no playbook in the box');
const { definition, sha256 } = shipped;

/** As the log gives it: a copy of its own. */
const adopted = (pinned: object, number: number): StoredEvent => ({
  id: `0190a000-0000-7000-8000-00000000000${number}`,
  type: 'PlaybookAdopted',
  stream: `incident-${number}`,
  revision: 1,
  position: `p${number}`,
  data: JSON.parse(
    JSON.stringify({ playbook: definition.id, version: definition.version, sha256, definition: pinned }),
  ) as JsonObject,
  meta: {},
});

const definitionIn = (stored: StoredEvent): unknown => {
  const event = decodeStored(stored);
  return event.type === 'PlaybookAdopted' ? event.data.definition : undefined;
};

describe('A playbook that incidents pin', () => {
  it('is not taken from an event whose definition is not what its SHA-256 says', () => {
    const forged = { ...definition, steps: [] };
    expect(definitionIn(adopted(forged, 1))).toEqual(forged);
    expect(definitionIn(adopted(definition, 2))).toEqual(JSON.parse(JSON.stringify(definition)));
  });

  it('is one object in memory for all of them', () => {
    expect(definitionIn(adopted(definition, 3))).toBe(definitionIn(adopted(definition, 4)));
  });
});
