import type { Position } from '#libs/event-store';
import type { IncidentEvent } from '#libs/domain';

/** Expected answers of the application that are no decision of the domain. */
export class UnknownIncident extends Error {
  override readonly name = 'UnknownIncident';
  constructor(readonly incidentId: string) {
    super(`No incident ${incidentId}`);
  }
}

/** The incident, or the moment asked for, lies beyond what was recorded then. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
}

/** The caller saw an older incident. */
export class StaleRevision extends Error {
  override readonly name = 'StaleRevision';
  constructor(
    readonly expected: number,
    readonly actual: number,
    readonly missed: readonly IncidentEvent[],
  ) {
    super(`Expected revision ${expected}, the incident is at ${actual}`);
  }
}

export class IdempotencyKeyReused extends Error {
  override readonly name = 'IdempotencyKeyReused';
}

/** Writers of other processes changed the incident again and again between reading and appending. */
export class TooBusy extends Error {
  override readonly name = 'TooBusy';
}

/** The log is so slow that this request wrote nothing of its own and is not tried any further. */
export class Busy extends Error {
  override readonly name = 'Busy';
}

/** A view did not reach the position in time. */
export class ViewBehind extends Error {
  override readonly name = 'ViewBehind';
  constructor(readonly position: Position) {
    super(`The view has not reached ${position} yet`);
  }
}

/** A query parameter that cannot be read: the name of the parameter and what it takes. */
export class BadParameter extends Error {
  override readonly name = 'BadParameter';
  constructor(
    readonly parameter: string,
    readonly takes: { readonly fr: string; readonly en: string },
  ) {
    super(`${parameter}: ${takes.en}`);
  }
}
