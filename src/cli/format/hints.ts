import type { Failure } from '../../model/failure.ts';

/** What to try next, by the code of a failure; absent where the message says all there is. */
const hints: Readonly<Record<string, string>> = {
  no_reply: 'it may be off, or drop ICMP: try another kind, such as http, or a longer --timeout-ms',
  unreachable: 'look at the address, the route and the gateway of this machine',
  prohibited: 'a firewall on the way forbids it: ask who runs it',
  ttl_exceeded: 'packets run in a loop or the path is too long: a traceroute shows where',
  not_found: 'look at the spelling; `tacho run dns NAME` asks the resolver and shows its answer',
  no_address: 'it exists, but not in this address family: try --family any',
  resolver_failed: "this machine's DNS server did not answer: `tacho run dns NAME --server ADDRESS` asks another",
  nxdomain: 'look at the spelling, or ask another server with --server',
  servfail: "the server could not reach the name's own servers, or its signatures are broken: ask another with --server",
  query_refused: 'the server answers only to some: ask another with --server',
  refused: 'the machine is there, but nothing listens on that port: look at the port and the service',
  timeout: 'it may be slow or filtered: try a longer --timeout-ms',
  certificate_expired: 'renew it; --no-verify-tls measures nevertheless',
  certificate_name: 'use a name that the certificate holds; --no-verify-tls measures nevertheless',
  certificate_untrusted: 'NODE_EXTRA_CA_CERTS=FILE adds an authority; --no-verify-tls measures nevertheless',
  unexpected_status: '--expect-status says which codes count as success',
  tool_missing: 'install fping or ping',
  not_permitted: "look at this machine's own firewall and at the rights of this user",
};

export function hintFor({ code }: Failure): string | null {
  return Object.hasOwn(hints, code) ? (hints[code] ?? null) : null;
}
