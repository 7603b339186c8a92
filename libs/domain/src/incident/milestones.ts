/** Order of display, never forced. */
export const MILESTONES = [
  'detected',
  'systemsShutDown',
  'anssiContacted',
  'complaintFiled',
  'cnilNotified',
  'restoration',
] as const;
export type Milestone = (typeof MILESTONES)[number];

/** From least to furthest. */
export const MILESTONE_STATES = ['unknown', 'not_applicable', 'intended', 'started', 'done'] as const;
export type MilestoneState = (typeof MILESTONE_STATES)[number];
