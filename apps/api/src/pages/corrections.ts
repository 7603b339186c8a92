import {
  incidentCommands,
  incidentCommandTypes,
  incidentEvents,
  incidentEventTypes,
  type IncidentCommandType,
  type IncidentEventType,
} from '#libs/domain';

/**
 * The command that records a kind of fact: the one whose data have the same shape. Where two share a shape, they stand
 * in the same order in both tables.
 */
export const commandThatRecords = (type: IncidentEventType): IncidentCommandType | undefined => {
  const shape = incidentEvents[type];
  const place = incidentEventTypes.filter((each) => incidentEvents[each] === shape).indexOf(type);
  return incidentCommandTypes.filter((each) => incidentCommands[each] === shape)[place];
};

/** Facts of the engine, and facts that have a way of their own to change: they are not corrected. */
const NOT_CORRECTED = /^(Step|Obligation|Deadline|Playbook|Incident(Declared|Closed|Reopened)|FactSuperseded)/;

export const canBeCorrected = (type: string): boolean => !NOT_CORRECTED.test(type);
