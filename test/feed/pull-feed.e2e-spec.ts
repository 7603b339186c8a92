import { jest } from '@jest/globals';
import { CloudEvent, HTTP } from 'cloudevents';
import { FeedServer, type Answer } from './feed-server.js';

jest.setTimeout(60_000);
const server = new FeedServer();

beforeAll(() => server.start());
afterAll(() => server.stop());

const pull = (search = ''): Promise<Answer> => server.send('GET', `/events${search}`);

/** Follows the links until a page is empty. */
const pullAll = async (search = ''): Promise<any[]> => {
  const events: any[] = [];
  let path = `/events${search}`;
  for (;;) {
    const answer = await server.send('GET', path);
    expect(answer.status).toBe(200);
    if (answer.body.length === 0) return events;
    events.push(...answer.body);
    path = nextOf(answer).replace('/api/v1', '');
  }
};

const nextOf = ({ headers }: Answer): string => /^<([^>]+)>; rel="next"$/.exec(headers['link'] ?? '')?.[1] ?? '';

describe('The pull feed', () => {
  it('begins before the first event, on an empty log too', async () => {
    const answer = await pull();
    expect(answer).toMatchObject({ status: 200, body: [] });
    expect(answer.headers['content-type']).toBe('application/cloudevents-batch+json; charset=utf-8');
    expect(answer.headers['tocsin-position']).toBe('start');
    expect((await server.send('GET', nextOf(answer).replace('/api/v1', ''))).body).toEqual([]);
    expect((await pull('?after=start')).status).toBe(200);
  });

  it('gives events that the CloudEvents SDK accepts, with the attributes of the contract', async () => {
    const incident = await server.declare({
      title: 'Rançongiciel à la mairie',
      kind: 'ransomware',
      organisations: [{ name: 'Ville de Test' }],
    });
    await server.say(incident, 'RecordLogbookEntry', {
      kind: 'fact',
      text: 'Écran noir',
      tlp: 'amber',
      note: 'deux\nlignes',
      occurredAt: '2026-03-02T07:30:00Z',
      source: { kind: 'witness', name: 'Mme Durand' },
    });
    const { body, headers } = await pull('?limit=500');
    const parsed = HTTP.toEvent({ headers: { 'content-type': headers['content-type'] }, body: JSON.stringify(body) });
    expect(Array.isArray(parsed) && parsed.length).toBe(body.length);
    for (const each of parsed as CloudEvent<unknown>[]) expect(new CloudEvent(each).validate()).toBe(true);

    const raw = (await server.send('GET', `/incidents/${incident}/events`)).body.items.at(-1);
    const event = body.at(-1);
    expect(event).toMatchObject({
      specversion: '1.0',
      id: raw.eventId,
      type: 'fr.tocsin.LogbookEntryRecorded.v1',
      subject: incident,
      time: raw.recordedAt,
      datacontenttype: 'application/json',
      dataschema: 'urn:tocsin:schema:LogbookEntryRecorded.v1',
      sequence: String(raw.revision),
      position: raw.position,
      occurredat: '2026-03-02T07:30:00Z',
      tlp: 'amber',
      note: 'deux lignes',
      sourcekind: 'witness',
      sourcename: 'Mme Durand',
      data: { kind: 'fact', text: 'Écran noir' },
    });
    expect(event.source).toMatch(/^urn:tocsin:[0-9a-f-]{36}$/);
    expect(Object.keys(event).every((name) => /^[a-z0-9]+$/.test(name))).toBe(true);
  });

  it('names the position reached and the next page, also at the end', async () => {
    const all = (await pull('?limit=500')).body;
    const first = await pull('?limit=1');
    expect(first.body).toEqual([all[0]]);
    expect(first.headers['tocsin-position']).toBe(all[0].position);
    expect(await pullAll('?limit=2')).toEqual(all);
    const end = await pull(`?after=${all.at(-1).position}`);
    expect(end.body).toEqual([]);
    const incident = all[0].subject;
    await server.note(incident, 'Plus tard');
    const later = await server.send('GET', nextOf(end).replace('/api/v1', ''));
    expect(later.body.map(({ data }: any) => data.text)).toEqual(['Plus tard']);
  });

  it('publishes events of incidents only', async () => {
    await server.store.append('organisation-0190a000-0000-7000-8000-00000000abcd', -1, [
      { id: '0190a000-0000-7000-8000-00000000abce', type: 'Anything', data: {}, meta: {} },
    ]);
    const last = await pull(`?after=${(await pull('?limit=500')).body.at(-1).position}`);
    expect(last.body).toEqual([]);
    expect(last.headers['tocsin-position']).toBe(await server.store.head());
  });

  it('filters by type, incident, organisation (id or name) and exercise', async () => {
    const other = await server.declare({
      title: 'Exercice',
      exercise: true,
      organisations: [{ name: 'Ville A' }, { name: 'CCAS, Ville A' }],
    });
    await server.say(other, 'RecordLogbookEntry', { kind: 'fact', text: 'au CCAS', organisations: ['CCAS, Ville A'] });
    const types = (events: any[]): string[] => [...new Set(events.map(({ type }) => type as string))].toSorted();

    expect(types(await pullAll('?type=IncidentDeclared'))).toEqual(['fr.tocsin.IncidentDeclared.v1']);
    expect(types(await pullAll('?type=IncidentDeclared,LogbookEntryRecorded'))).toHaveLength(2);
    const own = await pullAll(`?incident=${other.toUpperCase()}`);
    expect(new Set(own.map(({ subject }) => subject))).toEqual(new Set([other]));
    const ccas = await pullAll(`?organisation=${encodeURIComponent('CCAS, Ville A')}`);
    expect(ccas.at(-1).data.text).toBe('au CCAS');
    expect(ccas.every(({ subject }) => subject === other)).toBe(true);
    const id = own[0].data.organisations[1].id;
    expect(await pullAll(`?organisation=${id}`)).toEqual(ccas);
    const villeA = await pullAll(`?organisation=Ville%20A&type=LogbookEntryRecorded`);
    expect(villeA).toEqual([]);
    expect((await pullAll('?exercise=true')).every(({ exercise, subject }) => exercise && subject === other)).toBe(
      true,
    );
    expect((await pullAll('?exercise=false')).some(({ subject }) => subject === other)).toBe(false);
  });

  it.each([
    ['after=12', 'after'],
    ['after=p999999', 'position'],
    ['after=nowhere', 'position'],
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['type=Unknown', 'type'],
    ['incident=abc', 'incident'],
    ['colour=red', 'colour'],
  ])('answers 400 to ?%s and says what it takes', async (search, parameter) => {
    const { status, body } = await pull(`?${search}`);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid-parameter' });
    expect(body.detail).toContain(parameter);
  });

  it('gives the same source, ids and positions after a restart', async () => {
    const before = await pullAll();
    await server.restart();
    expect(await pullAll()).toEqual(before);
  });
});
