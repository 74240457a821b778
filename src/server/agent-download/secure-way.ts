import { BlockList, isIP } from 'node:net';

/** How a request came, as far as it decides whether what we answer can be trusted by who asked. */
export interface Way {
  /** The connection itself speaks TLS. */
  readonly encrypted: boolean;
  readonly peer: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** What proxies add: a request with one of these was not sent from here, whatever its connection says. */
const FORWARDING = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];

/** A host name or address with a port or without, and nothing that a URL or a shell would read as more. */
const HOST = /^([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i;

/**
 * The origin under which the sender reached this server, where nobody on the way could change the answer: over TLS,
 * through a proxy of ours that says so, or on this machine itself. Null otherwise. A header of a proxy that no setting
 * names counts against it only: anybody can write one.
 */
export function trustedOrigin({ encrypted, peer, headers }: Way, isTrustedProxy: (address: string) => boolean): string | null {
  const host = headers['host'];
  if (typeof host !== 'string' || !HOST.test(host)) return null;
  if (encrypted) return originOf('https', host);
  if (isTrustedProxy(peer) && headers['x-forwarded-proto'] === 'https') return originOf('https', host);
  const isLocal = isLoopbackAddress(peer) && isLoopbackName(HOST.exec(host)?.[1] ?? '');
  return isLocal && FORWARDING.every((name) => headers[name] === undefined) ? originOf('http', host) : null;
}

/** Whether an address is among addresses and networks (`10.0.0.0/8`). */
export function addressMatcher(entries: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    const plain = withoutMapping(address);
    return isIP(plain) !== 0 && list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
  };
}

/** Whether a text is an address or a network that `addressMatcher` takes. */
export function isAddressOrNetwork(text: string): boolean {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text);
  const version = isIP(match?.[1] ?? '');
  if (version === 0) return false;
  return Number(match?.[2] ?? 0) <= (version === 4 ? 32 : 128);
}

function originOf(scheme: 'http' | 'https', host: string): string | null {
  return URL.parse(`${scheme}://${host}`)?.origin ?? null;
}

function isLoopbackAddress(address: string): boolean {
  const plain = withoutMapping(address);
  return plain === '::1' || /^127(\.\d{1,3}){3}$/.test(plain);
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name);
}

/** IPv4 as a socket of both families writes it. */
function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
