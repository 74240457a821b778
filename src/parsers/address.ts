/** Runs of characters that may be an address; a zone such as %eth0 may follow an IPv6 one. */
const CANDIDATE = /[0-9A-Fa-f:.]*[:.][0-9A-Fa-f:.]*(?:%[0-9A-Za-z_.-]+)?/g;
const OCTET = /^(?:25[0-5]|2[0-4]\d|1?\d?\d)$/;
const GROUP = /^[0-9A-Fa-f]{1,4}$/;

export interface FoundAddress {
  readonly address: string;
  /** Where it begins in the text. */
  readonly index: number;
}

/** Every IPv4 and IPv6 address in a text, in order. Punctuation that follows one (`10.0.0.1:`) is not part of it. */
export function findAddresses(text: string): FoundAddress[] {
  const found: FoundAddress[] = [];
  for (const match of text.matchAll(CANDIDATE)) {
    const address = addressIn(match[0]);
    if (address !== null && !isInsideWord(text, match.index, match[0].length)) found.push({ address, index: match.index });
  }
  return found;
}

/** The candidate itself where it is an address, or what is left without punctuation at its end; null otherwise. */
function addressIn(candidate: string): string | null {
  for (const text of [candidate, candidate.replace(/[:.]$/, '')]) {
    if (isIpv4(text) || isIpv6(text)) return text;
  }
  return null;
}

/** `lhr25s33-in-f14.1e100.net` holds runs of hexadecimal letters that are no addresses. */
function isInsideWord(text: string, index: number, length: number): boolean {
  return /[\w-]/.test(text[index - 1] ?? ' ') || /[\w-]/.test(text[index + length] ?? ' ');
}

export function isIpv4(text: string): boolean {
  const octets = text.split('.');
  return octets.length === 4 && octets.every((octet) => OCTET.test(octet));
}

export function isIpv6(text: string): boolean {
  const [address = '', ...zone] = text.split('%');
  if (zone.length > 1 || zone[0] === '' || address.length > 45) return false;
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  // An IPv4 address may stand for the last two groups, and nowhere else.
  const mapped = last.includes('.') && address.endsWith(last);
  if (mapped && !isIpv4(last)) return false;
  const hex = mapped ? groups.slice(0, -1) : groups;
  if (!hex.every((group) => GROUP.test(group))) return false;
  const width = hex.length + (mapped ? 2 : 0);
  return halves.length === 2 ? width <= 7 : width === 8;
}
