import type { ViewsDatabase } from './views-database.js';

/** The views of this process, for queries. */
export class Views {
  constructor(
    readonly db: ViewsDatabase,
    private readonly unlock: () => void = () => undefined,
  ) {}

  close(): void {
    this.db.close();
    this.unlock();
  }
}
