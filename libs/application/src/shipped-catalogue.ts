import type { CataloguedPlaybook } from '#libs/domain';
import { loadPlaybooks, loadRules, ownFolders } from '#libs/playbooks';
import { canonicalJson, sha256 } from '#libs/proof';
import { Catalogue, FixedCatalogue } from './catalogue.js';

/**
 * The playbooks and rules that come with the program, and a town's own. Read once at start: a file that changes on disk
 * changes no incident that runs.
 * @throws FileMistakes listing all that is wrong in the files.
 */
export const shippedCatalogue = (dataFolder?: string): Catalogue => {
  if (dataFolder === undefined) return new FixedCatalogue(loadPlaybooks().map(pinned), loadRules());
  const own = ownFolders(dataFolder);
  const playbooks = loadPlaybooks({ extraFolder: own.playbooks, extraRules: own.rules });
  return new FixedCatalogue(playbooks.map(pinned), loadRules({ extraFolder: own.rules }));
};

const pinned = (definition: CataloguedPlaybook['definition']): CataloguedPlaybook => ({
  definition,
  sha256: sha256(canonicalJson(definition)),
});
