import { BlockList, isIP } from 'node:net';

/** One rule as the file says it, ready to be asked. */
interface Rule {
  readonly text: string;
  readonly matches: (host: string) => boolean;
  /** Whether it speaks of names. */
  readonly ofNames: boolean;
}

/** Which hosts a list of names and networks covers. */
export class HostList {
  readonly #rules: readonly Rule[];

  constructor(texts: readonly string[]) {
    this.#rules = texts.map(ruleOf);
  }

  /** The rule that covers this name, as it was written; null where none does. */
  name(host: string): string | null {
    const name = plainName(host);
    return this.#rules.find(({ ofNames, matches }) => ofNames && matches(name))?.text ?? null;
  }

  /** The rule that covers this address as it is written, or any that packets to it reach; null where none does. */
  touches(address: string): string | null {
    const all = [address, ...reached(address)];
    return this.#rules.find(({ ofNames, matches }) => !ofNames && all.some(matches))?.text ?? null;
  }

  /** Whether every address that packets to this one reach is covered. */
  covers(address: string): boolean {
    return reached(address).every((one) => this.#rules.some(({ ofNames, matches }) => !ofNames && matches(one)));
  }

  /** Whether any rule speaks of networks: then a name has to be looked up to know. */
  get hasNetworks(): boolean {
    return this.#rules.some(({ ofNames }) => !ofNames);
  }
}

function ruleOf(text: string): Rule {
  const [address = '', length] = text.split('/');
  const family = isIP(address);
  if (family === 0) return { text, ofNames: true, matches: nameRule(plainName(text)) };
  const list = new BlockList();
  const words = family === 6 ? 'ipv6' : 'ipv4';
  list.addSubnet(address, length === undefined ? (family === 6 ? 128 : 32) : Number(length), words);
  return {
    text,
    ofNames: false,
    matches: (host) => isIP(host) === family && list.check(host.split('%')[0] ?? host, words),
  };
}

function nameRule(rule: string): (name: string) => boolean {
  if (!rule.startsWith('*.')) return (name) => name === rule;
  const ending = rule.slice(1);
  return (name) => name.endsWith(ending) && name.length > ending.length;
}

function plainName(text: string): string {
  return text.toLowerCase().replace(/\.$/, '');
}

/**
 * The addresses that packets to this one reach: an IPv4 address inside an IPv6 one is that IPv4 address too (mapped,
 * RFC 4291, and translated, RFC 6052), and the unspecified address is this machine.
 */
function reached(address: string): string[] {
  const [plain = ''] = address.split('%');
  if (isIP(plain) === 4) return plain === '0.0.0.0' ? ['127.0.0.1'] : [plain];
  const groups = groupsOf(plain);
  if (groups === null) return [plain];
  const [a, b, c, d, e, f, high = 0, low = 0] = groups;
  const zeros = a === 0 && b === 0 && c === 0 && d === 0 && e === 0;
  if (zeros && f === 0 && high === 0 && low === 0) return ['::1', '127.0.0.1'];
  const mapped = zeros && f === 0xffff;
  const translated = a === 0x64 && b === 0xff9b && c === 0 && d === 0 && e === 0 && f === 0;
  // ::a.b.c.d was withdrawn, and a system that still takes it sends to a.b.c.d.
  const compatible = zeros && f === 0 && high !== 0;
  if (!mapped && !translated && !compatible) return [plain];
  const inside = `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  return mapped ? reached(inside) : [plain, ...reached(inside)];
}

/** The eight numbers of an IPv6 address, whatever its spelling. */
function groupsOf(address: string): number[] | null {
  const url = URL.parse(`http://[${address}]/`);
  if (url === null) return null;
  const [left = '', right] = url.hostname.slice(1, -1).split('::');
  const numbers = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => parseInt(group, 16)));
  const first = numbers(left);
  if (right === undefined) return first;
  const last = numbers(right);
  return [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
}
