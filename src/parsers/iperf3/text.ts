import type { Iperf3Cpu, Iperf3Direction, Iperf3Flow, Iperf3Interval, Iperf3Rate, Iperf3Run } from './run.ts';

/** `[  5][TX-C]   0.00-1.00   sec   740 MBytes  6.21 Gbits/sec ...`: bytes in powers of 1024, bits in powers of 1000. */
const FIGURES =
  /^\[\s*(\d+|SUM)\](?:\[(TX|RX)-([CS])\])?\s+(\d+\.\d+)-\s*(\d+\.\d+)\s+sec\s+(\d+(?:\.\d+)?) ([KMGT]?)Bytes\s+(\d+(?:\.\d+)?) ([KMGT]?)(bits|Bytes)\/sec(.*)$/;
const DATAGRAMS = /(-?[\d.]+|-?nan) ms\s+(-?\d+)\/(\d+) \((-?[\d.e+]+|-?nan)%\)/;
const CPU = /^CPU Utilization: local\/\w+ ([\d.]+)% \(([\d.]+)%u\/([\d.]+)%s\), remote\/\w+ ([\d.]+)% \(([\d.]+)%u\/([\d.]+)%s\)/;
const CONNECTED = /^\[\s*\d+\] local \S+ port \d+ connected to (\S+) port (\d+)/;
const ERROR = /^iperf3: (?:error - )?(.+)$/;

/** Lines that hold no figure of their own. */
const KNOWN =
  /^(?:-+|(?:- )+-?|iperf Done\.|\[ ID\].*|Server listening on \d+.*|Accepted connection from .*|Linux .*|Time: .*|Cookie: .*|Control connection MSS.*|Test Complete\. Summary Results:|Starting Test: .*|Target Bitrate: .*|Setting UDP block size to .*|Reverse mode, .*|Connecting to host .*|\[\s*\d+\] \(sender statistics not available\)|\S*[$#].*)$/;

const UNITS = ['', 'K', 'M', 'G', 'T'];

interface Figures {
  readonly id: string;
  readonly way: 'forward' | 'reverse';
  readonly startS: number;
  readonly endS: number;
  readonly bytes: number;
  readonly mbps: number;
  readonly end: 'sender' | 'receiver' | null;
  readonly omitted: boolean;
  readonly retransmits: number | null;
  readonly datagrams: { readonly jitterMs: number | null; readonly lost: number; readonly total: number; readonly lossPct: number | null } | null;
}

/** Everything of one test's text. */
interface Block {
  readonly figures: Figures[];
  readonly congestion: { sender: string | null; receiver: string | null };
  cpuLocal: Iperf3Cpu | null;
  cpuRemote: Iperf3Cpu | null;
  version: string | null;
  remote: { address: string; port: number } | null;
  isUdp: boolean | null;
  isReverse: boolean;
  mss: number | null;
  error: string | null;
  /** Something of a test was said: it is one, even if it failed. */
  begun: boolean;
}

/** The plain text of either end, which prints three or four digits of each figure. */
export function runsOfText(text: string): { runs: Iperf3Run[]; unknown: string[] } {
  const runs: Iperf3Run[] = [];
  const unknown: string[] = [];
  let block = emptyBlock(null);
  const endBlock = (): void => {
    if (block.begun) runs.push(runOf(block));
    block = emptyBlock(block.version);
  };
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '') continue;
    if (/^(?:Connecting to host|Server listening on) /.test(line) && block.begun) endBlock();
    if (!read(line, block) && !KNOWN.test(line)) unknown.push(line);
  }
  endBlock();
  return { runs, unknown };
}

function emptyBlock(version: string | null): Block {
  return {
    figures: [],
    congestion: { sender: null, receiver: null },
    cpuLocal: null,
    cpuRemote: null,
    version,
    remote: null,
    isUdp: null,
    isReverse: false,
    mss: null,
    error: null,
    begun: false,
  };
}

/** Takes one line into the block; false where the line has nothing for it. */
function read(line: string, block: Block): boolean {
  const version = /^iperf (\d+(?:\.\d+)+\S*)/.exec(line)?.[1];
  if (version !== undefined) {
    block.version = version;
    return true;
  }
  const figures = figuresOf(line);
  if (figures !== null) {
    block.figures.push(figures);
    block.begun = true;
    return true;
  }
  if (line.startsWith('[ ID]')) {
    if (line.includes('Datagrams')) block.isUdp = true;
    else block.isUdp ??= false;
    return true;
  }
  if (line.startsWith('Reverse mode, ')) return (block.isReverse = true);
  const connected = CONNECTED.exec(line);
  if (connected !== null) {
    block.remote ??= { address: connected[1] ?? '', port: Number(connected[2]) };
    return (block.begun = true);
  }
  const cpu = CPU.exec(line);
  if (cpu !== null) {
    const [localTotal = 0, localUser = 0, localSystem = 0, remoteTotal = 0, remoteUser = 0, remoteSystem = 0] = cpu.slice(1).map(Number);
    block.cpuLocal = { totalPct: localTotal, userPct: localUser, systemPct: localSystem };
    // Of an end that did not report the tool prints noughts.
    block.cpuRemote = remoteTotal === 0 ? null : { totalPct: remoteTotal, userPct: remoteUser, systemPct: remoteSystem };
    return true;
  }
  const congestion = /^(snd|rcv)_tcp_congestion (\S+)$/.exec(line);
  if (congestion !== null) {
    block.congestion[congestion[1] === 'snd' ? 'sender' : 'receiver'] = congestion[2] ?? null;
    return true;
  }
  const mss = /^TCP MSS: (\d+)/.exec(line)?.[1];
  if (mss !== undefined) {
    block.mss = Number(mss) || null;
    return true;
  }
  const error = ERROR.exec(line)?.[1];
  if (error === undefined) return false;
  // `exiting` only follows what went wrong.
  if (error !== 'exiting') block.error ??= error;
  return (block.begun = true);
}

