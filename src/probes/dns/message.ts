import { isIP } from 'node:net';
import * as packet from 'dns-packet';
import type { Answer, DecodedPacket, RecordType } from 'dns-packet';

export interface Question {
  readonly id: number;
  readonly name: string;
  readonly type: RecordType;
}

export interface Reply {
  readonly rcode: string;
  readonly truncated: boolean;
  readonly records: readonly { name: string; type: string; ttl: number | null; data: string }[];
}

/** UDP payload offered by EDNS: below what fragments on any usual path (DNS flag day 2020). */
const UDP_PAYLOAD = 1232;

/** Records kept of one answer; more than this is an attack or a mistake, and details are not for bulk. */
const MOST_RECORDS = 100;

export function encodeQuestion({ id, name, type }: Question): Buffer {
  return packet.encode({
    type: 'query',
    id,
    flags: packet.RECURSION_DESIRED,
    questions: [{ type, name }],
    additionals: [{ type: 'OPT', name: '.', udpPayloadSize: UDP_PAYLOAD, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] }],
  });
}

/** A datagram as the reply to the question; null where it is none: not DNS, another id or question (a late or forged one). */
export function decodeReply(bytes: Buffer, question: Question): Reply | null {
  let decoded: DecodedPacket;
  try {
    decoded = packet.decode(bytes);
  } catch {
    return null;
  }
  if (decoded.type !== 'response' || decoded.id !== question.id) return null;
  const [asked] = decoded.questions ?? [];
  // A server that could not read the question (FORMERR, REFUSED, ...) may leave it out.
  if (asked !== undefined && (asked.type !== question.type || !sameName(asked.name, question.name))) return null;
  return {
    rcode: rcodeOf(decoded),
    truncated: decoded.flag_tc,
    records: (decoded.answers ?? []).slice(0, MOST_RECORDS).map(recordOf),
  };
}

/** The name to ask for the pointer of an address; other names as they are, without the final dot. */
export function questionName(name: string, type: RecordType): string {
  if (type !== 'PTR' || isIP(name) === 0) return name.replace(/\.$/, '');
  if (isIP(name) === 4) return `${name.split('.').reverse().join('.')}.in-addr.arpa`;
  return `${[...expandIpv6(name)].reverse().join('.')}.ip6.arpa`;
}

/** The 32 hexadecimal digits of an IPv6 address. */
function expandIpv6(address: string): string {
  const plain = address.split('%')[0] ?? '';
  // The URL parser writes an address that ends like IPv4 in hexadecimal groups.
  const host = new URL(`http://[${plain}]`).hostname.slice(1, -1);
  const [head = '', tail] = host.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].map((group) => group.padStart(4, '0')).join('');
}

function sameName(a: string, b: string): boolean {
  return a.replace(/\.$/, '').toLowerCase() === b.replace(/\.$/, '').toLowerCase();
}

function rcodeOf(decoded: DecodedPacket): string {
  return 'rcode' in decoded && typeof decoded.rcode === 'string' ? decoded.rcode : 'UNKNOWN';
}

function recordOf(answer: Answer): { name: string; type: string; ttl: number | null; data: string } {
  const ttl = 'ttl' in answer && typeof answer.ttl === 'number' ? answer.ttl : null;
  return { name: answer.name, type: answer.type, ttl, data: textOf('data' in answer ? answer.data : null) };
}

/** Longest text kept of one record. */
const LONGEST_DATA = 1000;

/** A record's data as people write it: `10 mail.example.org` for MX, joined texts for TXT. */
function textOf(data: unknown): string {
  if (typeof data === 'string') return data.slice(0, LONGEST_DATA);
  if (Buffer.isBuffer(data)) return data.toString('utf8').slice(0, LONGEST_DATA);
  if (Array.isArray(data)) return data.map(textOf).join('').slice(0, LONGEST_DATA);
  if (data !== null && typeof data === 'object') return Object.values(data).map(String).join(' ').slice(0, LONGEST_DATA);
  return typeof data === 'number' || typeof data === 'boolean' ? String(data) : '';
}
