import { join } from 'node:path';
import type { CataloguedPlaybook } from '#libs/domain';
import { loadPlaybooks, loadRules } from '#libs/playbooks';
import { canonicalJson, sha256 } from '#libs/proof';
import { Catalogue, FixedCatalogue } from './catalogue.js';

/** Folders of the data where a town puts its own playbooks, and rules, such as one of the box that it switches on. */
export const OWN_PLAYBOOKS = 'playbooks';
export const OWN_RULES = 'rules';

/**
 * The playbooks and rules that come with the program, and a town's own. Read once at start: a file that changes on disk
 * changes no incident that runs.
 * @throws FileMistakes listing all that is wrong in the files.
 */
export const shippedCatalogue = (dataFolder?: string): Catalogue => {
  const own = (folder: string): string | undefined => dataFolder && join(dataFolder, folder);
  const [extraFolder, extraRules] = [own(OWN_PLAYBOOKS), own(OWN_RULES)];
  const playbooks = loadPlaybooks({
    ...(extraFolder ? { extraFolder } : {}),
    ...(extraRules ? { extraRules } : {}),
  });
  return new FixedCatalogue(playbooks.map(pinned), loadRules(extraRules ? { extraFolder: extraRules } : {}));
};

const pinned = (definition: CataloguedPlaybook['definition']): CataloguedPlaybook => ({
  definition,
  sha256: sha256(canonicalJson(definition)),
});
