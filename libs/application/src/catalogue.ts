import type { CataloguedPlaybook, RuleDefinition } from '#libs/domain';

/** Playbooks that can be adopted and rules that open clocks, as they are on disk now. Past incidents pinned their own. */
export abstract class Catalogue {
  abstract readonly playbooks: readonly CataloguedPlaybook[];
  abstract readonly rules: readonly RuleDefinition[];
}

export class FixedCatalogue extends Catalogue {
  constructor(
    override readonly playbooks: readonly CataloguedPlaybook[] = [],
    override readonly rules: readonly RuleDefinition[] = [],
  ) {
    super();
  }
}