function figuresOf(line: string): Figures | null {
  const match = FIGURES.exec(line);
  if (match === null) return null;
  const [, id = '', role, side, start, end, bytes, bytesUnit = '', speed, speedUnit = '', speedOf, rest = ''] = match;
  const datagrams = DATAGRAMS.exec(rest);
  const bits = Number(speed) * (speedOf === 'bits' ? 1000 ** UNITS.indexOf(speedUnit) : 8 * 1024 ** UNITS.indexOf(speedUnit));
  // What the client sends goes forward: it sends it, the server receives it.
  const isForward = role === undefined || (role === 'TX') === (side === 'C');
  return {
    id,
    way: isForward ? 'forward' : 'reverse',
    startS: Number(start),
    endS: Number(end),
    bytes: Number(bytes) * 1024 ** UNITS.indexOf(bytesUnit),
    mbps: bits / 1e6,
    end: /\breceiver\b/.test(rest) ? 'receiver' : /\bsender\b/.test(rest) ? 'sender' : null,
    omitted: rest.includes('(omitted)'),
    retransmits: datagrams === null ? retransmitsIn(rest) : null,
    datagrams:
      datagrams === null
        ? null
        : { jitterMs: numberOf(datagrams[1]), lost: Number(datagrams[2]), total: Number(datagrams[3]), lossPct: numberOf(datagrams[4]) },
  };
}

/** The number alone, before the window or the word; one without either is a count of datagrams or of segments. */
function retransmitsIn(rest: string): number | null {
  const count = /^\s+(\d+)\s*(?:sender|[\d.]+ [KMGT]?Bytes|$)/.exec(rest)?.[1];
  return count === undefined ? null : Number(count);
}

/** The line that stands for all streams of one direction: the sum, or the only stream. */
function whole(figures: readonly Figures[], way: Figures['way']): Figures[] {
  const own = figures.filter((line) => line.way === way);
  const sums = own.filter(({ id }) => id === 'SUM');
  if (sums.length > 0) return sums;
  return new Set(own.map(({ id }) => id)).size === 1 ? own : [];
}

function runOf(block: Block): Iperf3Run {
  const { figures } = block;
  const isUdp = block.isUdp ?? (figures.length === 0 ? null : figures.some(({ datagrams }) => datagrams !== null));
  const forward = directionOf(whole(figures, 'forward'), isUdp === true);
  const reverse = directionOf(whole(figures, 'reverse'), isUdp === true);
  return {
    form: 'text',
    version: block.version,
    protocol: isUdp === null ? null : isUdp ? 'udp' : 'tcp',
    isReverse: block.isReverse,
    isBidirectional: figures.some(({ way }) => way === 'reverse'),
    remoteAddress: block.remote?.address ?? null,
    remotePort: block.remote?.port ?? null,
    forward,
    reverse,
    intervals: intervalsOf(figures, isUdp === true),
    rttMs: { min: null, mean: null, max: null },
    maxSndCwnd: null,
    mss: block.mss,
    congestionSender: block.congestion.sender,
    congestionReceiver: block.congestion.receiver,
    cpuLocal: block.cpuLocal,
    cpuRemote: block.cpuRemote,
    serverText: null,
    error: block.error,
    hasSummary: [forward, reverse].some(({ sent, received }) => sent !== null || received !== null),
  };
}

function directionOf(lines: readonly Figures[], isUdp: boolean): Iperf3Direction {
  const sender = lines.findLast(({ end }) => end === 'sender');
  const receiver = lines.findLast(({ end }) => end === 'receiver');
  return {
    sent: flowOf(sender),
    received: flowOf(receiver),
    retransmits: isUdp ? null : (sender?.retransmits ?? null),
    jitterMs: receiver?.datagrams?.jitterMs ?? null,
    packets: sender?.datagrams?.total ?? receiver?.datagrams?.total ?? null,
    lostPackets: receiver?.datagrams?.lost ?? null,
    lossPct: receiver?.datagrams?.lossPct ?? null,
    outOfOrder: null,
  };
}

function flowOf(line: Figures | undefined): Iperf3Flow | null {
  return line === undefined ? null : { bytes: Math.round(line.bytes), mbps: line.mbps, seconds: line.endS - line.startS };
}

/** Lines of the two directions come one after the other: those that begin together are one interval. */
function intervalsOf(figures: readonly Figures[], isUdp: boolean): Iperf3Interval[] {
  const of = (way: Figures['way']): Map<string, Figures> =>
    new Map(
      whole(figures, way)
        .filter(({ end }) => end === null)
        .map((line) => [`${line.omitted} ${line.startS}`, line]),
    );
  const forward = of('forward');
  const reverse = of('reverse');
  return [...new Map([...reverse, ...forward])].map(([key, line]) => ({
    startS: line.startS,
    endS: line.endS,
    omitted: line.omitted,
    forward: rateOf(forward.get(key), isUdp),
    reverse: rateOf(reverse.get(key), isUdp),
  }));
}

function rateOf(line: Figures | undefined, isUdp: boolean): Iperf3Rate | null {
  if (line === undefined) return null;
  return {
    mbps: line.mbps,
    retransmits: isUdp ? null : line.retransmits,
    rttMs: null,
    jitterMs: line.datagrams?.jitterMs ?? null,
    lossPct: line.datagrams?.lossPct ?? null,
  };
}

function numberOf(text: string | undefined): number | null {
  const number = Number(text);
  return text === undefined || !Number.isFinite(number) ? null : number;
}
