import type { ViewsDatabase } from './views-database.js';

/** The views of this process, for queries. */
export class Views {
  constructor(readonly db: ViewsDatabase) {}
}
