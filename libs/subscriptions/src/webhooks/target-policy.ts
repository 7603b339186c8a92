import ipaddr from 'ipaddr.js';
import { networkInterfaces } from 'node:os';

/** Why an address is not called. */
export type TargetRefusal = 'bad-url' | 'not-https' | 'has-credentials' | 'bad-port' | 'private-address';

/** The receiver's address is one that Tocsin never calls. */
export class RefusedTarget extends Error {
  override readonly name = 'RefusedTarget';
  constructor(
    readonly code: TargetRefusal,
    readonly target: string,
  ) {
    super(`${code}: ${target}`);
  }
}

/** Ports of web servers on the internet; a receiver that is allowed by name or range may have any. */
const PORTS: ReadonlySet<string> = new Set(['', '443', '8443']);

type Address = ReturnType<typeof ipaddr.parse>;

/** Where a webhook may go: to public addresses over https, and to what the operator allowed (TOCSIN_WEBHOOK_ALLOW). */
export class TargetPolicy {
  private readonly hosts = new Set<string>();
  private readonly ranges: (readonly [Address, number])[] = [];

  /** @param allowed host names, addresses and CIDR ranges. @throws {RangeError} for one that is neither. */
  constructor(
    allowed: readonly string[] = [],
    private readonly ownAddresses: () => readonly string[] = addressesOfThisMachine,
  ) {
    for (const entry of allowed) {
      const range = readRange(entry);
      if (range) this.ranges.push(range);
      else if (HOST_NAME.test(entry)) this.hosts.add(entry.toLowerCase());
      else throw new RangeError(`Neither a host name nor an address range: ${entry}`);
    }
  }

  /** What can be said of an address before its name is resolved. @throws {RefusedTarget} */
  checkUrl(text: string): URL {
    if (!URL.canParse(text)) throw new RefusedTarget('bad-url', text);
    const url = new URL(text);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new RefusedTarget('bad-url', text);
    if (url.username !== '' || url.password !== '') throw new RefusedTarget('has-credentials', url.host);
    const host = hostOf(url);
    const literal = ipaddr.isValid(host) ? host : undefined;
    if (literal !== undefined) this.checkAddress(literal, url);
    const allowed = this.isAllowed(host, literal);
    // A name may turn out to be in an allowed range; that is judged when it is resolved.
    const mayBeAllowed = allowed || (literal === undefined && this.ranges.length > 0);
    if (url.protocol === 'http:' && !mayBeAllowed) throw new RefusedTarget('not-https', url.host);
    if (!PORTS.has(url.port) && !mayBeAllowed) throw new RefusedTarget('bad-port', url.host);
    return url;
  }

  /** Judges one of the addresses that a name stands for. @throws {RefusedTarget} */
  checkAddress(address: string, url: URL): void {
    if (this.isAllowed(hostOf(url), address)) return;
    if (!isPublic(address) || this.ownAddresses().includes(address))
      throw new RefusedTarget('private-address', address);
    if (url.protocol !== 'https:') throw new RefusedTarget('not-https', url.host);
    if (!PORTS.has(url.port)) throw new RefusedTarget('bad-port', url.host);
  }

  private isAllowed(host: string, address: string | undefined): boolean {
    if (this.hosts.has(host)) return true;
    if (address === undefined || !ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return this.ranges.some(
      ([range, bits]) => range.kind() === parsed.kind() && (parsed as ipaddr.IPv4).match(range as ipaddr.IPv4, bits),
    );
  }
}

const HOST_NAME = /^(?!\d+(\.\d+)*$)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/;

/** Name or literal address, without brackets, as `URL` has normalised it (octal, hexadecimal and decimal ones too). */
export const hostOf = (url: URL): string => url.hostname.toLowerCase().replaceAll(/^\[|\]$/g, '');

const readRange = (entry: string): readonly [Address, number] | undefined => {
  if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry);
  if (!ipaddr.isValid(entry) || !/[.:].*[.:]/.test(entry)) return undefined;
  const address = ipaddr.parse(entry);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
};

/** True for addresses of the public internet; every special range of the registries is not. */
export const isPublic = (address: string): boolean => {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  // An IPv4 address in IPv6 clothes is not looked at twice: it is refused as such.
  if (parsed.range() !== 'unicast') return false;
  // Of IPv6, 2000::/3 alone is handed out.
  return parsed.kind() === 'ipv4' || ((parsed as ipaddr.IPv6).parts[0] ?? 0) >> 13 === 1;
};

const addressesOfThisMachine = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
