import type { Actor } from '#libs/domain';
import type { Position, StoredEvent } from '#libs/event-store';
import type { EventSelection } from '../feed/event-selection.js';
import type { Cause } from './causes.js';

/** What a receiver gets, and where. */
export interface SubscriptionSettings {
  readonly name: string;
  readonly url: string;
  readonly types?: readonly string[];
  readonly incidents?: readonly string[];
  readonly organisations?: readonly string[];
  readonly payload: 'thin' | 'full';
  /** Exercises stay inside unless this says otherwise. */
  readonly exercise: 'exclude' | 'include' | 'only';
}

/** A change of settings; `null` takes a filter away. */
export type SettingsChange = {
  readonly [Name in keyof SubscriptionSettings]?:
    SubscriptionSettings[Name] | (undefined extends SubscriptionSettings[Name] ? null : never);
};

export interface Redelivery {
  /** One event, and where it is. */
  readonly eventId?: string;
  readonly incidentId?: string;
  readonly revision?: number;
  /** Exclusive. */
  readonly from?: Position;
  /** RFC 3339. With `from`: nothing before that place can be meant. */
  readonly since?: string;
  /** Up to where: what comes later is delivered anyway. */
  readonly until: Position;
}

/**
 * Events of a subscription. Stored for ever under these names, in the stream `subscription-<uuid>`. No secret is in them.
 */
export interface SubscriptionEvents {
  SubscriptionCreated: SubscriptionSettings & {
    /** Events after this position are delivered. */
    readonly from: Position;
    readonly keyId: string;
    readonly publicKey: string;
  };
  SubscriptionChanged: { readonly changes: SettingsChange };
  SubscriptionPaused: object;
  SubscriptionResumed: object;
  SubscriptionSecretRotated: {
    readonly keyId: string;
    readonly publicKey: string;
    /** RFC 3339: until then messages are signed by the former key too. */
    readonly previousUntil: string;
  };
  SubscriptionRedeliveryAsked: Redelivery;
  SubscriptionTested: object;
  /** The receiver has not answered for the whole schedule, or says that it is gone: nothing is sent until it is resumed. */
  SubscriptionHeld: { readonly cause: Cause };
  /** One incident's events were refused for the whole schedule while others arrived: only they wait. */
  SubscriptionIncidentHeld: { readonly cause: Cause; readonly incidentId: string; readonly eventId: string };
  /** Everything up to a position was received: where another process, or an empty record of deliveries, goes on. */
  SubscriptionProgressed: Progress;
  SubscriptionDeleted: object;
}

export interface Progress {
  readonly position: Position;
  /** Number of the last message, and its position. */
  readonly seq: number;
  readonly lastPosition: Position;
}

export type SubscriptionEventType = keyof SubscriptionEvents;
export type SubscriptionEvent = {
  [Type in SubscriptionEventType]: { readonly type: Type; readonly data: SubscriptionEvents[Type] };
}[SubscriptionEventType];

export const SUBSCRIPTION_SCHEMA_VERSION = 1;

/** What surrounds an event of a subscription in the log. */
export interface SubscriptionMeta {
  readonly schemaVersion: number;
  readonly subscriptionId: string;
  readonly recordedAt: string;
  readonly actor: Actor;
}

/** A test that somebody asked for; its id is that of the message. */
export interface AskedTest {
  readonly id: string;
  readonly at: string;
}

interface KeyInUse {
  readonly keyId: string;
  readonly publicKey: string;
}

export interface Subscription {
  readonly id: string;
  /** -1 before it is created. */
  readonly revision: number;
  readonly status: 'active' | 'paused' | 'held' | 'deleted';
  readonly settings: SubscriptionSettings;
  readonly from: Position;
  readonly key: KeyInUse;
  readonly previousKey?: KeyInUse & { readonly until: string };
  readonly createdAt: string;
  /** Since when the status is what it is. */
  readonly statusSince: string;
  readonly heldFor?: Cause;
  readonly redeliveries: readonly (Redelivery & { readonly id: string })[];
  readonly tests: readonly AskedTest[];
  readonly progress?: Progress;
  /** How often it was resumed: what waits for its next attempt then goes at once. */
  readonly resumptions: number;
}

export const SUBSCRIPTION_STREAM_PREFIX = 'subscription-';
export const subscriptionStream = (id: string): string => `${SUBSCRIPTION_STREAM_PREFIX}${id}`;

/** The latest ones are enough: each is carried out once, and it is noted where that is done. */
export const REDELIVERIES_MAX = 100;
export const TESTS_MAX = 20;

/** The subscription as it is after a stored event. */
export const evolveSubscription = (before: Subscription | undefined, stored: StoredEvent): Subscription => {
  const event = { type: stored.type, data: stored.data } as unknown as SubscriptionEvent;
  const { recordedAt } = stored.meta as unknown as SubscriptionMeta;
  if (event.type === 'SubscriptionCreated') {
    const { from, keyId, publicKey, ...settings } = event.data;
    return {
      id: stored.stream.slice(SUBSCRIPTION_STREAM_PREFIX.length),
      revision: stored.revision,
      status: 'active',
      settings,
      from,
      key: { keyId, publicKey },
      createdAt: recordedAt,
      statusSince: recordedAt,
      redeliveries: [],
      tests: [],
      resumptions: 0,
    };
  }
  if (!before) throw new Error(`${stored.stream} does not begin with SubscriptionCreated`);
  return { ...before, ...changed(before, event, stored.id, recordedAt), revision: stored.revision };
};

const changed = (
  before: Subscription,
  event: Exclude<SubscriptionEvent, { type: 'SubscriptionCreated' }>,
  eventId: string,
  at: string,
): Partial<Subscription> => {
  switch (event.type) {
    case 'SubscriptionChanged':
      return { settings: withChanges(before.settings, event.data.changes) };
    case 'SubscriptionPaused':
      return { status: 'paused', statusSince: at };
    case 'SubscriptionResumed':
      return { status: 'active', statusSince: at, resumptions: before.resumptions + 1 };
    case 'SubscriptionHeld':
      return { status: 'held', statusSince: at, heldFor: event.data.cause };
    case 'SubscriptionDeleted':
      return { status: 'deleted', statusSince: at };
    case 'SubscriptionSecretRotated': {
      const { previousUntil: until, ...key } = event.data;
      return { key, previousKey: { ...before.key, until } };
    }
    case 'SubscriptionRedeliveryAsked':
      return { redeliveries: [...before.redeliveries, { ...event.data, id: eventId }].slice(-REDELIVERIES_MAX) };
    case 'SubscriptionProgressed':
      return { progress: event.data };
    case 'SubscriptionTested':
      return { tests: [...before.tests, { id: eventId, at }].slice(-TESTS_MAX) };
    case 'SubscriptionIncidentHeld':
      return {};
  }
};

export const withChanges = (settings: SubscriptionSettings, changes: SettingsChange): SubscriptionSettings =>
  Object.fromEntries(
    Object.entries({ ...settings, ...changes }).filter(([, value]) => value !== null && value !== undefined),
  ) as unknown as SubscriptionSettings;

/** Which events of the feed a subscription gets. */
export const selectionOf = ({ types, incidents, organisations, exercise }: SubscriptionSettings): EventSelection => ({
  ...(types ? { types } : {}),
  ...(incidents ? { incidents } : {}),
  ...(organisations ? { organisations } : {}),
  ...(exercise === 'include' ? {} : { exercise: exercise === 'only' }),
});
