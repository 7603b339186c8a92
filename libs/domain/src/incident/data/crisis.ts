import { OneOf, Text, Whole, YesNo } from '../../kernel/fields.js';
import type { YesNoUnknown } from './detection.js';

export class CrisisCellOpening {
  @Text({ optional: true }) location?: string;
  @Text({ optional: true, list: true }) members?: string[];
}

/** No field of its own: the time, the speaker and the note say it all. */
export class Nothing {}

export class ExpertEngagement {
  @Text() provider: string;
  @YesNo({ optional: true }) onSite?: YesNoUnknown;
  @Text({ optional: true }) reference?: string;
}

export class Decision {
  @Text() decision: string;
  @Text({ optional: true }) decidedBy?: string;
  @Text({ optional: true }) reason?: string;
}

export class LogbookEntry {
  @OneOf(['fact', 'decision', 'action', 'instruction', 'call_in', 'call_out', 'hypothesis', 'statement', 'context']) kind: string;
  @Text() text: string;
  /** Number of the paper sheet that this was copied from. */
  @Whole({ optional: true, min: 1, max: 100_000 }) page?: number;
}

export class ContactAttempt {
  @Text() contact: string;
  @OneOf(['reached', 'message', 'unreachable']) outcome: string;
}
