import type { Failure } from '../../model/failure.ts';

export type Phase = 'dns' | 'connect' | 'tls' | 'request' | 'body';

const during = {
  dns: 'resolving the name',
  connect: 'connecting',
  tls: 'the TLS handshake',
  request: 'waiting for the response',
  body: 'reading the body',
} as const satisfies Record<Phase, string>;

/** Whose silence it was, by the phase that did not end. */
const silent = { dns: 'resolver', connect: 'network', tls: 'target', request: 'target', body: 'target' } as const satisfies Record<
  Phase,
  Failure['source']
>;

export function timeoutFailure(phase: Phase, timeoutMs: number): Failure {
  return { source: silent[phase], code: 'timeout', message: `no end within ${timeoutMs} ms: the time was over while ${during[phase]}` };
}

/** A socket's or parser's error as a failure of the measurement. `where` is the host with its port. */
export function exchangeFailure(error: unknown, phase: Phase, where: string): Failure {
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return { source: 'target', code: 'refused', message: `connection to ${where} refused` };
  if (code === 'ENETUNREACH' || code === 'EHOSTUNREACH' || code === 'EADDRNOTAVAIL') {
    return { source: 'network', code: 'unreachable', message: `${where} is unreachable (${code})` };
  }
  if (code === 'ETIMEDOUT') return { source: 'network', code: 'timeout', message: `${where} did not answer while ${during[phase]}` };
  if (code === 'EACCES' || code === 'EPERM') {
    return { source: 'agent', code: 'not_permitted', message: `this machine did not let the connection to ${where} out (${code})` };
  }
  if (phase === 'tls') return { source: 'target', code: 'tls_failed', message: `the TLS handshake with ${where} failed (${code})` };
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return { source: 'target', code: 'reset', message: `${where} closed the connection while ${during[phase]}` };
  }
  if (code.startsWith('HPE_')) return { source: 'target', code: 'not_http', message: `${where} answered something that is not HTTP (${code})` };
  return { source: 'target', code: 'exchange_failed', message: `the exchange with ${where} failed while ${during[phase]} (${code})` };
}

/** Why a certificate is not trusted, told apart by what its owner has to do. */
export function certificateFailure(code: string, where: string): Failure {
  const fail = (word: string, message: string): Failure => ({ source: 'target', code: word, message });
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return fail('certificate_expired', `the certificate of ${where} has expired`);
    case 'CERT_NOT_YET_VALID':
      return fail('certificate_not_yet_valid', `the certificate of ${where} is not valid yet: compare the clocks`);
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return fail('certificate_name', `the certificate of ${where} is for other names`);
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return fail('certificate_untrusted', `the certificate of ${where} is self-signed, or signed by an authority unknown here`);
    default:
      return fail('certificate_untrusted', `the certificate of ${where} is not trusted (${code})`);
  }
}

/** Of several attempts (one an address), the first one's error. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}
