import * as z from 'zod';
import { problemsOf } from '../model/errors.ts';
import { labelValue } from '../model/labels.ts';
import type { ResultWire } from '../model/result.ts';
import { speedOutcome, type SpeedFigures } from './speedtest-outcome.ts';

/** A speed test's part of a result; instant and agent are the log's. */
export type SpeedtestResult = Pick<ResultWire, 'kind' | 'status' | 'failure' | 'metrics' | 'labels' | 'details' | 'duration_ms'>;

const figure = z.number().nullish();
const text = z.string().nullish();
const label = labelValue.nullish();

/** A widget's own words: Mbit/s, milliseconds, percent. Names with units mean the same. */
const flat = z.object({
  download: figure,
  download_mbps: figure,
  upload: figure,
  upload_mbps: figure,
  ping: figure,
  ping_ms: figure,
  jitter: figure,
  jitter_ms: figure,
  packet_loss: figure,
  packetLoss: figure,
  packet_loss_pct: figure,
  server: z.union([labelValue, z.object({ name: label, location: label, country: label })]).nullish(),
  server_name: label,
  server_location: label,
  isp: label,
  external_ip: text,
  result_url: text,
  test_duration: figure,
  test_duration_seconds: figure,
  status: text,
  error: text,
});

/** What `speedtest --format=json` of Ookla prints: bandwidths in bytes a second, times in milliseconds. */
const transfer = z.object({ bandwidth: figure, elapsed: figure, latency: z.object({ iqm: figure }).nullish() });
const ookla = z.object({
  ping: z.object({ latency: figure, jitter: figure }).nullish(),
  download: transfer.nullish(),
  upload: transfer.nullish(),
  packetLoss: figure,
  isp: label,
  interface: z.object({ externalIp: text }).nullish(),
  server: z.object({ name: label, location: label, country: label }).nullish(),
  result: z.object({ url: text }).nullish(),
  error: text,
});

type Flat = z.output<typeof flat>;
type Ookla = z.output<typeof ookla>;

interface Reading {
  readonly figures: SpeedFigures;
  readonly labels: Readonly<Record<string, string | null | undefined>>;
  readonly details: Readonly<Record<string, unknown>>;
  readonly durationMs: number | null;
  /** Why there was no test, in the tool's words. */
  readonly error: string | null;
}

const BITS_PER_BYTE = 8;

/** The `data` of a widget's speed test as a result of ours, or a text that says why it is none. */
export function speedtestFromWidget(data: unknown): SpeedtestResult | string {
  const nested = isNested(data);
  const parsed = nested ? ookla.safeParse(data) : flat.safeParse(data);
  if (!parsed.success) {
    const [problem] = problemsOf(parsed.error, { value: data });
    return `${['data', problem?.path].filter(Boolean).join('.')}: ${problem?.message ?? 'not a speed test'}`;
  }
  const reading = nested ? readOokla(parsed.data as Ookla) : readFlat(parsed.data as Flat);
  const common = {
    kind: 'speedtest',
    labels: present(reading.labels),
    details: { ...present(reading.details), raw: data },
    duration_ms: reading.durationMs,
  };
  const outcome = speedOutcome(reading.figures);
  if (reading.error !== null) {
    const failure = { source: 'network', code: 'test_failed', message: reading.error.slice(0, 500) } as const;
    return { ...common, status: 'failed', failure, metrics: typeof outcome === 'string' ? {} : outcome.metrics };
  }
  if (typeof outcome === 'string') return `data: ${outcome}`;
  return { ...common, status: outcome.status, failure: outcome.failure, metrics: outcome.metrics };
}

function isNested(data: unknown): boolean {
  if (typeof data !== 'object' || data === null) return false;
  const { download, upload, ping } = data as Record<string, unknown>;
  return [download, upload, ping].some((part) => typeof part === 'object' && part !== null);
}

function readFlat(data: Flat): Reading {
  const server = typeof data.server === 'string' ? { name: data.server } : (data.server ?? {});
  const durationS = data.test_duration_seconds ?? data.test_duration ?? null;
  return {
    figures: {
      download_mbps: data.download_mbps ?? data.download ?? undefined,
      upload_mbps: data.upload_mbps ?? data.upload ?? undefined,
      ping_ms: data.ping_ms ?? data.ping ?? undefined,
      jitter_ms: data.jitter_ms ?? data.jitter ?? undefined,
      packet_loss_pct: data.packet_loss_pct ?? data.packet_loss ?? data.packetLoss ?? undefined,
    },
    labels: {
      server_name: data.server_name ?? server.name,
      server_location: data.server_location ?? place(server),
      isp: data.isp,
    },
    details: { external_ip: data.external_ip, result_url: data.result_url },
    durationMs: durationS === null || durationS < 0 ? null : durationS * 1000,
    error: errorOf(data),
  };
}

function readOokla(data: Ookla): Reading {
  const mbps = (bytesPerSecond: number | null | undefined): number | undefined =>
    bytesPerSecond === null || bytesPerSecond === undefined ? undefined : (bytesPerSecond * BITS_PER_BYTE) / 1e6;
  const elapsed = [data.download?.elapsed, data.upload?.elapsed].filter((ms) => typeof ms === 'number' && ms >= 0);
  return {
    figures: {
      download_mbps: mbps(data.download?.bandwidth),
      upload_mbps: mbps(data.upload?.bandwidth),
      ping_ms: data.ping?.latency ?? undefined,
      jitter_ms: data.ping?.jitter ?? undefined,
      packet_loss_pct: data.packetLoss ?? undefined,
      loaded_rtt_down_ms: data.download?.latency?.iqm ?? undefined,
      loaded_rtt_up_ms: data.upload?.latency?.iqm ?? undefined,
    },
    labels: { server_name: data.server?.name, server_location: place(data.server ?? {}), isp: data.isp },
    details: { external_ip: data.interface?.externalIp, result_url: data.result?.url },
    durationMs: elapsed.length === 0 ? null : elapsed.reduce<number>((sum, ms) => sum + (ms ?? 0), 0),
    error: errorOf(data),
  };
}

function errorOf({ error, status }: { error?: string | null | undefined; status?: string | null | undefined }): string | null {
  if (typeof error === 'string' && error !== '') return error;
  return status === 'failed' || status === 'error' ? 'the widget says that the test failed' : null;
}

function place({ location, country }: { location?: string | null | undefined; country?: string | null | undefined }): string | null {
  const parts = [location, country].filter((part) => typeof part === 'string' && part !== '');
  return parts.length === 0 ? null : parts.join(', ').slice(0, 256);
}

/** Without what is unknown or empty: absent says the same and costs nothing. */
function present<T>(values: Readonly<Record<string, T | null | undefined>>): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, T] => ![null, undefined, ''].includes(entry[1] as null)));
}
