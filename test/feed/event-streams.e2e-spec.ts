import { jest } from '@jest/globals';
import { EventStreams, STREAM_LIMITS } from '#libs/subscriptions';
import { FeedServer } from './feed-server.js';

jest.setTimeout(60_000);
const server = new FeedServer();
let incident: string;

beforeAll(async () => {
  await server.start();
  incident = await server.declare();
});
afterAll(() => server.stop());

const texts = (events: any[]): string[] => events.flatMap(({ data }) => (data.text ? [data.text as string] : []));
const streams = (): EventStreams => server.app.get(EventStreams, { strict: false });

describe('The live feed', () => {
  it('sends history, says once that it has caught up, then sends each event as the pull feed gives it', async () => {
    const stream = await server.follow();
    expect(stream.response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    await stream.until(({ caughtUp }) => caughtUp === 1);
    await server.note(incident, 'en direct');
    await stream.until(({ events }) => texts(events).includes('en direct'));
    const pulled = (await server.send('GET', '/events?limit=500')).body;
    expect(stream.events).toEqual(pulled);
    expect(stream.messages.filter(({ data, event }) => data && !event).map(({ id }) => id)).toEqual(
      pulled.map(({ position }: any) => position),
    );
    expect(stream.caughtUp).toBe(1);
    stream.close();
  });

  it.each([
    ['text/event-stream', 'live'],
    ['TEXT/Event-Stream; charset=utf-8', 'live'],
    ['text/event-stream, */*', 'live'],
    ['application/json;q=0.9, text/event-stream', 'live'],
    ['application/json, text/event-stream', 'live'],
    ['application/json, text/event-stream;q=0.5', 'in pages'],
    ['*/*, text/event-stream;q=0.1', 'in pages'],
    ['text/event-stream;q=0', 'in pages'],
    ['text/event-streams', 'in pages'],
  ])('is what Accept asks for: "%s" is %s', async (accept, form) => {
    const answer = await fetch(`${server.url}/api/v1/events?after=now`, { headers: { accept } });
    const type = form === 'live' ? 'text/event-stream' : 'application/cloudevents-batch+json';
    expect(answer.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
    await answer.body?.cancel();
  });

  it('resumes after Last-Event-ID, which counts more than ?after', async () => {
    const first = await server.follow();
    await first.until(({ caughtUp }) => caughtUp === 1);
    const { lastEventId } = first;
    first.close();
    await server.note(incident, 'pendant l’absence');
    const second = await server.follow('?after=start', { 'last-event-id': lastEventId });
    await second.until(({ caughtUp }) => caughtUp === 1);
    expect(texts(second.events)).toEqual(['pendant l’absence']);
    second.close();
  });

  it('begins now when asked to', async () => {
    const stream = await server.follow('?after=now');
    await stream.until(({ caughtUp }) => caughtUp === 1);
    expect(stream.events).toEqual([]);
    await server.note(incident, 'nouveau');
    await stream.until(({ events }) => events.length === 1);
    stream.close();
  });

  it('filters live as it filters history', async () => {
    const other = await server.declare({ title: 'Autre', exercise: true, organisations: [{ name: 'Ville B' }] });
    const stream = await server.follow('?after=now&organisation=Ville%20B&exercise=true&type=LogbookEntryRecorded');
    await stream.until(({ caughtUp }) => caughtUp === 1);
    await server.note(incident, 'ailleurs');
    await server.note(other, 'ici');
    await stream.until(({ events }) => events.length > 0);
    expect(texts(stream.events)).toEqual(['ici']);
    stream.close();
  });

  it('sends a sign of life, and moves the place to resume from when a filter leaves everything out', async () => {
    const stream = await server.follow('?type=IncidentClosed');
    await stream.until(({ caughtUp }) => caughtUp === 1);
    const beats = (): number => stream.messages.filter(({ comment }) => comment === 'heartbeat').length;
    streams().beat();
    await stream.until(() => beats() === 1);
    const open = await server.follow('?after=now');
    await open.until(({ caughtUp }) => caughtUp === 1);
    await server.note(incident, 'pas pour toi');
    await open.until(({ events }) => events.length === 1);
    streams().beat();
    await stream.until(() => beats() === 2);
    expect(stream.events).toEqual([]);
    expect(stream.lastEventId).toBe(await server.store.head());
    stream.close();
    open.close();
  });

  it('refuses a bad position before the stream begins', async () => {
    const stream = await server.follow('', { 'last-event-id': 'p999999' });
    expect(stream.status).toBe(400);
    stream.close();
  });

  it.each([
    ['?after=7', 'after'],
    ['?type=Nothing', 'type'],
    ['?incident=1', 'incident'],
    ['?exercise=maybe', 'exercise'],
    ['?colour=red', 'colour'],
  ])('refuses %s in words, and no stream begins', async (search, parameter) => {
    const response = await fetch(`${server.url}/api/v1/events${search}`, { headers: { accept: 'text/event-stream' } });
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(JSON.stringify(await response.json())).toContain(parameter);
  });

  it('is asked for by its media type alone, is never kept by a cache, and says when to come back', async () => {
    const page = await fetch(`${server.url}/api/v1/events?limit=1`, { headers: { accept: '*/*' } });
    expect(page.headers.get('content-type')).toContain('application/cloudevents-batch+json');
    const stream = await server.follow('?after=now', { accept: 'application/json;q=0.5, text/event-stream' });
    expect(stream.response.headers).toMatchObject({
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      vary: 'Accept',
    });
    await stream.until(({ caughtUp }) => caughtUp === 1);
    expect(stream.messages[0]).toEqual({ comment: 'Tocsin' });
    stream.close();
  });

  it('is not for a page of somebody else', async () => {
    const stream = await server.follow('', { host: 'evil.example' });
    expect(stream.status).toBe(421);
    stream.close();
  });

  it('disconnects a client that takes nothing, delays no other, and lets it resume where it was', async () => {
    Object.assign(streams(), { limits: { ...STREAM_LIMITS, stallMs: 100 } });
    const [deaf, other] = [await server.follow('?after=now'), await server.follow('?after=now')];
    await Promise.all([deaf, other].map((each) => each.until(({ caughtUp }) => caughtUp === 1)));
    const { lastEventId } = deaf;
    deaf.response.pause();
    const before = streams().disconnectedSlow;
    const written: string[] = [];
    // The network's own buffers hold some megabytes for a client that does not read.
    while (streams().disconnectedSlow === before) {
      const text = `${written.length} ${'x'.repeat(9900)}`;
      written.push(text);
      await server.note(incident, text);
      await other.until(({ events }) => texts(events).at(-1) === text);
      expect(streams().waiting.most).toBeLessThanOrEqual(STREAM_LIMITS.bufferBytes + 16_384);
    }
    other.close();
    Object.assign(streams(), { limits: STREAM_LIMITS });
    const again = await server.follow('', { 'last-event-id': lastEventId });
    await again.until(({ caughtUp }) => caughtUp === 1);
    expect(texts(again.events)).toEqual(written);
    again.close();
  });

  it('refuses one stream too many in words', async () => {
    const { perCaller } = (streams() as any).limits;
    (streams() as any).perCaller.set('Trop', perCaller);
    const stream = await server.follow('', { 'x-tocsin-actor': 'Trop' });
    expect(stream.status).toBe(429);
    expect(stream.response.headers['content-type']).toContain('application/problem+json');
    stream.close();
  });

  it('forgets a client that went', async () => {
    const stream = await server.follow();
    await stream.until(({ caughtUp }) => caughtUp === 1);
    const { open } = streams();
    expect(open).toBeGreaterThan(0);
    stream.close();
    while (streams().open >= open) await new Promise<void>((resolve) => setImmediate(resolve));
  });

  it('ends with the server, and goes on with the next one where it was', async () => {
    const stream = await server.follow();
    await stream.until(({ caughtUp }) => caughtUp === 1);
    await server.restart();
    await stream.untilEnded();
    await server.note(incident, 'après le redémarrage');
    const again = await server.follow('', { 'last-event-id': stream.lastEventId });
    await again.until(({ caughtUp }) => caughtUp === 1);
    expect(texts(again.events)).toEqual(['après le redémarrage']);
    again.close();
  });
});
