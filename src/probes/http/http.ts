import type { Socket } from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';
import type { Failure } from '../../model/failure.ts';
import type { http as definition } from '../../model/kinds/http.ts';
import type { MetricsOf } from '../../model/kinds/kind.ts';
import { abortable } from '../abortable.ts';
import { deadline } from '../deadline.ts';
import type { Deadline } from '../deadline.ts';
import { watchLoopLag } from '../loop-lag.ts';
import type { Probe, ProbeContext, ProbeOutcome } from '../probe.ts';
import { resolveHost } from '../resolve.ts';
import { invalidTarget, urlOf } from '../target.ts';
import { openResponse, openTcp, openTls, readBody } from './exchange.ts';
import { certificateFailure, exchangeFailure, timeoutFailure } from './failure.ts';
import type { Phase } from './failure.ts';
import { rehearse } from './rehearsal.ts';

type HttpSpec = Parameters<Probe<'http'>['run']>[1];

const DAY_MS = 86_400_000;

export const http: Probe<'http'> = {
  kind: 'http',

  detect: () => Promise.resolve({ available: true, tool: 'built-in', version: null, note: null }),

  async run(text, spec, context, signal) {
    signal.throwIfAborted();
    const url = urlOf(text);
    if (url === null) {
      return { status: 'failed', failure: invalidTarget('a URL such as https://example.org/ (without a password)', text), metrics: {}, details: {} };
    }
    const secureContext = await abortable(rehearse(), signal);
    const lag = watchLoopLag(context.clock);
    using limit = deadline(context.clock, spec.timeout_ms, signal);
    const findings: Findings = { phase: 'dns', metrics: {}, address: null, httpVersion: null, truncated: false, socket: null };
    const finish = (status: ProbeOutcome['status'], failure: Failure | null): ProbeOutcome<'http'> => ({
      status,
      failure,
      metrics: findings.metrics,
      details: {
        url: url.href,
        address: findings.address,
        http_version: findings.httpVersion,
        truncated: findings.truncated,
        loop_lag_ms: lag.stop(),
      },
    });
    try {
      const failure = await exchange(url, findings, { spec, context, limit, secureContext });
      return finish(failure === null ? 'success' : 'failed', failure);
    } catch (error) {
      if (limit.expired) return finish('timeout', timeoutFailure(findings.phase, spec.timeout_ms));
      signal.throwIfAborted();
      const failure = exchangeFailure(error, findings.phase, `${url.hostname}:${portOf(url)}`);
      return finish(failure.code === 'timeout' ? 'timeout' : 'failed', failure);
    } finally {
      lag.stop();
      findings.socket?.destroy();
    }
  },
};

/** What is known so far; it grows phase by phase, so that a run that fails late keeps what it measured. */
interface Findings {
  phase: Phase;
  readonly metrics: MetricsOf<typeof definition>;
  address: string | null;
  httpVersion: string | null;
  truncated: boolean;
  socket: Socket | null;
}

interface ExchangeOptions {
  readonly spec: HttpSpec;
  readonly context: ProbeContext;
  readonly limit: Deadline;
  readonly secureContext: SecureContext;
}

/** One exchange; null where all was as expected, a failure where an answer says otherwise. Broken exchanges reject. */
async function exchange(url: URL, findings: Findings, { spec, context, limit, secureContext }: ExchangeOptions): Promise<Failure | null> {
  const { metrics } = findings;
  const { signal } = limit;
  const clock = context.clock;
  const started = clock.monotonic();
  let mark = started;
  const lap = (): number => {
    const now = clock.monotonic();
    const ms = now - mark;
    mark = now;
    return ms;
  };

  const host = url.hostname.replace(/^\[|\]$/g, '');
  const resolution = await resolveHost(host, 'any', { context, signal });
  if ('failure' in resolution) return resolution.failure;
  const dnsMs = lap();
  if (resolution.addresses[0].address !== host) metrics.dns_ms = dnsMs;

  findings.phase = 'connect';
  const secure = url.protocol === 'https:';
  const socket = await openTcp(resolution.addresses, { port: portOf(url), onStart: lap }, signal);
  metrics.connect_ms = lap();
  findings.socket = socket;
  findings.address = socket.remoteAddress ?? null;

  let carrier = socket;
  if (secure) {
    findings.phase = 'tls';
    const tls = await openTls(socket, { host, secureContext }, signal);
    metrics.tls_ms = lap();
    carrier = tls;
    findings.socket = tls;
    const failure = checkCertificate(tls, findings, { where: url.host, now: clock.now() });
    if (failure !== null && spec.verify_tls) return failure;
  }

  findings.phase = 'request';
  const response = await openResponse(carrier, { method: spec.method, path: `${url.pathname}${url.search}`, host: url.host }, signal);
  metrics.ttfb_ms = lap();
  metrics.status_code = response.statusCode ?? 0;
  findings.httpVersion = response.httpVersion;

  findings.phase = 'body';
  const body = await readBody(response, spec.max_bytes, signal);
  metrics.bytes = body.bytes;
  metrics.total_ms = clock.monotonic() - started;
  findings.truncated = body.truncated;
  return isExpected(metrics.status_code, spec.expect_status)
    ? null
    : {
        source: 'target',
        code: 'unexpected_status',
        message: `${url.host} answered ${response.statusCode ?? 0} ${response.statusMessage ?? ''}`.trim() + `; expected ${spec.expect_status}`,
      };
}

/** A URL does not hold its scheme's own port. */
function portOf(url: URL): number {
  return Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
}

function checkCertificate(tls: TLSSocket, findings: Findings, { where, now }: { where: string; now: number }): Failure | null {
  const expires = Date.parse(tls.getPeerCertificate().valid_to);
  if (Number.isFinite(expires)) findings.metrics.cert_days_left = (expires - now) / DAY_MS;
  if (tls.authorized) return null;
  // Typed as an Error, it is the code of the verification's error in words.
  const reason: unknown = tls.authorizationError;
  return certificateFailure(reason instanceof Error ? reason.message : String(reason), where);
}

/** Whether a status is among codes or classes such as `200,204,3xx`. */
export function isExpected(status: number, expected: string): boolean {
  return expected.split(',').some((one) => (one.endsWith('xx') ? Math.floor(status / 100) === Number(one[0]) : status === Number(one)));
}
