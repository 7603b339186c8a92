import { OneOf, Text, Time, TITLE_CHARS_MAX, Uuid } from '#libs/domain';

const URL_CHARS_MAX = 2000;
const SECRET_CHARS_MAX = 200;

/** Body of `POST /subscriptions`. */
export class SubscriptionInput {
  @Text({ charsMax: TITLE_CHARS_MAX }) name: string;
  @Text({ charsMax: URL_CHARS_MAX }) url: string;
  @Text({ charsMax: TITLE_CHARS_MAX, list: true, optional: true }) types?: string[];
  @Uuid({ list: true, optional: true }) incidents?: string[];
  /** Ids or exact names. */
  @Text({ charsMax: TITLE_CHARS_MAX, list: true, optional: true }) organisations?: string[];
  /** `start`, `now` or a position; from the start unless it says otherwise. */
  @Text({ charsMax: 128, optional: true }) from?: string;
  @OneOf(['thin', 'full'], { exact: true, optional: true }) payload?: 'thin' | 'full';
  @OneOf(['exclude', 'include', 'only'], { exact: true, optional: true }) exercise?: 'exclude' | 'include' | 'only';
  @Text({ charsMax: SECRET_CHARS_MAX, optional: true }) secret?: string;
}

/** Body of `PATCH /subscriptions/{id}`; `null` takes a filter away. */
export class SubscriptionPatch {
  @Text({ charsMax: TITLE_CHARS_MAX, optional: true }) name?: string;
  @Text({ charsMax: URL_CHARS_MAX, optional: true }) url?: string;
  @Text({ charsMax: TITLE_CHARS_MAX, list: true, optional: true, nullable: true }) types?: string[] | null;
  @Uuid({ list: true, optional: true, nullable: true }) incidents?: string[] | null;
  @Text({ charsMax: TITLE_CHARS_MAX, list: true, optional: true, nullable: true }) organisations?: string[] | null;
  @OneOf(['thin', 'full'], { exact: true, optional: true }) payload?: 'thin' | 'full';
  @OneOf(['exclude', 'include', 'only'], { exact: true, optional: true }) exercise?: 'exclude' | 'include' | 'only';
}

export class SecretInput {
  @Text({ charsMax: SECRET_CHARS_MAX, optional: true }) secret?: string;
}

/** What is sent again: one event, what came after a position, or what was recorded since a time. */
export class RedeliveryInput {
  @Uuid({ optional: true }) eventId?: string;
  @Text({ charsMax: 128, optional: true }) from?: string;
  @Time({ optional: true }) since?: string;
}
