import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificates {
  /** File of the authority's certificate, for `tlsCAFile`. */
  readonly caFile: string;
  /** For `localhost`, by that authority. */
  readonly certificate: Buffer;
  readonly key: Buffer;
  dispose(): void;
}

/** An authority of its own and one certificate. @returns undefined where no `openssl` is installed. */
export function makeCertificates(): Certificates | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-tls-'));
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const dispose = (): void => rmSync(folder, { recursive: true });
  try {
    const ca = ['-x509', ...newKey, '-subj', '/CN=test authority', '-days', '2'];
    openssl('req', ...ca, '-keyout', file('ca.key'), '-out', file('ca.crt'));
    const issued = ['-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-addext', 'subjectAltName=DNS:localhost'];
    const leaf = ['-x509', ...newKey, '-subj', '/CN=localhost', '-days', '2', ...issued];
    openssl('req', ...leaf, '-keyout', file('node.key'), '-out', file('node.crt'));
  } catch {
    dispose();
    return undefined;
  }
  return {
    caFile: file('ca.crt'),
    certificate: readFileSync(file('node.crt')),
    key: readFileSync(file('node.key')),
    dispose,
  };
}
