import * as z from 'zod';
import { defineKind } from './kind.ts';

const spec = z.object({
  method: z.enum(['GET', 'HEAD']).default('GET').meta({ title: 'Method', description: 'request method' }),
  timeout_ms: z.int().min(100).max(120_000).default(10_000).meta({ title: 'Timeout', description: 'milliseconds for the whole exchange' }),
  expect_status: z
    .string()
    .regex(/^[1-5]([0-9]{2}|xx)(,[1-5]([0-9]{2}|xx))*$/, 'invalid expect_status: expected codes or classes such as 200,204,3xx')
    .default('2xx,3xx')
    .meta({ title: 'Expected status', description: 'codes or classes that count as success, such as 200,204,3xx' }),
  max_bytes: z
    .int()
    .min(0)
    .max(1_000_000_000)
    .default(10_000_000)
    .meta({ title: 'Most bytes', description: 'stop reading the body after so many bytes' }),
  verify_tls: z.boolean().default(true).meta({ title: 'Verify certificate', description: 'an untrusted certificate fails the run' }),
});

const phase = { unit: 'ms', better: 'lower', decimals: 1 } as const;

export const http = defineKind({
  kind: 'http',
  title: 'HTTP',
  description: 'phases of one HTTP exchange on a fresh connection: name, connect, TLS, first byte, total',
  target: 'url',
  spec,
  metrics: {
    total_ms: { ...phase, title: 'Total', description: 'from the start to the last byte read' },
    dns_ms: { ...phase, title: 'DNS', description: 'name resolution; absent where the URL holds an address' },
    connect_ms: { ...phase, title: 'Connect', description: 'TCP handshake' },
    tls_ms: { ...phase, title: 'TLS', description: 'TLS handshake; absent for plain HTTP' },
    ttfb_ms: { ...phase, title: 'First byte', description: "from the request sent to the response's headers" },
    status_code: { unit: 'code', better: null, decimals: 0, title: 'Status', description: 'HTTP status code' },
    bytes: { unit: 'bytes', better: null, decimals: 0, title: 'Bytes', description: 'body bytes read' },
    cert_days_left: { unit: 'days', better: 'higher', decimals: 0, title: 'Certificate', description: "days until the server's certificate expires" },
  },
  details: z.object({
    url: z.string(),
    address: z.string().nullable(),
    http_version: z.string().nullable(),
    truncated: z.boolean().meta({ description: 'the body was longer than max_bytes' }),
    loop_lag_ms: z.number().meta({ description: "the event loop's lag while our own clock timed this" }),
  }),
  primary: ['total_ms', 'ttfb_ms', 'status_code'],
  responseTime: 'total_ms',
  // The probe's own limit holds first; the second is for a machine too busy to keep it.
  longestRunMs: (s) => s.timeout_ms + 1000,
  // Handshakes, certificates and headers weigh about 8 kB. What a URL holds is not known before: a page is taken as 100 kB.
  trafficBytes: (s) => 8000 + (s.method === 'HEAD' ? 0 : Math.min(s.max_bytes, 100_000)),
});
