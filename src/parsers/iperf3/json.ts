import { asList, asNumber, asObject, asText } from './document.ts';
import type { JsonObject, JsonValue } from './document.ts';
import type { Iperf3Cpu, Iperf3Direction, Iperf3Flow, Iperf3Interval, Iperf3Rate, Iperf3Run } from './run.ts';

/** One result document of `--json` as a run. */
export function runOfDocument(document: JsonObject, form: Iperf3Run['form']): Iperf3Run {
  const start = asObject(document['start']);
  const end = asObject(document['end']);
  const test = asObject(start['test_start']);
  const target = asObject(start['connecting_to']);
  const connected = asObject(asList(start['connected'])[0]);
  const isUdp = asText(test['protocol'])?.toUpperCase() === 'UDP';
  const isReverse = flagOf(test['reverse']);
  const senders = asList(end['streams']).flatMap((stream) => senderOf(asObject(stream), isReverse));
  const intervals = asList(document['intervals']).flatMap((interval) => intervalOf(asObject(interval)));
  const rtts = (key: string): number[] => senders.flatMap((sender) => positive(sender[key]));
  return {
    form,
    version: /\d+(?:\.\d+)+\S*/.exec(asText(start['version']) ?? '')?.[0] ?? null,
    protocol: asText(test['protocol']) === null ? null : isUdp ? 'udp' : 'tcp',
    isReverse,
    // 3.12 says nothing of it in test_start; its sums do.
    isBidirectional: flagOf(test['bidir']) === true || 'sum_sent_bidir_reverse' in end || intervals.some(({ reverse }) => reverse !== null),
    remoteAddress: asText(connected['remote_host']),
    remotePort: asNumber(connected['remote_port']) ?? asNumber(target['port']),
    forward: directionOf(end, '', { isUdp, isReverse: isReverse === true }),
    reverse: directionOf(end, '_bidir_reverse', { isUdp, isReverse: true }),
    intervals,
    rttMs: {
      min: msOf(least(rtts('min_rtt'))),
      mean: msOf(mean(rtts('mean_rtt'))),
      max: msOf(most(rtts('max_rtt'))),
    },
    maxSndCwnd: most([...rtts('max_snd_cwnd'), ...windows(document)]),
    mss: positive(start['tcp_mss'])[0] ?? positive(start['tcp_mss_default'])[0] ?? null,
    congestionSender: asText(end['sender_tcp_congestion']),
    congestionReceiver: asText(end['receiver_tcp_congestion']),
    cpuLocal: cpuOf(end, 'host'),
    cpuRemote: cpuOf(end, 'remote'),
    serverText: serverTextOf(document),
    error: asText(document['error']),
    hasSummary: 'sum_sent' in end || 'sum_received' in end || 'sum' in end,
  };
}

/** The sending half of a stream, where the end that printed it sends: of the other end it knows no round-trip times. */
function senderOf(stream: JsonObject, isReverse: boolean | null): JsonObject[] {
  const sender = asObject(stream['sender']);
  return sender['sender'] === true || (sender['sender'] === undefined && isReverse === false) ? [sender] : [];
}

/**
 * UDP's plain `sum` mixes what the two ends counted: with sum_sent and sum_received (3.7 and later) it is never read. Before
 * them it holds the bytes of the client's side, and the receiver's loss and jitter.
 */
function directionOf(end: JsonObject, suffix: string, { isUdp, isReverse }: { isUdp: boolean; isReverse: boolean }): Iperf3Direction {
  const sent = asObject(end[`sum_sent${suffix}`]);
  const received = asObject(end[`sum_received${suffix}`]);
  const old = isUdp && !('bytes' in sent) && !('bytes' in received) ? asObject(end[`sum${suffix}`]) : {};
  const counted = 'packets' in received ? received : 'packets' in old ? old : {};
  return {
    sent: flowOf(sent) ?? (isReverse ? null : flowOf(old)),
    received: flowOf(received) ?? (isReverse ? flowOf(old) : null),
    retransmits: notNegative(sent['retransmits']),
    jitterMs: notNegative(counted['jitter_ms']),
    packets: notNegative(sent['packets']) ?? notNegative(counted['packets']),
    lostPackets: asNumber(counted['lost_packets']),
    lossPct: asNumber(counted['lost_percent']),
    outOfOrder: isUdp ? outOfOrderOf(end, suffix) : null,
  };
}

