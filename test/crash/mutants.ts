/**
 * Changes of the store that a proof of durability must notice, made in the child process only, from outside: the
 * product has no switch for them.
 */
import Database from 'better-sqlite3';

type Pragma = (this: Database.Database, source: string, options?: Database.PragmaOptions) => unknown;
const prototype = Database.prototype as { pragma: Pragma };

/** Puts another source in the place of each pragma. */
function rewritePragmas(rewrite: (source: string) => string): void {
  const { pragma } = prototype;
  prototype.pragma = function rewritten(source, options) {
    return pragma.call(this, rewrite(source), options);
  };
}

export const mutants = {
  /** What better-sqlite3 does unless told otherwise: acknowledges what a power cut takes away. */
  synchronousNormal(): void {
    rewritePragmas((source) => (source === 'synchronous = FULL' ? 'synchronous = NORMAL' : source));
    const { pragma } = prototype;
    prototype.pragma = function blind(source, options) {
      return source === 'synchronous' ? 2 : pragma.call(this, source, options);
    };
  },
};

export type Mutant = keyof typeof mutants;

/** No mutant: the same store, with the checkpoints of an hour in a second. */
export const makeCheckpointsAt = (pages: number): void =>
  rewritePragmas((source) => (source.startsWith('wal_autocheckpoint') ? `wal_autocheckpoint = ${pages}` : source));
