import type { Instant } from '../kernel/instant.js';

export const STEP_STATES = ['todo', 'in_progress', 'done', 'unknown', 'not_applicable', 'blocked'] as const;
export type StepStatus = (typeof STEP_STATES)[number];

/** What was recorded of one step, for the incident or for one of its organisations. */
export interface StepState {
  readonly step: string;
  readonly organisation?: string;
  readonly status: StepStatus;
  readonly since: Instant;
  readonly eventId: string;
  readonly assignee?: { readonly name?: string; readonly role?: string };
  readonly reason?: string;
  readonly evidence?: string;
  readonly by?: string;
  /** The fact that fulfilled it. */
  readonly byEventId?: string;
  readonly reopened?: true;
  /** A fact on which it rested has changed since: the event that says so. */
  readonly reviewOf?: string;
}
