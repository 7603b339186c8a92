import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { InvalidInput, readInput, type Class, type Language } from '#libs/domain';
import { AnswerLog, BadParameter, Clock, derivedId, Ids, isUuid } from '#libs/application';
import {
  attemptView,
  DeliveryLag,
  DeliveryRecords,
  Feed,
  FEED_START,
  FindDelivery,
  isSecret,
  readEventTypes,
  RedeliveryInput,
  SecretInput,
  SubscriptionInput,
  SubscriptionPatch,
  Subscriptions,
  subscriptionView,
  TargetPolicy,
  UnknownSubscription,
  type SettingsChange,
  type Subscription,
  type SubscriptionView,
} from '#libs/subscriptions';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from './actor.js';
import { requireJson } from './commands.controller.js';
import { languageOf } from './language.js';
import { Parameters, type RawQuery } from './parameters.js';
import { Repeats } from './repeats.js';

/** Webhooks: who is told, how far each has got, and everything needed to put right what went wrong. */
@Controller('api/v1/subscriptions')
export class SubscriptionsController {
  private readonly repeats: Repeats;
  private readonly lag: DeliveryLag;

  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly records: DeliveryRecords,
    private readonly deliveriesOf: FindDelivery,
    private readonly policy: TargetPolicy,
    private readonly feed: Feed,
    private readonly clock: Clock,
    private readonly ids: Ids,
    answers: AnswerLog,
  ) {
    this.repeats = new Repeats(answers);
    this.lag = new DeliveryLag(feed, records.book, records.isOwn);
  }

  @Post()
  @HttpCode(201)
  async create(@Body() body: unknown, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const { from = FEED_START, secret, ...input } = this.read(SubscriptionInput, body, request);
    this.policy.checkUrl(input.url);
    const settings = {
      ...withoutEmptyFilters(input, undefined),
      payload: input.payload ?? ('thin' as const),
      exercise: input.exercise ?? ('exclude' as const),
    };
    checkSecret(secret);
    const { keyId, view } = await this.repeats.once(request, async (key) => {
      const start = await this.feed.startingPoint(from);
      const created = { ...settings, from: start, ...(secret ? { secret } : {}) };
      const subscription = await this.subscriptions.create(created, actorOf(request), key);
      return { keyId: subscription.key.keyId, view: await this.freshViewOf(subscription, request) };
    });
    reply.header('Location', `/api/v1/subscriptions/${view.id}`);
    return this.withSecret(told(view, reply), keyId);
  }

  @Get()
  async list(@Query() query: RawQuery, @Req() request: FastifyRequest) {
    const parameters = new Parameters(query, ['limit', 'cursor']);
    const [start, limit] = [Number(parameters.cursor('cursor') ?? 0), parameters.limit()];
    const all = this.subscriptions.list();
    const page = all.slice(start, start + limit);
    await this.records.refresh(page.map(({ id }) => id));
    const items: SubscriptionView[] = [];
    // One after the other: each may take a page of large events into memory.
    for (const each of page) items.push(await this.viewOf(each, languageOf(request)));
    return start + limit < all.length ? { items, next: String(start + limit) } : { items };
  }

  @Get(':id')
  async one(@Param('id') id: string, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return told(await this.freshViewOf(await this.find(id), request), reply);
  }

  @Patch(':id')
  async change(
    @Param('id') id: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const changes = this.read(SubscriptionPatch, body, request);
    if (changes.url !== undefined) this.policy.checkUrl(changes.url);
    const settled = withoutEmptyFilters(changes, null) as SettingsChange;
    const changed = await this.subscriptions.change(await this.idOf(id), settled, actorOf(request));
    return told(await this.freshViewOf(changed, request), reply);
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(@Param('id') id: string, @Req() request: FastifyRequest): Promise<void> {
    await this.subscriptions.delete(await this.idOf(id), actorOf(request));
  }

  @Get(':id/deliveries')
  async deliveries(@Param('id') id: string, @Query() query: RawQuery, @Req() request: FastifyRequest) {
    const parameters = new Parameters(query, ['limit', 'cursor', 'outcome']);
    const subscription = await this.find(id);
    const language = languageOf(request);
    const [cursor, limit] = [parameters.cursor('cursor'), parameters.limit()];
    const outcome = parameters.oneOf('outcome', ['delivered', 'failed']);
    const page = await this.records.attempts(subscription.id, {
      max: limit + 1,
      ...(cursor ? { before: Number(cursor) } : {}),
      ...(outcome ? { delivered: outcome === 'delivered' } : {}),
    });
    const items = page.slice(0, limit).map((attempt) => attemptView(attempt, language));
    await this.records.refresh([subscription.id]);
    const { status, summary, delivery } = await this.viewOf(subscription, language);
    const last = page[limit - 1];
    return { status, summary, delivery, items, ...(page.length > limit && last ? { next: String(last.id) } : {}) };
  }

  @Post(':id/test')
  @HttpCode(200)
  async test(@Param('id') id: string, @Body() body: unknown, @Req() request: FastifyRequest) {
    requireNothing(body, request);
    const attempt = await this.repeats.once(request, async (key) => {
      const subscription = await this.find(id);
      // The same request again, after nobody made the test, asks for no other one.
      const testId = key === undefined ? this.ids.next() : derivedId('subscription-test', subscription.id, key);
      const ask = () => this.subscriptions.askTest(subscription.id, testId, actorOf(request));
      return this.records.tested(subscription.id, testId, ask);
    });
    return attemptView(attempt, languageOf(request));
  }

  @Post(':id/pause')
  @HttpCode(200)
  async pause(
    @Param('id') id: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    requireNothing(body, request);
    const view = await this.repeats.once(request, async () =>
      this.freshViewOf(await this.subscriptions.pause(await this.idOf(id), actorOf(request)), request),
    );
    return told(view, reply);
  }

  @Post(':id/resume')
  @HttpCode(200)
  async resume(
    @Param('id') id: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    requireNothing(body, request);
    const view = await this.repeats.once(request, async () =>
      this.freshViewOf(await this.subscriptions.resume(await this.idOf(id), actorOf(request)), request),
    );
    return told(view, reply);
  }

  @Post(':id/rotate-secret')
  @HttpCode(200)
  async rotate(
    @Param('id') id: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { secret } = this.read(SecretInput, body ?? {}, request);
    checkSecret(secret);
    const { keyId, view } = await this.repeats.once(request, async () => {
      const rotated = await this.subscriptions.rotateSecret(await this.idOf(id), actorOf(request), secret);
      return { keyId: rotated.key.keyId, view: await this.freshViewOf(rotated, request) };
    });
    return this.withSecret(told(view, reply), keyId);
  }

  @Post(':id/redeliver')
  @HttpCode(202)
  async redeliver(@Param('id') id: string, @Body() body: unknown, @Req() request: FastifyRequest) {
    const what = this.read(RedeliveryInput, body ?? {}, request);
    if (Object.keys(what).length !== 1) {
      throw new BadParameter('redeliver', {
        fr: 'une seule de ces propriétés : eventId, from, since',
        en: 'exactly one of: eventId, from, since',
      });
    }
    return this.repeats.once(request, async () => {
      const subscription = await this.find(id);
      await this.records.refresh([subscription.id]);
      this.deliveriesOf.checkRoom(subscription);
      const { eventId, from, since } = what;
      const asked = {
        ...(eventId === undefined ? {} : await this.deliveriesOf.event(subscription, eventId.toLowerCase())),
        ...(from === undefined ? {} : { from: await this.feed.startingPoint(from) }),
        ...(since === undefined ? {} : await this.deliveriesOf.since(since)),
      };
      const { redeliveries } = await this.subscriptions.askRedelivery(subscription.id, asked, actorOf(request));
      const { id: redeliveryId, ...redelivery } = redeliveries.at(-1) ?? { id: '' };
      return { redeliveryId, ...redelivery };
    });
  }

  private read<T extends object>(type: Class<T>, body: unknown, request: FastifyRequest): T {
    requireJson(request);
    const read = readInput(type, body, this.clock.nowMs());
    if (read.errors) throw new InvalidInput(read.errors);
    return read.value;
  }

  private async freshViewOf(subscription: Subscription, request: FastifyRequest): Promise<SubscriptionView> {
    await this.records.refresh([subscription.id]);
    return this.viewOf(subscription, languageOf(request));
  }

  private async viewOf(subscription: Subscription, language: Language): Promise<SubscriptionView> {
    return subscriptionView(subscription, this.records.book, await this.lag.of(subscription), language);
  }

  /** The secret is told to who made it, and to nobody after the next one. */
  private async withSecret(view: SubscriptionView, keyId: string) {
    const subscription = await this.find(view.id).catch(undefinedIfUnknown);
    const secret = subscription?.key.keyId === keyId ? this.subscriptions.secretOf(subscription) : undefined;
    return { ...view, ...(secret ? { secret } : {}) };
  }

  private async find(id: string): Promise<Subscription> {
    if (!isUuid(id)) throw new UnknownSubscription(id);
    return this.subscriptions.fresh(id.toLowerCase());
  }

  private async idOf(id: string): Promise<string> {
    return (await this.find(id)).id;
  }
}