/** Only single streams say it. In both directions at once, those on which the printing end sends are the forward ones. */
function outOfOrderOf(end: JsonObject, suffix: string): number | null {
  const streams = asList(end['streams']).map((stream) => asObject(asObject(stream)['udp']));
  const both = 'sum_bidir_reverse' in end;
  const own = both ? streams.filter(({ sender }) => sender === (suffix === '')) : suffix === '' ? streams : [];
  const counts = own.flatMap(({ out_of_order: count }) => notNegative(count) ?? []);
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

function flowOf(sum: JsonObject): Iperf3Flow | null {
  const bps = notNegative(sum['bits_per_second']);
  const bytes = notNegative(sum['bytes']);
  if (bps === null && bytes === null) return null;
  return { bytes, mbps: bps === null ? null : bps / 1e6, seconds: notNegative(sum['seconds']) };
}

function intervalOf(interval: JsonObject): Iperf3Interval[] {
  const streams = asList(interval['streams']).map(asObject);
  const sum = asObject(interval['sum']);
  const reverseSum = asObject(interval['sum_bidir_reverse']);
  const both = 'bytes' in reverseSum;
  const startS = asNumber(sum['start']);
  const endS = asNumber(sum['end']);
  if (startS === null || endS === null) return [];
  return [
    {
      startS,
      endS,
      omitted: sum['omitted'] === true,
      forward: rateOf(sum, both ? streams.filter(({ sender }) => sender === true) : streams),
      reverse: both
        ? rateOf(
            reverseSum,
            streams.filter(({ sender }) => sender === false),
          )
        : null,
    },
  ];
}

function rateOf(sum: JsonObject, streams: readonly JsonObject[]): Iperf3Rate | null {
  const bps = notNegative(sum['bits_per_second']);
  if (bps === null) return null;
  return {
    mbps: bps / 1e6,
    retransmits: notNegative(sum['retransmits']),
    rttMs: msOf(mean(streams.flatMap(({ rtt }) => positive(rtt)))),
    jitterMs: notNegative(sum['jitter_ms']),
    lossPct: asNumber(sum['lost_percent']),
  };
}

function windows(document: JsonObject): number[] {
  return asList(document['intervals']).flatMap((interval) =>
    asList(asObject(interval)['streams']).flatMap((stream) => positive(asObject(stream)['snd_cwnd'])),
  );
}

/** Three noughts are an end that did not report: a program that ran has used some time. */
function cpuOf(end: JsonObject, side: string): Iperf3Cpu | null {
  const cpu = asObject(end['cpu_utilization_percent']);
  const totalPct = notNegative(cpu[`${side}_total`]);
  const userPct = notNegative(cpu[`${side}_user`]);
  const systemPct = notNegative(cpu[`${side}_system`]);
  if (totalPct === null || [totalPct, userPct ?? 0, systemPct ?? 0].every((part) => part === 0)) return null;
  return { totalPct, userPct, systemPct };
}

function serverTextOf(document: JsonObject): string | null {
  const said = asText(document['server_output_text']);
  if (said !== null) return said;
  const structured = document['server_output_json'];
  return structured === undefined ? null : asText(asObject(structured)['error']);
}

/** 0 and 1 in most versions, true and false in some. */
function flagOf(value: JsonValue | undefined): boolean | null {
  if (typeof value === 'boolean') return value;
  return typeof value === 'number' ? value !== 0 : null;
}

function notNegative(value: JsonValue | undefined): number | null {
  const number = asNumber(value);
  return number === null || number < 0 ? null : number;
}

function positive(value: JsonValue | undefined): number[] {
  const number = asNumber(value);
  return number === null || number <= 0 ? [] : [number];
}

/** Round-trip times are in microseconds. */
function msOf(us: number | null): number | null {
  return us === null ? null : us / 1000;
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function least(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((a, b) => Math.min(a, b));
}

function most(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((a, b) => Math.max(a, b));
}
