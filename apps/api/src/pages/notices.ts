import type { IncidentEventType } from '#libs/domain';

/** What a form did, told on the page to which its sender is sent. */
export interface Notice {
  readonly command: string;
  /** What was recorded; absent when nothing was. */
  readonly fact?: IncidentEventType;
  /** Step that it was about. */
  readonly step?: string;
  readonly warnings: readonly string[];
}

/** Kept for the next page, in memory and only for a while: losing one loses a courtesy, not a record. */
export const NOTICES_MAX = 500;

export class Notices {
  private readonly byKey = new Map<string, Notice>();

  put(key: string, notice: Notice): void {
    this.byKey.set(key, notice);
    for (const oldest of this.byKey.keys()) {
      if (this.byKey.size <= NOTICES_MAX) return;
      this.byKey.delete(oldest);
    }
  }

  get(key: string | undefined): Notice | undefined {
    return key === undefined ? undefined : this.byKey.get(key);
  }
}
