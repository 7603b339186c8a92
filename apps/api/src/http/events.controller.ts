import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { BadParameter, isUuid } from '#libs/application';
import {
  EventStreams,
  Feed,
  FEED_START,
  readEventTypes,
  type EventSelection,
  type FeedPage,
} from '#libs/subscriptions';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from './actor.js';
import { Parameters, type RawQuery } from './parameters.js';
import { securityHeaders } from './security-headers.js';

/** An answer of events of the largest size, 500 of them, would be 128 MB: the rest comes with the next page. */
const ANSWER_CHARS_MAX = 4 * 1024 * 1024;
/** How long a browser waits before it connects again. */
const RETRY_MS = 2000;

const POSITION = /^[A-Za-z][\w.:-]{0,127}$/;

/** The feed: what happened, from any position on, asked for in pages or sent as it happens. */
@Controller('api/v1/events')
export class EventsController {
  constructor(
    private readonly feed: Feed,
    private readonly streams: EventStreams,
  ) {}

  @Get()
  async events(@Query() query: RawQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const parameters = new Parameters(query, ['after', 'limit', 'type', 'incident', 'organisation', 'exercise']);
    const selection = readSelection(parameters);
    const live = request.method === 'GET' && wantsStream(request.headers.accept);
    const last = live ? request.headers['last-event-id'] : undefined;
    const after = await this.feed.startingPoint(
      typeof last === 'string' && last !== '' ? readPosition(last, 'Last-Event-ID') : readAfter(parameters),
    );
    if (live) this.stream(request, reply, after, selection);
    else await this.page(parameters, query, reply, after, selection);
  }

  private async page(
    parameters: Parameters,
    query: RawQuery,
    reply: FastifyReply,
    after: string,
    selection: EventSelection,
  ): Promise<void> {
    const page = await this.feed.read(after, selection, parameters.limit());
    const { body, position } = await this.write(page);
    const next = new URLSearchParams(
      Object.entries(query).flatMap(([name, value]) =>
        typeof value === 'string' && name !== 'after' && name !== 'await' ? [[name, value]] : [],
      ),
    );
    if (position !== FEED_START) next.set('after', position);
    const search = next.size > 0 ? `?${next.toString()}` : '';
    reply
      .header('Content-Type', 'application/cloudevents-batch+json; charset=utf-8')
      .header('Link', `</api/v1/events${search}>; rel="next"`)
      .header('Tocsin-Position', position)
      .header('Vary', 'Accept');
    await reply.send(body);
  }

  private async write({ events, position }: FeedPage): Promise<{ readonly body: string; readonly position: string }> {
    const written: string[] = [];
    let chars = 0;
    for (const published of events) {
      const text = JSON.stringify(await this.feed.write(published));
      written.push(text);
      chars += text.length;
      if (chars > ANSWER_CHARS_MAX && written.length < events.length)
        return { body: `[${written.join(',\n')}]`, position: published.stored.position };
    }
    return { body: `[${written.join(',\n')}]`, position };
  }

  private stream(request: FastifyRequest, reply: FastifyReply, after: string, selection: EventSelection): void {
    const caller = actorOf(request).id;
    this.streams.admit(caller);
    reply.hijack();
    // Ends with the connection, so that a message is one write and not three.
    reply.raw.removeHeader('Transfer-Encoding');
    reply.raw.writeHead(200, {
      ...securityHeaders(request.url),
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      Connection: 'close',
      Vary: 'Accept',
      // Proxies that gather an answer before they pass it on are asked not to.
      'X-Accel-Buffering': 'no',
    });
    reply.raw.write(`: Tocsin\nretry: ${RETRY_MS}\n\n`);
    this.streams.serve(caller, reply.raw, after, selection);
  }
}

/** Named, and not less wanted than a page (RFC 9110 §12.5.1). */
const wantsStream = (accept: string | undefined): boolean => {
  const ranges = (accept ?? '').toLowerCase().split(',').map(readRange);
  const qualityOf = (...types: string[]): number =>
    Math.max(0, ...ranges.filter(({ type }) => types.includes(type)).map(({ quality }) => quality));
  const stream = qualityOf('text/event-stream');
  return stream > 0 && stream >= qualityOf(...BATCH_TYPES, '*/*');
};

const BATCH_TYPES = ['application/cloudevents-batch+json', 'application/json', 'application/*'];

const readRange = (range: string): { readonly type: string; readonly quality: number } => {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
  const quality = parameters.map((each) => /^q=([\d.]+)$/.exec(each)?.[1]).find((each) => each !== undefined);
  return { type, quality: quality === undefined ? 1 : Number(quality) || 0 };
};

const readAfter = (parameters: Parameters): string => {
  const after = parameters.text('after');
  return after === undefined ? FEED_START : readPosition(after, 'after');
};

const readPosition = (text: string, parameter: string): string => {
  if (POSITION.test(text)) return text;
  throw new BadParameter(parameter, {
    fr: 'une position donnée par ce serveur, « start » ou « now »',
    en: 'a position given by this server, “start” or “now”',
  });
};

const readSelection = (parameters: Parameters): EventSelection => {
  const types = parameters.list('type');
  const incidents = parameters.list('incident')?.map(readIncident);
  const organisation = parameters.text('organisation');
  const exercise = parameters.flag('exercise');
  return {
    ...(types?.length ? { types: readEventTypes(types) } : {}),
    ...(incidents?.length ? { incidents } : {}),
    // The name of a body may hold a comma, so there is one.
    ...(organisation ? { organisations: [organisation] } : {}),
    ...(exercise === undefined ? {} : { exercise }),
  };
};

const readIncident = (text: string): string => {
  if (isUuid(text)) return text.toLowerCase();
  throw new BadParameter('incident', { fr: 'l’identifiant d’un incident', en: 'the id of an incident' });
};
