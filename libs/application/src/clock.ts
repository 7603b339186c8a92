/** Where "now" comes from. Injected, so that tests and scenarios choose it. */
export abstract class Clock {
  /** Milliseconds since 1970. */
  abstract nowMs(): number;
}

export class SystemClock extends Clock {
  override nowMs(): number {
    return Date.now();
  }
}