/** A repeat is answered also after the subscription was deleted. */
const undefinedIfUnknown = (error: unknown): undefined => {
  if (!(error instanceof UnknownSubscription)) throw error;
};

const told = (view: SubscriptionView, reply: FastifyReply): SubscriptionView => {
  reply.header('ETag', `"${view.revision}"`);
  return view;
};

interface Filters {
  readonly types?: string[] | null;
  readonly incidents?: string[] | null;
  readonly organisations?: string[] | null;
}

/** Filters as they are stored; an empty list filters nothing. */
const withoutEmptyFilters = <Input extends Filters, Empty>(input: Input, empty: Empty): Input => {
  const settled: Record<string, unknown> = { ...(input as object) };
  if (input.types?.length) settled['types'] = readEventTypes(input.types, 'types');
  if (input.incidents?.length) settled['incidents'] = input.incidents.map((id) => id.toLowerCase());
  for (const name of ['types', 'incidents', 'organisations'] as const)
    if (input[name]?.length === 0) settled[name] = empty;
  return JSON.parse(JSON.stringify(settled)) as Input;
};

/** For routes that take no body, or an empty one. */
const requireNothing = (body: unknown, request: FastifyRequest): void => {
  requireJson(request);
  const names = Object.keys((body ?? {}) as object);
  if (names.length > 0)
    throw new InvalidInput(names.map((path) => ({ path, broken: { code: 'unknown-property' as const } })));
};

const checkSecret = (secret: string | undefined): void => {
  if (secret === undefined || isSecret(secret)) return;
  throw new BadParameter('secret', {
    fr: '« whsec_ » suivi de 24 à 64 octets en base64',
    en: '“whsec_” followed by 24 to 64 bytes in base64',
  });
};
