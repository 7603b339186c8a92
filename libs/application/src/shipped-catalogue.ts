import type { CataloguedPlaybook } from '#libs/domain';
import { loadPlaybooks, loadRules, ownPlaybooksFolder } from '#libs/playbooks';
import { canonicalJson, sha256 } from '#libs/proof';
import { Catalogue, FixedCatalogue } from './catalogue.js';

/**
 * The playbooks and rules that come with the program, and a town's own playbooks. Read once at start: a file that changes
 * on disk changes no incident that runs.
 * @throws FileMistakes listing all that is wrong in the files.
 */
export const shippedCatalogue = (dataFolder?: string): Catalogue => {
  const playbooks = loadPlaybooks(dataFolder === undefined ? {} : { extraFolder: ownPlaybooksFolder(dataFolder) });
  return new FixedCatalogue(playbooks.map(pinned), loadRules());
};

const pinned = (definition: CataloguedPlaybook['definition']): CataloguedPlaybook => ({
  definition,
  sha256: sha256(canonicalJson(definition)),
});
